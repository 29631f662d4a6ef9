"""MACE: an annotator either knows the label or spams.

References
----------
.. [1] Hovy, Berg-Kirkpatrick, Vaswani & Hovy (2013). "Learning Whom to Trust with MACE". NAACL 2013.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alia_judge.benchmark.consensus.base import Consensus, Fitted, Floats, Observations
from alia_judge.records import Scale

__all__ = ["MODELS", "Mace"]

_ROUNDS, _TOLERANCE = 200, 1e-6
#: Beta and Dirichlet pseudo-counts: half spamming, as in the paper's variational prior, and a flat habit.
_BETA, _DIRICHLET = 0.5, 10.0


class Mace:
    """Expectation maximisation over labels, each annotator's competence and, when spamming, habits.

    With few annotators of many labels it has far fewer parameters than Dawid and Skene's model.
    """

    name: ClassVar[str] = "mace"
    order: ClassVar[int] = 80

    def applies(self, scale: Scale) -> bool:
        """Labels without an order: a spammer's grade is not near the truth, an honest one's may be."""
        return scale.kind in ("nominal", "binary")

    def fit(self, observations: Observations) -> Fitted:
        """Fit by EM from the shares of the votes."""
        k = observations.points.size
        votes = observations.votes()
        belief = (votes + 1.0 / k) / (votes.sum(axis=1, keepdims=True) + 1.0)
        knows = np.full(observations.n_annotators, 0.8)
        habit = np.tile((votes.sum(axis=0) + 1) / (votes.sum() + k), (observations.n_annotators, 1))
        before = -np.inf
        for _ in range(_ROUNDS):
            chance = _given(observations, knows, habit)
            # The paper takes labels as equally probable; where they are not, that costs far more than it saves.
            log_belief = np.tile(np.log((belief.sum(axis=0) + 1) / (belief.sum() + k)), (observations.n_items, 1))
            np.add.at(log_belief, observations.item, np.log(chance))
            top = log_belief.max(axis=1, keepdims=True)
            weights = np.exp(log_belief - top)
            likelihood = float((top[:, 0] + np.log(weights.sum(axis=1))).sum())
            belief = weights / weights.sum(axis=1, keepdims=True)
            # How probable it is that the rating was known rather than spammed.
            right = belief[observations.item, observations.code]
            own = knows[observations.annotator]
            spam = habit[observations.annotator, observations.code]
            known = right * own / (own + (1 - own) * spam)
            total = observations.per_annotator(np.ones(known.size))
            knows = (observations.per_annotator(known) + _BETA) / (total + 2 * _BETA)
            counts = np.zeros_like(habit)
            np.add.at(counts, (observations.annotator, observations.code), 1 - known)
            habit = (counts + _DIRICHLET / k) / (counts.sum(axis=1, keepdims=True) + _DIRICHLET)
            if likelihood - before < _TOLERANCE * abs(likelihood):
                break
            before = likelihood
        unseen = observations.per_item(np.ones(observations.item.size)) == 0
        consensus = Consensus(
            method=self.name,
            target=np.where(unseen, np.nan, observations.points[belief.argmax(axis=1)]),
            standard_error=np.full(observations.n_items, np.nan),
            distribution=belief,
            annotators=tuple({"competence": float(c), "weight": float(c / knows.mean())} for c in knows)
            if observations.identified
            else (),
        )

        def predict(annotator: NDArray[np.intp], item: NDArray[np.intp]) -> Floats:
            own = knows[annotator][:, None]
            return np.asarray(own * belief[item] + (1 - own) * habit[annotator], dtype=np.float64)

        return Fitted(consensus=consensus, predict=predict)


MODELS = (Mace(),)


def _given(observations: Observations, knows: Floats, habit: Floats) -> Floats:
    """Probability of each rating for every label the item may have, shape (m, K)."""
    own = knows[observations.annotator]
    chance = np.tile(((1 - own) * habit[observations.annotator, observations.code])[:, None], (1, habit.shape[1]))
    chance[np.arange(chance.shape[0]), observations.code] += own
    return np.maximum(chance, 1e-12)
