"""A cumulative-link reading of the expected score."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.answer.probabilities import expected_score
from alia_judge.judging.readouts.base import FittedOn, ReadoutRecord, paired
from alia_judge.judging.readouts.expected import Expected
from alia_judge.records import Judgments, Scale

__all__ = ["READOUTS", "Ordinal"]

#: A weak normal prior on the slope (of the standardised score): without it, separable data have no finite estimate.
_SLOPE_PENALTY = 0.01


@dataclass(frozen=True, kw_only=True, eq=False)
class Ordinal(ReadoutRecord):
    """Proportional odds: ``P(rating <= s_k) = expit(cut_k - slope * x)``, x the standardised expected score.

    The score read out is the mean of that distribution, so it stays within the scale. It is fitted by maximum
    likelihood; a consensus between two points counts for both, in the proportion that keeps its mean.

    Parameters
    ----------
    scale
        The scale of the verdicts; it must have points, and an order.
    centre, spread
        Of the expected scores fitted on, to standardise by.
    slope
        How the odds rise with the score.
    cuts
        K - 1 ascending thresholds; empty before fitting.
    fitted_on
        What it was fitted on.

    References
    ----------
    McCullagh, "Regression Models for Ordinal Data", JRSS B 42 (1980), eq. 2.4.
    """

    name: ClassVar[str] = "ordinal"

    scale: Scale
    centre: float = 0.0
    spread: float = 1.0
    slope: float = 0.0
    cuts: tuple[float, ...] = ()
    fitted_on: FittedOn | None = None

    def fit(self, judgments: Judgments, target: NDArray[np.float64]) -> Self:
        """The distribution fitted to `target`, shape (n,)."""
        if not self.scale.points or not self.scale.ordered:
            raise UsageError(
                message("an ordinal readout needs a scale of ordered points, got a {kind} one", kind=self.scale.kind)
            )
        both, fitted_on = paired(judgments, target, at_least=3)
        scores = Expected(scale=self.scale).predict(judgments)[both]
        centre, spread = float(scores.mean()), float(scores.std()) or 1.0
        x = (scores - centre) / spread
        points = np.asarray(self.scale.points)
        shares = np.stack([np.interp(target[both], points, unit) for unit in np.eye(points.size)], axis=1)
        # Start from the cuts of the ratings' own distribution, each point given half a rating so that all are finite.
        below = np.cumsum(shares.sum(axis=0) + 0.5)[:-1] / (both.sum() + 0.5 * points.size)
        cuts = np.log(below / (1.0 - below))
        start = np.concatenate([[0.0, cuts[0]], np.log(np.diff(cuts))])
        found = minimize(_negative_log_likelihood, start, args=(x, shares), method="BFGS")
        return replace(
            self,
            centre=centre,
            spread=spread,
            slope=float(found.x[0]),
            cuts=tuple(_cuts(found.x).tolist()),
            fitted_on=fitted_on,
        )

    def distribution(self, judgments: Judgments) -> NDArray[np.float64]:
        """The fitted probability of each point for each item, shape (n, K); NaN where there is no verdict."""
        if not self.cuts:
            raise UsageError(message("this readout is not fitted; call fit(judgments, target) first"))
        x = (Expected(scale=self.scale).predict(judgments) - self.centre) / self.spread
        return _point_probabilities(np.asarray(self.cuts), self.slope * x)

    def predict(self, judgments: Judgments) -> NDArray[np.float64]:
        """Scores, shape (n,); NaN where there is no verdict."""
        return expected_score(self.distribution(judgments), self.scale.points)


READOUTS = (Ordinal,)


def _cuts(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
    """The first cut, then the gaps by their logarithm: ascending whatever the optimiser tries."""
    cuts: NDArray[np.float64] = parameters[1] + np.concatenate([[0.0], np.cumsum(np.exp(parameters[2:]))])
    return cuts


def _point_probabilities(cuts: NDArray[np.float64], linear: NDArray[np.float64]) -> NDArray[np.float64]:
    below = expit(cuts[None, :] - linear[:, None])
    ends = np.where(np.isnan(linear), np.nan, 0.0)[:, None]
    return np.diff(np.concatenate([ends, below, ends + 1.0], axis=1), axis=1)


def _negative_log_likelihood(
    parameters: NDArray[np.float64], x: NDArray[np.float64], shares: NDArray[np.float64]
) -> float:
    likely = _point_probabilities(_cuts(parameters), parameters[0] * x)
    log_likelihood = float((shares * np.log(np.maximum(likely, 1e-300))).sum())
    return -log_likelihood + _SLOPE_PENALTY * float(parameters[0]) ** 2
