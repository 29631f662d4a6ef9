"""``alia-judge merge``: ratings and further ones of the same items, as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alia_judge.cli._console import JsonOption, say, write_json
from alia_judge.cli._next import suggest
from alia_judge.cli._options import (
    ColumnOption,
    EncodingOption,
    FormatOption,
    LanguageOption,
    RatingsArgument,
    ScaleOption,
    load,
)
from alia_judge.cli._ratings_file import check_table_name, write_ratings
from alia_judge.cli._targets import will_write

__all__ = ["merge"]


def merge(
    ratings: RatingsArgument,
    answers: Annotated[
        list[str], typer.Argument(metavar="ANSWERS...", help="Further ratings of the same items, on the same scales.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="OUT.csv", help="All of them: .csv, .jsonl or .parquet.")],
    format: FormatOption = None,  # noqa: A002 - the option's name
    column: ColumnOption = None,
    scale: ScaleOption = None,
    encoding: EncodingOption = None,
    language: LanguageOption = None,
    json: JsonOption = None,
) -> None:
    """Put what people answered beside what there was; an answer about something else is refused by file and line."""
    from alia_judge.benchmark import merge_ratings
    from alia_judge.ratings import load_ratings

    check_table_name(out)
    will_write(out)
    table = load(ratings, format=format, columns=column, scales=scale, encoding=encoding, language=language)
    given = [load_ratings(answer, scales=table.scales, language=language) for answer in answers]
    merged = merge_ratings(table, *given)
    write_ratings(merged, out)
    say(json).print(
        f"{len(table)} ratings and {len(merged) - len(table)} further ones, in {out}", markup=False, soft_wrap=True
    )
    write_json(
        json,
        {"before": len(table), "added": len(merged) - len(table), "ratings": len(merged), "out": out.name},
        schema="alia-judge/merge/1",
        signature=f"merge|fingerprint:{merged.fingerprint}",
    )
    suggest("validate", out, ("--scale", scale))
