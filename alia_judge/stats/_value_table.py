"""Ratings by item as a sparse table of values, and how far the ratings of an item lie apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from alia_judge.stats.sparse_ratings import SparseRatings

__all__ = ["LEVELS", "Level", "ValueTable", "moment_disagreement", "ratio_distance"]

Level = Literal["nominal", "ordinal", "interval", "ratio"]
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval", "ratio")
Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

#: Up to this many values a table with a column for each, or for each pair, is small beside the ratings.
FEW = 40


@dataclass(frozen=True, kw_only=True, eq=False)
class ValueTable:
    """How often each distinct value was given to each item.

    Parameters
    ----------
    unit, code, count
        The non-zero cells, sorted by unit, then by value: which item, which value, how often.
    domain
        The distinct values, ascending.
    size
        Number of ratings of each item, shape (n_units,).
    cell
        The cell of each rating, in the order of `SparseRatings`.
    """

    unit: Codes
    code: Codes
    count: Floats
    domain: Floats
    size: Floats
    cell: Codes

    @classmethod
    def of(cls, ratings: SparseRatings) -> ValueTable:
        """From ratings."""
        domain, code = np.unique(ratings.value, return_inverse=True)
        width = max(1, domain.size)
        cells, cell, count = np.unique(ratings.item * width + code.reshape(-1), return_inverse=True, return_counts=True)
        unit, code = np.divmod(cells, width)
        return cls(
            unit=unit,
            code=code,
            count=count.astype(np.float64),
            domain=domain,
            size=ratings.size.astype(np.float64),
            cell=cell.reshape(-1).astype(np.intp),
        )

    @property
    def n_units(self) -> int:
        """Number of items."""
        return self.size.size

    @property
    def few(self) -> bool:
        """Whether a column for each value is affordable."""
        return self.domain.size <= FEW

    @property
    def marginals(self) -> Floats:
        """Number of ratings of each value, shape (n_values,)."""
        return np.bincount(self.code, weights=self.count, minlength=self.domain.size).astype(np.float64)

    def sums(self, cells: Floats) -> Floats:
        """Sum over each item's cells."""
        return np.bincount(self.unit, weights=cells, minlength=self.n_units).astype(np.float64)

    def counts(self) -> sparse.csr_array:
        """The table as a sparse array, shape (n_units, n_values)."""
        return sparse.csr_array((self.count, (self.unit, self.code)), shape=(self.n_units, self.domain.size))

    def features(self, own: Floats) -> Floats | sparse.csr_array:
        """Shape (n_units, 1 + n_values): `own`, one number an item, then the counts; sparse if the values are many."""
        if self.few:
            return np.column_stack([own, self.counts().toarray()])
        return sparse.csr_array(sparse.hstack([sparse.csr_array(own[:, None]), self.counts()]))

    def spread(self, level: Level, midranks: Floats | None = None) -> Floats:
        """Squared distance of each cell's value from its item's ratings, summed over these: shape (n_cells,).

        Parameters
        ----------
        level
            Krippendorff's distance of that level of measurement.
        midranks
            For ``"ordinal"``: the mid-rank of each value, shape (n_values,); by default among these ratings. The
            ordinal distance, the number of ratings from one value to the other with half of each end
            (Krippendorff 2011), is the difference of mid-ranks.
        """
        if level == "nominal":
            return self.size[self.unit] - self.count
        if level == "ratio":
            return self._ratio_spread()
        if level == "interval":
            # Any origin does; near the ratings, the moments keep their digits.
            x = self.domain - self.domain.mean() if self.domain.size else self.domain
        elif midranks is None:
            x = np.cumsum(self.marginals) - (self.marginals + self.marginals.sum()) / 2
        else:
            x = midranks
        x = x[self.code]
        first, second = self.sums(self.count * x)[self.unit], self.sums(self.count * x**2)[self.unit]
        return np.maximum(self.size[self.unit] * x**2 - 2 * x * first + second, 0.0)

    def _ratio_spread(self) -> Floats:
        # Pairs of distinct values of an item: the cells are sorted by item, so they lie `lag` apart.
        result = np.zeros(self.unit.size)
        for lag in range(1, self.unit.size):
            left = np.flatnonzero(self.unit[lag:] == self.unit[:-lag])
            if left.size == 0:
                break
            right = left + lag
            distance = ratio_distance(self.domain[self.code[left]], self.domain[self.code[right]])
            result[left] += self.count[right] * distance
            result[right] += self.count[left] * distance
        return result


def moment_disagreement(n: Floats, first: Floats, second: Floats) -> Floats:
    """Sum of squared differences over ordered pairs, from n, the sum and the sum of squares; never below 0."""
    return np.maximum(2 * (n * second - first**2), 0.0)


def ratio_distance(a: Floats, b: Floats) -> Floats:
    """Squared difference over the sum, 0 for two zeros."""
    total = a + b
    relative: Floats = np.divide(a - b, total, out=np.zeros_like(total), where=total != 0)
    return relative**2
