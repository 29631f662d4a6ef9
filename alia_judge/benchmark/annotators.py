"""Each annotator against the others: reliability, leniency, spread."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.ratings.table import RatingMatrix
from alia_judge.records import Scale
from alia_judge.stats.kernels.grouped import Grouped
from alia_judge.stats.sparse_ratings import SparseRatings

__all__ = ["AnnotatorAudit", "audit_annotators"]

Floats = NDArray[np.float64]

#: Shared items below which an annotator's reliability is not computed.
_FEWEST = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class AnnotatorAudit(Record):
    """One annotator against the others.

    Parameters
    ----------
    annotator_id
        Who.
    n_ratings, n_shared
        Items rated, and of those the items that somebody else rated too.
    reliability
        On the shared items: Spearman's correlation with the mean of the others; for labels without an order, the mean
        share of the others who gave the same label. NaN where undefined.
    reliability_low, reliability_high
        Its interval (Bonett and Wright 2000 for the correlation; the normal one for the share).
    leniency
        Mean difference from the mean of the others, in the scale's units: above 0 is more lenient. NaN for labels.
    spread
        Standard deviation of the ratings, over that of the others' mean on the same items. NaN for labels.
    why
        Why the reliability is undefined.

    References
    ----------
    .. [1] Bonett, D. G. & Wright, T. A. (2000). "Sample size requirements for estimating Pearson, Kendall and Spearman
       correlations". Psychometrika 65.
    """

    unwritten: ClassVar[frozenset[str]] = frozenset({"why"})

    annotator_id: str
    n_ratings: int
    n_shared: int
    reliability: float
    reliability_low: float = math.nan
    reliability_high: float = math.nan
    leniency: float = math.nan
    spread: float = math.nan
    why: str | None = None


def audit_annotators(
    matrix: RatingMatrix, scale: Scale, *, confidence: float = 0.95
) -> tuple[tuple[AnnotatorAudit, ...], str | None]:
    """Every identified annotator, least reliable first, and why there is none where there is none.

    Parameters
    ----------
    matrix
        The ratings of one criterion.
    scale
        Their scale.
    confidence
        Of the intervals, in (0, 1).
    """
    if not matrix.identified:
        return (), message("the data do not say who gave a rating")
    if len(matrix.annotators) < 2:
        return (), message("there is one annotator, and nobody to compare with")
    quantile = float(stats.norm.ppf(0.5 + confidence / 2))
    compare = _graded if scale.ordered else _labelled
    given = matrix.ratings
    several = given.size[given.item] >= 2
    n_ratings = np.bincount(given.rater, minlength=given.n_raters)
    n_shared = np.bincount(given.rater[several], minlength=given.n_raters)
    figures = compare(given, several, scale.oriented(given.value), quantile)
    audits = []
    for row, name in enumerate(matrix.annotators):
        known: dict[str, Any] = {"annotator_id": name, "n_ratings": int(n_ratings[row])}
        known["n_shared"] = int(n_shared[row])
        if n_shared[row] < _FEWEST:
            why = message(
                "{n_shared} items shared with another annotator, fewer than {fewest}",
                n_shared=int(n_shared[row]),
                fewest=_FEWEST,
            )
            audits.append(AnnotatorAudit(**known, reliability=math.nan, why=why))
        else:
            audits.append(AnnotatorAudit(**known, **figures[row]))
    return tuple(sorted(audits, key=_worst_first)), None


def _worst_first(audit: AnnotatorAudit) -> tuple[float, str]:
    return (math.inf if math.isnan(audit.reliability) else audit.reliability, audit.annotator_id)


def _graded(given: SparseRatings, several: NDArray[np.bool_], value: Floats, quantile: float) -> list[dict[str, Any]]:
    """Of each annotator, from the ratings of items that have `several`."""
    total = np.bincount(given.item, weights=value, minlength=given.n_items)
    rater, item, mine = given.rater[several], given.item[several], value[several]
    others = (total[item] - mine) / (given.size[item] - 1)
    by_rater = Grouped(rater, given.n_raters)
    spread_mine, spread_others = by_rater.deviation(mine), by_rater.deviation(others)
    rho, leniency = by_rater.spearman(mine, others), by_rater.mean(mine - others)
    result = []
    for row, n in enumerate(by_rater.size):
        own: dict[str, Any] = {"leniency": float(leniency[row])}
        if spread_mine[row] == 0 or spread_others[row] == 0:
            who = message("this annotator") if spread_mine[row] == 0 else message("the others together")
            result.append(
                own | {"reliability": math.nan, "why": message("{who} gave one value to every shared item", who=who)}
            )
            continue
        own |= {"reliability": float(rho[row]), "spread": float(spread_mine[row] / spread_others[row])}
        if n > _FEWEST and abs(rho[row]) < 1:
            half = quantile * math.sqrt((1 + rho[row] ** 2 / 2) / (n - 3))
            middle = math.atanh(rho[row])
            own |= {"reliability_low": math.tanh(middle - half), "reliability_high": math.tanh(middle + half)}
        result.append(own)
    return result


def _labelled(given: SparseRatings, several: NDArray[np.bool_], value: Floats, quantile: float) -> list[dict[str, Any]]:
    """The mean share of the others who gave the same label."""
    labels, code = np.unique(value, return_inverse=True)
    _, cell, same = np.unique(given.item * labels.size + code, return_inverse=True, return_counts=True)
    agreeing = (same[cell] - 1)[several] / (given.size[given.item] - 1)[several]
    by_rater = Grouped(given.rater[several], given.n_raters)
    share, deviation = by_rater.mean(agreeing), by_rater.deviation(agreeing, ddof=1)
    half = quantile * deviation / np.sqrt(np.maximum(by_rater.size, 1))
    return [
        {
            "reliability": float(share[row]),
            "reliability_low": max(0.0, float(share[row] - half[row])),
            "reliability_high": min(1.0, float(share[row] + half[row])),
        }
        for row in range(given.n_raters)
    ]
