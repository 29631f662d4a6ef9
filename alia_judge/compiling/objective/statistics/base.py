"""`SetStatistic`: all that a search knows of a statistic, in one record; adding one is one module of this folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alia_judge.benchmark.split import Split
from alia_judge.compiling.objective.target import Target

__all__ = ["NeedsOther", "SetStatistic", "blind_scores", "constant_scores", "graded_ratings", "scores_alone"]

Floats = NDArray[np.float64]


def scores_alone(score: Floats, probabilities: Floats, target: Target) -> Floats:  # noqa: ARG001 - the general form
    """What most statistics read of a verdict: its score."""
    return score


def _as_they_are(scores: Floats, target: Target) -> Floats:  # noqa: ARG001 - the general form
    return scores


def graded_ratings(split: Split) -> None:
    """The `needs` of a statistic of grades: labels have none, and codes of theirs correlate with nothing."""
    if split.scale.has_labels:
        labels = ", ".join(split.scale.label(point) for point in split.scale.points)
        raise NeedsOther(f"grades, and the ratings are labels ({labels}), for which there is kappa")


class NeedsOther(Exception):  # noqa: N818 - `Objective` makes the user's error of it
    """What a statistic needs and a split lacks, in words that follow "needs"."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SetStatistic:
    """A figure of a whole set of items that a search may maximise.

    Parameters
    ----------
    name
        What `Objective` calls it.
    says
        What it is, in words: the documentation.
    rows
        The figure of many candidates at once: scores of shape (m, n) without gaps and a `Target` give shape (m,), NaN
        where undefined; higher is better.
    bounds
        Least and greatest value it can have.
    chance
        What a judge has that sees nothing of the items: a number, or a function of the target and a generator that
        gives blind scores, shape (a, n), the best of which has it (`constant_scores`, `blind_scores`). A search that is
        not above it found nothing.
    needs
        Raises `NeedsOther` for a split it has no value on.
    ratings
        Whether it looks at single ratings, and not at their consensus alone.
    weighted
        Whether it has a form in which items count by how sure their consensus is.
    grouped
        Whether it may be taken within groups and averaged.
    ranks
        Whether only the order of scores and of ratings counts, and not their distances.
    readings
        What it reads of a candidate's verdicts: scores of shape (n,), probabilities of shape (n, K) and a target give
        shape (n,), which `rows` then takes.
    readings_of_scores
        The same for judges that give scores alone, as a fitted readout does; shape (a, n) in and out.
    """

    name: str
    says: str
    rows: Callable[[Floats, Target], Floats]
    bounds: tuple[float, float]
    chance: float | Callable[[Target, np.random.Generator], Floats]
    needs: Callable[[Split], None] = graded_ratings
    ratings: bool = False
    weighted: bool = True
    grouped: bool = True
    ranks: bool = False
    readings: Callable[[Floats, Floats, Target], Floats] = scores_alone
    readings_of_scores: Callable[[Floats, Target], Floats] = _as_they_are

    @property
    def reads_probabilities(self) -> bool:
        """Whether a verdict's probabilities count, and not its score alone."""
        return self.readings is not scores_alone


def constant_scores(target: Target, rng: np.random.Generator) -> Floats:  # noqa: ARG001 - the general form
    """The blind scores of one judge that gives every item the mean, shape (1, n)."""
    return np.full((1, len(target)), float(np.mean(target.values)))


def blind_scores(target: Target, rng: np.random.Generator) -> Floats:
    """The blind scores of two judges, one that gives every item the mean and one that gives any order, shape (2, n)."""
    return np.concatenate([constant_scores(target, rng), rng.random((1, len(target)))])
