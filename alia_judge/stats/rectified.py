"""Human means from many judge scores and few human ratings: prediction-powered inference with a tuned lambda (PPI++).

A judge is cheap and biased, people are expensive and right. The judge's scores on all items, rectified by its errors on
the few items that people rated, give an estimate that is valid whatever the judge is worth, and the narrower the better
the judge. What it needs instead is that the rated items are a random sample of all of them, or of each stratum.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.stats._rectifier import Rectifier, Sample, cells_of, labelled
from alia_judge.stats._validate import undefined
from alia_judge.stats.estimate import Estimate

__all__ = ["RectifiedEstimate", "rectified_difference", "rectified_mean", "rectify"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class RectifiedEstimate(Record):
    """A human mean, or a difference of two, with and without the judge's help. ``float(result)`` is the former.

    Parameters
    ----------
    estimate
        The prediction-powered estimate with its interval; `n` counts rated items.
    classical
        The same from the human ratings alone.
    tuning
        The lambda of each stratum (of each system): 0 ignores the judge, 1 takes its scores at face value. In the
        order of the sorted labels.
    effective_n
        How many human ratings would give as small a variance without the judge; NaN where it is 0.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(3, 1, size=2000)
    >>> human = np.where(rng.random(2000) < 0.05, truth, np.nan)
    >>> result = rectified_mean(human, truth + rng.normal(0, 0.3, size=2000))
    >>> result.estimate.n, result.effective_n > 500, round(result.tuning[0], 1)
    (102, True, 0.9)
    """

    schema = "alia-judge/rectified/1"

    estimate: Estimate
    classical: Estimate
    tuning: tuple[float, ...]
    effective_n: float

    def __float__(self) -> float:
        return float(self.estimate)

    def __str__(self) -> str:
        return f"{self.estimate} from {self.estimate.n} ratings that count as {self.effective_n:.0f}"

    @property
    def saved(self) -> float:
        """`effective_n` less ``estimate.n``: deprecated, take these two."""
        warnings.warn(message("saved goes: take effective_n - estimate.n"), DeprecationWarning, stacklevel=2)
        return self.effective_n - self.estimate.n

    @property
    def signature(self) -> str:
        """One line that names every setting that changes the figure."""
        return self.estimate.signature


def rectified_mean(
    human: ArrayLike,
    judge: ArrayLike,
    *,
    tuning: float | None = None,
    strata: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    confidence: float = 0.95,
) -> RectifiedEstimate:
    r"""Mean human rating of all items, from the few that people rated and the judge's scores of all.

    .. math:: \hat\theta = \bar y_L + \lambda (\bar f_U - \bar f_L)

    with *L* the rated and *U* the unrated items, *y* the ratings and *f* the scores.

    Parameters
    ----------
    human
        Mean human rating of each item, shape (n_items,), NaN where nobody rated it. The rated items must be a random
        sample, within each stratum if there are strata.
    judge
        The judge's score of each item, shape (n_items,), on any scale; it must not have been tuned on these ratings.
        NaN is unscored, and counts as the mean score: valid, if of no help.
    tuning
        Lambda: None for the value that makes the variance smallest, found on the data; 1 is plain prediction-powered
        inference, 0 ignores the judge.
    strata
        Label of each item's stratum, shape (n_items,): the estimate is the sum of the strata's by their weight among
        all items, each with a lambda of its own.
    groups
        Cluster label of each item: items of a cluster may have errors in common.
    weights
        Weight of each item in the mean.
    confidence
        Nominal coverage of the interval.

    Returns
    -------
    RectifiedEstimate
        NaN, with a `DegenerateDataWarning`, if a stratum has too few rated items (or clusters of them) for a variance.

    Raises
    ------
    UsageError
        If the shapes do not fit or an option is off its range.

    Notes
    -----
    Variances are cluster-robust and linearised (the means are ratios where there are weights), with one degree of
    freedom taken off for each mean and each tuned lambda, and Student's t: the normal quantile of the paper covers too
    rarely with few ratings. Lambda is not clipped to [0, 1], as a judge may use another scale than people do.

    References
    ----------
    Angelopoulos, A. N., Duchi, J. C., & Zrnic, T. (2023). PPI++: efficient prediction-powered inference.
    arXiv:2311.01453. Strata: Fisch, A., et al. (2024). Stratified prediction-powered inference. arXiv:2406.04291.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(3, 1, size=2000)
    >>> human = np.where(rng.random(2000) < 0.05, truth, np.nan)
    >>> judge = 10 * truth + rng.normal(0, 3, size=2000) - 20
    >>> print(rectified_mean(human, judge))
    2.984 [2.914, 3.054] from 102 ratings that count as 689
    """
    sample = Sample.of(human, judge, groups, weights, confidence)
    cell, means = cells_of(sample, np.zeros(sample.y.size, dtype=np.intp), 1, strata)
    rectifier = Rectifier.of(sample, cell, means.shape[1])
    lambdas = rectifier.tuning(means[0], tuning)
    return rectify("rectified_mean", sample, rectifier, means[0], lambdas, tuned=tuning is None)


def rectified_difference(
    human: ArrayLike,
    judge: ArrayLike,
    systems: ArrayLike,
    first: str,
    second: str,
    *,
    tuning: float | None = None,
    strata: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    confidence: float = 0.95,
) -> RectifiedEstimate:
    """How much higher people rate one system than another.

    Parameters
    ----------
    human, judge
        As for `rectified_mean`; all systems' items together.
    systems
        Label of each item's system, shape (n_items,).
    first, second
        The two systems: the figure is the mean of the first less that of the second.
    tuning
        As for `rectified_mean`; tuned for the difference.
    strata
        Label of each item's stratum: each system's mean is taken over the strata as for `rectified_mean`.
    groups
        Cluster label of each item. Give the prompt or document here: two systems' answers to the same prompt are then
        compared as the pairs they are.
    weights, confidence
        As for `rectified_mean`.

    Returns
    -------
    RectifiedEstimate
        NaN, with a `DegenerateDataWarning`, if either has too few rated items.

    Raises
    ------
    UsageError
        If a system is not among the labels, the shapes do not fit or an option is off its range.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> systems = np.repeat(["a", "b"], 500)
    >>> truth = rng.normal(3, 1, size=1000) + 0.4 * (systems == "a")
    >>> human = np.where(rng.random(1000) < 0.1, truth, np.nan)
    >>> print(rectified_difference(human, truth + rng.normal(0, 0.5, size=1000), systems, "a", "b").estimate)
    0.566 [0.373, 0.760]
    """
    sample = Sample.of(human, judge, groups, weights, confidence)
    system, names = labelled(systems, sample.y.size, "systems")
    for wanted in (first, second):
        if str(wanted) not in names:
            raise UsageError(
                message(
                    "system must be one of {names}, got {wanted!r}", names=", ".join(map(repr, names)), wanted=wanted
                )
            )
    if str(first) == str(second):
        raise UsageError(message("first and second must be two systems, got {first!r} for both", first=first))
    cell, means = cells_of(sample, system, len(names), strata)
    rectifier = Rectifier.of(sample, cell, means.shape[1])
    contrast = means[names.index(str(first))] - means[names.index(str(second))]
    lambdas = rectifier.tuning(contrast, tuning)
    return rectify("rectified_difference", sample, rectifier, contrast, lambdas, tuned=tuning is None)


def rectify(
    name: str, sample: Sample, rectifier: Rectifier, contrast: Floats, lambdas: Floats, *, tuned: bool
) -> RectifiedEstimate:
    """The estimate of ``contrast @ means`` with the given lambdas, and without the judge."""
    used = contrast != 0
    n = int(rectifier.n_rated[used].sum())
    settings: dict[str, str | int | float | bool | None] = {
        "tuning": "tuned" if tuned else float(lambdas[used].max()),
        "cells": int(used.sum()),
        "unrated": int(np.count_nonzero(np.isnan(sample.y))),
        "weighted": bool(np.ptp(sample.weights) > 0),
    }
    dof = rectifier.degrees(contrast, lambdas, tuned=tuned)
    if dof < 1:
        why = message("too few rated items, or clusters of them, in a system or stratum")
        nothing = undefined(name, why, n=n, settings=settings, stacklevel=4)
        return RectifiedEstimate(
            estimate=nothing, classical=nothing, tuning=tuple(lambdas[used].tolist()), effective_n=math.nan
        )
    groups = int(np.count_nonzero(rectifier.rated_in[:, np.flatnonzero(used)].sum(axis=1)))

    def at(lambdas: Floats, method: str, tuned: bool) -> tuple[Estimate, float]:
        value = float(contrast[used] @ rectifier.means(lambdas)[used])
        variance = max(0.0, float(contrast @ rectifier.covariance(lambdas, tuned=tuned) @ contrast))
        estimate = Estimate(statistic=name, value=value, n=n, settings=settings)
        return estimate.with_error(
            math.sqrt(variance),
            level=sample.confidence,
            freedom=rectifier.degrees(contrast, lambdas, tuned=tuned),
            method=method,
            groups=groups if sample.clustered else None,
        ), variance

    estimate, variance = at(lambdas, "PPI++", tuned)
    classical, plain = at(np.zeros_like(lambdas), "ratings alone", False)
    return RectifiedEstimate(
        estimate=estimate,
        classical=classical,
        tuning=tuple(lambdas[used].tolist()),
        effective_n=n * plain / variance if variance > 0 else math.nan,
    )
