"""The point of the scale that the expected score falls on, between fitted cuts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.readouts.base import FittedOn, ReadoutRecord, paired
from alia_judge.judging.readouts.expected import Expected
from alia_judge.records import Judgments, Scale

__all__ = ["READOUTS", "Cuts"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Cuts(ReadoutRecord):
    """The point whose interval of expected scores an item falls in; what DSPy's ReAnchor fits for a score's level.

    A model may keep to the middle of the scale, or to its ends; moving the cuts gives its scores the points that people
    give, without asking again. Fitting finds the cuts of least squared error among all there are.

    Parameters
    ----------
    scale
        The scale of the verdicts; it must have points, and an order.
    cuts
        K - 1 expected scores in ascending order, at which the next point begins; empty before fitting, when they lie
        half-way between the points.
    fitted_on
        What it was fitted on.

    Examples
    --------
    >>> from alia_judge.judging.readouts import judgments_of
    >>> from alia_judge.records import Verdict
    >>> said = judgments_of([Verdict(score=2.4), Verdict(score=2.6), Verdict(score=2.9)], Scale.ordinal(1, 3))
    >>> Cuts(scale=Scale.ordinal(1, 3)).fit(said, np.array([1.0, 2.0, 3.0])).predict(said)
    array([1., 2., 3.])
    """

    name: ClassVar[str] = "cuts"

    scale: Scale
    cuts: tuple[float, ...] = ()
    fitted_on: FittedOn | None = None

    def fit(self, judgments: Judgments, target: NDArray[np.float64]) -> Self:
        """The cuts of least squared error to `target`, shape (n,)."""
        points = self._points()
        both, fitted_on = paired(judgments, target, at_least=2)
        scores, place = np.unique(Expected(scale=self.scale).predict(judgments)[both], return_inverse=True)
        # The squared error of giving a point to all items of one expected score, shape (scores, K).
        errors: NDArray[np.float64] = np.stack(
            [np.bincount(place, weights=(target[both] - point) ** 2, minlength=scores.size) for point in points], axis=1
        ).astype(np.float64)
        given = _rising(errors)
        # A point begins half-way between the last score below it and the first that has it, or a higher one.
        edges = np.concatenate([[-np.inf], (scores[1:] + scores[:-1]) / 2, [np.inf]])
        cuts = edges[np.searchsorted(given, np.arange(1, points.size), side="left")]
        # A cut beyond the scale is for a point that no item is given.
        return replace(self, cuts=tuple(np.clip(cuts, points[0] - 1, points[-1] + 1).tolist()), fitted_on=fitted_on)

    def predict(self, judgments: Judgments) -> NDArray[np.float64]:
        """Scores, shape (n,): points of the scale; NaN where there is no verdict."""
        points = self._points()
        cuts = np.asarray(self.cuts) if self.cuts else (points[1:] + points[:-1]) / 2
        scores = Expected(scale=self.scale).predict(judgments)
        read: NDArray[np.float64] = points[np.searchsorted(cuts, np.nan_to_num(scores), side="right")]
        return np.where(np.isnan(scores), np.nan, read)

    def _points(self) -> NDArray[np.float64]:
        if not self.scale.points or not self.scale.ordered:
            raise UsageError(message("cuts need a scale of ordered points, got a {kind} one", kind=self.scale.kind))
        return np.asarray(self.scale.points, dtype=np.float64)


READOUTS = (Cuts,)


def _rising(errors: NDArray[np.float64]) -> NDArray[np.intp]:
    """For each row the column, never lower than the row before's, of least sum of `errors`; of equals the lowest."""
    best = np.empty_like(errors)
    came_from = np.zeros(errors.shape, dtype=np.intp)
    best[0] = errors[0]
    for row in range(1, len(errors)):
        least = np.minimum.accumulate(best[row - 1])
        came_from[row] = np.searchsorted(-least, -least, side="left")
        best[row] = errors[row] + least
    given = np.empty(len(errors), dtype=np.intp)
    given[-1] = int(best[-1].argmin())
    for row in range(len(errors) - 1, 0, -1):
        given[row - 1] = came_from[row, given[row]]
    return given
