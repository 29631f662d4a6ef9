"""The logarithmic score of a judge's probabilities against the annotators' distribution."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.benchmark.split import Split
from alia_judge.compiling.objective.statistics.base import NeedsOther, SetStatistic
from alia_judge.compiling.objective.target import Target, rating_shares

__all__ = ["STATISTICS"]

Floats = NDArray[np.float64]

#: Share of every distribution that is spread evenly over the scale before its logarithm is taken: a verdict that rules
#: out what somebody said loses much, but not everything.
_SPREAD = 0.05
#: Ratings around a score are never narrower than this, in widths between scale points.
_NARROWEST = 0.25


def _log_readings(score: Floats, probabilities: Floats, target: Target) -> Floats:
    """What the people's ratings of each item are worth to a judge that gave these probabilities, in nats.

    The reading of an item is :math:`\\sum_k q_k \\log p_k`: q the annotators' shares of the scale points, p the judge's
    probabilities. Its mean is the logarithmic score of Good (1952), which is highest in expectation for the judge whose
    probabilities are the annotators' own.

    Parameters
    ----------
    score
        Shape (n,); NaN is unscored, and counts as giving each point the same.
    probabilities
        Shape (n, K); a row of NaN stands for its score alone, on its point or between the two it lies between.
    target
        Of the n items, with single ratings.

    Returns
    -------
    ndarray
        Shape (n,), at most 0.

    References
    ----------
    Good, I. J. (1952). Rational decisions. JRSS B 14. Gneiting and Raftery (2007). Strictly proper scoring rules,
    prediction, and estimation. JASA 102, section 3.
    """
    points = np.asarray(target.scale.points)
    given = target.scale.oriented(score)
    likely = probabilities.astype(np.float64).copy()
    alone = np.isnan(likely).any(axis=1) & ~np.isnan(score)
    likely[alone] = np.stack([np.interp(given[alone], points, unit) for unit in np.eye(len(points))], axis=-1)
    likely[np.isnan(score)] = 1 / len(points)
    return _readings(likely, target)


def _log_readings_of_scores(scores: Floats, target: Target) -> Floats:
    """`_log_readings` of judges that give a number: ratings are taken as normal around it.

    Their spread is that of the single ratings around the judge's numbers, one for all items.

    Parameters
    ----------
    scores
        Shape (a, n), oriented so that higher is better; NaN is unscored.
    target
        Of the n items, with single ratings.

    Returns
    -------
    ndarray
        Shape (a, n).
    """
    points = np.asarray(target.scale.points)
    narrowest = _NARROWEST * float(np.diff(points).min())
    readings = np.empty(scores.shape)
    ratings = np.asarray(target.ratings)
    for row, mine in enumerate(scores):
        spread = max(float(np.sqrt(np.nanmean((ratings - mine) ** 2))), narrowest)
        given = target.scale.oriented(mine)
        density = np.exp(-0.5 * ((points[None, :] - given[:, None]) / spread) ** 2)
        with np.errstate(invalid="ignore"):
            likely = density / density.sum(axis=1, keepdims=True)
        likely[np.isnan(likely).any(axis=1)] = 1 / len(points)
        readings[row] = _readings(likely, target)
    return readings


def _log_score(readings: Floats, target: Target) -> Floats:
    """Mean reading of each candidate above that of a judge that gives every item the ratings' overall distribution.

    Parameters
    ----------
    readings
        What `_log_readings` gave, shape (m, n).
    target
        Of the n items, with single ratings.

    Returns
    -------
    ndarray
        Shape (m,), in nats a rating; 0 is a judge that knows how people rate but not what.
    """
    shares = rating_shares(target)
    weights = np.ones(len(target)) if target.weights is None else target.weights
    weights = weights / weights.sum()
    base = _readings(np.broadcast_to(weights @ shares, shares.shape), target)
    return np.asarray(readings @ weights - base @ weights)


def _readings(likely: Floats, target: Target) -> Floats:
    shares = rating_shares(target)
    return np.asarray((shares * np.log((1 - _SPREAD) * likely + _SPREAD / likely.shape[1])).sum(axis=1))


def _needs(split: Split) -> None:
    if not split.scale.points:
        raise NeedsOther("a scale with points; a continuous scale has no distribution over them")


STATISTICS = (
    SetStatistic(
        name="log_score",
        says="The judge's probabilities against the annotators' distribution, in nats a rating above knowing "
        "the overall distribution only: dissent counts.",
        rows=_log_score,
        bounds=(-np.inf, np.inf),
        chance=0.0,
        needs=_needs,
        ratings=True,
        grouped=False,
        readings=_log_readings,
        readings_of_scores=_log_readings_of_scores,
    ),
)
