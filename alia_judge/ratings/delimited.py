"""Delimited text (CSV, TSV) as people's spreadsheets export it: `read_delimited`."""

from __future__ import annotations

import csv
import gc
import itertools
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from alia_judge._messages import message
from alia_judge._process_wide import ProcessWide
from alia_judge.errors import AliaJudgeError, DataError, Problem, UsageError
from alia_judge.ratings.columns import listed
from alia_judge.ratings.dialect import WHITE_SPACE, CsvDialect, words_of_line
from alia_judge.ratings.headers import Header, check_header, count_titles, find_header, is_data, without_header_rows
from alia_judge.ratings.roles.asked_again import numbered_questions
from alia_judge.ratings.roles.names import hint
from alia_judge.ratings.saying import say_header
from alia_judge.ratings.tables import RawTable, encoding_problem, is_text

__all__ = ["long_fields", "read_delimited", "rows_of_text"]

#: Rows that are turned into columns at a time.
_BATCH = 8192
#: Rows that tell whether the first line is a header.
_LOOKED_AT = 200
#: What stands below the header of a table in Markdown.
_RULE = re.compile(r"\s*(:?-{2,}:?)?\s*")
#: Excel's own way to say what separates the fields, on a line above the header.
_DECLARED = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)


def rows_of_text(stream: Any, dialect: CsvDialect, *, strict: bool = True) -> Any:
    """The rows of an open text file; like `csv.reader`, with `line_num`."""
    if dialect.delimiter == WHITE_SPACE:
        return _Words(stream)
    # Where quotation marks quote nothing, none can be left open.
    return csv.reader(stream, delimiter=dialect.delimiter, quoting=dialect.quoting, strict=strict)


class _Words:
    """Lines as their words."""

    def __init__(self, stream: Any) -> None:
        self.line_num = 0
        self._stream = stream

    def __iter__(self) -> _Words:
        return self

    def __next__(self) -> list[str]:
        line = next(self._stream)
        self.line_num += 1
        return words_of_line(str(line))


def read_delimited(
    path: Path,
    name: str | None,
    dialect: CsvDialect,
    *,
    encoding: str = "utf-8-sig",
    header: Sequence[str] | None = None,
) -> RawTable:
    """A CSV or TSV file; rows that cannot be read go to the table's problems.

    Blank lines, a title above the header, further header rows of survey tools, and columns without name and content, as
    spreadsheets leave them, are no faults. A first line that is like the lines below is data; its columns are numbered.

    Parameters
    ----------
    path, name
        The file, and what errors call it.
    dialect
        How its fields are parted.
    encoding
        Of its text.
    header
        The columns' names, where the file has none.

    Raises
    ------
    DataError
        If it is empty, names a column twice, or is not in this encoding.
    """
    problems: list[Problem] = []
    delimiter = dialect.delimiter
    titles = _titles(path, dialect, encoding)
    with (
        long_fields,
        _no_collection,
        path.open(encoding=encoding, errors="surrogateescape", newline="") as stream,
    ):
        reader = rows_of_text(stream, dialect)
        first: list[str] | None = None
        try:
            found = find_header((row for row in reader if not _declares(row)), titles)
            if found is not None and header is not None:
                first = None if _is_mended(header, found.names) else list(found.names)
                found = _said_header(header, found, name)
                if first is None:
                    note = message("line {row} is a header: its names are those that you say", row=found.row)
                    found = replace(found, notes=[*found.notes, note])
        except UnicodeError as error:
            raise DataError(encoding_problem(name, None, encoding)) from error
        except csv.Error as error:
            raise DataError(
                _not_a_row(name, reader.line_num, str(error), message("a header line"), delimiter)
            ) from error
        if found is None:
            raise DataError(
                Problem(
                    file=name,
                    line=1,
                    what=message("the file is empty"),
                    expected=message("a header line"),
                    remedy=message("export it again"),
                )
            )
        names, some = _beginning(path, dialect, encoding, titles) if header is None else ([], [])
        if _names_rows(names, some):
            found = replace(
                found, names=["column 0", *found.names], unnamed=(0, *(place + 1 for place in found.unnamed))
            )
        unfilled = _never_filled(names, some)
        if unfilled:
            note = message("no row goes as far as the header's last columns, {names}", names=", ".join(unfilled))
            found = replace(found, names=found.names[: -len(unfilled)], notes=[*found.notes, note])
        header_line = reader.line_num
        ahead: list[tuple[int, list[str]]] = [(header_line, first)] if first is not None else []
        rows: Iterator[tuple[int, list[str]]] = _rows(reader, found.names, delimiter, name, problems)
        headerless = False
        if header is None:
            ahead = list(itertools.islice(rows, _LOOKED_AT))
            line = ["" if place in found.unnamed else cell for place, cell in enumerate(found.names)]
            if is_data(line, [row for _, row in ahead]):
                ahead.insert(0, (header_line, line))
                found, headerless = _numbered(found), True
        if not all(map(is_text, found.names)):
            raise DataError(encoding_problem(name, header_line, encoding))
        found = replace(found, names=numbered_questions(found.names))
        check_header(found.names, name, header_line, None if header else lambda names: _reads(path, encoding, names))
        rows = itertools.chain(ahead, rows)
        columns: list[list[Any]] = [[] for _ in found.names]
        lines: list[int] = []
        # Long tables repeat the same few strings in most cells: keep one copy of each.
        shared: dict[str, str] = {}
        while batch := list(itertools.islice(rows, _BATCH)):
            lines += [line for line, _ in batch]
            for values, cells in zip(columns, zip(*(row for _, row in batch), strict=True), strict=True):
                values += map(shared.setdefault, cells, cells)
    spoilt = {cell for cell in shared if "\0" in cell or not is_text(cell)}
    if spoilt:
        where = [row for row, cells in enumerate(zip(*columns, strict=True)) if not spoilt.isdisjoint(cells)]
        fault = encoding_problem(name, lines[where[0]], encoding, more=len(where) - 1)
        nul = any("\0" in values[where[0]] for values in columns)
        raise DataError([*problems, replace(fault, what=message("a NUL byte in a field")) if nul else fault])
    empty = {place for place in found.unnamed if not any(columns[place])}
    kept = {
        column: values
        for place, (column, values) in enumerate(zip(found.names, columns, strict=True))
        if place not in empty
    }
    table = RawTable(
        columns=kept,
        lines=lines,
        problems=problems,
        notes=found.notes,
        header_line=header_line,
        gaps=tuple(name for place, name in enumerate(found.names) if place - 1 in empty and place not in empty),
    )
    return without_header_rows(table) if len(table) and not headerless else table


def _titles(path: Path, dialect: CsvDialect, encoding: str) -> int:
    with long_fields, path.open(encoding=encoding, errors="replace", newline="") as stream:
        try:
            return count_titles(row for row in rows_of_text(stream, dialect, strict=False) if not _declares(row))
        except (csv.Error, UnicodeError):  # reading the file says what is wrong and where
            return 0


def _names_rows(names: Sequence[str], some: Sequence[list[str]]) -> bool:
    """Whether every row has one field more than the header, a name of its own first: R writes row names so."""
    wider = len(some) > 1 and all(len(row) == len(names) + 1 for row in some)
    return wider and any(row[-1] for row in some) and len({row[0] for row in some}) == len(some)


def _never_filled(names: Sequence[str], some: Sequence[list[str]]) -> list[str]:
    """The last columns of the header where no row goes so far: boxes that nobody filled in, and a tool left away."""
    widths = {len(row) for row in some}
    last = list(names[max(widths) :]) if len(widths) == 1 and len(some) > 1 else []
    return last if all(hint(name, "admin") or hint(name, "comment") for name in last) else []


def _beginning(path: Path, dialect: CsvDialect, encoding: str, titles: int) -> tuple[list[str], list[list[str]]]:
    """The header's names and the first rows; nothing where they cannot be read, which reading the file says."""
    with long_fields, path.open(encoding=encoding, errors="replace", newline="") as stream:
        try:
            rows = (row for row in rows_of_text(stream, dialect, strict=False) if not _declares(row))
            found = find_header(rows, titles)
            return (found.names if found else []), list(itertools.islice((row for row in rows if any(row)), _LOOKED_AT))
        except (csv.Error, UnicodeError):
            return [], []


def _reads(path: Path, encoding: str, names: list[str]) -> str | None:
    """What the file comes to with a header of these names; None where the user would be asked."""
    from alia_judge.ratings.load import load_ratings
    from alia_judge.ratings.roles.question import summary

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return summary(load_ratings(path, header=names, encoding=None if encoding == "utf-8-sig" else encoding))
    except (AliaJudgeError, ValueError):
        return None


def _said_header(names: Sequence[str], found: Header, file: str | None) -> Header:
    """The header that the user names.

    Raises
    ------
    UsageError
        If it names more or fewer columns than there are.
    """
    if len(names) != len(found.names):
        raise UsageError(
            message(
                "header names {n} columns, but {file} has {n_names}: {names}",
                n=len(names),
                file=file,
                n_names=len(found.names),
                names=listed(found.names),
            )
        )
    return Header(names=list(names), row=found.row, notes=found.notes)


def _is_mended(names: Sequence[str], line: Sequence[str]) -> bool:
    """Whether the first line is a header in which the user changed some names: most are its own."""
    return len(names) == len(line) and 2 * sum(map(str.__eq__, names, line)) > len(line)


def _numbered(found: Header) -> Header:
    names = [f"column {place}" for place in range(1, len(found.names) + 1)]
    shown = (
        ("item_id", "annotator_id", "value")
        if len(names) == 3
        else [f"NAME{place}" for place in range(1, len(names) + 1)]
    )
    note = message(
        "line {row} is like the lines below and was read as data; name the columns with {header}",
        row=found.row,
        header=say_header(shown),
    )
    return Header(names=names, row=found.row, notes=[*found.notes, note])


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
                    if (row[0] or any(row)) and not (delimiter == "|" and all(map(_RULE.fullmatch, row))):
                        yield start, row
                elif any(row):
                    if len(row) > width and not any(row[width:]):
                        yield start, row[:width]
                    else:
                        problems.append(
                            Problem(
                                file=name,
                                line=start,
                                what=message("{n} fields", n=len(row)),
                                expected=message(
                                    "{width}, as in the header ({header})", width=width, header=listed(header)
                                ),
                                remedy=message(
                                    "quote fields that contain {delimiter!r}, or restore the missing ones",
                                    delimiter=delimiter,
                                ),
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
        what=message("not a delimited row: {error}", error=error),
        expected=message("{expected} separated by {delimiter!r}", expected=expected, delimiter=delimiter),
        remedy=message('close the quotation marks, and write a quotation mark inside a field as ""'),
    )


#: Let a field be as long as it is: an article may be longer than the csv module's 128 KiB.
long_fields = ProcessWide(lambda: csv.field_size_limit(sys.maxsize), csv.field_size_limit)


def _pause_collection() -> bool:
    was_enabled = gc.isenabled()
    gc.disable()
    return was_enabled


#: Spare the garbage collector: millions of rows come and go, none in a cycle; looking takes half the time.
_no_collection = ProcessWide(_pause_collection, lambda was_enabled: gc.enable() if was_enabled else None)
