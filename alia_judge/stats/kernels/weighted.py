"""Correlations of one pair of vectors under many weightings of the items at once.

A bootstrap resample is a vector of item counts, so a thousand resamples are a matrix of weights, and nothing need be
gathered or sorted again: the order of the items is the same in every resample. A weighted rank is a cumulative sum
in that order. Each class below sorts once, when it is made, and is then called with weights of shape (n, b): one row
an item, one column a weighting. Rows are items because a cumulative sum over items is then a sum of whole rows.

Weights are frequencies: an item of weight 2 counts as two items of the same scores. A common factor changes nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.stats.kernels.pairs import PairSums, Variant, kendall_from_pairs

__all__ = ["Levels", "WeightedKendall", "WeightedPairs", "WeightedPearson", "WeightedSpearman", "cumulative"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

#: Below this many items a matrix of signs over their pairs is faster than splitting them further.
_LEAF = 48


class WeightedPearson:
    """Pearson's r under many weightings.

    Parameters
    ----------
    x, y
        Shape (n,), finite.

    Examples
    --------
    >>> import numpy as np
    >>> r = WeightedPearson(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0]))
    >>> r(np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 0.0]])).round(3)
    array([0.5, 1. ])
    """

    def __init__(self, x: Floats, y: Floats) -> None:
        self._x, self._y = _standardised(x), _standardised(y)
        self._features = np.stack([np.ones_like(self._x), self._x, self._y])
        self._squares = np.stack([self._x * self._x, self._y * self._y, self._x * self._y])

    def __call__(self, weights: Floats) -> Floats:
        """r for each column of `weights`, shape (n, b) -> (b,); NaN where undefined."""
        mass, sum_x, sum_y = self._features @ weights
        square_x, square_y, product = self._squares @ weights
        with np.errstate(invalid="ignore", divide="ignore"):
            var_x = square_x - sum_x**2 / mass
            var_y = square_y - sum_y**2 / mass
            covariance = product - sum_x * sum_y / mass
            r = np.clip(covariance / np.sqrt(var_x * var_y), -1.0, 1.0)
            # What rounding leaves of the variance of a resample of equal values is no variance.
            tiny = 64 * np.finfo(np.float64).eps
            return np.where((var_x > tiny * square_x) & (var_y > tiny * square_y), r, np.nan)


class WeightedSpearman:
    """Spearman's rho under many weightings, on weighted mid-ranks.

    With whole weights this is exactly rho of the items repeated so often: the mid-rank of a value is the weight below
    it and half of the weight on it.

    Parameters
    ----------
    x, y
        Shape (n,), finite.

    Examples
    --------
    >>> import numpy as np
    >>> rho = WeightedSpearman(np.array([1.0, 2.0, 3.0]), np.array([1.0, 9.0, 2.0]))
    >>> rho(np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 0.0]]))
    array([0.5, 1. ])
    """

    def __init__(self, x: Floats, y: Floats) -> None:
        self._x, self._y = Levels(x), Levels(y)

    def __call__(self, weights: Floats) -> Floats:
        """rho for each column of `weights`, shape (n, b) -> (b,); NaN where undefined."""
        mass = weights.sum(axis=0)
        rank_x, spread_x = self._x.ranks(weights, mass)
        rank_y, spread_y = self._y.ranks(weights, mass)
        rank_x *= weights
        covariance = np.einsum("ij,ij->j", rank_x, rank_y)
        with np.errstate(invalid="ignore", divide="ignore"):
            rho = np.clip(covariance / np.sqrt(spread_x * spread_y), -1.0, 1.0)
            tiny = 64 * np.finfo(np.float64).eps * mass**3
            return np.where((spread_x > tiny) & (spread_y > tiny), rho, np.nan)


class WeightedPairs:
    """Weights of concordant, discordant and tied pairs under many weightings.

    The items are split in halves by the target, between two levels, until a level or a few items are left; the pairs
    that a split separates are compared through cumulative weights in the order of the scores. That is n log(levels)
    operations on rows of `b` numbers.

    Parameters
    ----------
    x, y
        Shape (n,), finite.
    """

    def __init__(self, x: Floats, y: Floats) -> None:
        self._x, self._y = Levels(x), Levels(y)
        width = self._y.count
        cells, self._cell = np.unique(self._x.code * width + self._y.code, return_inverse=True)
        self._cells = _Groups(self._cell, cells.size)
        cell_x, cell_y = np.divmod(cells, width)
        self._splits: list[_Split] = []
        self._leaves: list[_Leaf] = []
        self._plan(np.arange(cells.size), cell_x, cell_y)

    def __call__(self, weights: Floats) -> PairSums:
        """The pairs for each column of `weights`, shape (n, b)."""
        mass = weights.sum(axis=0)
        by_cell = self._cells.total(weights)
        balance = np.zeros(weights.shape[1])
        for split in self._splits:
            balance += split.balance(by_cell)
        for leaf in self._leaves:
            balance += leaf.balance(by_cell)
        on_x, on_y = self._x.groups.total(weights), self._y.groups.total(weights)
        square, all_square = _sum_squares(weights), mass**2
        tied_x, tied_y, tied_both = _sum_squares(on_x), _sum_squares(on_y), _sum_squares(by_cell)
        levels = np.minimum(np.count_nonzero(on_x, axis=0), np.count_nonzero(on_y, axis=0))
        return PairSums(
            balance=balance,
            untied_x=(all_square - tied_x) / 2,
            untied_y=(all_square - tied_y) / 2,
            tied_both=(tied_both - square) / 2,
            total=(all_square - square) / 2,
            mass=mass,
            levels=levels.astype(np.float64),
        )

    def _plan(self, by_x: Codes, x: Codes, y: Codes) -> None:
        """Split the cells `by_x` (in the order of their scores) until nothing is left to compare."""
        low, high = y[by_x].min(), y[by_x].max()
        if low == high:
            return
        if by_x.size <= _LEAF:
            self._leaves.append(_Leaf(by_x, x, y))
            return
        middle = np.sort(y[by_x])[by_x.size // 2]
        middle = middle if middle > low else low + 1
        left, right = by_x[y[by_x] < middle], by_x[y[by_x] >= middle]
        self._splits.append(_Split(left, right, x))
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
        self._pairs = WeightedPairs(x, y)
        self._variant: Variant = variant

    def __call__(self, weights: Floats) -> Floats:
        """tau for each column of `weights`, shape (n, b) -> (b,); NaN where undefined."""
        return kendall_from_pairs(self._pairs(weights), self._variant)


class _Groups:
    """Sums of rows by group."""

    def __init__(self, code: Codes, count: int) -> None:
        self.order = np.argsort(code, kind="stable")
        self.starts = np.searchsorted(code[self.order], np.arange(count))
        self.singletons = count == code.size
        self.sorted = bool((np.diff(code) >= 0).all())

    def total(self, weights: Floats) -> Floats:
        """Total of each group, shape (n, b) -> (groups, b)."""
        ordered = weights if self.sorted else weights[self.order]
        if self.singletons:
            return ordered
        return np.asarray(np.add.reduceat(ordered, self.starts, axis=0))


class Levels:
    """The distinct values of a vector, and which items have them."""

    def __init__(self, values: Floats) -> None:
        distinct, code = np.unique(values, return_inverse=True)
        self.code: Codes = code.reshape(-1)
        self.count = distinct.size
        self.groups = _Groups(self.code, self.count)

    def ranks(self, weights: Floats, mass: Floats) -> tuple[Floats, Floats]:
        """Each item's mid-rank less the mean rank, shape (n, b); and the weighted sum of its squares, shape (b,)."""
        on = self.groups.total(weights)
        rank = cumulative(on)
        rank -= 0.5 * on
        rank -= 0.5 * mass
        # The squared ranks of a set without ties sum to mass**3 / 12 about their mean; each tie takes its cube off.
        spread = (mass**3 - np.einsum("ij,ij,ij->j", on, on, on)) / 12
        return rank[self.code], spread


class _Split:
    """Pairs of one item from each side of a split of the target, `right` above `left`."""

    def __init__(self, left: Codes, right: Codes, x: Codes) -> None:
        self.left, self.right = left, right
        self.below = np.searchsorted(x[left], x[right], side="left")
        self.not_above = np.searchsorted(x[left], x[right], side="right")
        self.tied = bool((self.below != self.not_above).any())

    def balance(self, weights: Floats) -> Floats:
        before = np.zeros((self.left.size + 1, weights.shape[1]))
        cumulative(weights[self.left], out=before[1:])
        on_right = weights[self.right]
        below = np.einsum("ij,ij->j", on_right, before[self.below])
        not_above = np.einsum("ij,ij->j", on_right, before[self.not_above]) if self.tied else below
        return np.asarray(below + not_above - before[-1] * on_right.sum(axis=0))


class _Leaf:
    """Pairs among a few items."""

    def __init__(self, items: Codes, x: Codes, y: Codes) -> None:
        self.items = items
        x, y = x[items], y[items]
        self.signs = np.triu(np.sign(x - x[:, None]) * np.sign(y - y[:, None])).astype(np.float64)

    def balance(self, weights: Floats) -> Floats:
        mine = weights[self.items]
        return np.asarray(np.einsum("ij,ij->j", self.signs @ mine, mine))


def cumulative(rows: Floats, out: Floats | None = None) -> Floats:
    """Cumulative sum down the rows. Row by row, as numpy's own goes down the columns and is several times slower."""
    result = np.empty_like(rows) if out is None else out
    if rows.shape[1] < 64:
        return np.cumsum(rows, axis=0, out=result)
    result[0] = rows[0]
    for i in range(1, rows.shape[0]):
        np.add(result[i - 1], rows[i], out=result[i])
    return result


def _sum_squares(rows: Floats) -> Floats:
    return np.asarray(np.einsum("ij,ij->j", rows, rows))


def _standardised(values: Floats) -> Floats:
    """Shifted and scaled so that sums of squares keep their digits; r does not change."""
    centred = values - values.mean()
    scale = np.abs(centred).max() if centred.size else 0.0
    return np.asarray(centred / scale if scale > 0 else np.zeros_like(centred))
