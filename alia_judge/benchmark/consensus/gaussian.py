"""A Gaussian model of graded ratings: annotators differ in leniency, discrimination and noise.

.. math:: r_{ai} = b_a + \\lambda_a \\theta_i + \\varepsilon_{ai}, \\quad
          \\theta_i \\sim N(\\mu, \\tau^2), \\quad \\varepsilon_{ai} \\sim N(0, \\sigma_a^2)

The congeneric model of classical test theory (Jöreskog 1971), fitted by expectation maximisation.

References
----------
.. [1] Jöreskog, K. G. (1971). "Statistical analysis of sets of congeneric tests". Psychometrika 36.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alia_judge.benchmark.consensus.base import Consensus, Fitted, Floats, Observations, cells_of_normal
from alia_judge.records import Scale

__all__ = ["MODELS", "Gaussian"]

_ROUNDS, _TOLERANCE = 300, 1e-7
#: Ratings' worth of the typical annotator that each begins with.
_PRIOR = 8.0


class Gaussian:
    """Quality of the item plus the annotator's leniency, discrimination and noise, each drawn to the typical one's.

    The consensus is the posterior mean of the rating that a typical annotator would give: items with few ratings, or
    ratings by noisy people, are drawn to the mean of all items. Where annotators are not identified, all are typical.
    """

    name: ClassVar[str] = "gaussian"
    order: ClassVar[int] = 40

    def applies(self, scale: Scale) -> bool:
        """Grades of three points or more, and continuous scales."""
        return scale.ordered and (not scale.points or len(scale.points) > 2)

    def fit(self, observations: Observations) -> Fitted:
        """Fit by EM from the item means."""
        a, i, value = observations.annotator, observations.item, observations.value
        mean = float(value.mean()) if value.size else 0.0
        spread = max(float(value.var()), 1e-6) if value.size else 1.0
        leniency, slope = np.zeros(observations.n_annotators), np.ones(observations.n_annotators)
        noise = np.full(observations.n_annotators, spread / 2)
        between, typical = spread / 2, spread / 2
        theta = variance = np.zeros(observations.n_items)
        before = np.inf
        for _ in range(_ROUNDS):
            # E: the item's quality, less the overall mean, given the annotators.
            precision = 1 / between + observations.per_item(slope[a] ** 2 / noise[a])
            theta = observations.per_item(slope[a] * (value - mean - leniency[a]) / noise[a]) / precision
            variance = 1 / precision
            # M: regression of each annotator's ratings on the qualities, drawn to the typical annotator.
            residual = value - mean
            second = theta[i] ** 2 + variance[i]
            if observations.identified:
                total = observations.per_annotator(np.ones(value.size))
                leniency = observations.per_annotator(residual - slope[a] * theta[i]) / (total + _PRIOR)
                slope = (observations.per_annotator((residual - leniency[a]) * theta[i]) + _PRIOR * between) / (
                    observations.per_annotator(second) + _PRIOR * between
                )
            error = (residual - leniency[a] - slope[a] * theta[i]) ** 2 + slope[a] ** 2 * variance[i]
            typical = max(float(error.mean()), 1e-4 * spread)
            noise = (observations.per_annotator(error) + _PRIOR * typical) / (
                observations.per_annotator(np.ones(value.size)) + _PRIOR
            )
            seen = observations.per_item(np.ones(value.size)) > 0
            between = max(float((theta[seen] ** 2 + variance[seen]).mean()), 1e-4 * spread)
            mean += float((value - mean - leniency[a] - slope[a] * theta[i]).mean())
            change = typical + between
            if abs(change - before) < _TOLERANCE * spread:
                break
            before = change
        return _fitted(self.name, observations, mean, theta, variance, leniency, slope, noise)


MODELS = (Gaussian(),)


def _fitted(
    name: str,
    observations: Observations,
    mean: float,
    theta: Floats,
    variance: Floats,
    leniency: Floats,
    slope: Floats,
    noise: Floats,
) -> Fitted:
    scale, points = observations.scale, observations.points
    unseen = observations.per_item(np.ones(observations.item.size)) == 0
    information = slope**2 / noise
    typical = np.full(theta.size, float(np.median(noise)))
    consensus = Consensus(
        method=name,
        target=np.where(unseen, np.nan, np.clip(mean + theta, scale.low, scale.high)),
        standard_error=np.where(unseen, np.nan, np.sqrt(variance)),
        distribution=cells_of_normal(mean + theta, np.sqrt(variance + typical), points),
        annotators=tuple(
            {
                "leniency": float(leniency[row]),
                "discrimination": float(slope[row]),
                "noise": float(np.sqrt(noise[row])),
                "weight": float(information[row] / information.mean()),
            }
            for row in range(observations.n_annotators)
        )
        if observations.identified
        else (),
    )

    def predict(annotator: NDArray[np.intp], item: NDArray[np.intp]) -> Floats:
        expected = mean + leniency[annotator] + slope[annotator] * theta[item]
        sd = np.sqrt(noise[annotator] + slope[annotator] ** 2 * variance[item])
        return cells_of_normal(expected, sd, points)

    return Fitted(consensus=consensus, predict=predict)
