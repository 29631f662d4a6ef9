"""Concordance of the pairs of items of one pair of vectors under many weightings at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge.stats.kernels.pairs import PairSums, Variant, kendall_from_pairs
from alia_judge.stats.kernels.weighted import Groups, Levels, Weights, column_dot, running

__all__ = ["WeightedKendall", "WeightedPairs"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Signs = NDArray[np.int8]

#: Up to this many items one matrix of signs over their pairs is fastest; up to this many, a grid; beyond, halves.
_SIGNS, _GRID = 96, 1024
#: Items of a row, and of a column, of the grid.
_ROW, _COLUMN = 40, 48


class WeightedPairs:
    """Weights of concordant, discordant and tied pairs under many weightings.

    The balance of concordant and discordant pairs is a quadratic form of the weights, whose matrix holds the sign of
    each pair. It is never formed for many items. Those are split in halves by the target, between two levels, and the
    pairs that a split separates are compared through cumulative weights in the order of the scores. A thousand items
    are laid out in a grid, and small matrices do the rest (see `_Grid`). That is n log(levels) operations on rows of
    `b` numbers, nearly all of them in matrix products.

    Parameters
    ----------
    x, y
        Shape (n,), finite. Least is moved about where the items come in the order of `y`.
    levels
        Whether to count the levels that tau-c needs.
    """

    def __init__(self, x: Floats, y: Floats, *, levels: bool = False) -> None:
        self._x, self._y = Levels(x), Levels(y)
        self._count_levels = levels
        width = self._x.count
        cells, cell = np.unique(self._y.code * width + self._x.code, return_inverse=True)
        # Items that share score and target are one cell. Where none do, the cells are the items as they come.
        self._cells = None if cells.size == x.size else Groups(cell.reshape(-1), cells.size)
        cell_x, cell_y = (self._x.code, self._y.code) if self._cells is None else np.divmod(cells, width)[::-1]
        self._parts: list[_Split | _Grid | _Pairwise] = []
        self._plan(np.argsort(cell_x, kind="stable"), cell_x, cell_y)

    def __call__(self, weights: Weights) -> PairSums:
        """The pairs for each column of `weights`, shape (n, b)."""
        mass = np.asarray(weights.sum(axis=0), dtype=np.float64)
        by_cell = weights if self._cells is None else self._cells.total(weights)
        balance = np.zeros(weights.shape[1])
        for part in self._parts:
            balance += part.balance(by_cell)
        square, all_square = column_dot(weights, weights), mass**2
        # A side whose items all differ is tied with itself only: nothing to sum again.
        on_x, on_y = (None if side.groups.singletons else side.groups.total(weights) for side in (self._x, self._y))
        tied_x, tied_y = (square if on is None else column_dot(on, on) for on in (on_x, on_y))
        tied_both = square if self._cells is None else column_dot(by_cell, by_cell)
        levels = np.full(mass.shape, np.nan)
        if self._count_levels:
            tables = [weights if on is None else on for on in (on_x, on_y)]
            levels = np.min([np.count_nonzero(on, axis=0) for on in tables], axis=0).astype(np.float64)
        return PairSums(
            balance=balance,
            untied_x=(all_square - tied_x) / 2,
            untied_y=(all_square - tied_y) / 2,
            tied_both=(tied_both - square) / 2,
            total=(all_square - square) / 2,
            mass=mass,
            levels=levels,
        )

    def _plan(self, by_x: Codes, x: Codes, y: Codes) -> None:
        """Cut the cells `by_x` (in the order of their scores) into parts until nothing is left to compare."""
        if not by_x.size or y[by_x].min() == y[by_x].max():
            return
        if by_x.size <= _SIGNS:
            items = np.sort(by_x)
            self._parts.append(_Pairwise(items, _signs(x[items], y[items])))
            return
        if by_x.size <= _GRID:
            self._parts.append(_Grid(by_x, x, y))
            return
        middle = max(np.sort(y[by_x])[by_x.size // 2], y[by_x].min() + 1)
        left, right = by_x[y[by_x] < middle], by_x[y[by_x] >= middle]
        self._parts.append(_Split(left, right, x))
        self._plan(left, x, y)
        self._plan(right, x, y)


class WeightedKendall:
    """Kendall's tau under many weightings.

    Parameters
    ----------
    x, y
        Shape (n,), finite.
    variant
        ``"b"`` or ``"c"``.

    Examples
    --------
    >>> import numpy as np
    >>> tau = WeightedKendall(np.array([1.0, 2.0, 3.0]), np.array([1.0, 9.0, 2.0]))
    >>> tau(np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 0.0]])).round(3)
    array([0.333, 1.   ])
    """

    def __init__(self, x: Floats, y: Floats, variant: Variant = "b") -> None:
        self._pairs = WeightedPairs(x, y, levels=variant == "c")
        self._variant: Variant = variant

    def __call__(self, weights: Weights) -> Floats:
        """tau for each column of `weights`, shape (n, b) -> (b,); NaN where undefined."""
        return kendall_from_pairs(self._pairs(weights), self._variant)


class _Pairwise:
    """All pairs among a few items, by the matrix of their signs.

    Parameters
    ----------
    items
        Which rows of the weights they are, ascending.
    signs
        Each pair once, and nothing on the diagonal.
    """

    def __init__(self, items: Codes, signs: Signs) -> None:
        self._rows, self._signs = _as_rows(items), signs

    def balance(self, weights: Weights) -> Floats:
        mine = weights[self._rows]
        return column_dot(self._signs.astype(weights.dtype) @ mine, mine)


class _Split:
    """Pairs of one item from each side of a split of the target, `right` above `left`, both in the order of `x`."""

    def __init__(self, left: Codes, right: Codes, x: Codes) -> None:
        self._left, self._right = left, right
        self._below = np.searchsorted(x[left], x[right], side="left")
        self._not_above = np.searchsorted(x[left], x[right], side="right")
        self._tied = bool((self._below != self._not_above).any())

    def balance(self, weights: Weights) -> Floats:
        before = running(weights[self._left])
        on_right = weights[self._right]
        below = column_dot(on_right, before[self._below])
        not_above = column_dot(on_right, before[self._not_above]) if self._tied else below
        return np.asarray(below + not_above - before[-1].astype(np.float64) * on_right.sum(axis=0))


class _Grid:
    """All pairs among up to a thousand items, laid out in rows by `x` and in columns by `y`.

    Pairs within a row, and within a column, are compared by small matrices of signs. An item of another row and
    another column is above or below by its row and column alone, so each row is compared with the weight that the
    lower rows have in each column. Both comparisons of a row are one matrix product, rows and columns of some square
    root of n items each: n times the square root of n multiplications where pairs one by one take n squared, and the
    memory of the signs is as small.

    A row holds whole levels of `x`; a level too large for one takes several, which all look at the rows below the
    level. A column holds whole levels of `y`.

    Parameters
    ----------
    items
        Which rows of the weights they are, in the order of `x`.
    x, y
        Codes of all rows of the weights.
    """

    def __init__(self, items: Codes, x: Codes, y: Codes) -> None:
        row, self._level = _blocks(x[items], _ROW, cut=True)
        by_y = np.argsort(y[items], kind="stable")
        column = np.empty_like(row)
        column[by_y], columns = _blocks(y[items][by_y], _COLUMN, cut=False)
        rows, n_columns = self._level.size, columns.size
        self._items, place = _laid_out(items, row)
        width = self._items.shape[1]
        # A place without an item has no sign and is in no column: whatever weight is put there, it counts for nothing.
        taken = np.zeros(self._items.shape, dtype=bool)
        taken[row, place] = True
        self._compare: Signs = np.zeros((rows, width, width + n_columns), dtype=np.int8)
        self._compare[:, :, :width] = _signs(x[self._items], y[self._items]) * (taken[:, :, None] & taken[:, None])
        self._compare[row, place, width:] = np.sign(column[:, None] - np.arange(n_columns))
        self._in_column: Signs = np.zeros((rows, n_columns, width), dtype=np.int8)
        self._in_column[row, column, place] = 1
        self._continued = np.flatnonzero(self._level != np.arange(rows))
        self._columns = list(_within_columns(items, row, column, x, y))

    def balance(self, weights: Weights) -> Floats:
        rows, width = self._items.shape
        # Of each row of the grid: the weights of its items, then the weight that lower rows have in each column.
        both = np.empty((rows, self._compare.shape[2], weights.shape[1]), dtype=weights.dtype)
        mine, lower = both[:, :width], both[:, width:]
        for at, items in enumerate(self._items):
            np.take(weights, items, axis=0, out=mine[at], mode="clip")
        on_column = self._in_column.astype(weights.dtype) @ mine
        lower[0] = 0
        for at in range(1, rows):
            np.add(lower[at - 1], on_column[at - 1], out=lower[at])
        lower[self._continued] = lower[self._level[self._continued]]
        compared = self._compare.astype(weights.dtype) @ both
        # At most mass**2, so that single precision holds it exactly where it is used.
        balance = np.einsum("aij,aij->j", compared, mine).astype(np.float64)
        for column in self._columns:
            balance += column.balance(weights)
        return np.asarray(balance)


def _within_columns(items: Codes, row: Codes, column: Codes, x: Codes, y: Codes) -> Iterator[_Pairwise]:
    """The pairs within each column, but for those that share a row, which are compared there."""
    order = np.lexsort((items, column))
    items, row, column = items[order], row[order], column[order]
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    mixed = np.minimum.reduceat(y[items], starts) < np.maximum.reduceat(y[items], starts)
    if not mixed.any():
        return
    keep = mixed[column]
    items, row, column = items[keep], row[keep], (np.cumsum(mixed) - 1)[column[keep]]
    table, place = _laid_out(items, column)
    rows = np.zeros(table.shape, dtype=np.intp)
    rows[column, place] = row
    signs = _signs(x[table], y[table]) * (rows[:, :, None] != rows[:, None])
    for mine, its_signs, size in zip(table, signs, np.bincount(column), strict=True):
        yield _Pairwise(mine[:size], its_signs[:size, :size])


def _blocks(levels: Codes, size: int, *, cut: bool) -> tuple[Codes, Codes]:
    """Blocks of about `size` of sorted codes: the block of each, and the first block of each block's level.

    A block holds whole levels, as many as fit. A level that is too large for one has blocks of its own, of at most
    `size`, if `cut`, and else one.
    """
    edges = np.append(np.flatnonzero(np.diff(levels, prepend=-1)), levels.size)
    block = np.empty(levels.size, dtype=np.intp)
    first: list[int] = []
    at = 0
    while at < edges.size - 1:
        end = max(at + 1, int(np.searchsorted(edges, edges[at] + size, side="right")) - 1)
        inside = np.arange(edges[end] - edges[at]) // size if cut else np.zeros(edges[end] - edges[at], dtype=np.intp)
        block[edges[at] : edges[end]] = len(first) + inside
        first += [len(first)] * (int(inside[-1]) + 1)
        at = end
    return block, np.array(first)


def _laid_out(items: Codes, row: Codes) -> tuple[Codes, Codes]:
    """The items by row, rows filled up with the first of all items; and the place of each in its row."""
    place = np.arange(items.size) - np.searchsorted(row, row)
    table = np.full((int(row[-1]) + 1, int(place.max()) + 1), items[0])
    table[row, place] = items
    return table, place


def _signs(x: Codes, y: Codes) -> Signs:
    """Each pair on the last axis, once: ordered alike (1), against one another (-1) or tied (0); (..., n) to n by n."""
    on_x, on_y = (
        np.sign(side[..., :, None] - side[..., None, :]).astype(np.int8)
        for side in (x.astype(np.int32), y.astype(np.int32))
    )
    return np.asarray(on_x * on_y * np.tri(x.shape[-1], k=-1, dtype=np.int8), dtype=np.int8)


def _as_rows(items: Codes) -> Any:
    """Sorted positions as an index that moves nothing where they follow one another."""
    whole = bool(items.size) and int(items[-1] - items[0]) + 1 == items.size
    return slice(int(items[0]), int(items[-1]) + 1) if whole else items
