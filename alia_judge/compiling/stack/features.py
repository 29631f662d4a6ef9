"""Verdicts as features: what is read of each, and its place among the verdicts that were seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from alia_judge._record import Record
from alia_judge.records import Judgments, Scale

__all__ = ["FURTHEST", "FeatureMap", "log_ratios", "verdict_features"]

Floats = NDArray[np.float64]

#: Probabilities below this count as this much, so that a rounded zero is no infinite evidence.
_FLOOR = 1e-3
#: A verdict feature so many spreads from its centre counts as no further: one that is all but constant on the items
#: fitted on, as a sure model's are, would otherwise outweigh everything where it is not.
FURTHEST = 4.0
#: Spread of a feature that is constant; JSON knows no infinity.
_CONSTANT = 1e12
#: Of more distinct values than this a map keeps as many, at equal steps of rank.
_MOST_KNOTS = 256


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureMap(Record):
    """One feature's mid-rank among the verdicts seen, standardised: judges on different scales become comparable.

    Parameters
    ----------
    values, ranks
        The values seen, rising, and the share of the verdicts below each (half of its own included), shape (v,);
        straight between them and flat beyond. Empty: the feature is read as it is.
    centre, spread
        Mean and standard deviation of the ranks (or of the feature as it is) among the verdicts seen.
    """

    values: Floats
    ranks: Floats
    centre: float
    spread: float

    @classmethod
    def of(cls, seen: Floats) -> Self:
        """The map of a feature that was seen with these values, NaN left out."""
        known = seen[~np.isnan(seen)]
        values, counts = np.unique(known, return_counts=True)
        ranks = (np.cumsum(counts) - counts / 2) / max(len(known), 1)
        if len(values) > _MOST_KNOTS:
            kept = np.unique(np.searchsorted(ranks, np.linspace(ranks[0], ranks[-1], _MOST_KNOTS)))
            values, ranks = values[kept], ranks[kept]
        if len(values) < 2:
            return cls(values=values, ranks=ranks, centre=0.5, spread=_CONSTANT)
        own = np.interp(known, values, ranks)
        return cls(values=values, ranks=ranks, centre=float(own.mean()), spread=float(own.std()))

    def __call__(self, feature: Floats) -> Floats:
        """Spreads from the centre, at most `FURTHEST`; NaN stays NaN."""
        read = np.interp(feature, self.values, self.ranks) if len(self.values) else feature
        return np.asarray(
            np.clip((np.where(np.isnan(feature), np.nan, read) - self.centre) / self.spread, -FURTHEST, FURTHEST)
        )


def verdict_features(judgments: Judgments, scale: Scale) -> Floats:
    """What a stack reads of verdicts, shape (n, p): `log_ratios` where some verdict has probabilities, else the score.

    A score enters as it was given, on whatever scale: its place among the others is all that counts. Labels without an
    order have no place, and are log-ratios too.
    """
    if scale.points and (not scale.ordered or not np.isnan(judgments.probabilities).all()):
        return log_ratios(judgments, scale)
    return judgments.score[:, None]


def log_ratios(judgments: Judgments, scale: Scale) -> Floats:
    """Centred log-ratios of the points' probabilities, shape (n, K); NaN where unscored.

    A score without probabilities is read as a normal distribution about it, one point wide: its log-ratios are linear
    in the score. A label without them is all on its point.

    References
    ----------
    Aitchison (1982). The statistical analysis of compositional data. JRSS B 44. (The centred log-ratio, eq. 4.1.)
    """
    points = np.asarray(scale.points, dtype=np.float64)
    width = float(np.ptp(points)) / (len(points) - 1)
    told = ~np.isnan(judgments.probabilities).any(axis=1, keepdims=True)
    if scale.ordered:
        about = -0.5 * ((points - judgments.score[:, None]) / width) ** 2
    else:
        about = np.log(np.where(points == judgments.score[:, None], 1.0, _FLOOR))
    logs = np.where(told, np.log(np.maximum(judgments.probabilities, _FLOOR)), about)
    logs[~judgments.scored] = np.nan
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))
