"""Where a table's header is, whether there is one, and header rows below the first (survey tools, merged cells)."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from alia_judge._messages import message
from alia_judge.errors import DataError, Problem
from alia_judge.ratings.columns import says
from alia_judge.ratings.roles.column import number
from alia_judge.ratings.roles.names import ROLES, hint, is_criterion
from alia_judge.ratings.saying import say_header
from alia_judge.ratings.scales import is_missing
from alia_judge.ratings.tables import RawTable

__all__ = ["Header", "check_header", "count_titles", "find_header", "is_data", "mended", "without_header_rows"]

#: Lines among which the header is looked for: spreadsheets put a title or a note above it.
_ABOVE = 20
#: Names that an error says one after another.
_SAID = 12
#: Rows that tell what a column holds.
_LOOKED_AT = 200
#: What Qualtrics writes into its third header row.
_SURVEY_TOOL = "ImportId"


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


def count_titles(rows: Iterable[Sequence[Any]]) -> int:
    """How many rows above the header are titles that fill several cells: at most half, then none, over a full row.

    Examples
    --------
    >>> count_titles([["Replies", "March", "", ""], ["item", "rater", "score", "text"]])
    1
    """
    filled = [[not is_missing(cell) for cell in row] for row in itertools.islice(rows, _ABOVE)]
    filled = [row for row in filled if any(row)]
    titles = 0
    for row, below in itertools.pairwise(filled):
        count = sum(row)
        if not (all(below) and len(below) > count and all(row[:count]) and count <= max(1, len(below) // 2)):
            break
        titles += 1
    return titles


def find_header(rows: Iterable[Sequence[Any]], titles: int = 0) -> Header | None:
    """The first row that names two columns or more; what stands above it (a title) is noted. None without any.

    Parameters
    ----------
    rows
        Cells of each row; taken from up to and including the header.
    titles
        How many rows with something in them are titles, whatever they fill.

    Examples
    --------
    >>> find_header([["Evaluation 2026", ""], [], ["item", "score"], ["a", "1"]])
    Header(names=['item', 'score'], unnamed=(), row=3, notes=["left out above the header: 'Evaluation 2026'"])
    """
    above: list[list[str]] = []
    for row_number, row in enumerate(itertools.islice(rows, _ABOVE), start=1):
        cells = ["" if cell is None else str(cell).strip() for cell in row]
        if sum(map(bool, cells)) >= 2 and len(above) >= titles:
            notes: list[str] = [
                message("left out above the header: {words!r:.80}", words=" ".join(filter(None, title)))
                for title in above
            ]
            names = [name or f"column {place}" for place, name in enumerate(cells, start=1)]
            unnamed = tuple(place for place, name in enumerate(cells) if not name)
            return Header(names=names, unnamed=unnamed, row=row_number, notes=notes)
        if any(cells):
            above.append(cells)
    # One column is no table of ratings, but the reader that is asked to read it says so better.
    return Header(names=[name for name in above[0] if name]) if above else None


def check_header(
    header: Sequence[str], name: str | None, line: int, attempt: Callable[[list[str]], str | None] | None = None
) -> None:
    """Refuse a header that names a column twice.

    Parameters
    ----------
    header, name, line
        Its names, the file, the line.
    attempt
        Reads the file with other names and says what came of it; None where nothing did.

    Raises
    ------
    DataError
        With a problem for each name.
    """
    repeated = sorted(column for column, count in Counter(header).items() if count > 1)
    if not repeated:
        return
    names = mended(header)
    result = attempt(names) if attempt else None
    problems = []
    for column in repeated:
        places = [place for place, other in enumerate(header) if other == column]
        renamed = ", ".join(f"`{names[place]}`" for place in places[1:])
        if result is not None:
            said = say_header(names) if len(names) <= _SAID else renamed
            remedy = message("rename it; {renamed} was tried: {result}", renamed=said, result=result)
        elif not any(names[place].startswith(column) for place in places[1:]):
            remedy = message("rename it, by the columns beside it {renamed}", renamed=renamed)
        else:
            remedy = message(
                "rename or remove the repeated column; if line {line} is no header, name the columns: {names}",
                line=line,
                names=say_header([f"NAME{place}" for place in range(1, min(len(names), _SAID) + 1)]),
            )
        fields = ", ".join(str(place + 1) for place in places)
        problems.append(
            Problem(
                file=name,
                line=line,
                field=column,
                what=message("the header names this column {n} times (fields {fields})", n=len(places), fields=fields),
                expected=message("each column once"),
                remedy=remedy,
            )
        )
    raise DataError(problems)


def mended(header: Sequence[str]) -> list[str]:
    """The names with those that come again told apart: by the columns that they stand among, or else by a number.

    Examples
    --------
    >>> mended(["ana_tone", "ana_help", "ana_wit", "jon_tone", "ana_help", "jon_wit"])
    ['ana_tone', 'ana_help', 'ana_wit', 'jon_tone', 'jon_help', 'jon_wit']
    >>> mended(["item", "score", "score"])
    ['item', 'score', 'score 2']
    """
    names: list[str] = []
    first: dict[str, int] = {}
    for place, name in enumerate(header):
        if name not in first:
            first[name] = place
            names.append(name)
            continue
        new = _among(header, first[name], place)
        number = 2
        while new in names or new in header:
            new, number = f"{name} {number}", number + 1
        names.append(new)
    return names


def _among(header: Sequence[str], first: int, again: int) -> str:
    """A name that comes again, with the beginning of those that it stands among, where it shares its first place's."""
    name = header[first]
    for side in (-1, 1):
        if not (0 <= first + side < len(header) and 0 <= again + side < len(header)):
            continue
        own, here = _beginning(header[first + side]), _beginning(header[again + side])
        if own and here and name.startswith(own):
            return here + name[len(own) :]
    return name


def _beginning(name: str) -> str:
    """What a name has up to its first mark: ``ana_`` of ``ana_tone``."""
    found = re.match(r".*?[_.\- ]", name)
    return found[0] if found else ""


#: Words of a column's name beyond which a first line's cell is more likely a text.
_LONGEST_NAME = 4


def is_data(header: Sequence[Any], body: Sequence[Sequence[Any]]) -> bool:
    """Whether a first line is like the lines below and no header: numbers over numbers, words that come again.

    Parameters
    ----------
    header
        Cells of the first line.
    body
        Those of the lines below, as many as are at hand.

    Examples
    --------
    >>> is_data(["a", "ana", "4"], [["a", "jon", "5"], ["b", "ana", "2"], ["b", "jon", "1"]])
    True
    >>> is_data(["item", "rater", "score"], [["a", "jon", "5"], ["b", "ana", "2"]])
    False
    """
    empty = [place for place, cell in enumerate(header) if is_missing(cell)]
    if len(body) < 2 or len(empty) > 1 or any(place == 0 for place in empty):
        return False
    if _count_up(header):
        return False
    again = numeric = known = 0
    for cell, column in zip(header, zip(*body, strict=False), strict=False):
        given = [other for other in column if not is_missing(other)]
        numbers = bool(given) and float(np.mean([not np.isnan(number(other)) for other in given])) > 0.9
        if numbers and np.isnan(number(cell)):
            return False
        text = str(cell)
        numeric += numbers
        shapes = [_shape(other) for other in given[:_LOOKED_AT]]
        alike = any(mark.isdigit() for mark in text) and shapes.count(_shape(text)) > 0.3 * len(shapes)
        again += cell in column or numbers or alike
        if is_missing(cell):
            continue
        short = len(text.split()) <= _LONGEST_NAME and "/" not in text
        named = says(text) is not None or any(hint(text, role) for role in ROLES) or is_criterion(text)
        comes_again = cell in column and len(set(map(str, column))) <= 12
        known += re.search(r"\d", text) is None and named and short and not comes_again
    whole = len(header) - len(empty)
    if empty and numeric < 2:
        return False
    return known == 0 and ((again == whole and whole > 2) or (numeric >= 1 and again >= max(2, whole // 2)))


def _count_up(header: Sequence[Any]) -> bool:
    """Whether three numbers or more in a row count up by one: names of values or items, not values."""
    numbers = [number(cell) for cell in header]
    run = 1
    for before, after in itertools.pairwise(numbers):
        run = run + 1 if after == before + 1 else 1
        if run >= 3:
            return True
    return False


def _shape(value: Any) -> str:
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "0", str(value)))


def without_header_rows(table: RawTable) -> RawTable:
    """A table without the header rows that stand below its first: a survey tool's, or the second of merged cells.

    What the survey asked in a column is kept in `Table.asked`.

    Examples
    --------
    >>> rows = {"Q1": ["How good?", '{"ImportId":"QID1"}', "4"], "Q2": ["How kind?", '{"ImportId":"QID2"}', "5"]}
    >>> read = without_header_rows(RawTable(columns=rows, lines=[2, 3, 4]))
    >>> read.columns, read.asked["Q1"]
    ({'Q1': ['4'], 'Q2': ['5']}, 'How good?')
    """
    names = list(table.columns)
    for row in range(min(3, len(table))):
        cells = [table.columns[name][row] for name in names]
        if sum(_SURVEY_TOOL in str(cell) for cell in cells) > len(names) / 2:
            asked = {}
            if row:
                asked = {name: str(table.columns[name][row - 1] or name) for name in names}
            return _cut(
                table, row + 1, asked, message("{row} further header rows of a survey tool are no ratings", row=row + 1)
            )
    while len(table) > 2:
        second = _second_header(table)
        if second is None:
            return table
        table = second
    return table


def _second_header(table: RawTable) -> RawTable | None:
    """The table with a second line of names joined to the first; None where the first row is no such line."""
    names = list(table.columns)
    later = {name: cells[1 : _LOOKED_AT + 1] for name, cells in table.columns.items()}
    unnamed = [name for name in names if re.fullmatch(r"column \d+", name)]

    def numeric(name: str) -> bool:
        given = [cell for cell in later[name] if not is_missing(cell)]
        return bool(given) and float(np.mean([not np.isnan(number(cell)) for cell in given])) > 0.9

    numbered = [name for name in names if numeric(name) or (name in unnamed and bool(unnamed))]
    wordy = [
        name
        for name in numbered
        if not is_missing(table.columns[name][0])
        and np.isnan(number(table.columns[name][0]))
        and table.columns[name][0] not in later[name]
    ]
    if len(numbered) < 2 or len(wordy) < 0.7 * len(numbered):
        return None
    if len(wordy) == 1 and not unnamed:
        return None
    joined, last = [], ""
    for name in names:
        high = "" if name in unnamed else name
        last = high or last
        low = "" if is_missing(table.columns[name][0]) else str(table.columns[name][0]).strip()
        if unnamed:
            joined.append(f"{last}|{low}" if low and last else last or low)
        else:
            joined.append(low or high)
    if len(set(joined)) < len(joined):
        return None
    cut = _cut(table, 1, {}, message("the second row is a header, too"))
    return replace(cut, columns=dict(zip(joined, cut.columns.values(), strict=True)))


def _cut(table: RawTable, rows: int, asked: dict[str, str], note: str) -> RawTable:
    return replace(
        table,
        columns={name: cells[rows:] for name, cells in table.columns.items()},
        lines=None if table.lines is None else table.lines[rows:],
        asked=asked or table.asked,
        notes=[*table.notes, note],
    )
