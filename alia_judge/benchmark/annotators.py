"""Each annotator against the others: reliability, leniency, spread."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from alia_judge.ratings.table import RatingMatrix
from alia_judge.records import Scale

__all__ = ["AnnotatorAudit", "audit_annotators"]

#: Shared items below which an annotator's reliability is not computed.
_FEWEST = 4


@dataclass(frozen=True, kw_only=True)
class AnnotatorAudit:
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

    annotator_id: str
    n_ratings: int
    n_shared: int
    reliability: float
    reliability_low: float = math.nan
    reliability_high: float = math.nan
    leniency: float = math.nan
    spread: float = math.nan
    why: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        result = asdict(self)
        if self.why is None:
            del result["why"]
        return {
            name: None if isinstance(value, float) and math.isnan(value) else value for name, value in result.items()
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AnnotatorAudit:
        """The inverse of `to_dict`."""
        floats = {field.name for field in fields(cls) if field.type == "float"}
        given: dict[str, Any] = {
            name: math.nan if value is None and name in floats else value for name, value in data.items()
        }
        return cls(**given)


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
        return (), "the data do not say who gave a rating"
    if len(matrix.annotators) < 2:
        return (), "there is one annotator, and nobody to compare with"
    values = scale.oriented(matrix.values)
    quantile = float(stats.norm.ppf(0.5 + confidence / 2))
    compare = _graded if scale.ordered else _labelled
    counts = (~np.isnan(values)).sum(axis=0)
    audits = []
    for row, name in enumerate(matrix.annotators):
        mine = ~np.isnan(values[row])
        shared = mine & (counts >= 2)
        known: dict[str, Any] = {"annotator_id": name, "n_ratings": int(mine.sum()), "n_shared": int(shared.sum())}
        if shared.sum() < _FEWEST:
            why = f"{int(shared.sum())} items shared with another annotator, fewer than {_FEWEST}"
            audits.append(AnnotatorAudit(**known, reliability=math.nan, why=why))
        else:
            audits.append(AnnotatorAudit(**known, **compare(values[:, shared], row, quantile)))
    return tuple(sorted(audits, key=_worst_first)), None


def _worst_first(audit: AnnotatorAudit) -> tuple[float, str]:
    return (math.inf if math.isnan(audit.reliability) else audit.reliability, audit.annotator_id)


def _graded(values: NDArray[np.float64], row: int, quantile: float) -> dict[str, Any]:
    mine = values[row]
    others = np.nanmean(np.delete(values, row, axis=0), axis=0)
    result: dict[str, Any] = {"leniency": float(np.mean(mine - others))}
    if mine.std() == 0 or others.std() == 0:
        who = "this annotator" if mine.std() == 0 else "the others together"
        return result | {
            "reliability": math.nan,
            "spread": math.nan,
            "why": f"{who} gave one value to every shared item",
        }
    rho = float(stats.spearmanr(mine, others).statistic)
    result |= {"reliability": rho, "spread": float(mine.std() / others.std())}
    if mine.size > _FEWEST and abs(rho) < 1:
        half = quantile * math.sqrt((1 + rho**2 / 2) / (mine.size - 3))
        result |= {
            "reliability_low": math.tanh(math.atanh(rho) - half),
            "reliability_high": math.tanh(math.atanh(rho) + half),
        }
    return result


def _labelled(values: NDArray[np.float64], row: int, quantile: float) -> dict[str, Any]:
    others = np.delete(values, row, axis=0)
    rated = (~np.isnan(others)).sum(axis=0)
    agreeing = (others == values[row]).sum(axis=0) / rated
    share = float(agreeing.mean())
    half = quantile * float(agreeing.std(ddof=1)) / math.sqrt(agreeing.size)
    return {"reliability": share, "reliability_low": max(0.0, share - half), "reliability_high": min(1.0, share + half)}
