"""Concordance of the pairs of items of one pair of vectors under many weightings at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge.stats.kernels.pairs import PairSums, Variant, kendall_from_pairs
from alia_judge.stats.kernels.weighted import Groups, Levels, Weights, column_dot, running

__all__ = ["WeightedKendall", "WeightedPairs"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Signs = NDArray[np.int8]

#: Up to this many items one matrix of signs over their pairs is fastest; beyond, they are split in halves.
_SIGNS = 96


class WeightedPairs:
    """Weights of concordant, discordant and tied pairs under many weightings.

    The balance of concordant and discordant pairs is a quadratic form of the weights, whose matrix holds the sign of
    each pair. It is never formed for many items. Those are split in halves by the target, between two levels, and the
    pairs that a split separates are compared through cumulative weights in the order of the scores; the last hundred
    are compared by a matrix of signs. That is n log(levels) operations on rows of `b` numbers.

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
        self._parts: list[_Split | _Pairwise] = []
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
