"""Readouts that earlier versions had: artifacts and files that name one still open, and say that it goes.

Neither was better than the expected score in what was measured; a calibrated one (isotonic, ordinal) is in their place.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from alia_judge.judging.answer.probabilities import expected_score
from alia_judge.judging.readouts.base import FittedOn, ReadoutRecord, distributions, paired
from alia_judge.judging.readouts.unfitted import UnfittedReadout
from alia_judge.records import Judgments, Scale

__all__ = ["RETIRED", "Argmax", "Temperature"]

#: Beyond these, the distribution is flat or a single point to all intents.
_LOG_RANGE = (math.log(0.05), math.log(20.0))


@dataclass(frozen=True, kw_only=True)
class Argmax(UnfittedReadout):
    """The likeliest point of the scale; of equally likely ones the lowest."""

    name: ClassVar[str] = "argmax"

    def predict(self, judgments: Judgments) -> NDArray[np.float64]:
        """Scores, shape (n,); NaN where there is no verdict."""
        if not self.scale.points:
            return judgments.score.copy()
        likely = distributions(judgments, self.scale)
        scores = np.full(len(judgments.item_ids), np.nan)
        scores[judgments.scored] = np.asarray(self.scale.points)[likely[judgments.scored].argmax(axis=1)]
        return scores


@dataclass(frozen=True, kw_only=True, eq=False)
class Temperature(ReadoutRecord):
    """The mean over the points weighted by ``p ** (1 / temperature)``, normalised.

    Models trained on preferences put nearly all probability on one point; a temperature above 1 brings the others back
    (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 4.2). Fitting chooses the temperature of
    least squared error.

    Parameters
    ----------
    scale
        The scale of the verdicts; it must have points.
    temperature
        1 leaves the probabilities as they are.
    fitted_on
        What it was fitted on.
    """

    name: ClassVar[str] = "temperature"

    scale: Scale
    temperature: float = 1.0
    fitted_on: FittedOn | None = None

    def fit(self, judgments: Judgments, target: NDArray[np.float64]) -> Self:
        """The temperature of least squared error to `target`, shape (n,), between 1/20 and 20."""
        both, fitted_on = paired(judgments, target, at_least=2)
        likely = distributions(judgments, self.scale)[both]

        def error(log_temperature: float) -> float:
            residual = expected_score(_tempered(likely, math.exp(log_temperature)), self.scale.points) - target[both]
            return float(residual @ residual)

        best = minimize_scalar(error, bounds=_LOG_RANGE, method="bounded")
        return replace(self, temperature=math.exp(float(best.x)), fitted_on=fitted_on)

    def predict(self, judgments: Judgments) -> NDArray[np.float64]:
        """Scores, shape (n,); NaN where there is no verdict."""
        return expected_score(_tempered(distributions(judgments, self.scale), self.temperature), self.scale.points)


#: By name.
RETIRED: Mapping[str, Any] = {readout.name: readout for readout in (Argmax, Temperature)}


def _tempered(likely: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    # Dividing by the largest first keeps a small temperature from underflowing every point.
    raised = (likely / likely.max(axis=1, keepdims=True)) ** (1.0 / temperature)
    tempered: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return tempered
