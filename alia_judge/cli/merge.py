"""``alia-judge merge``: ratings and further ones of the same items, as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alia_judge._messages import _, message
from alia_judge.cli._console import JsonOption, say, write_json
from alia_judge.cli._flags import with_flags
from alia_judge.cli._items import open_items
from alia_judge.cli._next import suggest
from alia_judge.cli._options import ReadingOptions
from alia_judge.cli._ratings_file import check_table_name, write_ratings
from alia_judge.cli._targets import will_write

__all__ = ["merge"]


@with_flags(read=ReadingOptions)
def merge(
    *,
    ratings: Annotated[
        str,
        typer.Argument(metavar="RATINGS|ITEMS", help="What there was: ratings, or the items that nobody had rated."),
    ],
    answers: Annotated[
        list[str], typer.Argument(metavar="ANSWERS...", help="Further ratings of the same items, on the same scales.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="OUT.csv", help="All of them: .csv, .jsonl or .parquet.")],
    read: ReadingOptions,
    json: JsonOption = None,
) -> None:
    """Put what people answered beside what there was; an answer about something else is refused by file and line."""
    from alia_judge.annotation import rated_items
    from alia_judge.benchmark import merge_ratings
    from alia_judge.ratings import load_ratings

    check_table_name(out)
    will_write(out)
    given = ReadingOptions(scale=read.scale, language=read.language).load(answers[0] if len(answers) == 1 else answers)
    items, table = open_items(ratings, given.criteria, read)
    if table is None:
        before, merged = 0, rated_items(items, given)
    else:
        before = len(table)
        further = (load_ratings(answer, scales=table.scales, language=read.language) for answer in answers)
        merged = merge_ratings(table, *further)
    write_ratings(merged, out)
    what = (
        message("{before} ratings and {n} further ones", before=before, n=len(merged) - before)
        if before
        else message("{n} ratings", n=len(merged))
    )
    say(json).print(
        _("{what} of {n} items, in {out}", what=what, n=len(merged.item_table), out=out), markup=False, soft_wrap=True
    )
    write_json(
        json,
        {"before": before, "added": len(merged) - before, "ratings": len(merged), "out": out.name},
        schema="alia-judge/merge/1",
        signature=f"merge|fingerprint:{merged.fingerprint}",
    )
    suggest("validate", out, ("--scale", read.scale))
