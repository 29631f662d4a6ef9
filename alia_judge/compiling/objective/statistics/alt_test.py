"""The alt-test's advantage probability."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.benchmark.split import Split
from alia_judge.compiling.objective.statistics.base import NeedsOther, SetStatistic, constant_scores
from alia_judge.compiling.objective.target import Target, nearest_points

__all__ = ["STATISTICS"]

Floats = NDArray[np.float64]


def _alt_test(scores: Floats, target: Target) -> Floats:
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


def _matches(labels: Floats, others: Floats) -> Floats:
    """Share of the others' ratings equal to each label, shape (a, n)."""
    return np.stack([np.nanmean(np.where(np.isnan(others), np.nan, others == row), axis=0) for row in labels])


def _squared_distance(labels: Floats, others: Floats) -> Floats:
    """Mean squared difference from the others' ratings, shape (a, n)."""
    mean, square = np.nanmean(others, axis=0), np.nanmean(others**2, axis=0)
    return np.asarray(labels**2 - 2 * labels * mean + square)


def _needs(split: Split) -> None:
    if len(split.annotators) < 2:
        raise NeedsOther(
            "at least two annotators whom the ratings name, as it leaves one out at a time; they name "
            f"{len(split.annotators)}"
        )


STATISTICS = (
    SetStatistic(
        name="alt_test",
        says="The average advantage probability: how often the judge represents the other annotators as well "
        "as one of them does, or better.",
        rows=_alt_test,
        bounds=(0.0, 1.0),
        chance=constant_scores,
        needs=_needs,
        ratings=True,
        weighted=False,
        grouped=False,
    ),
)
