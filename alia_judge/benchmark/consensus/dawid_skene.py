"""Dawid and Skene's model: each annotator confuses the labels in their own way.

References
----------
.. [1] Dawid, A. P. & Skene, A. M. (1979). "Maximum likelihood estimation of observer error-rates using the EM
   algorithm". Applied Statistics 28.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alia_judge.benchmark.consensus.base import Consensus, Fitted, Floats, Observations
from alia_judge.records import Scale

__all__ = ["MODELS", "DawidSkene"]

_ROUNDS, _TOLERANCE = 200, 1e-6
#: Ratings' worth of everybody's confusion matrix that each annotator's own begins with: few ratings say little.
_PRIOR = 4.0


class DawidSkene:
    """Expectation maximisation over true labels and a confusion matrix an annotator.

    Each annotator's matrix is drawn to that of all annotators together, and that to the diagonal, by four ratings'
    worth a row: without, annotators of few items are taken as perfect or perverse. Where annotators are not identified
    all share one matrix.
    """

    name: ClassVar[str] = "dawid-skene"
    order: ClassVar[int] = 70

    def applies(self, scale: Scale) -> bool:
        """Labels and grades with points."""
        return bool(scale.points)

    def fit(self, observations: Observations) -> Fitted:
        """Fit by EM from the shares of the votes."""
        k = observations.points.size
        votes = observations.votes()
        belief = (votes + 1.0 / k) / (votes.sum(axis=1, keepdims=True) + 1.0)
        prior = belief.mean(axis=0)
        confusion = np.zeros((observations.n_annotators, k, k))
        before = -np.inf
        for _ in range(_ROUNDS):
            confusion = _confusion(observations, belief)
            prior = (belief.sum(axis=0) + 1.0) / (belief.sum() + k)
            # Equation 2.5 of the paper, in logarithms.
            log_belief = np.tile(np.log(prior), (observations.n_items, 1))
            np.add.at(log_belief, observations.item, np.log(confusion[observations.annotator, :, observations.code]))
            top = log_belief.max(axis=1, keepdims=True)
            weights = np.exp(log_belief - top)
            likelihood = float((top[:, 0] + np.log(weights.sum(axis=1))).sum())
            belief = weights / weights.sum(axis=1, keepdims=True)
            if likelihood - before < _TOLERANCE * abs(likelihood):
                break
            before = likelihood
        return Fitted(
            consensus=_consensus(self.name, observations, belief, confusion), predict=_predictor(belief, confusion)
        )


MODELS = (DawidSkene(),)


def _confusion(observations: Observations, belief: Floats) -> Floats:
    """Shape (n_annotators, K true, K given), rows summing to 1 (equation 2.3, with the prior)."""
    k = belief.shape[1]
    counts = np.zeros((observations.n_annotators, k, k))
    for label in range(k):
        chosen = observations.code == label
        np.add.at(counts[:, :, label], observations.annotator[chosen], belief[observations.item[chosen]])
    everybody = counts.sum(axis=0) + _PRIOR * (0.7 * np.eye(k) + 0.3 / k)
    everybody /= everybody.sum(axis=1, keepdims=True)
    own = counts + _PRIOR * everybody
    result: Floats = own / own.sum(axis=2, keepdims=True)
    return result


def _consensus(name: str, observations: Observations, belief: Floats, confusion: Floats) -> Consensus:
    points = observations.points
    unseen = observations.per_item(np.ones(observations.item.size)) == 0
    if observations.scale.ordered:
        target = belief @ points
        error = np.sqrt(np.maximum(belief @ points**2 - target**2, 0.0))
    else:
        target = points[belief.argmax(axis=1)]
        error = np.full(target.size, np.nan)
    share = belief.mean(axis=0)
    skill = np.einsum("k,akk->a", share, confusion)
    annotators = tuple({"accuracy": float(own), "weight": float(own / skill.mean())} for own in skill)
    return Consensus(
        method=name,
        target=np.where(unseen, np.nan, target),
        standard_error=np.where(unseen, np.nan, error),
        distribution=belief,
        annotators=annotators if observations.identified else (),
    )


def _predictor(belief: Floats, confusion: Floats) -> Callable[[NDArray[np.intp], NDArray[np.intp]], Floats]:
    def predict(annotator: NDArray[np.intp], item: NDArray[np.intp]) -> Floats:
        return np.asarray(np.einsum("mk,mkj->mj", belief[item], confusion[annotator]), dtype=np.float64)

    return predict
