"""GLAD: annotators differ in ability and items in difficulty.

.. math:: P(r_{ai} = z_i) = \\sigma(\\alpha_a e^{\\beta_i}), \\quad
          P(r_{ai} = l) = \\frac{1 - \\sigma(\\alpha_a e^{\\beta_i})}{K - 1} \\; (l \\ne z_i)

with normal priors of mean 1 and variance 1 on :math:`\\alpha` and :math:`\\beta`, as in the authors' code and in
crowd-kit.

References
----------
.. [1] Whitehill, Ruvolo, Wu, Bergsma & Movellan (2009). "Whose Vote Should Count More: Optimal Integration of Labels
   from Labelers of Unknown Expertise". NeurIPS 2009.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from alia_judge.benchmark.consensus.base import Consensus, Fitted, Floats, Observations
from alia_judge.records import Scale

__all__ = ["MODELS", "Glad"]

_ROUNDS, _TOLERANCE = 100, 1e-7
#: Quasi-Newton steps in place of one maximisation: the next expectation moves the optimum anyway.
_STEPS = 15


class Glad:
    """Expectation maximisation over labels, abilities and difficulties; wrong labels are equally probable.

    An ability below 0 is somebody who reverses the labels. Where annotators are not identified all share one ability,
    and the items' difficulties are what is left to learn.

    Parameters
    ----------
    prior
        Whether labels' own frequencies are learnt; if not, all are equally probable, as in the paper.
    """

    name: ClassVar[str] = "glad"
    order: ClassVar[int] = 90

    def __init__(self, *, prior: bool = True) -> None:
        self.prior = prior

    def applies(self, scale: Scale) -> bool:
        """Labels without an order: a grade that misses by one is not as wrong as any other."""
        return scale.kind in ("nominal", "binary")

    def fit(self, observations: Observations) -> Fitted:
        """Fit by EM from abilities and log inverse difficulties of 1."""
        k = observations.points.size
        parameters = np.ones(observations.n_annotators + observations.n_items)
        log_prior = np.full(k, -np.log(k))
        belief = np.full((observations.n_items, k), 1.0 / k)
        before = np.inf
        for _ in range(_ROUNDS):
            right, wrong = _log_chances(parameters, observations, k)
            log_belief = np.tile(log_prior, (observations.n_items, 1))
            # Every rating speaks for all other labels alike, and so much more for its own.
            np.add.at(log_belief, observations.item, wrong[:, None])
            np.add.at(log_belief, (observations.item, observations.code), right - wrong)
            objective = 0.5 * float(((parameters - 1) ** 2).sum()) - float(special.logsumexp(log_belief, axis=1).sum())
            belief = special.softmax(log_belief, axis=1)
            if before - objective < _TOLERANCE * abs(objective):
                break
            before = objective
            if self.prior:
                log_prior = np.log((belief.sum(axis=0) + 1) / (belief.sum() + k))
            parameters = optimize.minimize(
                _loss,
                parameters,
                args=(belief[observations.item, observations.code], observations, k),
                jac=True,
                method="L-BFGS-B",
                options={"maxiter": _STEPS},
            ).x
        return _fitted(self.name, observations, belief, parameters)


MODELS = (Glad(),)


def _sides(parameters: Floats, observations: Observations) -> tuple[Floats, Floats]:
    """Ability of the annotator and inverse difficulty of the item of each rating."""
    ability = parameters[observations.annotator]
    ease = np.exp(parameters[observations.n_annotators + observations.item])
    return ability, ease


def _log_chances(parameters: Floats, observations: Observations, k: int) -> tuple[Floats, Floats]:
    """Log-probability that each rating is the true label, and that it is a given other one (equations 1 and 2)."""
    ability, ease = _sides(parameters, observations)
    reach = ability * ease
    return special.log_expit(reach), special.log_expit(-reach) - np.log(k - 1)


def _loss(parameters: Floats, true: Floats, observations: Observations, k: int) -> tuple[float, Floats]:
    """Negative expected log posterior and its gradient; `true` is the belief that each rating is the true label."""
    right, wrong = _log_chances(parameters, observations, k)
    ability, ease = _sides(parameters, observations)
    away = parameters - 1
    slope = true - special.expit(ability * ease)
    gradient = away.copy()
    gradient[: observations.n_annotators] -= observations.per_annotator(slope * ease)
    gradient[observations.n_annotators :] -= observations.per_item(slope * ability * ease)
    expected = float((true * right + (1 - true) * wrong).sum())
    return 0.5 * float((away**2).sum()) - expected, gradient


def _fitted(name: str, observations: Observations, belief: Floats, parameters: Floats) -> Fitted:
    n, k = observations.n_annotators, observations.points.size
    ability, ease = parameters[:n], np.exp(parameters[n:])
    unseen = observations.per_item(np.ones(observations.item.size)) == 0
    # How often each would be right on an item of middling difficulty.
    accuracy = special.expit(ability * float(np.median(ease)))
    skill = np.maximum(accuracy - 1 / k, 0.0)
    consensus = Consensus(
        method=name,
        target=np.where(unseen, np.nan, observations.points[belief.argmax(axis=1)]),
        standard_error=np.full(observations.n_items, np.nan),
        distribution=belief,
        annotators=tuple(
            {"ability": float(own), "accuracy": float(right), "weight": float(weight)}
            for own, right, weight in zip(ability, accuracy, skill / max(float(skill.mean()), 1e-12), strict=True)
        )
        if observations.identified
        else (),
        difficulty=1 / ease,
    )

    def predict(annotator: NDArray[np.intp], item: NDArray[np.intp]) -> Floats:
        right = special.expit(ability[annotator] * ease[item])[:, None]
        own = belief[item]
        return np.asarray(own * right + (1 - own) * (1 - right) / (k - 1), dtype=np.float64)

    return Fitted(consensus=consensus, predict=predict)
