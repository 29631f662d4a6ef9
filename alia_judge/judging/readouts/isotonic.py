"""The expected score, calibrated by a rising step function."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.readouts.base import FittedOn, ReadoutRecord, paired
from alia_judge.judging.readouts.expected import Expected
from alia_judge.records import Judgments, Scale

__all__ = ["READOUTS", "Isotonic"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Isotonic(ReadoutRecord):
    """The rising function of the expected score that has the least squared error, linear between its knots.

    It calibrates without reordering (but for ties), so it changes errors and intervals, hardly the rank correlation.
    Outside the scores it was fitted on it stays at its ends.

    Parameters
    ----------
    scale
        The scale of the verdicts.
    knots, values
        The fitted function: expected scores, ascending, and what they stand for. Empty before fitting.
    fitted_on
        What it was fitted on.

    References
    ----------
    Barlow, Bartholomew, Bremner and Brunk, "Statistical Inference under Order Restrictions", Wiley 1972 (pool adjacent
    violators).
    """

    name: ClassVar[str] = "isotonic"

    scale: Scale
    knots: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    fitted_on: FittedOn | None = None

    def fit(self, judgments: Judgments, target: NDArray[np.float64]) -> Self:
        """The function fitted to `target`, shape (n,)."""
        both, fitted_on = paired(judgments, target, at_least=2)
        scores = Expected(scale=self.scale).predict(judgments)[both]
        knots, place, weights = np.unique(scores, return_inverse=True, return_counts=True)
        means = np.bincount(place, weights=target[both]) / weights
        values = isotonic_regression(means, weights=weights).x
        # Of a flat stretch only the ends matter to interpolation.
        inner = np.ones(knots.size, dtype=bool)
        inner[1:-1] = (values[1:-1] != values[:-2]) | (values[1:-1] != values[2:])
        return replace(
            self, knots=tuple(knots[inner].tolist()), values=tuple(values[inner].tolist()), fitted_on=fitted_on
        )

    def predict(self, judgments: Judgments) -> NDArray[np.float64]:
        """Scores, shape (n,); NaN where there is no verdict."""
        if not self.knots:
            raise UsageError(message("this readout is not fitted; call fit(judgments, target) first"))
        scores = Expected(scale=self.scale).predict(judgments)
        calibrated: NDArray[np.float64] = np.interp(scores, self.knots, self.values)
        return calibrated


READOUTS = (Isotonic,)
