"""Objectives that look at single ratings, so that dissent counts: the log score, and the alt-test's advantage."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.objective.target import Target, nearest_points, rating_shares

__all__ = ["alt_test", "log_readings", "log_readings_of_scores", "log_score"]

Floats = NDArray[np.float64]

#: Share of every distribution that is spread evenly over the scale before its logarithm is taken: a verdict that rules
#: out what somebody said loses much, but not everything.
_SPREAD = 0.05
#: Ratings around a score are never narrower than this, in widths between scale points.
_NARROWEST = 0.25


def log_readings(score: Floats, probabilities: Floats, target: Target) -> Floats:
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


def log_readings_of_scores(scores: Floats, target: Target) -> Floats:
    """`log_readings` of judges that give a number: ratings are taken as normal around it.

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


def log_score(readings: Floats, target: Target) -> Floats:
    """Mean reading of each candidate above that of a judge that gives every item the ratings' overall distribution.

    Parameters
    ----------
    readings
        What `log_readings` gave, shape (m, n).
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


def alt_test(scores: Floats, target: Target) -> Floats:
    """The alt-test's average advantage probability of each candidate.

    Each annotator is left out in turn. The judge has a point on an item if it represents the other annotators' ratings
    as well as the one left out, or better. The mean over the annotator's items, then over annotators.

    Parameters
    ----------
    scores
        Shape (m, n).
    target
        Of the n items, with single ratings. They are compared by equality where they are words or two points, else by
        their root mean squared difference.

    References
    ----------
    Calderon, Reichart and Dror (2025). The alternative annotator test. ACL, eq. 2 and section 3.2.
    """
    ratings = np.asarray(target.ratings)
    rated = ~np.isnan(ratings)
    equal = target.scale.kind in ("nominal", "binary")
    ours = nearest_points(scores, target.scale) if equal else scores
    shares = []
    for annotator, mine in enumerate(ratings):
        others = np.delete(np.arange(len(ratings)), annotator)
        items = np.flatnonzero(rated[annotator] & rated[others].any(axis=0))
        if not len(items):
            continue
        theirs, judge = ratings[np.ix_(others, items)], ours[:, items]
        if equal:
            wins = _matches(judge, theirs) >= _matches(mine[None, items], theirs) - 1e-12
        else:
            wins = _squared_distance(judge, theirs) <= _squared_distance(mine[None, items], theirs) + 1e-12
        shares.append(wins.mean(axis=1))
    return np.mean(shares, axis=0) if shares else np.full(len(scores), np.nan)


def _readings(likely: Floats, target: Target) -> Floats:
    shares = rating_shares(target)
    return np.asarray((shares * np.log((1 - _SPREAD) * likely + _SPREAD / likely.shape[1])).sum(axis=1))


def _matches(labels: Floats, others: Floats) -> Floats:
    """Share of the others' ratings equal to each label, shape (a, n)."""
    return np.stack([np.nanmean(np.where(np.isnan(others), np.nan, others == row), axis=0) for row in labels])


def _squared_distance(labels: Floats, others: Floats) -> Floats:
    """Mean squared difference from the others' ratings, shape (a, n)."""
    mean, square = np.nanmean(others, axis=0), np.nanmean(others**2, axis=0)
    return np.asarray(labels**2 - 2 * labels * mean + square)
