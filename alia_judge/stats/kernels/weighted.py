"""Correlations of one pair of vectors under many weightings of the items at once.

A bootstrap resample is a vector of item counts, so a thousand resamples are a matrix of weights, and nothing need be
gathered or sorted again: the order of the items is the same in every resample. A weighted rank is a cumulative sum
in that order. Each class below sorts once, when it is made, and is then called with weights of shape (n, b): one row
an item, one column a weighting. Rows are items because a cumulative sum over items is then a sum of whole rows.

Weights are frequencies: an item of weight 2 counts as two items of the same scores. A common factor changes nothing.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from alia_judge.stats.kernels.pairs import PairSums, Variant, kendall_from_pairs

__all__ = [
    "Levels",
    "WeightedKendall",
    "WeightedPairs",
    "WeightedPearson",
    "WeightedSpearman",
    "Weights",
    "column_dot",
    "cumulative",
]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
#: Weights are double or, for counts of a few thousand items, single precision; sums of whole numbers stay exact.
Weights = NDArray[Any]

#: Up to this many items a matrix of signs over their pairs is faster than splitting them further.
_LEAF = 128
#: Up to this many levels a matrix product sums by level faster than a pass over sorted rows.
_FEW = 32
#: Rows summed in single precision before the sum goes on in double.
_RUN = 64
#: Below so many elements numpy's own cumulative sum is the faster one.
_SMALL = 50_000


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

    def __call__(self, weights: Weights) -> Floats:
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
        sides = Levels(x), Levels(y)
        # rho is symmetric: what is done by level is done on the side that has fewer.
        self._many, self._few = sides if sides[0].count >= sides[1].count else sides[::-1]

    def __call__(self, weights: Weights) -> Floats:
        """rho for each column of `weights`, shape (n, b) -> (b,); NaN where undefined."""
        mass = _mass(weights)
        on_few = self._few.groups.total(weights)
        rank_few = _level_ranks(on_few, mass.astype(weights.dtype))
        on_many = self._many.groups.total(weights)
        # Centring one side is enough: the other side's mean drops out of the covariance.
        rank_many = cumulative(on_many)
        rank_many -= 0.5 * on_many
        rank_many = rank_many[self._many.expand]
        rank_many *= weights
        if self._few.groups.one_hot is not None:
            on_level = self._few.groups.total(rank_many)
            covariance = column_dot(on_level.astype(np.float64), rank_few.astype(np.float64))
        else:
            covariance = column_dot(rank_many, rank_few[self._few.expand])
        # The squared ranks of a set without ties sum to mass**3 / 12 about their mean; each tie takes its cube off.
        spreads = [(mass**3 - column_dot(on_few * on_few, on_few)) / 12]
        same = self._few.groups.singletons  # then the other side is so too, and its levels are the same items
        spreads.append(spreads[0] if same else (mass**3 - column_dot(on_many * on_many, on_many)) / 12)
        with np.errstate(invalid="ignore", divide="ignore"):
            rho = np.clip(covariance / np.sqrt(spreads[0] * spreads[1]), -1.0, 1.0)
            tiny = 64 * np.finfo(weights.dtype).eps * mass**3
            return np.where((spreads[0] > tiny) & (spreads[1] > tiny), rho, np.nan)


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

    def __call__(self, weights: Weights) -> PairSums:
        """The pairs for each column of `weights`, shape (n, b)."""
        mass = _mass(weights)
        by_cell = self._cells.total(weights)
        balance = np.zeros(weights.shape[1])
        for split in self._splits:
            balance += split.balance(by_cell)
        for leaf in self._leaves:
            balance += leaf.balance(by_cell)
        square, all_square = column_dot(weights, weights), mass**2
        # A side whose items all differ is tied with itself only: nothing to sum again.
        on_x, on_y = (None if side.groups.singletons else side.groups.total(weights) for side in (self._x, self._y))
        tied_x, tied_y = (square if on is None else column_dot(on, on) for on in (on_x, on_y))
        tied_both = square if self._cells.singletons else column_dot(by_cell, by_cell)
        tables = [on for on in (on_x, on_y) if on is not None] or [weights]
        levels = np.min([np.count_nonzero(on, axis=0) for on in tables], axis=0)
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

    def __call__(self, weights: Weights) -> Floats:
        """tau for each column of `weights`, shape (n, b) -> (b,); NaN where undefined."""
        return kendall_from_pairs(self._pairs(weights), self._variant)


class _Groups:
    """Sums of rows by group."""

    def __init__(self, code: Codes, count: int) -> None:
        self.sorted = bool((np.diff(code) >= 0).all())
        self.singletons = count == code.size
        self.one_hot: Floats | None = None
        if count <= _FEW and not self.singletons:
            self.one_hot = (code == np.arange(count)[:, None]).astype(np.float64)
            return
        if self.singletons:
            self.order = np.argsort(code, kind="stable")
            return
        # Where nearly every item is a group of its own, a sparse product sums rows ten times faster than reduceat.
        place = np.arange(code.size)
        self.membership = {
            kind: sparse.csr_array((np.ones(code.size, dtype=kind), (code, place)), shape=(count, code.size))
            for kind in (np.dtype(np.float32), np.dtype(np.float64))
        }

    def total(self, weights: Weights) -> Weights:
        """Total of each group, shape (n, b) -> (groups, b)."""
        if self.one_hot is not None:
            return self.one_hot.astype(weights.dtype, copy=False) @ weights
        if self.singletons:
            return weights if self.sorted else weights[self.order]
        kind = weights.dtype if weights.dtype in self.membership else np.dtype(np.float64)
        return np.asarray(self.membership[kind] @ weights)


class Levels:
    """The distinct values of a vector, and which items have them."""

    def __init__(self, values: Floats) -> None:
        distinct, code = np.unique(values, return_inverse=True)
        self.code: Codes = code.reshape(-1)
        self.count = distinct.size
        self.groups = _Groups(self.code, self.count)
        #: Index from levels to items; nothing to do where the items are the levels, in order.
        self.expand: Codes | slice = slice(None) if self.groups.singletons and self.groups.sorted else self.code

    def ranks(self, weights: Weights) -> Weights:
        """Each item's mid-rank less the mean rank, shape (n, b)."""
        return _level_ranks(self.groups.total(weights), weights.sum(axis=0))[self.expand]


def _level_ranks(on: Weights, mass: Weights) -> Weights:
    """Mid-rank of each level less the mean rank: the weight below it and half of the weight on it."""
    ranks = cumulative(on)
    ranks -= 0.5 * on
    ranks -= 0.5 * mass
    return ranks


class _Split:
    """Pairs of one item from each side of a split of the target, `right` above `left`."""

    def __init__(self, left: Codes, right: Codes, x: Codes) -> None:
        self.left, self.right = left, right
        self.below = np.searchsorted(x[left], x[right], side="left")
        self.not_above = np.searchsorted(x[left], x[right], side="right")
        self.tied = bool((self.below != self.not_above).any())

    def balance(self, weights: Weights) -> Floats:
        before = np.zeros((self.left.size + 1, weights.shape[1]), dtype=weights.dtype)
        cumulative(weights[self.left], out=before[1:])
        on_right = weights[self.right]
        below = column_dot(on_right, before[self.below])
        not_above = column_dot(on_right, before[self.not_above]) if self.tied else below
        return np.asarray(below + not_above - before[-1].astype(np.float64) * on_right.sum(axis=0))


class _Leaf:
    """Pairs among a few items."""

    def __init__(self, items: Codes, x: Codes, y: Codes) -> None:
        self.items = items
        x, y = x[items], y[items]
        self.signs = np.triu(np.sign(x - x[:, None]) * np.sign(y - y[:, None])).astype(np.float64)

    def balance(self, weights: Weights) -> Floats:
        mine = weights[self.items]
        return column_dot(self.signs.astype(weights.dtype, copy=False) @ mine, mine)


def cumulative(rows: Weights, out: Weights | None = None) -> Weights:
    """Cumulative sum down the rows.

    numpy's own goes down the columns and is several times slower. Here runs of rows are summed side by side, then each
    is raised by the total of those before it: two additions an element, and few calls.
    """
    result = np.empty_like(rows) if out is None else out
    n, width = rows.shape
    if width < 16 or n * width < _SMALL:
        np.cumsum(rows, axis=0, out=result)
        return result
    stride = math.isqrt(n)
    runs = n // stride
    whole = runs * stride
    given = rows[:whole].reshape(runs, stride, width)
    summed = result[:whole].reshape(runs, stride, width)
    summed[:, 0] = given[:, 0]
    for place in range(1, stride):
        np.add(summed[:, place - 1], given[:, place], out=summed[:, place])
    for run in range(1, runs):
        summed[run] += summed[run - 1, -1]
    if whole < n:
        np.cumsum(rows[whole:], axis=0, out=result[whole:])
        result[whole:] += result[whole - 1]
    return result


def _mass(weights: Weights) -> Floats:
    """Total of each column; in single precision weights are counts, whose sum is exact."""
    return np.asarray(weights.sum(axis=0), dtype=np.float64)


def column_dot(a: Weights, b: Weights) -> Floats:
    """Sum of products down each column, in double precision but for short runs of single."""
    if a.dtype == np.float64:
        return np.asarray(np.einsum("ij,ij->j", a, b))
    result = np.zeros(a.shape[1])
    for start in range(0, a.shape[0], _RUN):
        result += np.einsum("ij,ij->j", a[start : start + _RUN], b[start : start + _RUN])
    return result


def _standardised(values: Floats) -> Floats:
    """Shifted and scaled so that sums of squares keep their digits; r does not change."""
    centred = values - values.mean()
    scale = np.abs(centred).max() if centred.size else 0.0
    return np.asarray(centred / scale if scale > 0 else np.zeros_like(centred))
