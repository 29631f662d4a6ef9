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

__all__ = [
    "Groups",
    "Levels",
    "WeightedPearson",
    "WeightedSpearman",
    "Weights",
    "column_dot",
    "running",
]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
#: Weights are double or, for counts of a few thousand items, single precision; sums of whole numbers stay exact.
Weights = NDArray[Any]

#: Up to this many levels a matrix product sums by level faster than a pass over sorted rows.
_FEW = 32
#: Below so many columns, or elements, numpy's own cumulative sum is the faster one.
_NARROW, _SMALL = 16, 50_000
#: Rows summed in single precision before the sum goes on in double.
_RUN = 64


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
        on_few, on_many = self._few.groups.total(weights), self._many.groups.total(weights)
        rank_few, rank_many = _doubled_ranks(on_few, mass), _doubled_ranks(on_many, mass)
        rank_many = rank_many[self._many.expand]
        rank_many *= weights
        if self._few.groups.one_hot is not None:
            on_level = self._few.groups.total(rank_many)
            covariance = column_dot(on_level.astype(np.float64), rank_few.astype(np.float64)) / 4
        else:
            covariance = column_dot(rank_many, rank_few[self._few.expand]) / 4
        # The squared ranks of a set without ties sum to mass**3 / 12 about their mean; each tie takes its cube off.
        spreads = [(mass**3 - column_dot(on_few, on_few, on_few)) / 12]
        same = self._few.groups.singletons  # then the other side is so too, and its levels are the same items
        spreads.append(spreads[0] if same else (mass**3 - column_dot(on_many, on_many, on_many)) / 12)
        with np.errstate(invalid="ignore", divide="ignore"):
            rho = np.clip(covariance / np.sqrt(spreads[0] * spreads[1]), -1.0, 1.0)
            tiny = 64 * np.finfo(weights.dtype).eps * mass**3
            return np.where((spreads[0] > tiny) & (spreads[1] > tiny), rho, np.nan)


class Groups:
    """Sums of rows by group.

    Parameters
    ----------
    code
        Group of each row, shape (n,), of 0 .. count - 1, none of them empty.
    count
        Number of groups.
    """

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
        self.shape = count, code.size
        self.order = np.argsort(code, kind="stable")
        self.ends = np.cumsum(np.append(0, np.bincount(code, minlength=count)))
        self.membership: dict[np.dtype[Any], sparse.csr_array] = {}

    def total(self, weights: Weights) -> Weights:
        """Total of each group, shape (n, b) -> (groups, b)."""
        if self.one_hot is not None:
            return self.one_hot.astype(weights.dtype, copy=False) @ weights
        if self.singletons:
            return weights if self.sorted else weights[self.order]
        kind = np.dtype(np.float32 if weights.dtype == np.float32 else np.float64)
        if kind not in self.membership:
            ones = np.ones(self.shape[1], dtype=kind)
            self.membership[kind] = sparse.csr_array((ones, self.order, self.ends), shape=self.shape)
        return np.asarray(self.membership[kind] @ weights)


class Levels:
    """The distinct values of a vector, and which items have them."""

    def __init__(self, values: Floats) -> None:
        distinct, code = np.unique(values, return_inverse=True)
        self.code: Codes = code.reshape(-1)
        self.count = distinct.size
        self.groups = Groups(self.code, self.count)
        #: Index from levels to items; nothing to do where the items are the levels, in order.
        self.expand: Codes | slice = slice(None) if self.groups.singletons and self.groups.sorted else self.code

    def ranks(self, weights: Weights) -> Weights:
        """Each item's mid-rank less the mean rank, shape (n, b)."""
        ranks = _doubled_ranks(self.groups.total(weights), weights.sum(axis=0))
        ranks *= 0.5
        return ranks[self.expand]


def running(rows: Weights, first: Weights | float = 0.0) -> Weights:
    """`first`, and `first` with the rows added one after the other, shape (n, b) -> (n + 1, b).

    numpy's own cumulative sum goes down the columns and is several times slower on wide rows. Here blocks of rows are
    summed side by side, then moved up by what came before them: about two square roots of n operations on many rows.
    """
    n, width = rows.shape
    result = np.empty((n + 1, width), dtype=rows.dtype)
    result[0] = first
    if width < _NARROW or n * width < _SMALL:
        np.cumsum(rows, axis=0, out=result[1:])
        result[1:] += result[0]
        return result
    step = max(1, math.isqrt(n))
    whole = n - n % step
    into = result[1 : whole + 1].reshape(-1, step, width)
    added = rows[:whole].reshape(-1, step, width)
    into[:, 0] = added[:, 0]
    for i in range(1, step):
        np.add(into[:, i - 1], added[:, i], out=into[:, i])
    for block, before in zip(into, result[:whole:step], strict=True):
        block += before
    for i in range(whole, n):
        np.add(result[i], rows[i], out=result[i + 1])
    return result


def _doubled_ranks(on: Weights, mass: Weights) -> Weights:
    """Twice the mid-rank of each level less twice the mean rank: the weight below the level and up to it, less all."""
    edges = running(on, -0.5 * mass)
    return np.asarray(edges[:-1] + edges[1:])


def _mass(weights: Weights) -> Floats:
    """Total of each column; in single precision weights are counts, whose sum is exact."""
    return np.asarray(weights.sum(axis=0), dtype=np.float64)


def column_dot(*factors: Weights) -> Floats:
    """Sum of products down each column, in double precision but for short runs of single."""
    product = ",".join(["ij"] * len(factors)) + "->j"
    if factors[0].dtype == np.float64:
        return np.asarray(np.einsum(product, *factors))
    result = np.zeros(factors[0].shape[1])
    for start in range(0, factors[0].shape[0], _RUN):
        result += np.einsum(product, *(factor[start : start + _RUN] for factor in factors))
    return result


def _standardised(values: Floats) -> Floats:
    """Shifted and scaled so that sums of squares keep their digits; r does not change."""
    centred = values - values.mean()
    scale = np.abs(centred).max() if centred.size else 0.0
    return np.asarray(centred / scale if scale > 0 else np.zeros_like(centred))
