"""Rows at a table's end or beginning that sum up the others: ``TOTAL``, ``Media``, ``Batez bestekoa``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

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


def without_totals(table: RawTable) -> RawTable:
    """The table without rows of sums or means at either end, which are named as left out.

    Examples
    --------
    >>> columns = {"item": ["a", "b", "c", "d", "Media"], "ana": [1, 2, 3, 4, "2,5"]}
    >>> table = RawTable(columns=columns, lines=[2, 3, 4, 5, 6])
    >>> without_totals(table).columns["item"], without_totals(table).notes
    (['a', 'b', 'c', 'd'], ["line 6 ('Media') sums up the other rows and was left out"])
    """
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
    kept = [row for row in range(n) if row not in totals]
    cells = sum(not is_missing(table.columns[name][row]) for row in totals for name in names)
    said = [
        f"row {row + 1} ({called!r})" if table.lines is None else f"line {table.lines[row]} ({called!r})"
        for row, called in sorted(totals.items())
    ]
    verb = "sums up the other rows and was" if len(said) == 1 else "sum up the other rows and were"
    return replace(
        table,
        columns={name: [column[row] for row in kept] for name, column in table.columns.items()},
        lines=None if table.lines is None else [table.lines[row] for row in kept],
        paths=None if table.paths is None else [table.paths[row] for row in kept],
        files=None if table.files is None else [table.files[row] for row in kept],
        notes=[*table.notes, f"{', '.join(said)} {verb} left out"],
        left_out={**table.left_out, "rows of totals": cells},
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
