"""Bradley and Terry's model of preferences, with ties and annotators who guess.

.. math:: P(a \\succ b), P(\\text{tie}), P(b \\succ a) \\propto e^{s_a}, \\; \\nu e^{(s_a + s_b) / 2}, \\; e^{s_b}

An annotator guesses a share :math:`\\epsilon` of the answers, and then each outcome is as probable. Maximum a
posteriori with weak priors.

References
----------
.. [1] Bradley, R. A. & Terry, M. E. (1952). "Rank analysis of incomplete block designs". Biometrika 39.
.. [2] Davidson, R. R. (1970). "On extending the Bradley-Terry model to accommodate ties". JASA 65.
.. [3] Chen, X. et al. (2013). "Pairwise ranking aggregation in a crowdsourced setting". WSDM 2013.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from alia_judge._messages import message
from alia_judge.benchmark.consensus.base import Consensus, Fitted, Floats, Observations
from alia_judge.errors import UsageError
from alia_judge.records import Scale

__all__ = [
    "MODELS",
    "BradleyTerry",
    "PreferenceFit",
    "Preferences",
    "fit_preferences",
    "outcome_chances",
    "preference_loss",
]

#: Standard deviations of the normal priors: log strengths, log tie parameter, logit of the share of guesses.
_STRENGTH, _TIE, _GUESS = 2.0, 2.0, 1.0
#: Prior median of the share of an annotator's answers that are guesses: one in ten.
_GUESSED = math.log(0.1 / 0.9)
#: Votes that the strengths of its two systems are worth to an item; the first where the ratings do not tell.
_VOTES = (2.0, 0.5, 1.0, 4.0, 8.0, 16.0, 32.0, 64.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Preferences:
    """Outcomes of comparisons, each array of shape (m,).

    Parameters
    ----------
    first, second
        The two systems' indices.
    annotator
        Whose preference it is.
    outcome
        0 the first, 1 a tie, 2 the second.
    n_systems, n_annotators
        How many there are.
    careless
        Whether annotators may guess.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    annotator: NDArray[np.intp]
    outcome: NDArray[np.intp]
    n_systems: int
    n_annotators: int
    careless: bool = True


@dataclass(frozen=True, kw_only=True, eq=False)
class PreferenceFit:
    """What was learnt: log strengths (mean 0) and their standard errors, the tie parameter, shares of guesses."""

    strength: Floats
    error: Floats
    tie: float
    guess: Floats
    parameters: Floats

    def chances(self, first: NDArray[np.intp], second: NDArray[np.intp]) -> Floats:
        """Probability of the first, a tie, the second, shape (m, 3), where nobody guesses."""
        one, two = self.strength[first], self.strength[second]
        logits = np.stack([one, math.log(self.tie) + (one + two) / 2, two], axis=1)
        return np.asarray(special.softmax(logits, axis=1), dtype=np.float64)


def fit_preferences(data: Preferences) -> PreferenceFit:
    """Maximum a posteriori strengths; errors from the curvature there, which takes preferences as independent."""
    start = np.zeros(data.n_systems + 1 + data.n_annotators)
    start[data.n_systems + 1 :] = _GUESSED
    found = optimize.minimize(preference_loss, start, args=(data,), jac=True, method="L-BFGS-B").x
    strength = found[: data.n_systems]
    return PreferenceFit(
        strength=strength - strength.mean(),
        error=np.sqrt(np.diag(np.linalg.inv(_curvature(found, data))))[: data.n_systems],
        tie=float(np.exp(found[data.n_systems])),
        guess=special.expit(found[data.n_systems + 1 :]) if data.careless else np.zeros(data.n_annotators),
        parameters=found,
    )


class BradleyTerry:
    """What its two systems are worth, and what people said of this very pair of answers.

    The strengths give each item a prior, worth as many votes as predicts people's other votes on the same item best;
    an annotator's vote counts by the share that is no guess.
    """

    name: ClassVar[str] = "bradley-terry"
    order: ClassVar[int] = 100

    def applies(self, scale: Scale) -> bool:
        """Preferences."""
        return scale.kind == "pairwise"

    def fit(self, observations: Observations) -> Fitted:
        """Fit the strengths, then each item.

        Raises
        ------
        UsageError
            If the observations do not say which systems an item compares.
        """
        if observations.pairs is None:
            raise UsageError(
                message("consensus 'bradley-terry' must know which two systems each item compares (pairs=)")
            )
        first, second = observations.pairs.T
        fit = fit_preferences(
            Preferences(
                first=first[observations.item],
                second=second[observations.item],
                annotator=observations.annotator,
                outcome=np.asarray(observations.value + 1, dtype=np.intp),
                n_systems=int(observations.pairs.max()) + 1,
                n_annotators=observations.n_annotators,
            )
        )
        points = observations.points
        prior = fit.chances(first, second)[:, np.asarray(points + 1, dtype=np.intp)]
        prior /= prior.sum(axis=1, keepdims=True)
        sure = 1 - fit.guess[observations.annotator]
        votes = np.zeros_like(prior)
        np.add.at(votes, (observations.item, observations.code), sure)
        worth = max(_VOTES, key=lambda worth: _predicts(worth, prior, votes, sure, observations))
        belief = (worth * prior + votes) / (worth + votes.sum(axis=1, keepdims=True))
        target = belief @ points
        unseen = observations.per_item(np.ones(observations.item.size)) == 0
        spread = np.maximum(belief @ points**2 - target**2, 0.0) / (1 + worth + votes.sum(axis=1))
        trust = 1 - fit.guess
        consensus = Consensus(
            method=self.name,
            target=np.where(unseen, np.nan, target),
            standard_error=np.where(unseen, np.nan, np.sqrt(spread)),
            distribution=belief,
            annotators=tuple(
                {"guesses": float(guess), "weight": float((1 - guess) / trust.mean())} for guess in fit.guess
            )
            if observations.identified
            else (),
            settings={"votes_of_the_strengths": worth},
        )

        def predict(annotator: NDArray[np.intp], item: NDArray[np.intp]) -> Floats:
            guess = fit.guess[annotator][:, None]
            return np.asarray((1 - guess) * belief[item] + guess / points.size, dtype=np.float64)

        return Fitted(consensus=consensus, predict=predict)


MODELS = (BradleyTerry(),)


def preference_loss(parameters: Floats, data: Preferences) -> tuple[float, Floats]:
    """Negative log posterior and its gradient."""
    n = data.n_systems
    davidson, guess, happened = outcome_chances(parameters, data)
    centre = np.concatenate([np.zeros(n + 1), np.full(data.n_annotators, _GUESSED)])
    sds = np.concatenate([np.full(n, _STRENGTH), [_TIE], np.full(data.n_annotators, _GUESS)])
    gradient = (parameters - centre) / sds**2
    rows = np.arange(guess.size)
    own = davidson[rows, data.outcome]
    # Of the logits of the three outcomes: the softmax's derivative, weighted by how probable it is that nobody guessed.
    weight = (1 - guess) * own / happened
    by_logit = -weight[:, None] * (np.eye(3)[data.outcome] - davidson)
    np.add.at(gradient, data.first, by_logit[:, 0] + by_logit[:, 1] / 2)
    np.add.at(gradient, data.second, by_logit[:, 2] + by_logit[:, 1] / 2)
    gradient[n] += by_logit[:, 1].sum()
    if data.careless:
        np.add.at(gradient, n + 1 + data.annotator, -(1 / 3 - own) * guess * (1 - guess) / happened)
    return float(0.5 * (((parameters - centre) / sds) ** 2).sum() - np.log(happened).sum()), gradient


def outcome_chances(parameters: Floats, data: Preferences) -> tuple[Floats, Floats, Floats]:
    """Davidson's probabilities of the three outcomes (m, 3), the shares of guesses (m,), and of what happened (m,)."""
    n = data.n_systems
    first, second = parameters[data.first], parameters[data.second]
    logits = np.stack([first, parameters[n] + (first + second) / 2, second], axis=1)
    davidson = special.softmax(logits, axis=1)
    guess = special.expit(parameters[n + 1 + data.annotator]) if data.careless else np.zeros(data.first.size)
    happened = (1 - guess) * davidson[np.arange(guess.size), data.outcome] + guess / 3
    return davidson, guess, happened


def _curvature(parameters: Floats, data: Preferences, step: float = 1e-5) -> Floats:
    """The Hessian, by central differences of the gradient."""
    columns = []
    for index in range(parameters.size):
        shift = np.zeros_like(parameters)
        shift[index] = step
        up, down = (preference_loss(parameters + sign * shift, data)[1] for sign in (1, -1))
        columns.append((up - down) / (2 * step))
    hessian = np.array(columns)
    return np.asarray((hessian + hessian.T) / 2, dtype=np.float64)


def _predicts(worth: float, prior: Floats, votes: Floats, sure: Floats, observations: Observations) -> float:
    """Log-probability of each vote, by its weight, given the other votes on its item and a prior worth so many."""
    own = votes[observations.item, observations.code] - sure
    rest = votes.sum(axis=1)[observations.item] - sure
    chance = (worth * prior[observations.item, observations.code] + own) / (worth + rest)
    return float((sure * np.log(chance)).sum())
