"""Annotators beside the others on the items they share: what most checks of annotators look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from alia_judge.ratings.table import RatingMatrix
from alia_judge.records import Scale
from alia_judge.stats.kernels.grouped import Grouped
from alia_judge.stats.multiple import holm

__all__ = [
    "FEWEST_SHARED",
    "Named",
    "Panel",
    "Shared",
    "Skills",
    "median_of_the_others",
    "one_by_one",
    "significant",
    "skills",
]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

#: Shared items below which nothing is said of an annotator.
FEWEST_SHARED = 10
#: Ratings of an item that a check looks at one by one; of an item that a whole crowd rated, so many drawn at random.
_MOST_OTHERS = 100
#: Pairs of a rating and another of its item that are held at once.
_BLOCK = 2_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Shared:
    """Ratings of items that somebody else rated too, by annotators with enough of them.

    Parameters
    ----------
    rows
        Shape (a,): the annotators, as places among the panel's.
    by
        The group of each rating: its annotator's place in `rows`.
    cell
        Shape (m,): the ratings' places among the panel's; an annotator's stand together, by ascending item.
    mine
        Shape (m,): the ratings, turned so that higher is better.
    mean
        Shape (m,): the mean of the others' ratings of the item.
    """

    rows: Codes
    by: Grouped
    cell: Codes
    mine: Floats
    mean: Floats

    @property
    def size(self) -> Codes:
        """Shared items of each annotator, shape (a,)."""
        return self.by.size

    @cached_property
    def deviation(self) -> Floats:
        """The ratings less the mean of the others, shape (m,)."""
        return np.asarray(self.mine - self.mean, dtype=np.float64)


class Panel:
    """The ratings of one criterion by identified annotators.

    Parameters
    ----------
    criterion
        Its name.
    matrix
        The ratings.
    scale
        Their scale: the values are turned so that higher is better.
    """

    def __init__(self, criterion: str, matrix: RatingMatrix, scale: Scale) -> None:
        self.criterion, self.annotators, self.item_ids = criterion, matrix.annotators, matrix.item_ids
        given = matrix.ratings
        # By annotator, then by item.
        self.order = np.argsort(given.rater, kind="stable")
        self.rater, self.item = given.rater[self.order], given.item[self.order]
        self.value = np.asarray(scale.oriented(given.value[self.order]), dtype=np.float64)
        #: Where each annotator's ratings begin, and where the last's end.
        self.start = np.searchsorted(self.rater, np.arange(given.n_raters + 1))
        self.counts = given.size
        self.totals: Floats = np.bincount(self.item, weights=self.value, minlength=given.n_items).astype(np.float64)

    @cached_property
    def shared(self) -> Shared:
        """Every annotator with enough items that somebody else rated."""
        return self.shared_among(np.arange(len(self.annotators)), self.counts, self.totals)

    def shared_among(self, raters: Codes, counts: Codes, totals: Floats) -> Shared:
        """The same of these annotators, ascending, where the items have so many ratings with such totals."""
        cell = _ranges(self.start[raters], self.start[raters + 1])
        cell = cell[counts[self.item[cell]] >= 2]
        n_shared = np.bincount(self.rater[cell], minlength=len(self.annotators))
        rows = np.flatnonzero(n_shared >= FEWEST_SHARED)
        place = np.full(len(self.annotators), -1, dtype=np.intp)
        place[rows] = np.arange(rows.size)
        cell = cell[place[self.rater[cell]] >= 0]
        mine, item = self.value[cell], self.item[cell]
        return Shared(
            rows=rows,
            by=Grouped(place[self.rater[cell]], rows.size),
            cell=cell,
            mine=mine,
            mean=(totals[item] - mine) / (counts[item] - 1),
        )

    def same(self, cell: Codes) -> Codes:
        """How many others gave the item the same value, for ratings of shape (m,)."""
        return np.asarray(self._alike[self._label[cell]] - 1, dtype=np.intp)

    def label_counts(self, cell: Codes) -> tuple[Codes, NDArray[np.intp]]:
        """The different values in order as codes of the ratings, shape (m,), and how often each item has each."""
        codes = np.unique(self.value, return_inverse=True)[1]
        n_labels = int(codes.max()) + 1
        counts = np.bincount(self.item * n_labels + codes, minlength=self.counts.size * n_labels)
        return codes[cell], counts.reshape(-1, n_labels)

    def others(self, shared: Shared) -> Iterator[tuple[Codes, Codes]]:
        """Each of the ratings with each other of its item: places in `shared` and among the panel's ratings, in blocks.

        Of an item with more than `_MOST_OTHERS` ratings so many are drawn at random.
        """
        by_item, start, size = self._drawn
        item = self.item[shared.cell]
        step = max(1, _BLOCK // _MOST_OTHERS)
        for first in range(0, item.size, step):
            some = item[first : first + step]
            left = np.repeat(np.arange(first, first + some.size), size[some])
            inside = np.arange(left.size) - np.repeat(np.cumsum(size[some]) - size[some], size[some])
            right = by_item[np.repeat(start[some], size[some]) + inside]
            apart = right != shared.cell[left]
            yield left[apart], right[apart]

    @cached_property
    def _drawn(self) -> tuple[Codes, Codes, Codes]:
        """The ratings by item, none with too many: their places, where each item's begin, how many they are."""
        by_item = np.argsort(self.item, kind="stable")
        if self.counts.max(initial=0) > _MOST_OTHERS:
            shuffled = np.lexsort((np.random.default_rng(0).random(self.item.size), self.item))
            start = np.cumsum(self.counts) - self.counts
            place = np.arange(self.item.size) - start[self.item[shuffled]]
            by_item = shuffled[place < _MOST_OTHERS]
        size = np.minimum(self.counts, _MOST_OTHERS)
        return by_item, np.asarray(np.cumsum(size) - size, dtype=np.intp), size

    @cached_property
    def _label(self) -> Codes:
        return self._labelled[0]

    @cached_property
    def _alike(self) -> Codes:
        return self._labelled[1]

    @cached_property
    def _labelled(self) -> tuple[Codes, Codes]:
        """Which pair of item and value each rating is, and how many ratings are that pair."""
        codes = np.unique(self.value, return_inverse=True)[1]
        _, pair, times = np.unique(
            self.item * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True, return_counts=True
        )
        return pair, times


@dataclass(frozen=True, kw_only=True, eq=False)
class Skills:
    """How well annotators go with the others: 0 is chance, 1 perfect; NaN where somebody gave one value throughout.

    Spearman's correlation with their mean for ordered values, a kappa for labels; `z` and `z_error` are its normal
    transform (Fisher's z, or the kappa itself) and its standard error. Each of shape (a,).
    """

    value: Floats
    z: Floats
    z_error: Floats
    graded: bool

    def p_below(self, value: ArrayLike) -> Floats:
        """One-sided p-values of the hypothesis that the skill is `value` or more."""
        bound = np.arctanh(value) if self.graded else np.asarray(value, dtype=np.float64)
        return np.asarray(stats.norm.cdf((self.z - bound) / self.z_error), dtype=np.float64)


def skills(panel: Panel, shared: Shared, *, ordered: bool) -> Skills:
    """The skill of each annotator.

    Notes
    -----
    For labels: with s_i the share of the others who gave item i the annotator's label, and e_i the share expected had
    the annotator drawn labels at random in the same proportions, the kappa is mean(s - e) / mean(1 - e).
    """
    if ordered:
        rho = shared.by.spearman(shared.mine, shared.mean)
        rho[shared.by.constant(shared.mine) | shared.by.constant(shared.mean)] = np.nan
        bounded = np.clip(rho, -0.999, 0.999)
        # Bonett and Wright (2000).
        error = np.sqrt((1 + bounded**2 / 2) / (shared.size - 3))
        return Skills(value=rho, z=np.arctanh(bounded), z_error=error, graded=True)
    code, counts = panel.label_counts(shared.cell)
    item = panel.item[shared.cell]
    rest = panel.counts[item] - 1
    agreed = panel.same(shared.cell) / rest
    share = np.zeros((shared.rows.size, counts.shape[1]))
    np.add.at(share, (shared.by.code, code), 1.0)
    share /= np.maximum(shared.size, 1)[:, None]
    mine = share[shared.by.code]
    expected = (np.einsum("ik,ik->i", counts[item], mine) - mine[np.arange(code.size), code]) / rest
    beyond = agreed - expected
    room = shared.by.mean(1 - expected)
    constant = shared.by.constant(shared.mine)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where((room > 0) & ~constant, shared.by.mean(beyond) / room, np.nan)
        error = shared.by.deviation(beyond, ddof=1) / np.sqrt(shared.size) / room
    return Skills(value=value, z=value, z_error=np.maximum(error, 1e-6), graded=False)


@dataclass(frozen=True, kw_only=True)
class Named:
    """An annotator whom a test names: the figure, its p-value, and the items it rests on."""

    annotator: str
    value: float
    p: float
    n_items: int


def one_by_one(
    panel: Panel, test: Callable[[Panel, Shared], tuple[Floats, Floats, NDArray[np.bool_]]], *, level: float
) -> Iterator[Named]:
    """Whom a test against the others names, the surest first, each then taken out before the next is looked for.

    One person who goes the other way makes those who share items with them look as if they did: once the culprit is
    out, they no longer do. With two annotators nobody can say who it is, and both are named.

    Parameters
    ----------
    panel
        What is looked at.
    test
        Of annotators beside the others: the figure, its p-value, and whether it is large enough to matter, each of
        shape (a,); NaN where it cannot be computed.
    level
        Familywise rate of false alarms over the criterion's annotators (Holm).

    Notes
    -----
    Whom taking one out does not touch is not tested again: the time grows with the ratings, not with their square.
    """
    n = len(panel.annotators)
    inside, touched = np.ones(n, dtype=bool), np.arange(n)
    counts, totals = panel.counts.copy(), panel.totals.copy()
    value, p, matters, n_items = np.full(n, np.nan), np.full(n, np.nan), np.zeros(n, dtype=bool), np.zeros(n, dtype=int)
    by_item, ends = np.argsort(panel.item, kind="stable"), np.cumsum(panel.counts)
    while True:
        shared = panel.shared_among(touched, counts, totals)
        p[touched] = np.nan
        value[shared.rows], p[shared.rows], matters[shared.rows] = test(panel, shared)
        n_items[shared.rows] = shared.size
        tested = np.flatnonzero(inside & ~np.isnan(p))
        alarmed = tested[significant(p[tested], level)]
        alarmed = alarmed[matters[alarmed]]
        if not alarmed.size:
            return
        last = inside.sum() <= 2
        out = int(alarmed[np.lexsort((-np.abs(value[alarmed]), p[alarmed]))[0]])
        # Of the last two it was the one who is left over that the others agreed with; of the only two it may be either.
        for row in (alarmed if n == 2 else ()) if last else (out,):
            yield Named(
                annotator=panel.annotators[row], value=float(value[row]), p=float(p[row]), n_items=int(n_items[row])
            )
        if last:
            return
        inside[out] = False
        theirs = slice(panel.start[out], panel.start[out + 1])
        items = panel.item[theirs]
        counts[items] -= 1
        totals[items] -= panel.value[theirs]
        others = panel.rater[by_item[_ranges(ends[items] - panel.counts[items], ends[items])]]
        touched = np.flatnonzero((np.bincount(others, minlength=n) > 0) & inside)


def _ranges(starts: Codes, ends: Codes) -> Codes:
    """The whole numbers from each start to before its end, one range after the other."""
    size = ends - starts
    first = np.repeat(starts - np.cumsum(size) + size, size)
    return np.asarray(first + np.arange(first.size), dtype=np.intp)


def significant(p_values: Sequence[float] | Floats, level: float) -> NDArray[np.bool_]:
    """Which hypotheses are rejected while the chance of any false alarm stays at `level` (Holm)."""
    if not len(p_values):
        return np.zeros(0, dtype=bool)
    return np.asarray(holm(np.clip(p_values, 0.0, 1.0)) <= level, dtype=bool)


def median_of_the_others(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each of n values, the median of the n - 1 others, shape (n,); 0 where there are fewer than two others."""
    n = values.size
    if n < 3:
        return np.zeros(n)
    ordered, rank = np.sort(values), np.argsort(np.argsort(values, kind="stable"), kind="stable")
    low, high = (n - 2) // 2, (n - 1) // 2
    # Without the value of rank r, what stood behind it moves one place forward.
    return np.asarray((ordered[low + (rank <= low)] + ordered[high + (rank <= high)]) / 2, dtype=np.float64)
