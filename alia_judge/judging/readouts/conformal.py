"""An interval for a score that holds the rating with a stated probability."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.judging.readouts.base import FittedOn, Readout, distributions, paired
from alia_judge.records import Judgments

__all__ = ["ConformalInterval", "uncertainty"]


def uncertainty(judgments: Judgments, readout: Readout) -> NDArray[np.float64]:
    """Standard deviation of each verdict's distribution over the scale, shape (n,); 0 for a score that was written."""
    points = np.asarray(readout.scale.points)
    likely = distributions(judgments, readout.scale)
    variance = likely @ points**2 - (likely @ points) ** 2
    spread: NDArray[np.float64] = np.sqrt(np.maximum(variance, 0.0))
    return spread


@dataclass(frozen=True, kw_only=True, eq=False)
class ConformalInterval(Record):
    """Split conformal: it holds the rating of a new item with probability `level`, whatever the judge is worth.

    Its half-width is `quantile` times (`floor` plus the spread of the verdict's distribution), so it is wide where the
    model was unsure. The probability is over items like those it was fitted on, which must not be those the readout was
    fitted on; it is marginal, not for each item, and where items share a source it needs whole sources to be alike.

    Parameters
    ----------
    readout
        Fitted, on other items.
    level
        Probability that the interval holds the rating.
    floor
        Added to the spread, in points of the scale, so that a model sure of itself has an interval too.
    quantile
        As `fit` gives it; infinite where there are too few items for the level.
    fitted_on
        What it was fitted on.

    References
    ----------
    Lei, G'Sell, Rinaldo, Tibshirani and Wasserman, "Distribution-Free Predictive Inference for Regression", JASA 113
    (2018), section 5.2 (locally weighted split conformal).
    """

    schema = "alia-judge/conformal-interval/1"
    #: An infinite quantile is null.
    readers: ClassVar[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
        {"quantile": lambda one: math.inf if one is None else one}
    )

    readout: Readout
    level: float = 0.9
    floor: float = 0.25
    quantile: float = math.nan
    fitted_on: FittedOn | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.level < 1.0:
            raise UsageError(message("level must be between 0 and 1, got {level}", level=self.level))
        if not self.floor > 0.0:
            raise UsageError(message("floor must be positive, got {floor}", floor=self.floor))

    def fit(self, judgments: Judgments, target: NDArray[np.float64]) -> Self:
        """The interval calibrated to `target`, shape (n,), in the scale's own numbers."""
        both, fitted_on = paired(judgments, target, at_least=1)
        residual = np.abs(target - self.readout.predict(judgments)) / (
            self.floor + uncertainty(judgments, self.readout)
        )
        ranked = np.sort(residual[both])
        # The ceil((n + 1) level)-th smallest; with the new item's own residual there are n + 1.
        rank = math.ceil((ranked.size + 1) * self.level)
        quantile = float(ranked[rank - 1]) if rank <= ranked.size else math.inf
        return replace(self, quantile=quantile, fitted_on=fitted_on)

    def predict(self, judgments: Judgments) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper ends, each of shape (n,), held within the scale; NaN where there is no verdict."""
        if math.isnan(self.quantile):
            raise UsageError(message("this interval is not fitted; call fit(judgments, target) first"))
        score, scale = self.readout.predict(judgments), self.readout.scale
        half = self.quantile * (self.floor + uncertainty(judgments, self.readout))
        return np.clip(score - half, scale.low, scale.high), np.clip(score + half, scale.low, scale.high)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], readout: Readout) -> Self:  # type: ignore[override]  # it is read first
        """The inverse of `to_dict`, around the readout its ``readout`` describes."""
        return super().from_dict({**data, "readout": readout})
