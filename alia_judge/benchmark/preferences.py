"""Systems ranked by people's preferences between pairs of their answers, ties and careless annotators included.

References
----------
.. [1] Bradley, R. A. & Terry, M. E. (1952). "Rank analysis of incomplete block designs". Biometrika 39.
.. [2] Davidson, R. R. (1970). "On extending the Bradley-Terry model to accommodate ties". JASA 65.
.. [3] Chen, X. et al. (2013). "Pairwise ranking aggregation in a crowdsourced setting". WSDM 2013.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.benchmark.consensus.bradley_terry import Preferences, fit_preferences, outcome_chances
from alia_judge.errors import UsageError
from alia_judge.ratings.table import Ratings

__all__ = ["PreferenceRanking", "SystemStrength", "rank_by_preference"]


@dataclass(frozen=True, kw_only=True, eq=False)
class SystemStrength(Record):
    """One system's strength: the log-odds that it is preferred to the average system, with its interval."""

    system: str
    strength: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, kw_only=True, eq=False)
class PreferenceRanking(Record):
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

    systems: tuple[SystemStrength, ...]
    tie: float
    guesses: Mapping[str, float]
    log_likelihood: float
    n: int


def rank_by_preference(
    ratings: Ratings, criterion: str | None = None, *, careless: bool = True, confidence: float = 0.95
) -> PreferenceRanking:
    r"""Rank systems by pairwise preferences.

    Parameters
    ----------
    ratings
        Preferences (a pairwise scale) between answers whose items say ``system_a`` and ``system_b``.
    criterion
        Which; may be left out where there is one.
    careless
        Whether annotators may guess: how often is then learnt of each. Without, all answers count alike.
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
    systems, annotators, data = _preferences(ratings, ratings.require(criterion), careless=careless)
    fit = fit_preferences(data)
    quantile = float(stats.norm.ppf(0.5 + confidence / 2))
    played = np.bincount(np.concatenate([data.first, data.second]), minlength=len(systems))
    ranked = [
        SystemStrength(
            system=name,
            strength=float(fit.strength[index]),
            low=float(fit.strength[index] - quantile * fit.error[index]),
            high=float(fit.strength[index] + quantile * fit.error[index]),
            n=int(played[index]),
        )
        for index, name in enumerate(systems)
    ]
    known = careless and annotators != ("",)
    return PreferenceRanking(
        systems=tuple(sorted(ranked, key=lambda system: -system.strength)),
        tie=fit.tie,
        guesses=dict(zip(annotators, fit.guess.tolist(), strict=True)) if known else {},
        log_likelihood=float(np.log(outcome_chances(fit.parameters, data)[2]).mean()),
        n=data.outcome.size,
    )


def _preferences(
    ratings: Ratings, criterion: str, *, careless: bool
) -> tuple[tuple[str, ...], tuple[str, ...], Preferences]:
    """The systems, the annotators (one without a name where none is identified), and what they preferred."""
    if ratings.scales[criterion].kind != "pairwise":
        raise UsageError(
            message(
                "{criterion!r} is {kind}; preferences need a pairwise scale",
                criterion=criterion,
                kind=ratings.scales[criterion].kind,
            )
        )
    rows = ratings.of(criterion)
    if not len(rows):
        raise UsageError(message("there is no preference on {criterion!r}", criterion=criterion))
    sides = []
    for name in ("system_a", "system_b"):
        by_item = dict(zip(ratings.item_table["item_id"], ratings.item_column(name), strict=True))
        sides.append(np.array([str(by_item[item]) for item in rows["item_id"]]))
    systems, codes = np.unique(np.concatenate(sides), return_inverse=True)
    who = np.array(rows["annotator_id"].astype(str)) if ratings.identified(criterion) else np.full(len(rows), "")
    annotators, annotator = np.unique(who, return_inverse=True)
    data = Preferences(
        first=codes[: len(rows)],
        second=codes[len(rows) :],
        annotator=annotator,
        outcome=np.asarray(rows["value"].to_numpy(dtype=np.float64) + 1, dtype=np.intp),
        n_systems=len(systems),
        n_annotators=len(annotators),
        careless=careless,
    )
    return tuple(systems.tolist()), tuple(annotators.tolist()), data
