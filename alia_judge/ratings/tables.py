"""`Table`: rows as they came with the line of each, from delimited text, records and data frames."""

from __future__ import annotations

import csv
import gc
import itertools
import math
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alia_judge._optional import require
from alia_judge.errors import DataError, Problem

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Table",
    "encoding_problem",
    "is_text",
    "read_delimited",
    "read_excel",
    "read_parquet",
    "table_of_frame",
    "table_of_records",
]

#: Rows that are turned into columns at a time.
_BATCH = 8192


@dataclass(frozen=True, kw_only=True)
class Table:
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
    """

    columns: dict[str, list[Any]]
    lines: list[int] | None
    problems: list[Problem] = field(default_factory=list)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0


def encoding_problem(name: str | None, line: int) -> Problem:
    """The problem that a line is not UTF-8."""
    return Problem(
        file=name,
        line=line,
        what="bytes that are not UTF-8",
        expected="UTF-8 text",
        remedy="save the file as UTF-8 (iconv -f latin1 -t utf-8 FILE)",
    )


def read_delimited(path: Path, name: str | None, delimiter: str) -> Table:
    """A CSV or TSV file; rows that cannot be read go to the table's problems.

    Raises
    ------
    DataError
        If it is empty, names a column twice, or is not UTF-8.
    """
    problems: list[Problem] = []
    with (
        _long_fields(),
        _no_collection(),
        path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream,
    ):
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        header = next(reader, None)
        if not header:
            raise DataError(
                Problem(
                    file=name,
                    line=1,
                    what="the file is empty",
                    expected="a header line",
                    remedy="export it again",
                )
            )
        header = [name.strip() for name in header]
        _check_header(header, name)
        columns: list[list[Any]] = [[] for _ in header]
        lines: list[int] = []
        # Long tables repeat the same few strings in most cells: keep one copy of each.
        shared: dict[str, str] = {}
        rows = _rows(reader, header, delimiter, name, problems)
        while batch := list(itertools.islice(rows, _BATCH)):
            lines += [line for line, _ in batch]
            for values, cells in zip(columns, zip(*(row for _, row in batch), strict=True), strict=True):
                values += [shared.setdefault(cell, cell) for cell in cells]
    undecodable = [cell for cell in shared if not is_text(cell)]
    if undecodable:
        bad = set(undecodable)
        where = (row for row, cells in enumerate(zip(*columns, strict=True)) if not bad.isdisjoint(cells))
        raise DataError([*problems, *(encoding_problem(name, lines[row]) for row in where)])
    return Table(columns=dict(zip(header, columns, strict=True)), lines=lines, problems=problems)


def _rows(
    reader: Any, header: list[str], delimiter: str, name: str | None, problems: list[Problem]
) -> Iterator[tuple[int, list[str]]]:
    """Each row with the physical line it starts on; what is none goes to `problems`."""
    while True:
        start = reader.line_num + 1
        try:
            for row in reader:
                if len(row) == len(header):
                    yield start, row
                elif row:
                    problems.append(
                        Problem(
                            file=name,
                            line=start,
                            what=f"{len(row)} fields",
                            expected=f"{len(header)}, as in the header ({', '.join(header)})",
                            remedy=f"quote fields that contain {delimiter!r}, or restore the missing ones",
                        )
                    )
                start = reader.line_num + 1
        except csv.Error as error:
            problems.append(
                Problem(
                    file=name,
                    line=start,
                    what=f"not a delimited row: {error}",
                    expected=f"{len(header)} fields separated by {delimiter!r}",
                    remedy='close the quotation marks, and write a quotation mark inside a field as ""',
                )
            )
            continue
        return


def _check_header(header: list[str], name: str | None) -> None:
    repeated = sorted({column for column in header if header.count(column) > 1})
    if repeated:
        raise DataError(
            [
                Problem(
                    file=name,
                    line=1,
                    field=column,
                    what=f"the header names this column {header.count(column)} times",
                    expected="each column once",
                    remedy="rename or remove the repeated column",
                )
                for column in repeated
            ]
        )


def table_of_records(records: Iterator[tuple[int | None, Any]], name: str | None, *, numbered: bool = True) -> Table:
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
    return Table(columns=columns, lines=lines if numbered else None, problems=problems)


def table_of_frame(frame: pd.DataFrame) -> Table:
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
        return Table(columns={}, lines=None)
    if isinstance(frame.index, pd.MultiIndex) or frame.index.name is not None:
        index = frame.index.to_frame(index=False)
        columns = {str(name): index[name].tolist() for name in index.columns if str(name) not in columns} | columns
    return Table(columns=columns, lines=None)


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


def read_excel(path: Path, name: str | None) -> pd.DataFrame:
    """The first sheet of a workbook.

    Raises
    ------
    DataError
        If it cannot be read.
    MissingExtraError
        Without the extra ``excel``.
    """
    import pandas as pd

    require("openpyxl", extra="excel", purpose="reading Excel files")
    try:
        return pd.read_excel(path, dtype=object)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(
            Problem(
                file=name,
                what=f"not a readable Excel file ({error})",
                expected="an .xlsx workbook whose first sheet is the table",
                remedy="open it in a spreadsheet and save it as .xlsx, or as CSV",
            )
        ) from error


def is_text(cell: str) -> bool:
    """Whether a string read with `surrogateescape` was UTF-8."""
    return cell.isascii() or not any("\udc80" <= character <= "\udcff" for character in cell)


def _json_type(value: Any) -> str:
    names = {list: "list", str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}
    return names.get(type(value), type(value).__name__)


@contextmanager
def _long_fields() -> Iterator[None]:
    """Let a field be as long as it is: an article may be longer than the csv module's 128 KiB."""
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Spare the garbage collector: millions of rows come and go, none in a cycle; looking takes half the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
