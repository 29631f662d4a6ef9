"""``alia-judge redact``: a table without the personal data of its texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alia_judge._messages import _
from alia_judge.cli._console import JsonOption, say, write_json
from alia_judge.cli._next import suggest
from alia_judge.cli._options import ColumnOption, EncodingOption, column_mapping
from alia_judge.cli._ratings_file import check_table_name, write_table
from alia_judge.cli._targets import will_write

__all__ = ["redact"]


def redact(
    source: Annotated[
        str, typer.Argument(metavar="INPUT", help="Ratings or items: a table of any kind that load_ratings opens.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="OUT.csv", help="The same table, redacted: .csv, .jsonl or .parquet.")
    ],
    names: Annotated[
        str | None,
        typer.Option("--names", metavar="MODEL", help="A spaCy pipeline that finds names and places, too."),
    ] = None,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    json: JsonOption = None,
) -> None:
    """Replace personal data (telephone numbers, identity numbers, addresses ...) in every text and comment by its kind.

    Columns and rows stay as they are; ids, groups and names of annotators are no texts, and stay as well.
    """
    import pandas as pd

    from alia_judge.checks import NameFinder
    from alia_judge.checks.redaction import redact_table
    from alia_judge.errors import DataError
    from alia_judge.ratings.source import Source

    check_table_name(out)
    will_write(out)
    table = Source(source, encoding=encoding).table()
    if table.problems:
        raise DataError(table.problems)
    columns, changed = redact_table(
        table.columns, column_mapping(column), names=None if names is None else NameFinder(names)
    )
    write_table(pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in columns.items()}), out)
    found = sum(changed.values())
    named = ", ".join(f"{name} {count}" for name, count in changed.items()) or _("no text columns")
    say(json).print(
        _("{found} cells redacted of {n} rows ({named}), in {out}", found=found, n=len(table), named=named, out=out),
        markup=False,
        soft_wrap=True,
    )
    write_json(
        json,
        {"rows": len(table), "redacted": changed, "out": out.name},
        schema="alia-judge/redact/1",
        signature="redact",
    )
    suggest("validate", out)
