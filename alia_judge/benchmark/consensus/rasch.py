"""The many-facet Rasch model: quality of the item, severity of the annotator, thresholds between the grades.

.. math:: P(r_{ai} = k) \\propto \\exp \\sum_{j \\le k} \\alpha_a (\\theta_i - \\beta_a - \\delta_j)

with :math:`\\alpha_a = 1` in Linacre's model, and free in the generalised one. Marginal maximum a posteriori: the
qualities are integrated out on a grid, so a rating that was not seen is predicted with their uncertainty.

References
----------
.. [1] Linacre, J. M. (1989). Many-Facet Rasch Measurement. MESA Press.
.. [2] Uto, M. & Ueno, M. (2018). "Empirical comparison of item response theory models with rater's parameters".
   Heliyon 4.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from alia_judge.benchmark.consensus.base import Consensus, Fitted, Floats, Observations
from alia_judge.records import Scale

__all__ = ["MODELS", "GeneralisedRasch", "ManyFacetRasch"]

#: Qualities are integrated over these, in units of their standard deviation.
_GRID = np.linspace(-4.5, 4.5, 31)
_ROUNDS, _TOLERANCE = 40, 1e-5
#: Standard deviations of the normal priors: severities, log discriminations, thresholds, log spread of the qualities.
_SEVERITY, _DISCRIMINATION, _THRESHOLD, _SPREAD = 1.0, 0.3, 3.0, 1.5


class ManyFacetRasch:
    """Linacre's model: annotators differ in severity only, and all use the thresholds alike."""

    name: ClassVar[str] = "rasch"
    order: ClassVar[int] = 50
    discriminating: ClassVar[bool] = False

    def applies(self, scale: Scale) -> bool:
        """Grades with points."""
        return scale.ordered and bool(scale.points)

    def fit(self, observations: Observations) -> Fitted:
        """EM with a quasi-Newton step in place of the maximisation."""
        k = observations.points.size
        parameters = np.zeros(2 * observations.n_annotators + k)
        before = np.inf
        belief = np.tile(special.softmax(-0.5 * _GRID**2), (observations.n_items, 1))
        for _ in range(_ROUNDS):
            log_chance = _log_chance(parameters, observations, self._free(observations))
            log_belief = np.tile(-0.5 * _GRID**2, (observations.n_items, 1))
            np.add.at(log_belief, observations.item, log_chance[observations.annotator, :, observations.code])
            objective = -float(special.logsumexp(log_belief, axis=1).sum()) + _penalty(parameters, observations)[0]
            belief = special.softmax(log_belief, axis=1)
            if before - objective < _TOLERANCE * abs(objective):
                break
            before = objective
            # Expected ratings of each annotator at each quality: all that the maximisation needs.
            expected = np.zeros((observations.n_annotators, k, _GRID.size))
            np.add.at(expected, (observations.annotator, observations.code), belief[observations.item])
            parameters = optimize.minimize(
                _loss,
                parameters,
                args=(expected.transpose(0, 2, 1), observations, self._free(observations)),
                jac=True,
                method="L-BFGS-B",
                options={"maxiter": 25},
            ).x
        return _fitted(self.name, observations, belief, parameters, self._free(observations))

    def _free(self, observations: Observations) -> bool:
        return self.discriminating and observations.identified


class GeneralisedRasch(ManyFacetRasch):
    """Uto and Ueno's generalisation: annotators differ in discrimination too."""

    name: ClassVar[str] = "generalised-rasch"
    order: ClassVar[int] = 60
    discriminating: ClassVar[bool] = True


MODELS = (ManyFacetRasch(), GeneralisedRasch())


def _unpack(parameters: Floats, observations: Observations, free: bool) -> tuple[Floats, Floats, Floats, float]:
    """Severities, discriminations, thresholds, and the spread of the qualities."""
    n = observations.n_annotators
    severity = parameters[:n] if observations.identified else np.zeros(n)
    slope = np.exp(parameters[n : 2 * n]) if free else np.ones(n)
    return severity, slope, parameters[2 * n : -1], float(np.exp(parameters[-1]))


def _log_chance(parameters: Floats, observations: Observations, free: bool) -> Floats:
    """Log-probability of each point for each annotator at each quality, shape (n_annotators, grid, K)."""
    severity, slope, threshold, spread = _unpack(parameters, observations, free)
    reach = spread * _GRID[None, :] - severity[:, None]
    steps = np.arange(threshold.size + 1)
    below = np.concatenate([[0.0], np.cumsum(threshold)])
    logits = slope[:, None, None] * (steps * reach[:, :, None] - below)
    result: Floats = logits - special.logsumexp(logits, axis=2, keepdims=True)
    return result


def _loss(parameters: Floats, expected: Floats, observations: Observations, free: bool) -> tuple[float, Floats]:
    """Negative expected log-likelihood with the priors, and its gradient."""
    severity, slope, threshold, spread = _unpack(parameters, observations, free)
    log_chance = _log_chance(parameters, observations, free)
    penalty, gradient = _penalty(parameters, observations)
    total = expected.sum(axis=2, keepdims=True)
    # Derivative by the logits: expected less predicted ratings.
    rest = expected - total * np.exp(log_chance)
    steps = np.arange(threshold.size + 1)
    below = np.concatenate([[0.0], np.cumsum(threshold)])
    reach = spread * _GRID[None, :] - severity[:, None]
    per_step = rest @ steps
    n = observations.n_annotators
    if observations.identified:
        gradient[:n] += slope * per_step.sum(axis=1)
    if free:
        inner = (reach * per_step).sum(axis=1) - rest.sum(axis=1) @ below
        gradient[n : 2 * n] -= slope * inner
    beyond = np.cumsum((slope[:, None, None] * rest).sum(axis=(0, 1))[::-1])[::-1]
    gradient[2 * n : -1] += beyond[1:]
    gradient[-1] -= float((slope[:, None] * per_step * spread * _GRID).sum())
    return penalty - float((expected * log_chance).sum()), gradient


def _penalty(parameters: Floats, observations: Observations) -> tuple[float, Floats]:
    n = observations.n_annotators
    sds = np.full(parameters.size, _THRESHOLD)
    sds[:n], sds[n : 2 * n], sds[-1] = _SEVERITY, _DISCRIMINATION, _SPREAD
    return float(0.5 * ((parameters / sds) ** 2).sum()), parameters / sds**2


def _fitted(name: str, observations: Observations, belief: Floats, parameters: Floats, free: bool) -> Fitted:
    severity, slope, threshold, spread = _unpack(parameters, observations, free)
    chance = np.exp(_log_chance(parameters, observations, free))
    # What an annotator of mean severity and discrimination would give.
    typical = np.exp(_typical(threshold, spread, float(severity.mean()), float(slope.mean())))
    points = observations.points
    grades = typical @ points
    target = belief @ grades
    error = np.sqrt(np.maximum(belief @ grades**2 - target**2, 0.0))
    unseen = observations.per_item(np.ones(observations.item.size)) == 0
    consensus = Consensus(
        method=name,
        target=np.where(unseen, np.nan, target),
        standard_error=np.where(unseen, np.nan, error),
        distribution=belief @ typical,
        annotators=tuple(
            {"leniency": float(-own), "discrimination": float(a), "weight": float(a**2 / np.mean(slope**2))}
            for own, a in zip(severity - severity.mean(), slope, strict=True)
        )
        if observations.identified
        else (),
    )

    def predict(annotator: NDArray[np.intp], item: NDArray[np.intp]) -> Floats:
        return np.asarray(np.einsum("mq,mqk->mk", belief[item], chance[annotator]), dtype=np.float64)

    return Fitted(consensus=consensus, predict=predict)


def _typical(threshold: Floats, spread: float, severity: float, slope: float) -> Floats:
    below = np.concatenate([[0.0], np.cumsum(threshold)])
    logits = slope * (np.arange(threshold.size + 1) * (spread * _GRID - severity)[:, None] - below)
    result: Floats = logits - special.logsumexp(logits, axis=1, keepdims=True)
    return result
