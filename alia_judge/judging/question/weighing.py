"""`Weighing`: how the answers to several questions become one score, in the open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.judging.readouts import distributions
from alia_judge.records import Judgments, Scale

__all__ = ["Weighing", "levels"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Weighing(Record):
    """A score as ``intercept + sum_i weight_i * level_i``, held within the scale; a level is 0 at worst and 1 at best.

    Parameters
    ----------
    weights
        One for each question, in points of the scale.
    intercept
        The score where every level is 0.

    Examples
    --------
    >>> even = Weighing.even(Scale.ordinal(1, 5), 4)
    >>> even.weights, even.intercept
    ((1.0, 1.0, 1.0, 1.0), 1.0)
    >>> even.scores(np.array([[1.0, 1.0, 0.5, 0.0]]), Scale.ordinal(1, 5))
    array([3.5])
    """

    weights: tuple[float, ...]
    intercept: float

    @classmethod
    def even(cls, scale: Scale, n: int) -> Weighing:
        """All of the same weight, so that the best of all is the best of the scale."""
        worst, best = (scale.high, scale.low) if scale.reverse else (scale.low, scale.high)
        return cls(weights=((best - worst) / n,) * n, intercept=worst)

    @classmethod
    def given(cls, scale: Scale, n: int, weights: Sequence[float] | None, intercept: float | None) -> Weighing:
        """Those given, or else even ones.

        Raises
        ------
        UsageError
            If the scale is not graded, or there is not a weight for each question.
        """
        if scale.kind not in ("ordinal", "continuous"):
            raise UsageError(message("weighed answers give a graded score, got a {kind} scale", kind=scale.kind))
        even = cls.even(scale, n)
        chosen = even.weights if weights is None else tuple(float(weight) for weight in weights)
        if len(chosen) != n:
            raise UsageError(
                message(
                    "there must be a weight for each of the {n} questions, got {n_chosen}", n=n, n_chosen=len(chosen)
                )
            )
        return cls(weights=chosen, intercept=float(even.intercept if intercept is None else intercept))

    @classmethod
    def fitted(cls, scale: Scale, answers: Floats, target: Floats) -> Weighing:
        """Of least squared error to `target`, shape (n,), from `answers`, shape (n, questions); none counts backwards.

        Raises
        ------
        UsageError
            If fewer items than questions have every answer and a target.
        """
        known = ~(np.isnan(answers).any(axis=1) | np.isnan(target))
        if known.sum() <= answers.shape[1]:
            raise UsageError(
                message(
                    "{shape} weights need more complete items than that, got {known}",
                    shape=answers.shape[1],
                    known=known.sum(),
                )
            )
        good = -1.0 if scale.reverse else 1.0
        centre, level = answers[known].mean(axis=0), float(target[known].mean())
        # An active set leaves a weight of nothing at zero exactly; interior points only come close.
        weights = good * nnls(good * (answers[known] - centre), target[known] - level)[0] + 0.0
        return cls(weights=tuple(weights.tolist()), intercept=float(level - centre @ weights))

    def scores(self, answers: Floats, scale: Scale) -> Floats:
        """Scores, shape (n,), from levels, shape (n, questions); NaN where an answer that counts is missing."""
        weights = np.asarray(self.weights)
        counted = np.where(weights == 0.0, 0.0, answers)  # what weighs nothing may be missing
        held: Floats = np.clip(self.intercept + counted @ weights, scale.low, scale.high)
        return held


def levels(judgments: Judgments, scale: Scale) -> Floats:
    """How good each answer is, from 0 at the scale's worst to 1 at its best, shape (n,); NaN where there is none.

    Of a scale of points it is that of the expected score.

    Raises
    ------
    UsageError
        If the scale is nominal, which has no better and worse.
    """
    if not scale.ordered:
        raise UsageError(message("a nominal criterion has no better and worse to weigh"))
    values = judgments.score if not scale.points else distributions(judgments, scale) @ np.asarray(scale.points)
    share = (values - scale.low) / (scale.high - scale.low)
    good: Floats = 1.0 - share if scale.reverse else share
    return good
