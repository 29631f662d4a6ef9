"""Tables one below the other, or side by side, in one file or sheet: told apart at their headers, and at gaps."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from alia_judge._messages import message
from alia_judge.ratings.columns import says
from alia_judge.ratings.headers import is_data
from alia_judge.ratings.roles.names import ROLES, hint, is_criterion
from alia_judge.ratings.scales import is_missing
from alia_judge.ratings.tables import RawTable

__all__ = ["apart_at_gaps", "apart_at_headers"]

#: Rows that tell whether one above them is a header.
_LOOKED_AT = 200
#: Share of a table's rows below which what stands beside it is a table of its own.
_SHORTER = 0.8


def apart_at_gaps(table: RawTable) -> list[RawTable]:
    """The tables that stand side by side: what lies to the right of an empty column and ends well above the rest.

    Examples
    --------
    >>> columns = {"item": list("abcdef"), "ana": [1] * 6, "point": [1, 2] + [None] * 4}
    >>> [list(part.columns) for part in apart_at_gaps(RawTable(columns=columns, lines=None, gaps=("point",)))]
    [['item', 'ana'], ['point']]
    """
    names, n = list(table.columns), len(table)
    places = [names.index(name) for name in table.gaps if name in names]
    own, beside = names[: places[0]] if places else names, []
    for start, end in itertools.pairwise([*places, len(names)]):
        block = names[start:end]
        filled = [row for row in range(n) if not all(is_missing(table.columns[name][row]) for name in block)]
        if filled == list(range(len(filled))) and 0 < len(filled) < _SHORTER * n and own:
            cut = {name: table.columns[name][: len(filled)] for name in block}
            lines = None if table.lines is None else table.lines[: len(filled)]
            beside.append(
                RawTable(
                    columns=cut, lines=lines, title=message("the table beside, from column {block!r}", block=block[0])
                )
            )
        else:
            own = [*own, *block]
    return [replace(table, columns={name: table.columns[name] for name in own}), *beside] if beside else [table]


def apart_at_headers(table: RawTable) -> list[RawTable]:
    """The tables that stand one below the other in a table: those of the same columns as one, in any order of columns.

    A row is a header if it has the names of the first header, or if it stands below an empty line and its cells are
    names, none of which comes again below it.

    Examples
    --------
    >>> columns = {"item": ["a", "who", "jon"], "who": ["ana", "item", "b"]}
    >>> (whole,) = apart_at_headers(RawTable(columns=columns, lines=[2, 4, 5]))
    >>> whole.columns, whole.lines
    ({'item': ['a', 'b'], 'who': ['ana', 'jon']}, [2, 5])
    """
    names = list(table.columns)
    suspects = _suspects(table, names)
    headers = [row for row in suspects if _is_header(table, names, row)]
    if not headers:
        return [table]
    notes = [message("line {line} is a header again and no rating", line=_line(table, row)) for row in headers]
    parts: dict[frozenset[str], RawTable] = {}
    bounds = [-1, *headers, len(table)]
    for start, end in itertools.pairwise(bounds):
        part = _part(table, names, start, end)
        if not len(part):
            continue
        same = parts.get(frozenset(part.columns))
        parts[frozenset(part.columns)] = part if same is None else _below(same, part)
    tables = list(parts.values())
    return (
        [replace(tables[0], notes=[*table.notes, *notes], problems=table.problems), *tables[1:]] if tables else [table]
    )


def _suspects(table: RawTable, names: Sequence[str]) -> list[int]:
    """Rows that have one of the columns' names in a cell, or that stand below an empty line."""
    called = set(names)
    found = {
        row
        for cells in table.columns.values()
        if _may_have(cells, called)
        for row, cell in enumerate(cells)
        if isinstance(cell, str) and cell in called
    }
    lines = table.lines
    if lines is not None:
        found |= {row for row in range(1, len(lines)) if lines[row] - lines[row - 1] > 1}
    return sorted(found)


def _may_have(cells: Sequence[Any], called: set[str]) -> bool:
    try:
        return not called.isdisjoint(cells)
    except TypeError:  # lists and objects have no hash
        return True


def _is_header(table: RawTable, names: Sequence[str], row: int) -> bool:
    cells = [table.columns[name][row] for name in names]
    given = [str(cell).strip() for cell in cells if not is_missing(cell)]
    if len(given) < 2 or len(set(given)) < len(given):
        return False
    if set(given) == set(names):
        return True
    blank = table.lines is not None and row > 0 and table.lines[row] - table.lines[row - 1] > 1
    body = list(zip(*(table.columns[name][row + 1 : row + 1 + _LOOKED_AT] for name in names), strict=True))
    below = {str(cell).strip() for cells_below in body for cell in cells_below}
    if not blank or len(body) < 2 or is_data(cells, body) or not below.isdisjoint(given):
        return False
    named = sum(
        says(name) is not None or any(hint(name, role) for role in ROLES) or is_criterion(name) for name in given
    )
    return named >= max(2, 0.6 * len(given))


def _line(table: RawTable, row: int) -> int:
    return row + 1 if table.lines is None else table.lines[row]


def _part(table: RawTable, names: Sequence[str], header: int, end: int) -> RawTable:
    """The rows from a header to the next one; those of the first table have its own names."""
    rows = slice(header + 1, end)
    own = names if header < 0 else [str(table.columns[name][header] or "").strip() for name in names]
    columns = {called: table.columns[name][rows] for called, name in zip(own, names, strict=True) if called}
    return replace(
        table,
        columns=columns,
        lines=None if table.lines is None else table.lines[rows],
        files=None if table.files is None else table.files[rows],
        problems=[],
        notes=[],
        title=table.title if header < 0 else message("the table below line {line}", line=_line(table, header)),
        header_line=table.header_line if header < 0 else _line(table, header),
    )


def _below(table: RawTable, other: RawTable) -> RawTable:
    return replace(
        table,
        columns={name: [*cells, *other.columns[name]] for name, cells in table.columns.items()},
        lines=None if table.lines is None or other.lines is None else [*table.lines, *other.lines],
        files=None if table.files is None or other.files is None else [*table.files, *other.files],
    )
