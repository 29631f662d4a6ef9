"""``alia-judge sheet``: items for one person to rate, as one HTML file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from alia_judge._messages import _, message
from alia_judge.cli._asked import CriteriaOption, ItemsArgument, RubricLanguageOption, RubricsOption, ask_about
from alia_judge.cli._console import JsonOption, SeedOption, say, write_json
from alia_judge.cli._flags import with_flags
from alia_judge.cli._items import open_items
from alia_judge.cli._next import suggest
from alia_judge.cli._options import ReadingOptions
from alia_judge.cli._targets import will_write
from alia_judge.errors import UsageError

__all__ = ["sheet"]


@with_flags(read=ReadingOptions)
def sheet(
    *,
    items: ItemsArgument,
    criterion: CriteriaOption,
    annotator: Annotated[
        str, typer.Option("--annotator", metavar="NAME", help="Who rates; a pseudonym does: it stands in the ratings.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.html", help="The page to give to this person.")],
    n_items: Annotated[
        int | None,
        typer.Option("--items", metavar="N", help="Draw so many; the same --seed draws the same for all.", min=1),
    ] = None,
    rubric: RubricsOption = None,
    rubric_language: RubricLanguageOption = None,
    again: Annotated[
        int, typer.Option("--again", metavar="N", help="So many items come twice: does the person agree again?", min=0)
    ] = 0,
    known: Annotated[
        Path | None,
        typer.Option("--known", metavar="FILE", help="Items whose answers you know, to stand among the others."),
    ] = None,
    read: ReadingOptions,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Write one HTML file in which a person rates items, offline, with nothing installed; it saves what load_ratings
    reads.
    """
    from alia_judge.annotation.sheet import make_sheet, wording_language

    if out.suffix.lower() not in (".html", ".htm"):
        raise UsageError(message("{out}: a sheet is an HTML page; give it a name that ends in .html", out=out))
    will_write(out)
    tag = None if rubric_language is None else wording_language(rubric_language)
    there, asked = ask_about(
        items,
        criterion,
        rubric=rubric or (),
        tag=tag,
        read=read,
    )
    made = make_sheet(
        there,
        asked,
        annotator=annotator,
        language=tag,
        n_items=n_items,
        again=again,
        known=() if known is None else open_items(str(known), criterion, ReadingOptions())[0],
        seed=seed,
    )
    made.write(out)
    say(json).print(
        _(
            "{out}: {n} items for {annotator} ({criterion}; {language}), sheet {digest}",
            out=out,
            n=len(made.items),
            annotator=annotator,
            criterion=", ".join(criterion),
            language=made.language,
            digest=made.digest[:8],
        ),
        markup=False,
        soft_wrap=True,
    )
    write_json(
        json,
        {
            "sheet": made.digest,
            "annotator_id": annotator,
            "criteria": criterion,
            "language": made.language,
            "item_ids": [item.item_id for item in made.items],
            "out": out.name,
        },
        schema="alia-judge/sheet-made/1",
        signature=f"sheet|items:{len(made.items)}|again:{again}|seed:{seed}",
    )
    suggest("merge", items, "SAVED.jsonl", *replace(read, scale=()).words(), "--out", "ratings.csv")
