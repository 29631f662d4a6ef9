"""``alia-judge room``: a small server in which several people rate items, every item by so many of them."""

from __future__ import annotations

import asyncio
import csv
import io
import ipaddress
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alia_judge._messages import _, message
from alia_judge.cli._asked import CriteriaOption, ItemsArgument, RubricLanguageOption, RubricsOption, ask_about
from alia_judge.cli._console import JsonOption, say, write_json
from alia_judge.cli._flags import with_flags
from alia_judge.cli._help import PanelledCommand, PanelledGroup
from alia_judge.cli._next import suggest
from alia_judge.cli._options import ReadingOptions
from alia_judge.cli._room_organised import ask, decisions, key, revoke, rubric_, scores
from alia_judge.cli._targets import will_write
from alia_judge.errors import DataError, Problem, UsageError
from alia_judge.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alia_judge.annotation.guideline_test import TestPaper
    from alia_judge.judging.rubrics.rubric import Rubric

__all__ = ["app"]

app = typer.Typer(
    cls=PanelledGroup, help="Several people rate items, each in a browser; every item by so many.", no_args_is_help=True
)

FolderArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="The room, as create made it.")]

#: What a look at agreement means, of `CriterionStanding.means`.
_MEANS = {
    "shown": message("That is enough to tune on, and stays so however often one looks."),
    "tempting": message("It looks good, which is no reason to stop: who stops because of it finds agreement too high."),
    "not yet": message("A look at agreement is no reason to stop: who stops when it looks good finds it too high."),
    "unknown": message("Nothing is known yet."),
}


@app.command("create", cls=PanelledCommand)
@with_flags(read=ReadingOptions)
def create(
    *,
    items: ItemsArgument,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the room is kept: a new folder.")],
    criterion: CriteriaOption,
    per_item: Annotated[int, typer.Option("--per-item", metavar="K", help="How many people rate each item.", min=1)],
    annotators: Annotated[
        Path, typer.Option("--annotators", metavar="FILE", help="The people, one name a line; pseudonyms do.")
    ],
    hold: Annotated[
        int, typer.Option("--hold", metavar="MINUTES", help="How long an item is kept for whoever sees it.", min=1)
    ] = 30,
    organiser: Annotated[
        list[str] | None,
        typer.Option("--organiser", metavar="NAME", help="Who may see the organisers' pages and decide; repeat it."),
    ] = None,
    test: Annotated[
        Path | None,
        typer.Option("--test", metavar="FILE", help="Items with agreed answers, which everybody rates first."),
    ] = None,
    rubric: RubricsOption = None,
    rubric_language: RubricLanguageOption = None,
    read: ReadingOptions,
    json: JsonOption = None,
) -> None:
    """Make a room of items and people."""
    from alia_judge.annotation.room import Room
    from alia_judge.annotation.sheet import wording_language

    try:
        names = annotators.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(
            Problem(
                file=str(annotators),
                what=message("no UTF-8 at byte {start}", start=error.start),
                expected=message("one name a line, in UTF-8"),
                remedy=message("save it as UTF-8"),
            )
        ) from error
    tag = None if rubric_language is None else wording_language(rubric_language)
    there, asked = ask_about(
        items,
        criterion,
        rubric=rubric or (),
        tag=tag,
        read=read,
    )
    words = tag or wording_language(next(iter(asked.values())).language)
    paper = None if test is None else _test_paper(test, asked)
    Room.create(
        folder,
        there,
        asked,
        annotators=names,
        per_item=per_item,
        language=words,
        organisers=organiser or ("organiser",),
        test=paper,
        hold=60 * hold,
    ).close()
    people = sum(1 for name in names if name.strip())
    say(json).print(
        _(
            "{folder}: {n} items, {people} people, {per_item} of them rate each item",
            folder=folder,
            n=len(there),
            people=people,
            per_item=per_item,
        ),
        markup=False,
        soft_wrap=True,
    )
    write_json(
        json,
        {
            "items": len(there),
            "annotators": people,
            "per_item": per_item,
            "criteria": criterion,
            "language": words,
            "test": 0 if paper is None else len(paper.items),
        },
        schema="alia-judge/room-made/1",
        signature=f"room|items:{len(there)}|per_item:{per_item}|hold:{hold}",
    )
    suggest("room", "serve", folder)


@app.command("serve", cls=PanelledCommand)
def serve(
    folder: FolderArgument,
    port: Annotated[int, typer.Option("--port", metavar="N", help="0 takes a free one.", min=0, max=65535)] = 8008,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="127.0.0.1 is this machine alone; 0.0.0.0 every network.")
    ] = "127.0.0.1",
) -> None:
    """Serve a room until it is interrupted. Every rating is on disk before the page says so."""
    from alia_judge.annotation.server import serve_room

    def told(address: str) -> None:
        lines = [
            _(
                "room at {address}; its links: alia-judge room links {folder} --base {address}",
                address=address,
                folder=folder,
            )
        ]
        lines.append(
            _(
                "organisers: alia-judge room links {folder} --organisers --base {address}",
                folder=folder,
                address=address,
            )
        )
        if not _is_loopback(host):
            lines.append(_("note: this is plain HTTP, which a network can read; put a server with TLS before it"))
        print(printable("\n".join(lines)), file=sys.stderr, flush=True)  # noqa: T201 - where the room is

    asyncio.run(serve_room(folder, host=host, port=port, told=told))


@app.command("links", cls=PanelledCommand)
def links(
    folder: FolderArgument,
    base: Annotated[
        str, typer.Option("--base", metavar="URL", help="Where people find the room.")
    ] = "http://127.0.0.1:8008",
    days: Annotated[float, typer.Option("--days", metavar="N", help="How long the links are good.", min=0.001)] = 30,
    organisers: Annotated[
        bool, typer.Option("--organisers", help="Of those who see progress and decide, in place of those who rate.")
    ] = False,
) -> None:
    """Print a link for each person, NAME,LINK a line. Whoever has a link is that person."""
    from alia_judge.annotation.room import Room

    if not base.startswith(("http://", "https://")):
        raise UsageError(message("--base {base}: expected an address such as https://rooms.example.org", base=base))
    rows = io.StringIO()
    with closing(Room(folder)) as room:
        # What stands after # is sent to no server and stands in no log.
        csv.writer(rows, lineterminator="\n").writerows(
            (name, f"{base.rstrip('/')}/{'organise' if organisers else ''}#/{token}")
            for name, token in room.tokens(days, role="organiser" if organisers else "rater").items()
        )
    sys.stdout.write(rows.getvalue())


@app.command("export", cls=PanelledCommand)
def export(
    folder: FolderArgument,
    out: Annotated[Path, typer.Option("--out", metavar="RATINGS.jsonl", help="What load_ratings reads.")],
    names: Annotated[bool, typer.Option("--names", help="Call people by their names, not by pseudonyms.")] = False,
    json: JsonOption = None,
) -> None:
    """Write what people have said so far; a room may be open meanwhile."""
    from alia_judge.annotation.room import Room

    if out.suffix.lower() not in (".jsonl", ".ndjson"):
        raise UsageError(
            message("{out}: ratings of a room are JSON lines; give it a name that ends in .jsonl", out=out)
        )
    will_write(out)
    with closing(Room(folder)) as room:
        n = room.write(out, names=names)
    _save_decisions(folder)
    say(json).print(_("{n} answers in {out}", n=n, out=out), markup=False, soft_wrap=True)
    write_json(json, {"answers": n, "out": out.name}, schema="alia-judge/room-export/1", signature="room-export")
    suggest("merge", "ITEMS", out, "--out", "ratings.csv")


@app.command("status", cls=PanelledCommand)
def status(folder: FolderArgument, json: JsonOption = None) -> None:
    """How far a room has come, and how well people agree on what is there."""
    from rich.table import Table
    from rich.text import Text

    from alia_judge.annotation.room import Room
    from alia_judge.annotation.standing import standing

    with closing(Room(folder)) as room:
        found, lines, tested = room.progress(), room.export(), room.tested()
    out = say(json)
    out.print(
        _(
            "{complete} of {items} items have their {per_item} ratings",
            complete=found.complete,
            items=found.items,
            per_item=found.per_item,
        ),
        markup=False,
    )
    if found.wanted > found.items * found.per_item:
        out.print(
            _("{wanted} further ratings were asked for", wanted=found.wanted - found.items * found.per_item),
            markup=False,
        )
    table = Table(title=_("people"), title_justify="left")
    table.add_column(_("person"))
    for heading in (message("rated"), message("extra"), message("skipped")):
        table.add_column(_(heading), justify="right")
    for name, done in found.people.items():
        table.add_row(Text(name), *(str(done[state]) for state in ("rated", "extra", "skipped")))
    out.print(table)
    if found.forgotten:
        out.print(
            _("forgotten on request: {forgotten} of the people; their ratings are gone", forgotten=found.forgotten),
            markup=False,
        )
    if len(found.people) < found.per_item:
        out.print(
            _(
                "no item can have {per_item} ratings any more: {n} people are left",
                per_item=found.per_item,
                n=len(found.people),
            )
        )
    agreement = standing(lines, per_item=found.per_item)
    for one in agreement:
        out.print(
            _(
                "{criterion}: alpha {alpha}; however often one looks, {any_time}",
                criterion=one.criterion,
                alpha=one.alpha,
                any_time=one.any_time,
            ),
            markup=False,
        )
        out.print(f"  {_(_MEANS[one.means])}", markup=False)
    for name, test in tested.items():
        if not test["passed"]:
            out.print(
                _(
                    "guideline test: {name} has {right} of {of} answers as agreed",
                    name=name,
                    right=test["right"],
                    of=test["of"],
                ),
                markup=False,
            )
    write_json(
        json,
        {
            "items": found.items,
            "complete": found.complete,
            "per_item": found.per_item,
            "people": {name: dict(done) for name, done in found.people.items()},
            "forgotten": found.forgotten,
            "alpha": {one.criterion: one.alpha.to_dict() for one in agreement},
            "any_time": {one.criterion: one.any_time.to_dict() for one in agreement},
            "means": {one.criterion: one.means for one in agreement},
            "tested": tested,
        },
        schema="alia-judge/room-status/1",
        signature=f"room-status|items:{found.items}|per_item:{found.per_item}",
    )
    suggest("room", "export", folder, "--out", "ratings.jsonl")


@app.command("forget", cls=PanelledCommand)
def forget(
    folder: FolderArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who asked for it, as the annotators' file had it.")],
    json: JsonOption = None,
) -> None:
    """Delete a person, their link and everything they said; exports made before still hold it."""
    from alia_judge.annotation.room import Room

    with closing(Room(folder)) as room:
        answers = room.forget(name)
    _save_decisions(folder)
    say(json).print(
        _(
            "{name}: {answers} answers deleted, and the link; exports made before still hold them",
            name=name,
            answers=answers,
        ),
        markup=False,
    )
    write_json(json, {"answers": answers}, schema="alia-judge/room-forgotten/1", signature="room-forget")
    suggest("room", "status", folder)


def _test_paper(file: Path, asked: Mapping[str, Rubric]) -> TestPaper:
    from alia_judge.annotation.guideline_test import TestPaper
    from alia_judge.ratings.items import iter_rows

    # The answers are columns of the items here, and nobody's ratings.
    return TestPaper.of((item for item, _ in iter_rows(file, as_ratings=False)), asked)


def _save_decisions(folder: Path) -> None:
    """What was decided is about the items that are in an export now."""
    from alia_judge.annotation.room_decisions import RoomDecisions

    with closing(RoomDecisions(folder)) as decided:
        decided.save()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


for _name, _command in (
    ("ask", ask),
    ("scores", scores),
    ("decisions", decisions),
    ("rubric", rubric_),
    ("revoke", revoke),
    ("key", key),
):
    app.command(_name, cls=PanelledCommand)(_command)
