"""What a judge can reach on these ratings: the human figure, the consensus' reliability, and a judge's share of it.

Four figures, and what each is a bound for:

- `leave_one_out` is how well one annotator does against the others. It is the human figure, **not an upper bound**: a
  judge that makes fewer random errors than one person exceeds it.
- `split_half` is how well the consensus would correlate with that of as many other annotators, a second panel. It is
  the reliability of the consensus, and **not an upper bound** either: the second panel has errors of its own, a judge
  need not.
- `attenuation`, the square root of that reliability, is what a judge without any error would reach: the **upper bound,
  in expectation**, of the correlation of any judge with the consensus, as long as the judge's errors have nothing to do
  with the annotators' (classical test theory). A judge that was shown these very ratings, or shares a bias with some
  of these annotators but not with others, can exceed it. It is exact for Pearson's r, approximate for ranks.
- `share_of_ceiling` divides a judge's figure by one of them; what 1 means depends on which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge.stats._interval import IntervalMethod
from alia_judge.stats._totals import Resampling, estimate_over_items, quotient
from alia_judge.stats._validate import as_generator, as_values, as_vector, check_at_least, check_choice
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.kernels import WeightedKendall, WeightedPearson, WeightedSpearman
from alia_judge.stats.kernels.ranks import row_blocks

__all__ = ["Association", "attenuation", "leave_one_out", "share_of_ceiling", "split_half"]

Floats = NDArray[np.float64]
#: By name, or a function of two vectors of shape (n,) without missing values.
Association = Literal["spearman", "kendall", "pearson"] | Callable[[Floats, Floats], float]
Ceiling = Literal["leave_one_out", "split_half", "attenuation"]
#: Association of one fixed pair of vectors for item counts of shape (n, b), one value a column.
_Kernel = Callable[[Floats], Floats]

_KERNELS: dict[str, Callable[[Floats, Floats], _Kernel]] = {
    "spearman": WeightedSpearman,
    "kendall": WeightedKendall,
    "pearson": WeightedPearson,
}


def leave_one_out(
    values: ArrayLike,
    statistic: Association = "spearman",
    *,
    identified: bool = True,
    min_items: int = 3,
    interval: IntervalMethod | None = None,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    groups: ArrayLike | None = None,
    rng: int | np.random.Generator = 0,
) -> Estimate:
    """Association of one annotator with the mean of the others: the human figure.

    It is what a judge has to reach to be as good as one more annotator, not what it can reach at most.

    Parameters
    ----------
    values
        Ratings, shape (n_raters, n_items), NaN where missing.
    statistic
        ``"spearman"``, ``"kendall"`` (tau-b), ``"pearson"``, or a function of two vectors.
    identified
        True: a row is a person. The figure is the mean over annotators of each one's association with the mean of the
        others on the items they share. False: a row is only a place in a list, and its ratings come from various
        people. The ratings of an item are then exchangeable, and the figure is the association over all pairs of a
        rating and the mean of the item's others; the order of the places does not matter.
    min_items
        Annotators with fewer shared items are left out of the mean; at least 2.
    interval, confidence, n_resamples, groups, rng
        For a bootstrap interval over items, or over clusters of them: ``"percentile"``, ``"bca"`` or ``"t"``, nominal
        coverage, number of resamples, cluster label of each item of shape (n_items,), seed or Generator.
        Annotators are kept: the interval is about these people on other items.

    Returns
    -------
    Estimate
        `n` is the number of items with two ratings or more. NaN, with a `DegenerateDataWarning`, if no annotator
        shares enough items that vary.

    Raises
    ------
    UsageError
        If the values are not numbers in two dimensions, or an option is off its range.

    Examples
    --------
    >>> print(leave_one_out([[1, 2, 3, 4, 5], [1, 3, 2, 5, 5], [2, 2, 3, 4, 4]]))
    0.904
    """
    array = as_values(values)
    check_at_least("min_items", min_items, 2)
    shared = _Shared.of(array)
    parts = shared.against_rest(shared.values, statistic, identified=identified, min_items=min_items)
    return estimate_over_items(
        "leave_one_out",
        _Associations(parts=tuple(parts), n_units=shared.items.size, combine=_mean),
        units=shared.items,
        n_items=array.shape[1],
        resampling=Resampling(
            interval=interval, confidence=confidence, n_resamples=n_resamples, groups=groups, rng=rng
        ),
        settings={"association": _name(statistic), "annotators": "identified" if identified else "anonymous"},
        why=f"no annotator shares {min_items} or more items of varying ratings with another",
    )


def split_half(
    values: ArrayLike,
    statistic: Association = "spearman",
    *,
    n_splits: int = 50,
    interval: IntervalMethod | None = None,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    groups: ArrayLike | None = None,
    rng: int | np.random.Generator = 0,
) -> Estimate:
    r"""Reliability of the mean rating, from random halves of each item's ratings stepped up by Spearman-Brown.

    .. math:: r_m = \frac{m r}{1 + (m - 1) r}

    with *r* the mean association of two halves and *m* how many times more ratings there are in all than in one half.

    Parameters
    ----------
    values
        Ratings, shape (n_raters, n_items), NaN where missing. Ratings of an item are taken as exchangeable; items with
        fewer than two are left out.
    statistic
        ``"spearman"``, ``"kendall"`` (tau-b), ``"pearson"``, or a function of two vectors. The Spearman-Brown formula
        is exact for Pearson's r and an approximation for the others.
    n_splits
        Number of random splits. An odd rating is left out of both halves, and *m* makes up for it.
    interval, confidence, n_resamples, groups, rng
        For a bootstrap interval over items, or over clusters of them: ``"percentile"``, ``"bca"`` or ``"t"``, nominal
        coverage, number of resamples, cluster label of each item of shape (n_items,), seed or Generator.
        The same seed draws the splits, which are then kept.

    Returns
    -------
    Estimate
        The expected association of this consensus with that of as many other annotators. NaN, with a
        `DegenerateDataWarning`, if fewer than two items have two ratings, a half never varies, or *r* is so negative
        that the formula has no value.

    Raises
    ------
    UsageError
        If the values are not numbers in two dimensions, or an option is off its range.

    References
    ----------
    Spearman, C. (1910). Correlation calculated from faulty data. British Journal of Psychology 3, 271-295.
    Brown, W. (1910). Some experimental results in the correlation of mental abilities. Ibid., 296-322.

    Examples
    --------
    >>> print(split_half([[1, 2, 3, 4, 5], [1, 3, 2, 5, 5], [2, 2, 3, 4, 4]], "pearson"))
    0.958
    """
    return _reliability(
        "split_half",
        values,
        statistic,
        n_splits=n_splits,
        transform=lambda reliability: reliability,
        resampling=Resampling(
            interval=interval, confidence=confidence, n_resamples=n_resamples, groups=groups, rng=as_generator(rng)
        ),
    )


def attenuation(
    values: ArrayLike,
    statistic: Association = "spearman",
    *,
    n_splits: int = 50,
    interval: IntervalMethod | None = None,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    groups: ArrayLike | None = None,
    rng: int | np.random.Generator = 0,
) -> Estimate:
    """Square root of the consensus' split-half reliability: the correlation a judge without error would have with it.

    In expectation the upper bound for any judge whose errors are independent of the annotators'.

    Parameters
    ----------
    values, statistic, n_splits, interval, confidence, n_resamples, groups, rng
        As for `split_half`.

    Returns
    -------
    Estimate
        NaN, with a `DegenerateDataWarning`, if the reliability is undefined or negative.

    Raises
    ------
    UsageError
        As `split_half`.

    References
    ----------
    Spearman, C. (1904). The proof and measurement of association between two things. American Journal of Psychology 15,
    72-101.

    Examples
    --------
    >>> print(attenuation([[1, 2, 3, 4, 5], [1, 3, 2, 5, 5], [2, 2, 3, 4, 4]], "pearson"))
    0.979
    """
    return _reliability(
        "attenuation",
        values,
        statistic,
        n_splits=n_splits,
        transform=_root,
        resampling=Resampling(
            interval=interval, confidence=confidence, n_resamples=n_resamples, groups=groups, rng=as_generator(rng)
        ),
    )


def share_of_ceiling(
    judge: ArrayLike,
    values: ArrayLike,
    statistic: Association = "spearman",
    *,
    ceiling: Ceiling = "leave_one_out",
    identified: bool = True,
    min_items: int = 3,
    n_splits: int = 50,
    interval: IntervalMethod | None = None,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    groups: ArrayLike | None = None,
    rng: int | np.random.Generator = 0,
) -> Estimate:
    """A judge's association with people as a share of what people, or a perfect judge, reach on the same items.

    Parameters
    ----------
    judge
        The judge's scores, shape (n_items,), NaN where unscored.
    values
        Ratings, shape (n_raters, n_items), NaN where missing. Items with fewer than two are left out of both figures.
    statistic
        ``"spearman"``, ``"kendall"`` (tau-b), ``"pearson"``, or a function of two vectors.
    ceiling
        ``"leave_one_out"``: the judge takes the place of each annotator in turn, against the mean of the others, so
        that both figures have the same target; 1 is as good as one more annotator, and a judge can exceed it.
        ``"split_half"`` and ``"attenuation"``: the judge against the mean of all, over the reliability of that mean
        or over its square root. Only the last is an upper bound.
    identified, min_items
        As for `leave_one_out`; not used by the other ceilings.
    n_splits
        As for `split_half`; not used by ``"leave_one_out"``.
    interval, confidence, n_resamples, groups, rng
        For a bootstrap interval: each resample of items, or of clusters, gives both the judge's figure and the
        ceiling, so the interval holds the uncertainty of both.

    Returns
    -------
    Estimate
        NaN, with a `DegenerateDataWarning`, if either figure is undefined or the ceiling is not above 0.

    Raises
    ------
    UsageError
        If the shapes do not fit, or an option is off its range.

    Examples
    --------
    >>> values = [[1, 2, 3, 4, 5], [1, 3, 2, 5, 5], [2, 2, 3, 4, 4]]
    >>> print(share_of_ceiling([1, 3, 2, 4, 5], values))
    1.041
    """
    array = as_values(values)
    scores = as_vector("judge", judge, n=array.shape[1])
    check_choice("ceiling", ceiling, ("leave_one_out", "split_half", "attenuation"))
    check_at_least("min_items", min_items, 2)
    check_at_least("n_splits", n_splits, 1)
    generator = as_generator(rng)
    shared = _Shared.of(array)
    mine = scores[shared.items]
    if ceiling == "leave_one_out":
        in_place = np.where(np.isnan(shared.values), np.nan, mine)
        human, judged = (
            shared.against_rest(scores, statistic, identified=identified, min_items=min_items)
            for scores in (shared.values, in_place)
        )
        reach: Callable[[Floats], Floats] = _mean
    else:
        human = shared.halves(statistic, n_splits, generator)
        judged = _parts([(np.arange(mine.size), mine, np.nanmean(shared.values, axis=0))], statistic, min_items=2)
        reach = _stepped_up(shared.step, _root if ceiling == "attenuation" else lambda reliability: reliability)
    n_judged = len(judged)

    def combine(figures: Floats) -> Floats:
        return quotient(_mean(figures[:n_judged]), reach(figures[n_judged:]))

    return estimate_over_items(
        "share_of_ceiling",
        _Associations(parts=(*judged, *human), n_units=shared.items.size, combine=combine),
        units=shared.items,
        n_items=array.shape[1],
        resampling=Resampling(
            interval=interval, confidence=confidence, n_resamples=n_resamples, groups=groups, rng=generator
        ),
        settings={
            "association": _name(statistic),
            "ceiling": ceiling,
            "target": "rest" if ceiling == "leave_one_out" else "consensus",
        },
        why="the judge's figure or the ceiling is undefined, or the ceiling is not above 0",
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Part:
    """One association: which unit each of its pairs belongs to, and how to compute it from the pairs' counts."""

    units: NDArray[np.intp]
    kernel: _Kernel


@dataclass(frozen=True, kw_only=True, eq=False)
class _Associations:
    """Several associations of pairs that belong to items, and one figure from them: an `ItemStatistic`."""

    parts: tuple[_Part, ...]
    n_units: int
    combine: Callable[[Floats], Floats]

    def value(self) -> float:
        return float(self.replicates(np.ones((self.n_units, 1)))[0])

    def replicates(self, counts: Floats) -> Floats:
        figures = [part.kernel(counts[part.units]) for part in self.parts]
        return self.combine(np.stack(figures) if figures else np.empty((0, counts.shape[1])))

    def jackknife(self) -> Floats:
        blocks = []
        for left_out in row_blocks(self.n_units, self.n_units):
            counts = np.ones((self.n_units, left_out.stop - left_out.start))
            np.fill_diagonal(counts[left_out], 0)
            blocks.append(self.replicates(counts))
        return np.concatenate(blocks)

    def grouped(self, codes: NDArray[np.intp]) -> _Associations:
        parts = tuple(_Part(units=codes[part.units], kernel=part.kernel) for part in self.parts)
        return _Associations(parts=parts, n_units=int(codes.max()) + 1, combine=self.combine)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Shared:
    """The items with two ratings or more: `values` of shape (n_raters, n_shared), `items` their places."""

    values: Floats
    items: NDArray[np.intp]

    @classmethod
    def of(cls, array: Floats) -> _Shared:
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

    def against_rest(self, scores: Floats, statistic: Association, *, identified: bool, min_items: int) -> list[_Part]:
        """`scores` of shape (n_raters, n_shared) against the mean of the other rows' ratings, row by row or pooled."""
        rest = (np.nansum(self.values, axis=0) - np.nan_to_num(self.values)) / (self.size - 1)
        units = np.arange(self.items.size)
        if identified:
            pairs = [(units, row, others) for row, others in zip(scores, rest, strict=True)]
        else:
            pairs = [(np.tile(units, scores.shape[0]), scores.ravel(), rest.ravel())]
        return _parts(pairs, statistic, min_items=min_items)

    def halves(self, statistic: Association, n_splits: int, rng: np.random.Generator) -> list[_Part]:
        """The means of two random halves of each item's ratings against each other, once a split."""
        half, units = self.size // 2, np.arange(self.items.size)
        pairs = []
        for _ in range(n_splits):
            # A random order of each item's ratings, the missing ones last.
            order = np.argsort(np.where(np.isnan(self.values), 2.0, rng.random(self.values.shape)), axis=0)
            shuffled = np.nan_to_num(np.take_along_axis(self.values, order, axis=0))
            total = np.concatenate([np.zeros((1, units.size)), np.cumsum(shuffled, axis=0)])
            first = total[half, units]
            pairs.append((units, first / half, (total[2 * half, units] - first) / half))
        return _parts(pairs, statistic, min_items=2)


def _parts(
    pairs: Iterable[tuple[NDArray[np.intp], Floats, Floats]], statistic: Association, *, min_items: int
) -> list[_Part]:
    parts = []
    for units, x, y in pairs:
        kept = ~np.isnan(x) & ~np.isnan(y)
        if np.unique(units[kept]).size >= min_items:
            parts.append(_Part(units=units[kept], kernel=_kernel(x[kept], y[kept], statistic)))
    return parts


def _kernel(x: Floats, y: Floats, statistic: Association) -> _Kernel:
    if callable(statistic):

        def called(counts: Floats) -> Floats:
            rows = (np.repeat(np.arange(x.size), column.astype(np.intp)) for column in counts.T)
            return np.array([float(statistic(x[row], y[row])) for row in rows])

        return called
    check_choice("statistic", statistic, tuple(_KERNELS))
    return _KERNELS[statistic](x, y)


def _reliability(
    name: str,
    values: ArrayLike,
    statistic: Association,
    *,
    n_splits: int,
    transform: Callable[[Floats], Floats],
    resampling: Resampling,
) -> Estimate:
    array = as_values(values)
    check_at_least("n_splits", n_splits, 1)
    shared = _Shared.of(array)
    parts = shared.halves(statistic, n_splits, as_generator(resampling.rng))
    return estimate_over_items(
        name,
        _Associations(parts=tuple(parts), n_units=shared.items.size, combine=_stepped_up(shared.step, transform)),
        units=shared.items,
        n_items=array.shape[1],
        resampling=resampling,
        settings={"association": _name(statistic), "splits": n_splits},
        why="fewer than two items have two ratings, the ratings do not vary, or the halves disagree",
    )


def _stepped_up(step: float, transform: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    def combine(figures: Floats) -> Floats:
        r = _mean(figures)
        return transform(quotient(step * r, 1 + (step - 1) * r))

    return combine


def _root(reliability: Floats) -> Floats:
    positive = np.where(reliability >= 0, reliability, np.nan)
    return np.asarray(np.sqrt(positive), dtype=np.float64)


def _mean(figures: Floats) -> Floats:
    """Mean over the associations that are defined, shape (parts, b) -> (b,); NaN where none is."""
    return quotient(np.nansum(figures, axis=0), np.sum(~np.isnan(figures), axis=0, dtype=np.float64))


def _name(statistic: Association) -> str:
    return statistic if isinstance(statistic, str) else getattr(statistic, "__name__", type(statistic).__name__)
