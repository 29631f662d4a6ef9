"""Associations of ratings with the mean of an item's other ratings, for any multiset of the items."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge.stats._totals import leave_each_out
from alia_judge.stats._validate import check_choice
from alia_judge.stats.kernels import WeightedKendall, WeightedPearson, WeightedSpearman
from alia_judge.stats.kernels.ranks import BLOCK, row_blocks
from alia_judge.stats.sparse_ratings import SparseRatings, as_sparse

__all__ = ["Association", "Associations", "Part", "SharedItems", "parts_of"]

Floats = NDArray[np.float64]
#: By name, or a function of two vectors of shape (n,) without missing values.
Association = Literal["spearman", "kendall", "pearson"] | Callable[[Floats, Floats], float]
#: Association of one fixed pair of vectors for item counts of shape (n, b), one value a column.
Kernel = Callable[[Floats], Floats]

#: Cells of an array for which a random number each is drawn: most of a larger one have no rating.
_MOST_CELLS = 1_000_000
_KERNELS: dict[str, Callable[[Floats, Floats], Kernel]] = {
    "spearman": WeightedSpearman,
    "kendall": WeightedKendall,
    "pearson": WeightedPearson,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """One association: which unit each of its pairs belongs to, and how to compute it from the pairs' counts."""

    units: NDArray[np.intp]
    kernel: Kernel


@dataclass(frozen=True, kw_only=True, eq=False)
class Associations:
    """Several associations of pairs that belong to items, and one figure from them: an `ItemStatistic`.

    `combine` takes the associations, shape (parts, b), to b figures.
    """

    parts: tuple[Part, ...]
    n_units: int
    combine: Callable[[Floats], Floats]

    def value(self) -> float:
        return float(self.replicates(np.ones((self.n_units, 1)))[0])

    def replicates(self, counts: Floats) -> Floats:
        figures = np.empty((len(self.parts), counts.shape[1]))
        for row, part in zip(figures, self.parts, strict=True):
            # A unit may hold many of the part's pairs, and the kernel works on a column a resample of all of them.
            for columns in row_blocks(counts.shape[1], part.units.size, most=BLOCK):
                row[columns] = part.kernel(counts[part.units, columns])
        return self.combine(figures)

    def jackknife(self) -> Floats:
        return leave_each_out(self)

    def grouped(self, codes: NDArray[np.intp]) -> Associations:
        parts = tuple(Part(units=codes[part.units], kernel=part.kernel) for part in self.parts)
        return Associations(parts=parts, n_units=int(codes.max()) + 1, combine=self.combine)


@dataclass(frozen=True, kw_only=True, eq=False)
class SharedItems:
    """The items with two ratings or more: their `ratings`, as items 0 to n_shared - 1, and `items`, their places.

    `whole` is whether they came as an array of at most a million cells: then the halves of a seed are those of an array
    of random numbers, else those of a number a rating.
    """

    ratings: SparseRatings
    items: NDArray[np.intp]
    whole: bool

    @classmethod
    def of(cls, values: ArrayLike | SparseRatings) -> SharedItems:
        """From all ratings."""
        ratings = as_sparse(values)
        items = np.flatnonzero(ratings.size >= 2)
        small = ratings.shape[0] * items.size <= _MOST_CELLS
        return cls(ratings=ratings.items(items), items=items, whole=small and not isinstance(values, SparseRatings))

    @property
    def mean(self) -> Floats:
        """Mean rating of each item, shape (n_shared,)."""
        return self._sums(self.ratings.value) / self.ratings.size

    @property
    def step(self) -> float:
        """How many times more ratings there are than in one half; the same for every item if all have equally many."""
        size = self.ratings.size
        return float(np.sum(size) / np.sum(size // 2)) if self.items.size else float("nan")

    def against_rest(self, scores: Floats, statistic: Association, *, identified: bool, min_items: int) -> list[Part]:
        """`scores`, one a rating, against the mean of the item's other ratings, rater by rater or pooled."""
        unit, value = self.ratings.item, self.ratings.value
        rest = _settled((self._sums(value)[unit] - value) / (self.ratings.size[unit] - 1))
        if not identified:
            return parts_of([(unit, scores, rest)], statistic, min_items=min_items)
        order = np.argsort(self.ratings.rater, kind="stable")
        edges = np.flatnonzero(np.diff(self.ratings.rater[order])) + 1
        pairs = [(unit[own], scores[own], rest[own]) for own in np.split(order, edges)]
        return parts_of(pairs, statistic, min_items=min_items)

    def halves(self, statistic: Association, n_splits: int, rng: np.random.Generator) -> list[Part]:
        """The means of two random halves of each item's ratings against each other, once a split."""
        ratings, unit = self.ratings, self.ratings.item
        half = ratings.size // 2
        start = np.cumsum(ratings.size) - ratings.size
        pairs = []
        for _ in range(n_splits):
            drawn = rng.random(ratings.shape)[ratings.rater, unit] if self.whole else rng.random(unit.size)
            # A random order of each item's ratings; the items stay in theirs.
            shuffled = ratings.value[np.lexsort((drawn, unit))]
            place = np.arange(unit.size) - start[unit]
            first = self._sums(np.where(place < half[unit], shuffled, 0.0))
            second = self._sums(np.where((place >= half[unit]) & (place < 2 * half[unit]), shuffled, 0.0))
            pairs.append((np.arange(self.items.size), _settled(first / half), _settled(second / half)))
        return parts_of(pairs, statistic, min_items=2)

    def _sums(self, ratings: Floats) -> Floats:
        return np.bincount(self.ratings.item, weights=ratings, minlength=self.items.size).astype(np.float64)


def parts_of(
    pairs: Iterable[tuple[NDArray[np.intp], Floats, Floats]], statistic: Association, *, min_items: int
) -> list[Part]:
    """A part for each (units, x, y) that has both x and y on `min_items` units or more."""
    parts = []
    for units, x, y in pairs:
        kept = ~np.isnan(x) & ~np.isnan(y)
        if np.unique(units[kept]).size >= min_items:
            parts.append(Part(units=units[kept], kernel=_kernel(x[kept], y[kept], statistic)))
    return parts


def _kernel(x: Floats, y: Floats, statistic: Association) -> Kernel:
    if callable(statistic):

        def called(counts: Floats) -> Floats:
            rows = (np.repeat(np.arange(x.size), column.astype(np.intp)) for column in counts.T)
            return np.array([float(statistic(x[row], y[row])) for row in rows])

        return called
    check_choice("statistic", statistic, tuple(_KERNELS))
    return _KERNELS[statistic](x, y)


def _settled(means: Floats) -> Floats:
    """Means to twelve digits: equal means of different ratings must be ties, whatever the order they were added in."""
    largest = np.abs(means).max(initial=0.0)
    return means if largest == 0 else np.asarray(np.round(means / largest, 12) * largest, dtype=np.float64)
