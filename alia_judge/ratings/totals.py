"""Rows at a table's end or beginning that are none: sums of the others (``TOTAL``, ``Media``), and remarks below."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from alia_judge._messages import joined, message
from alia_judge.ratings.scales import is_missing
from alia_judge.ratings.tables import RawTable
from alia_judge.ratings.worded_scales import fold

__all__ = ["without_totals"]

#: What such a row is called, in the languages of Spain and English, without accents or case.
_CALLED = frozenset(
    {"total", "totales", "totals", "total general", "total xeral", "suma", "sum", "sumatorio", "guztira", "batura",
     "media", "medias", "promedio", "mitjana", "mitjanes", "batez bestekoa", "batezbestekoa", "mean", "average", "avg",
     "mediana", "median", "desviacion", "desviacion tipica", "desviacio", "desviacio tipica", "std", "sd", "stdev"}
)  # fmt: skip
#: A sum, a mean, a median and a deviation; and the other rows without which there is nothing to sum up.
_MOST, _FEWEST = 4, 4
#: How a remark begins that is shorter than a sentence.
_REMARK = re.compile(
    r"\s*(\*|nota\b|notas\b|note\b|notes\b|oharra\b|fuente\b|font\b|iturria\b|source\b)", re.IGNORECASE
)
#: Rows that tell how full a table is.
_LOOKED_AT = 200


def without_totals(table: RawTable) -> RawTable:
    """The table without rows of sums or means at either end, which are named as left out.

    Examples
    --------
    >>> columns = {"item": ["a", "b", "c", "d", "Media"], "ana": [1, 2, 3, 4, "2,5"]}
    >>> table = RawTable(columns=columns, lines=[2, 3, 4, 5, 6])
    >>> without_totals(table).columns["item"], without_totals(table).notes
    (['a', 'b', 'c', 'd'], ["line 6 ('Media') sums up the other rows and was left out"])
    """
    table = _without_remarks(table)
    n, names = len(table), list(table.columns)
    totals: dict[int, str] = {}
    for rows in (range(n - 1, max(_FEWEST, n - _MOST) - 1, -1), range(min(_MOST, n - _FEWEST))):
        for row in rows:
            called = _called([table.columns[name][row] for name in names])
            if called is None:
                break
            totals[row] = called
    if not totals:
        return table
    if len(totals) == 1:
        why = message("sums up the other rows and was left out")
    else:
        why = message("sum up the other rows and were left out")
    return _without(table, totals, why, message("rows of totals"))


def _without_remarks(table: RawTable) -> RawTable:
    """The table without the remarks below it: a line of one text, where the other rows are full.

    An item that nobody rated looks so, too, but is called as the others are.
    """
    n, names = len(table), list(table.columns)
    full = [sum(not is_missing(table.columns[name][row]) for name in names) for row in range(min(n, _LOOKED_AT))]
    if n < _FEWEST or len(names) < 3 or 2 * sorted(full)[len(full) // 2] < len(names):
        return table
    remarks: dict[int, str] = {}
    for row in range(n - 1, max(_FEWEST, n - _MOST) - 1, -1):
        given = [name for name in names if not is_missing(table.columns[name][row])]
        if len(given) != 1 or not isinstance(table.columns[given[0]][row], str):
            break
        text = table.columns[given[0]][row].strip()
        others = [cell for cell in table.columns[given[0]][: n - _MOST] if not is_missing(cell)]
        alike = sum(bool(_REMARK.match(str(cell))) or len(str(cell).split()) > 2 for cell in others)
        if not (_REMARK.match(text) or len(text.split()) > 2) or alike > 0.05 * len(others):
            break
        remarks[row] = text
    why = message("is a remark and no rating") if len(remarks) == 1 else message("are remarks and no rating")
    return _without(table, remarks, why, message("remarks"))


def _without(table: RawTable, gone: Mapping[int, str], why: str, called: str) -> RawTable:
    if not gone:
        return table
    names = list(table.columns)
    kept = [row for row in range(len(table)) if row not in gone]
    cells = sum(not is_missing(table.columns[name][row]) for row in gone for name in names)
    said = [
        message("row {row} ({text!r:.60})", row=row + 1, text=text)
        if table.lines is None
        else message("line {line} ({text!r:.60})", line=table.lines[row], text=text)
        for row, text in sorted(gone.items())
    ]
    return table.from_rows(
        kept,
        {name: [column[row] for row in kept] for name, column in table.columns.items()},
        notes=[*table.notes, message("{rows} {why}", rows=joined(said, ", "), why=why)],
        left_out={**table.left_out, called: cells},
    )


def _called(row: Sequence[Any]) -> str | None:
    """What a row of sums is called: its first cell, before nothing but numbers."""
    if any(isinstance(cell, (list, dict)) for cell in row):
        return None
    given = [cell for cell in row if not is_missing(cell)]
    if len(given) < 2:
        return None
    first, *rest = given
    if not isinstance(first, str) or fold(first.rstrip(":")) not in _CALLED:
        return None
    return first if all(_is_number(cell) for cell in rest) else None


def _is_number(cell: Any) -> bool:
    try:
        float(str(cell).strip().rstrip("%").replace(",", "."))
    except ValueError:
        return False
    return True
