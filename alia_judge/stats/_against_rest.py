"""Associations of ratings with the mean of an item's other ratings, for any multiset of the items."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from alia_judge.stats._totals import leave_each_out
from alia_judge.stats._validate import check_choice
from alia_judge.stats.kernels import WeightedKendall, WeightedPearson, WeightedSpearman

__all__ = ["Association", "Associations", "Part", "SharedItems", "parts_of"]

Floats = NDArray[np.float64]
#: By name, or a function of two vectors of shape (n,) without missing values.
Association = Literal["spearman", "kendall", "pearson"] | Callable[[Floats, Floats], float]
#: Association of one fixed pair of vectors for item counts of shape (n, b), one value a column.
Kernel = Callable[[Floats], Floats]

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
        figures = [part.kernel(counts[part.units]) for part in self.parts]
        return self.combine(np.stack(figures) if figures else np.empty((0, counts.shape[1])))

    def jackknife(self) -> Floats:
        return leave_each_out(self)

    def grouped(self, codes: NDArray[np.intp]) -> Associations:
        parts = tuple(Part(units=codes[part.units], kernel=part.kernel) for part in self.parts)
        return Associations(parts=parts, n_units=int(codes.max()) + 1, combine=self.combine)


@dataclass(frozen=True, kw_only=True, eq=False)
class SharedItems:
    """The items with two ratings or more: `values` of shape (n_raters, n_shared), `items` their places."""

    values: Floats
    items: NDArray[np.intp]

    @classmethod
    def of(cls, array: Floats) -> SharedItems:
        """From all ratings, shape (n_raters, n_items)."""
        items = np.flatnonzero(np.count_nonzero(~np.isnan(array), axis=0) >= 2)
        return cls(values=array[:, items], items=items)

    @property
    def size(self) -> NDArray[np.intp]:
        """Ratings of each item."""
        return np.asarray(np.count_nonzero(~np.isnan(self.values), axis=0), dtype=np.intp)

    @property
    def step(self) -> float:
        """How many times more ratings there are than in one half; the same for every item if all have equally many."""
        return float(np.sum(self.size) / np.sum(self.size // 2)) if self.items.size else float("nan")

    def against_rest(self, scores: Floats, statistic: Association, *, identified: bool, min_items: int) -> list[Part]:
        """`scores` of shape (n_raters, n_shared) against the mean of the other rows' ratings, row by row or pooled."""
        rest = _settled((np.nansum(self.values, axis=0) - np.nan_to_num(self.values)) / (self.size - 1))
        units = np.arange(self.items.size)
        if identified:
            pairs = [(units, row, others) for row, others in zip(scores, rest, strict=True)]
        else:
            pairs = [(np.tile(units, scores.shape[0]), scores.ravel(), rest.ravel())]
        return parts_of(pairs, statistic, min_items=min_items)

    def halves(self, statistic: Association, n_splits: int, rng: np.random.Generator) -> list[Part]:
        """The means of two random halves of each item's ratings against each other, once a split."""
        half, units = self.size // 2, np.arange(self.items.size)
        pairs = []
        for _ in range(n_splits):
            # A random order of each item's ratings, the missing ones last.
            order = np.argsort(np.where(np.isnan(self.values), 2.0, rng.random(self.values.shape)), axis=0)
            shuffled = np.nan_to_num(np.take_along_axis(self.values, order, axis=0))
            total = np.concatenate([np.zeros((1, units.size)), np.cumsum(shuffled, axis=0)])
            first = total[half, units]
            second = total[2 * half, units] - first
            pairs.append((units, _settled(first / half), _settled(second / half)))
        return parts_of(pairs, statistic, min_items=2)


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
