"""`RawTable`: rows as they came with the line of each, from records and data frames."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alia_judge.errors import DataError, Problem

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "RawTable",
    "encoding_problem",
    "is_text",
    "read_parquet",
    "table_of_frame",
    "table_of_records",
]

#: What stands for bytes that were not text in a string read with `surrogateescape`.
_UNDECODED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """Rows as they came, untyped, with where each came from.

    Parameters
    ----------
    columns
        One list a column, all of length n; None or an empty string where a row has nothing.
    lines
        Physical line each row starts on (from 1), length n; None where the source has no lines, and then rows are
        counted instead.
    problems
        Rows that could not be read at all.
    notes
        What was left out or chosen in reading, in sentences for the user.
    """

    columns: dict[str, list[Any]]
    lines: list[int] | None
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0


def encoding_problem(name: str | None, line: int | None, encoding: str = "utf-8-sig", *, more: int = 0) -> Problem:
    """The problem that a line, and so many more, are not text in this encoding."""
    called = "UTF-8" if encoding == "utf-8-sig" else encoding
    return Problem(
        file=name,
        line=line,
        what=f"bytes that are not {called} text" + (f", as on {more} more lines" if more else ""),
        expected=f"{called} text",
        remedy="say which encoding it is in (encoding='cp1252' for a spreadsheet's CSV on Windows; --encoding cp1252), "
        "or save it as UTF-8",
    )


def table_of_records(records: Iterator[tuple[int | None, Any]], name: str | None, *, numbered: bool = True) -> RawTable:
    """Mappings, one a row; what is no mapping goes to the table's problems. `numbered` if their lines are known."""
    columns: dict[str, list[Any]] = {}
    lines: list[int] = []
    problems: list[Problem] = []
    shared: dict[str, str] = {}
    rows = 0
    for line, record in records:
        if isinstance(record, Problem):
            problems.append(record)
            continue
        if not isinstance(record, dict):
            problems.append(
                Problem(
                    file=name,
                    line=line,
                    what=f"a JSON {_json_type(record)}",
                    expected="an object with one rating's fields",
                    remedy="write each rating as {...}",
                )
            )
            continue
        for key, value in record.items():
            column = columns.get(key)
            if column is None:
                column = columns[key] = [None] * rows
            column.append(shared.setdefault(value, value) if isinstance(value, str) else value)
        rows += 1
        if len(record) < len(columns):
            for column in columns.values():
                if len(column) < rows:
                    column.append(None)
        lines.append(line or rows)
    return RawTable(columns=columns, lines=lines if numbered else None, problems=problems)


def table_of_frame(frame: pd.DataFrame) -> RawTable:
    """A data frame's columns, and its index where that has a name."""
    import pandas as pd

    columns: dict[str, list[Any]] = {}
    for name in frame.columns:
        values = frame[name]
        listed = values.astype(object).tolist()
        # A column of objects may hold lists, of which nobody can ask whether they are missing.
        known = [True] * len(listed) if values.dtype == object else values.notna().tolist()
        columns[str(name)] = [
            value if there and not (isinstance(value, float) and math.isnan(value)) else None
            for value, there in zip(listed, known, strict=True)
        ]
    if not columns:
        return RawTable(columns={}, lines=None)
    if isinstance(frame.index, pd.MultiIndex) or frame.index.name is not None:
        index = frame.index.to_frame(index=False)
        columns = {str(name): index[name].tolist() for name in index.columns if str(name) not in columns} | columns
    return RawTable(columns=columns, lines=None)


def read_parquet(path: Path, name: str | None) -> pd.DataFrame:
    """A Parquet file.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    import pandas as pd

    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise DataError(
            Problem(
                file=name,
                what=f"not a readable Parquet file ({str(error).splitlines()[0]})",
                expected="Parquet",
                remedy="copy it again whole; a file cut short looks like this",
            )
        ) from error


def is_text(cell: str) -> bool:
    """Whether a string read with `surrogateescape` was UTF-8."""
    return cell.isascii() or _UNDECODED.search(cell) is None


def _json_type(value: Any) -> str:
    names = {list: "list", str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}
    return names.get(type(value), type(value).__name__)
