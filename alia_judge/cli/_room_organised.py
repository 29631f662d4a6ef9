"""What whoever organises a room asks of it: further rounds, scores, decisions, the next rubric, links and names."""

from __future__ import annotations

import csv
import io
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alia_judge._messages import _, message
from alia_judge.cli._console import JsonOption, say, write_json
from alia_judge.cli._next import suggest
from alia_judge.cli._targets import will_write
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from alia_judge.annotation.room import Room
    from alia_judge.annotation.room_decisions import RoomDecisions

__all__ = ["ask", "decisions", "key", "revoke", "rubric_", "scores"]

FolderArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="The room, as create made it.")]


def ask(
    folder: FolderArgument,
    items: Annotated[
        Path | None,
        typer.Option("--items", metavar="FILE", help="A table with item_id and wanted, as annotate --out writes it."),
    ] = None,
    gate: Annotated[bool, typer.Option("--gate", help="What the gate wants before it opens.")] = False,
    reliability: Annotated[
        int | None, typer.Option("--reliability", metavar="N", help="N where they make the consensus surest.", min=1)
    ] = None,
    judges: Annotated[
        int | None, typer.Option("--judges", metavar="N", help="N where the judges of room scores differ.", min=1)
    ] = None,
    criterion: Annotated[
        str | None, typer.Option("--criterion", metavar="C", help="Of which; not needed where there is one.")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Ask for further ratings of some items, before anything else."""
    from alia_judge.annotation.room import Room
    from alia_judge.annotation.room_decisions import RoomDecisions

    given = {"--items": items, "--gate": gate or None, "--reliability": reliability, "--judges": judges}
    if sum(one is not None for one in given.values()) != 1:
        raise UsageError(message("say which ratings to ask for: one of {given}", given=", ".join(given)))
    with closing(Room(folder)) as room, closing(RoomDecisions(folder)) as decided:
        name, wanted, more = _asked(room, decided, items, gate, reliability, judges, criterion)
    out = say(json)
    if gate and not wanted:
        out.print(_("the gate of {name} is open; nothing was asked for", name=name), markup=False)
    else:
        out.print(
            _("{n} items come first; {more} more ratings are wanted than before", n=len(wanted), more=more),
            markup=False,
        )
    write_json(
        json,
        {"items": wanted, "more": more},
        schema="alia-judge/room-asked/1",
        signature=f"room-ask|criterion:{name}|items:{len(wanted)}",
    )
    suggest("room", "status", folder)


def scores(
    folder: FolderArgument,
    file: Annotated[Path, typer.Argument(metavar="SCORES.csv", help="item_id,judge,criterion,score; of any judges.")],
    json: JsonOption = None,
) -> None:
    """Give a room judges' scores: for second looks, and for rounds on which judges differ."""
    from alia_judge.annotation.room_decisions import RoomDecisions
    from alia_judge.evaluation.scores import read_scores

    with closing(RoomDecisions(folder)) as decided:
        scales = {name: rubric.scale for name, rubric in decided.criteria.items()}
        n = decided.give_scores(read_scores(file, scales=scales))
        judges = sorted({judge for name in scales for judge in decided.scores(name)})
    say(json).print(_("{n} scores of {n_judges} judges", n=n, n_judges=len(judges)), markup=False)
    write_json(json, {"scores": n, "judges": judges}, schema="alia-judge/room-scores/1", signature="room-scores")
    suggest("room", "links", folder, "--organisers")


def decisions(
    folder: FolderArgument,
    out: Annotated[Path, typer.Option("--out", metavar="DECISIONS.csv", help="What --decisions takes.")],
    json: JsonOption = None,
) -> None:
    """Write what organisers decided; the room's own decisions.csv holds the same."""
    from alia_judge.annotation.room_decisions import RoomDecisions
    from alia_judge.ratings.decisions import save_decisions

    will_write(out)
    with closing(RoomDecisions(folder)) as decided:
        found = decided.decisions()
    save_decisions(found, out)
    say(json).print(_("{n} decisions in {out}", n=len(found), out=out), markup=False, soft_wrap=True)
    write_json(json, {"decisions": len(found)}, schema="alia-judge/room-decisions/1", signature="room-decisions")
    suggest("validate", "RATINGS", "--decisions", out)


def rubric_(
    folder: FolderArgument,
    criterion: Annotated[str, typer.Option("--criterion", metavar="C", help="Whose.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.yaml", help="The next version; a new file.")],
) -> None:
    """Write the next version of a rubric: with every answer to a question that organisers raised."""
    from alia_judge._json import write_atomic
    from alia_judge.annotation.room_decisions import RoomDecisions
    from alia_judge.cli._rubrics import rubric_text

    if out.suffix.lower() not in (".yaml", ".yml"):
        raise UsageError(
            message("a rubric is saved as YAML, got {name!r}; name it {stem}.yaml", name=out.name, stem=out.stem)
        )
    if out.exists():
        raise UsageError(message("{out} is there already; name a new file, or remove it", out=out))
    with closing(RoomDecisions(folder)) as decided:
        found = decided.next_rubric(criterion)
        more = len(found.steps) - len(decided.criteria[criterion].steps)
    write_atomic(out, rubric_text(found))
    say(None).print(
        _("{out}: {criterion}, with {more} answers more", out=out, criterion=found.criterion, more=more),
        markup=False,
        soft_wrap=True,
    )
    suggest("rubric", "check", out)


def revoke(
    folder: FolderArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose links end: a person's, or an organiser's.")],
) -> None:
    """End all links that somebody has; room links makes new ones."""
    from alia_judge.annotation.room import Room

    with closing(Room(folder)) as room:
        room.revoke(name)
    say(None).print(_("{name}: the links there were are no longer good", name=name), markup=False, soft_wrap=True)
    suggest("room", "links", folder)


def key(folder: FolderArgument) -> None:
    """Print who is who in the exports, NAME,PSEUDONYM a line. Keep it to yourself."""
    from alia_judge.annotation.room import Room

    rows = io.StringIO()
    with closing(Room(folder)) as room:
        csv.writer(rows, lineterminator="\n").writerows(room.pseudonyms().items())
    sys.stdout.write(rows.getvalue())


def _named(file: Path) -> dict[str, int]:
    """Item -> further ratings of a table with ``item_id`` and, where it says so, ``wanted``."""
    from alia_judge.ratings.source import Source

    columns = Source(str(file)).table().columns
    if "item_id" not in columns:
        raise UsageError(
            message(
                "{file}: no column item_id; give a table with item_id and wanted, as annotate --out writes it",
                file=file,
            )
        )
    wanted = columns.get("wanted", [1] * len(columns["item_id"]))
    found: dict[str, int] = {}
    for line, (item, n) in enumerate(zip(columns["item_id"], wanted, strict=True), start=2):
        text = str(n).strip()
        if not text.isdigit() or int(text) < 1:
            raise UsageError(
                message(
                    "{file}:{line}: wanted is {n!r}; expected a number of ratings from 1", file=file, line=line, n=n
                )
            )
        found[str(item)] = int(text)
    return found


def _asked(
    room: Room,
    decided: RoomDecisions,
    items: Path | None,
    gate: bool,
    reliability: int | None,
    judges: int | None,
    criterion: str | None,
) -> tuple[str, dict[str, int], int]:
    """Of which criterion, item -> further ratings, and how many are wanted that were not before."""
    from alia_judge.annotation.rounds import gate_round, judges_round, reliability_round

    lines, names = room.export(), list(room.criteria)
    if criterion is None and len(names) > 1 and items is None:
        raise UsageError(message("--criterion: which of {names}?", names=", ".join(names)))
    name = names[0] if criterion is None else criterion
    if name not in names:
        raise UsageError(message("--criterion {name}: the room asks {names}", name=name, names=", ".join(names)))
    if items is not None:
        wanted = _named(items)
    elif gate:
        wanted = gate_round(lines, name, item_ids=decided.item_ids())
    elif reliability is not None:
        wanted = reliability_round(lines, name, ratings=reliability)
    else:
        wanted = judges_round(lines, name, ratings=judges or 0, scores=decided.scores(name))
    return name, wanted, room.ask_for(wanted)
