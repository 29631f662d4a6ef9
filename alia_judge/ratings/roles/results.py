"""Whether a column is worked out of the ratings beside it: their mean, their majority, how far they spread."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from alia_judge.ratings.roles.column import Column

__all__ = ["comes_of"]

#: Rows in which the ratings differ that show it, at least; share of these in which it must be so.
_FEWEST, _MOSTLY = 3, 0.95
#: How far a figure may be from what it was worked out of: two decimals; a whole number, rounded.
_DECIMALS, _ROUNDED = 0.006, 0.5


def comes_of(column: Column, given: Sequence[Column]) -> bool:
    """Whether a column says what most of the others say, or is their mean, median, sum, least, most or deviation.

    Parameters
    ----------
    column
        What may be worked out.
    given
        The ratings, a column each person.

    Examples
    --------
    >>> people = [Column("a", [1, 5, 2, 4]), Column("b", [1, 3, 3, 4]), Column("c", [2, 4, 3, 1])]
    >>> comes_of(Column("mean", [1.33, 4, 2.67, 3]), people), comes_of(Column("gold", [5, 1, 1, 4]), people)
    (True, False)
    """
    if len(given) < 2:
        return False
    if column.kind == "num" and all(one.kind in ("num", "const") for one in given):
        return _is_worked_out(column, given)
    return _is_chosen(column, given)


def _is_worked_out(column: Column, given: Sequence[Column]) -> bool:
    beside = np.array([one.numbers for one in given])
    some = ~np.isnan(column.numbers) & (np.isfinite(beside).sum(axis=0) > 1)
    beside, found = beside[:, some], column.numbers[some]
    if not beside.size:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spread = np.nanmax(beside, axis=0) > np.nanmin(beside, axis=0)
        figures = [np.nanmean(beside, axis=0), np.nanmedian(beside, axis=0), np.nansum(beside, axis=0)]
        figures += [np.nanmin(beside, axis=0), np.nanmax(beside, axis=0)]
        figures += [np.nanstd(beside, axis=0, ddof=ddof) for ddof in (0, 1)]
    near = _ROUNDED if column.whole else _DECIMALS
    gaps = [np.abs(figure - found)[spread] for figure in figures]
    return int(spread.sum()) >= _FEWEST and any(float((gap <= near + 1e-9).mean()) >= _MOSTLY for gap in gaps)


def _is_chosen(column: Column, given: Sequence[Column]) -> bool:
    said = sorted(set().union(*(one.texts() for one in given)))
    if not column.texts() <= set(said):
        return False
    places = {word: place for place, word in enumerate(said)}
    counts = np.zeros((len(said), column.n), dtype=np.int64)
    for one in given:
        rows = np.flatnonzero(one.codes >= 0)
        np.add.at(counts, (np.array([places[str(value)] for value in one.values])[one.codes[rows]], rows), 1)
    rows = np.flatnonzero((column.codes >= 0) & ((counts > 0).sum(axis=0) > 1))
    if len(rows) < _FEWEST:
        return False
    chosen = np.array([places[str(value)] for value in column.values])[column.codes[rows]]
    return float((counts[chosen, rows] == counts[:, rows].max(axis=0)).mean()) >= _MOSTLY
