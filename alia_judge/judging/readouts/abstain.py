"""A readout that gives no score where it would too often be wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.readouts.base import FittedOn, Readout, ReadoutRecord, paired
from alia_judge.judging.readouts.conformal import uncertainty
from alia_judge.records import Judgments, Scale

__all__ = ["Abstain"]

#: Shares of the items that might be answered, tried from the surest up.
_STEPS = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class Abstain(ReadoutRecord):
    """Answers only where the model's distribution is narrow enough to be trusted.

    Of the items it answers, at most a share `risk` is off by more than `tolerance`, with confidence `confidence` over
    the items it was fitted on. The threshold is the widest whose risk passes an exact binomial test, and so does that
    of every narrower one tried: testing in a fixed order needs no correction for how many were tried.

    Parameters
    ----------
    readout
        Fitted, on other items.
    tolerance
        Points of the scale that a score may be off.
    risk
        Share of the answered items that may be off by more.
    confidence
        That the share is kept.
    threshold
        As `fit` gives it: the widest spread that is answered; below 0, none is.
    fitted_on
        What it was fitted on.

    References
    ----------
    Geifman and El-Yaniv, "Selective Classification for Deep Neural Networks", NIPS 2017, section 3; Angelopoulos et
    al., "Learn then Test", Annals of Applied Statistics 19 (2025), section 3.2 (fixed-sequence testing).
    """

    name: ClassVar[str] = "abstain"
    in_json: ClassVar[Mapping[str, str]] = {"readout": "base"}

    readout: Readout
    tolerance: float = 1.0
    risk: float = 0.1
    confidence: float = 0.9
    threshold: float = math.nan
    fitted_on: FittedOn | None = None

    def __post_init__(self) -> None:
        for name in ("risk", "confidence"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise UsageError(
                    message("{name} must be between 0 and 1, got {value}", name=name, value=getattr(self, name))
                )
        if not self.tolerance >= 0.0:
            raise UsageError(message("tolerance must be 0 or more, got {tolerance}", tolerance=self.tolerance))

    @property
    def scale(self) -> Scale:
        """The scale of the verdicts."""
        return self.readout.scale

    def fit(self, judgments: Judgments, target: NDArray[np.float64]) -> Self:
        """The threshold for `target`, shape (n,), in the scale's own numbers."""
        both, fitted_on = paired(judgments, target, at_least=1)
        spread = uncertainty(judgments, self.readout)[both]
        wrong = np.abs(target - self.readout.predict(judgments))[both] > self.tolerance
        threshold = -1.0
        for share in np.arange(1, _STEPS + 1) / _STEPS:
            candidate = float(np.quantile(spread, share, method="inverted_cdf"))
            # Items at the threshold itself define it; those below are a sample of what it lets through.
            through = spread < candidate if share < 1.0 else np.ones_like(wrong)
            # Too few for even no error at all to pass say nothing: begin where a test can succeed.
            if through.sum() * math.log1p(-self.risk) > math.log1p(-self.confidence):
                continue
            if binom.cdf(wrong[through].sum(), through.sum(), self.risk) > 1.0 - self.confidence:
                break
            threshold = candidate
        return replace(self, threshold=threshold, fitted_on=fitted_on)

    def predict(self, judgments: Judgments) -> NDArray[np.float64]:
        """Scores, shape (n,); NaN where there is no verdict, or it abstains."""
        if math.isnan(self.threshold):
            raise UsageError(message("this readout is not fitted; call fit(judgments, target) first"))
        unsure = ~(uncertainty(judgments, self.readout) <= self.threshold)
        return np.where(unsure, np.nan, self.readout.predict(judgments))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], readout: Readout) -> Self:  # type: ignore[override]  # it is read first
        """The inverse of `to_dict`, around the readout its ``base`` describes."""
        return super().from_dict({**data, "base": readout})
