"""Delimited text (CSV, TSV) as people's spreadsheets export it: `read_delimited`, and where its header is."""

from __future__ import annotations

import csv
import gc
import itertools
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from alia_judge.errors import DataError, Problem
from alia_judge.ratings.columns import listed
from alia_judge.ratings.tables import RawTable, encoding_problem, is_text

__all__ = ["Header", "check_header", "find_header", "guess_delimiter", "long_fields", "read_delimited"]

#: Rows that are turned into columns at a time.
_BATCH = 8192
#: Lines among which the header is looked for: spreadsheets put a title or a note above it.
_ABOVE = 20
_QUOTED = re.compile(r'"[^"]*"')
#: Excel's own way to say what separates the fields, on a line above the header.
_DECLARED = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Header:
    """The names of a table's columns.

    Parameters
    ----------
    names
        One a column; ``column 3`` where the third has none.
    unnamed
        Places of the columns without a name.
    row
        Which row it is, from 1.
    notes
        What stood above them, in sentences for the user.
    """

    names: list[str]
    unnamed: tuple[int, ...] = ()
    row: int = 1
    notes: list[str] = field(default_factory=list)


def find_header(rows: Iterable[Sequence[Any]]) -> Header | None:
    """The first row that names two columns or more; what stands above it (a title) is noted. None without any.

    Parameters
    ----------
    rows
        Cells of each row; taken from up to and including the header.

    Examples
    --------
    >>> find_header([["Evaluation 2026", ""], [], ["item", "score"], ["a", "1"]])
    Header(names=['item', 'score'], unnamed=(), row=3, notes=["left out above the header: 'Evaluation 2026'"])
    """
    above: list[list[str]] = []
    for number, row in enumerate(itertools.islice(rows, _ABOVE), start=1):
        cells = ["" if cell is None else str(cell).strip() for cell in row]
        if sum(map(bool, cells)) >= 2:
            notes = [f"left out above the header: {' '.join(filter(None, title))!r:.80}" for title in above]
            names = [name or f"column {place}" for place, name in enumerate(cells, start=1)]
            unnamed = tuple(place for place, name in enumerate(cells) if not name)
            return Header(names=names, unnamed=unnamed, row=number, notes=notes)
        if any(cells):
            above.append(cells)
    # One column is no table of ratings, but the reader that is asked to read it says so better.
    return Header(names=[name for name in above[0] if name]) if above else None


def guess_delimiter(head: str, usual: str | None) -> str:
    """What separates the fields of a text.

    Parameters
    ----------
    head
        How it begins.
    usual
        What the file's suffix says; it stands unless another mark is commoner in the header (semicolons in a ``.csv``,
        as spreadsheets write where the comma is the decimal mark).

    Examples
    --------
    >>> guess_delimiter("item;rater;score, 1-5", ","), guess_delimiter("item,score", ",")
    (';', ',')
    """
    for line in head.splitlines()[:_ABOVE]:
        declared = _DECLARED.fullmatch(line)
        if declared:
            return declared[1]
        bare = _QUOTED.sub("", line)
        counts = {mark: bare.count(mark) for mark in (",", "\t", ";", "|")}
        if usual == "\t" and counts[usual]:
            # Nobody writes a tab into a name.
            return usual
        likeliest = max(counts, key=lambda mark: (counts[mark], mark == usual))
        if counts[likeliest]:
            return likeliest
    return usual or ","


def read_delimited(path: Path, name: str | None, delimiter: str, *, encoding: str = "utf-8-sig") -> RawTable:
    """A CSV or TSV file; rows that cannot be read go to the table's problems.

    Blank lines, a title above the header, and columns without name and content, as spreadsheets leave them, are no
    faults.

    Raises
    ------
    DataError
        If it is empty, names a column twice, or is not in this encoding.
    """
    problems: list[Problem] = []
    with (
        long_fields(),
        _no_collection(),
        path.open(encoding=encoding, errors="surrogateescape", newline="") as stream,
    ):
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        try:
            found = find_header(row for row in reader if not _declares(row))
        except UnicodeError as error:
            raise DataError(encoding_problem(name, None, encoding)) from error
        except csv.Error as error:
            raise DataError(_not_a_row(name, reader.line_num, str(error), "a header line", delimiter)) from error
        if found is None:
            raise DataError(
                Problem(
                    file=name,
                    line=1,
                    what="the file is empty",
                    expected="a header line",
                    remedy="export it again",
                )
            )
        check_header(found.names, name, reader.line_num)
        columns: list[list[Any]] = [[] for _ in found.names]
        lines: list[int] = []
        # Long tables repeat the same few strings in most cells: keep one copy of each.
        shared: dict[str, str] = {}
        rows = _rows(reader, found.names, delimiter, name, problems)
        while batch := list(itertools.islice(rows, _BATCH)):
            lines += [line for line, _ in batch]
            for values, cells in zip(columns, zip(*(row for _, row in batch), strict=True), strict=True):
                values += [shared.setdefault(cell, cell) for cell in cells]
    spoilt = {cell for cell in shared if "\0" in cell or not is_text(cell)}
    if spoilt:
        where = [row for row, cells in enumerate(zip(*columns, strict=True)) if not spoilt.isdisjoint(cells)]
        fault = encoding_problem(name, lines[where[0]], encoding, more=len(where) - 1)
        nul = any("\0" in values[where[0]] for values in columns)
        raise DataError([*problems, replace(fault, what="a NUL byte in a field") if nul else fault])
    empty = {place for place in found.unnamed if not any(columns[place])}
    kept = {
        column: values
        for place, (column, values) in enumerate(zip(found.names, columns, strict=True))
        if place not in empty
    }
    return RawTable(columns=kept, lines=lines, problems=problems, notes=found.notes)


def check_header(header: list[str], name: str | None, line: int) -> None:
    """Refuse a header that names a column twice.

    Raises
    ------
    DataError
        With a problem for each name.
    """
    repeated = sorted(column for column, count in Counter(header).items() if count > 1)
    if repeated:
        raise DataError(
            [
                Problem(
                    file=name,
                    line=line,
                    field=column,
                    what=f"the header names this column {header.count(column)} times",
                    expected="each column once",
                    remedy="rename or remove the repeated column",
                )
                for column in repeated
            ]
        )


def _rows(
    reader: Any, header: list[str], delimiter: str, name: str | None, problems: list[Problem]
) -> Iterator[tuple[int, list[str]]]:
    """Each row with the physical line it starts on; what is none goes to `problems`."""
    width = len(header)
    while True:
        start = reader.line_num + 1
        try:
            for row in reader:
                if len(row) == width:
                    # A row of nothing but delimiters is a blank line of a spreadsheet.
                    if row[0] or any(row):
                        yield start, row
                elif any(row):
                    if len(row) > width and not any(row[width:]):
                        yield start, row[:width]
                    else:
                        problems.append(
                            Problem(
                                file=name,
                                line=start,
                                what=f"{len(row)} fields",
                                expected=f"{width}, as in the header ({listed(header)})",
                                remedy=f"quote fields that contain {delimiter!r}, or restore the missing ones",
                            )
                        )
                start = reader.line_num + 1
        except csv.Error as error:
            problems.append(_not_a_row(name, start, str(error), f"{width} fields", delimiter))
            continue
        return


def _declares(row: list[str]) -> bool:
    """Whether a row is Excel's ``sep=;``, which the delimiter itself cuts in two."""
    first = row[0].strip().casefold() if row else ""
    return not any(row[1:]) and (first == "sep=" or _DECLARED.fullmatch(first) is not None)


def _not_a_row(name: str | None, line: int, error: str, expected: str, delimiter: str) -> Problem:
    return Problem(
        file=name,
        line=line,
        what=f"not a delimited row: {error}",
        expected=f"{expected} separated by {delimiter!r}",
        remedy='close the quotation marks, and write a quotation mark inside a field as ""',
    )


@contextmanager
def long_fields() -> Iterator[None]:
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
