"""Systems ranked by people's preferences between pairs of their answers, ties and careless annotators included.

References
----------
.. [1] Bradley, R. A. & Terry, M. E. (1952). "Rank analysis of incomplete block designs". Biometrika 39.
.. [2] Davidson, R. R. (1970). "On extending the Bradley-Terry model to accommodate ties". JASA 65.
.. [3] Chen, X. et al. (2013). "Pairwise ranking aggregation in a crowdsourced setting". WSDM 2013.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from alia_judge.errors import UsageError
from alia_judge.ratings.table import Ratings

__all__ = ["PreferenceRanking", "RankedSystem", "rank_by_preference"]

Floats = NDArray[np.float64]

#: Standard deviations of the normal priors: log strengths, log tie parameter, logit of the share of guesses.
_STRENGTH, _TIE, _GUESS = 2.0, 2.0, 1.0
#: Prior median of the share of an annotator's answers that are guesses: one in ten.
_GUESSED = math.log(0.1 / 0.9)


@dataclass(frozen=True, kw_only=True)
class RankedSystem:
    """One system's strength: the log-odds that it is preferred to the average system, with its interval."""

    system: str
    strength: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, kw_only=True)
class PreferenceRanking:
    """Systems by strength, best first.

    Parameters
    ----------
    systems
        One entry a system.
    tie
        Davidson's parameter: 0 is no ties, 1 as many as either preference between equal systems.
    guesses
        The share of each identified annotator's answers that look like guesses.
    log_likelihood
        Mean log-probability of the preferences, in nats.
    n
        Preferences.
    """

    schema = "alia-judge/preferences/1"

    systems: tuple[RankedSystem, ...]
    tie: float
    guesses: Mapping[str, float]
    log_likelihood: float
    n: int

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {"schema": self.schema, **asdict(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PreferenceRanking:
        """The inverse of `to_dict`."""
        fields = {name: value for name, value in data.items() if name not in ("schema", "systems")}
        return cls(systems=tuple(RankedSystem(**system) for system in data["systems"]), **fields)


def rank_by_preference(
    ratings: Ratings, criterion: str | None = None, *, confidence: float = 0.95
) -> PreferenceRanking:
    r"""Rank systems by pairwise preferences.

    Parameters
    ----------
    ratings
        Preferences (a pairwise scale) between answers whose items say ``system_a`` and ``system_b``.
    criterion
        Which; may be left out where there is one.
    confidence
        Of the intervals, in (0, 1).

    Returns
    -------
    PreferenceRanking

    Raises
    ------
    UsageError
        If the scale is not pairwise, the items do not say whose answers they are, or there is no preference.

    Notes
    -----
    With strengths :math:`s`, the first is preferred, tied or second with probabilities proportional to
    :math:`e^{s_a}, \nu e^{(s_a + s_b) / 2}, e^{s_b}` (Davidson 1970); an annotator guesses a share
    :math:`\epsilon` of the answers, and then each outcome is as probable (after Chen et al. 2013). Maximum a
    posteriori
    with weak priors; intervals from the curvature there, which take preferences as independent.

    Examples
    --------
    >>> from alia_judge.ratings import load_ratings
    >>> winners = ("model_a", "tie", "model_a", "model_b") * 10
    >>> rows = [
    ...     {"question_id": n, "model_a": "x", "model_b": "y", "winner": winner} for n, winner in enumerate(winners)
    ... ]
    >>> [system.system for system in rank_by_preference(load_ratings(rows)).systems]
    ['x', 'y']
    """
    data = _Preferences.of(ratings, ratings.require(criterion))
    start = np.zeros(len(data.systems) + 1 + len(data.annotators))
    start[len(data.systems) + 1 :] = _GUESSED
    found = optimize.minimize(_loss, start, args=(data,), jac=True, method="L-BFGS-B").x
    spread = np.sqrt(np.diag(np.linalg.inv(_curvature(found, data))))
    quantile = float(stats.norm.ppf(0.5 + confidence / 2))
    strength = found[: len(data.systems)] - found[: len(data.systems)].mean()
    played = np.bincount(np.concatenate([data.first, data.second]), minlength=len(data.systems))
    ranked = [
        RankedSystem(
            system=name,
            strength=float(strength[index]),
            low=float(strength[index] - quantile * spread[index]),
            high=float(strength[index] + quantile * spread[index]),
            n=int(played[index]),
        )
        for index, name in enumerate(data.systems)
    ]
    guesses = special.expit(found[len(data.systems) + 1 :])
    return PreferenceRanking(
        systems=tuple(sorted(ranked, key=lambda system: -system.strength)),
        tie=float(np.exp(found[len(data.systems)])),
        guesses={} if data.annotators == ("",) else dict(zip(data.annotators, guesses.tolist(), strict=True)),
        log_likelihood=float(np.log(_chances(found, data)[2]).mean()),
        n=data.outcome.size,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Preferences:
    systems: tuple[str, ...]
    annotators: tuple[str, ...]
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    annotator: NDArray[np.intp]
    #: 0 the first, 1 a tie, 2 the second.
    outcome: NDArray[np.intp]

    @classmethod
    def of(cls, ratings: Ratings, criterion: str) -> _Preferences:
        if ratings.scales[criterion].kind != "pairwise":
            raise UsageError(f"{criterion!r} is {ratings.scales[criterion].kind}; preferences need a pairwise scale")
        rows = ratings.of(criterion)
        sides = []
        for name in ("system_a", "system_b"):
            by_item = dict(zip(ratings.item_table["item_id"], ratings.item_column(name), strict=True))
            sides.append(np.array([str(by_item[item]) for item in rows["item_id"]]))
        if not len(rows):
            raise UsageError(f"there is no preference on {criterion!r}")
        systems, codes = np.unique(np.concatenate(sides), return_inverse=True)
        who = np.array(rows["annotator_id"].astype(str)) if ratings.identified(criterion) else np.full(len(rows), "")
        annotators, annotator = np.unique(who, return_inverse=True)
        return cls(
            systems=tuple(systems.tolist()),
            annotators=tuple(annotators.tolist()),
            first=codes[: len(rows)],
            second=codes[len(rows) :],
            annotator=annotator,
            outcome=np.asarray(rows["value"].to_numpy(dtype=np.float64) + 1, dtype=np.intp),
        )


def _chances(parameters: Floats, data: _Preferences) -> tuple[Floats, Floats, Floats]:
    """Davidson's probabilities of the three outcomes (m, 3), the shares of guesses (m,), and of what happened (m,)."""
    n = len(data.systems)
    first, second = parameters[data.first], parameters[data.second]
    logits = np.stack([first, parameters[n] + (first + second) / 2, second], axis=1)
    davidson = special.softmax(logits, axis=1)
    guess = special.expit(parameters[n + 1 + data.annotator])
    happened = (1 - guess) * davidson[np.arange(guess.size), data.outcome] + guess / 3
    return davidson, guess, happened


def _loss(parameters: Floats, data: _Preferences) -> tuple[float, Floats]:
    """Negative log posterior and its gradient."""
    n = len(data.systems)
    davidson, guess, happened = _chances(parameters, data)
    centre = np.concatenate([np.zeros(n + 1), np.full(len(data.annotators), _GUESSED)])
    sds = np.concatenate([np.full(n, _STRENGTH), [_TIE], np.full(len(data.annotators), _GUESS)])
    gradient = (parameters - centre) / sds**2
    rows = np.arange(guess.size)
    own = davidson[rows, data.outcome]
    # Of the logits of the three outcomes: the softmax's derivative, weighted by how probable it is that nobody guessed.
    weight = (1 - guess) * own / happened
    by_logit = -weight[:, None] * (np.eye(3)[data.outcome] - davidson)
    np.add.at(gradient, data.first, by_logit[:, 0] + by_logit[:, 1] / 2)
    np.add.at(gradient, data.second, by_logit[:, 2] + by_logit[:, 1] / 2)
    gradient[n] += by_logit[:, 1].sum()
    np.add.at(gradient, n + 1 + data.annotator, -(1 / 3 - own) * guess * (1 - guess) / happened)
    return float(0.5 * (((parameters - centre) / sds) ** 2).sum() - np.log(happened).sum()), gradient


def _curvature(parameters: Floats, data: _Preferences, step: float = 1e-5) -> Floats:
    """The Hessian, by central differences of the gradient."""
    columns = []
    for index in range(parameters.size):
        shift = np.zeros_like(parameters)
        shift[index] = step
        columns.append((_loss(parameters + shift, data)[1] - _loss(parameters - shift, data)[1]) / (2 * step))
    hessian = np.array(columns)
    return np.asarray((hessian + hessian.T) / 2, dtype=np.float64)
