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

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import message
from alia_judge.stats._against_rest import Association, Associations, SharedItems, parts_of
from alia_judge.stats._options import ResamplingKeywords, shows
from alia_judge.stats._totals import UnitResampling, estimate_over_items, quotient
from alia_judge.stats._validate import as_generator, as_vector, check_at_least, check_choice
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.sparse_ratings import SparseRatings, as_sparse

__all__ = ["Association", "Ceiling", "attenuation", "leave_one_out", "share_of_ceiling", "split_half"]

Floats = NDArray[np.float64]
Ceiling = Literal["leave_one_out", "split_half", "attenuation"]


@shows(UnitResampling)
def leave_one_out(
    values: ArrayLike | SparseRatings,
    statistic: Association = "spearman",
    *,
    identified: bool = True,
    min_items: int = 3,
    **options: Unpack[ResamplingKeywords],
) -> Estimate:
    """Association of one annotator with the mean of the others: the human figure.

    It is what a judge has to reach to be as good as one more annotator, not what it can reach at most.

    Parameters
    ----------
    values
        Ratings, shape (n_raters, n_items), NaN where missing, or `SparseRatings`.
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
        For an interval: its method, ``"jackknife"`` (the one to use; see `krippendorff_alpha`) or a bootstrap,
        ``"percentile"``, ``"bca"`` or ``"t"``; nominal coverage; number of resamples; cluster label of each item, shape
        (n_items,), where items are not independent; seed or Generator.
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
    check_at_least("min_items", min_items, 2)
    ratings = as_sparse(values)
    shared = SharedItems.of(values)
    parts = shared.against_rest(shared.ratings.value, statistic, identified=identified, min_items=min_items)
    return estimate_over_items(
        "leave_one_out",
        Associations(parts=tuple(parts), n_units=shared.items.size, combine=_mean),
        units=shared.items,
        n_items=ratings.n_items,
        resampling=UnitResampling(**options),
        settings={"association": _name(statistic), "annotators": "identified" if identified else "anonymous"},
        why=message(
            "no annotator shares {min_items} or more items of varying ratings with another", min_items=min_items
        ),
    )


@shows(UnitResampling)
def split_half(
    values: ArrayLike | SparseRatings,
    statistic: Association = "spearman",
    *,
    n_splits: int = 50,
    **options: Unpack[ResamplingKeywords],
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
        For an interval: its method, ``"jackknife"`` (the one to use; see `krippendorff_alpha`) or a bootstrap,
        ``"percentile"``, ``"bca"`` or ``"t"``; nominal coverage; number of resamples; cluster label of each item, shape
        (n_items,), where items are not independent; seed or Generator.
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
        bounds=(-1.0, 1.0),
        **options,
    )


@shows(UnitResampling)
def attenuation(
    values: ArrayLike | SparseRatings,
    statistic: Association = "spearman",
    *,
    n_splits: int = 50,
    **options: Unpack[ResamplingKeywords],
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
        bounds=(0.0, 1.0),
        **options,
    )


@shows(UnitResampling)
def share_of_ceiling(
    judge: ArrayLike,
    values: ArrayLike | SparseRatings,
    statistic: Association = "spearman",
    *,
    ceiling: Ceiling = "leave_one_out",
    identified: bool = True,
    min_items: int = 3,
    n_splits: int = 50,
    **options: Unpack[ResamplingKeywords],
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
        As for `leave_one_out`. Each resample of items, or of clusters, gives both the judge's figure and the ceiling,
        so the interval holds the uncertainty of both.

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
    ratings = as_sparse(values)
    scores = as_vector("judge", judge, n=ratings.n_items)
    check_choice("ceiling", ceiling, ("leave_one_out", "split_half", "attenuation"))
    check_at_least("min_items", min_items, 2)
    check_at_least("n_splits", n_splits, 1)
    rng = options.get("rng", 0)
    generator = as_generator(rng)
    shared = SharedItems.of(values)
    mine = scores[shared.items]
    if ceiling == "leave_one_out":
        human, judged = (
            shared.against_rest(scores, statistic, identified=identified, min_items=min_items)
            for scores in (shared.ratings.value, mine[shared.ratings.item])
        )
        reach: Callable[[Floats], Floats] = _mean
    else:
        human = shared.halves(statistic, n_splits, generator)
        judged = parts_of([(np.arange(mine.size), mine, shared.mean)], statistic, min_items=2)
        reach = _stepped_up(shared.step, _root if ceiling == "attenuation" else lambda reliability: reliability)
    n_judged = len(judged)

    def combine(figures: Floats) -> Floats:
        return quotient(_mean(figures[:n_judged]), reach(figures[n_judged:]))

    return estimate_over_items(
        "share_of_ceiling",
        Associations(parts=(*judged, *human), n_units=shared.items.size, combine=combine),
        units=shared.items,
        n_items=ratings.n_items,
        resampling=replace(UnitResampling(**options), rng=generator),
        settings={
            "association": _name(statistic),
            "ceiling": ceiling,
            "target": "rest" if ceiling == "leave_one_out" else "consensus",
            **_seed(rng),
        },
        bounds=None,
        why=message("the judge's figure or the ceiling is undefined, or the ceiling is not above 0"),
    )


def _reliability(
    name: str,
    values: ArrayLike | SparseRatings,
    statistic: Association,
    *,
    n_splits: int,
    transform: Callable[[Floats], Floats],
    bounds: tuple[float, float],
    **options: Unpack[ResamplingKeywords],
) -> Estimate:
    check_at_least("n_splits", n_splits, 1)
    ratings = as_sparse(values)
    shared = SharedItems.of(values)
    rng = options.get("rng", 0)
    generator = as_generator(rng)
    parts = shared.halves(statistic, n_splits, generator)
    return estimate_over_items(
        name,
        Associations(parts=tuple(parts), n_units=shared.items.size, combine=_stepped_up(shared.step, transform)),
        units=shared.items,
        n_items=ratings.n_items,
        resampling=replace(UnitResampling(**options), rng=generator),
        settings={"association": _name(statistic), "splits": n_splits, **_seed(rng)},
        bounds=bounds,
        why=message("fewer than two items have two ratings, the ratings do not vary, or the halves disagree"),
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


def _seed(rng: int | np.random.Generator) -> dict[str, int]:
    """For the signature: the seed that drew the splits; a Generator has none to name."""
    return {} if isinstance(rng, np.random.Generator) else {"seed": int(rng)}
