"""Figures of many groups of values of different sizes at once: of each annotator's ratings, of each item's."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["Grouped"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


class Grouped:
    """Values in groups.

    Parameters
    ----------
    code
        Group of each of m values, of 0 to ``count - 1``, shape (m,). A group may be empty: its figures are NaN.
    count
        Number of groups.

    Examples
    --------
    >>> import numpy as np
    >>> groups = Grouped(np.array([0, 0, 0, 1, 1]), 2)
    >>> groups.mean(np.array([1.0, 2.0, 6.0, 5.0, 5.0]))
    array([3., 5.])
    >>> groups.spearman(np.array([1.0, 2.0, 3.0, 5.0, 5.0]), np.array([1.0, 3.0, 2.0, 1.0, 2.0]))
    array([0.5, nan])
    """

    def __init__(self, code: Codes, count: int) -> None:
        self.code, self.count = code, count
        self.size: Codes = np.bincount(code, minlength=count)

    def total(self, values: Floats) -> Floats:
        """Sum of each group, shape (count,)."""
        return np.bincount(self.code, weights=values, minlength=self.count).astype(np.float64)

    def mean(self, values: Floats) -> Floats:
        """Mean of each group, shape (count,)."""
        means: Floats = np.divide(self.total(values), self.size, out=np.full(self.count, np.nan), where=self.size > 0)
        return means

    def variance(self, values: Floats, *, ddof: int = 0) -> Floats:
        """Variance of each group, shape (count,); exactly 0 where its values are equal."""
        centred = values - self.mean(values)[self.code]
        squares = np.where(self.constant(values), 0.0, self.total(centred**2))
        degrees = self.size - ddof
        variances: Floats = np.divide(squares, degrees, out=np.full(self.count, np.nan), where=degrees > 0)
        return variances

    def deviation(self, values: Floats, *, ddof: int = 0) -> Floats:
        """Standard deviation of each group, shape (count,)."""
        return np.asarray(np.sqrt(self.variance(values, ddof=ddof)), dtype=np.float64)

    def constant(self, values: Floats) -> NDArray[np.bool_]:
        """Whether a group's values are all one, shape (count,)."""
        first = np.zeros(self.count)
        first[self.code[::-1]] = values[::-1]
        return np.asarray(np.bincount(self.code, weights=values != first[self.code], minlength=self.count) == 0)

    def midranks(self, values: Floats) -> Floats:
        """Rank of each value within its group, from 1, equal values sharing the mean of theirs; shape (m,)."""
        order = np.lexsort((values, self.code))
        code, ordered = self.code[order], values[order]
        changes = (code[1:] != code[:-1]) | (ordered[1:] != ordered[:-1])
        starts = np.flatnonzero(np.concatenate([[True], changes])[: values.size])
        length = np.diff(starts, append=values.size)
        ranks = np.empty(values.size)
        ranks[order] = np.repeat(starts + (length + 1) / 2 - self._first[code[starts]], length)
        return ranks

    def spearman(self, x: Floats, y: Floats) -> Floats:
        """Spearman's rho within each group, shape (count,); NaN where undefined."""
        x, y = self.midranks(x), self.midranks(y)
        middle = ((self.size + 1) / 2)[self.code]
        x, y = x - middle, y - middle
        spread = self.total(x**2) * self.total(y**2)
        rho = np.divide(self.total(x * y), np.sqrt(spread), out=np.full(self.count, np.nan), where=spread > 0)
        return np.asarray(np.clip(rho, -1.0, 1.0), dtype=np.float64)

    @cached_property
    def _first(self) -> Codes:
        return np.asarray(np.cumsum(self.size) - self.size, dtype=np.intp)
