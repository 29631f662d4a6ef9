"""AJ024: nearly all ratings are one value."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, result
from alia_judge.checks.finding import CheckResult, Finding, Severity

__all__ = ["CHECKS", "UnbalancedScaleUse"]

#: Share of one value above which little is left to tell apart.
_MOST = 0.8


class UnbalancedScaleUse:
    """Looks for criteria on which one value takes four fifths of the ratings, and for points nobody used."""

    code: ClassVar[str] = "AJ024"
    name: ClassVar[str] = message("unbalanced scale use")
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = False
    looks_at: ClassVar[str] = "How often each value was given: one above 80%, and points never used."
    meaning: ClassVar[str] = message(
        "Most items are tied at one end; correlations rest on the few others, and alpha is low even where people agree."
    )
    remedy: ClassVar[str] = message("Add items of other quality, or split the crowded point of the scale in two.")

    def run(self, data: CheckData) -> CheckResult:
        """One finding a criterion."""
        found: list[Finding] = []
        for criterion in data.criteria:
            values = data.ratings.of(criterion)["value"].to_numpy(dtype=np.float64)
            if not values.size:
                continue
            scale = data.ratings.scales[criterion]
            given, counts = np.unique(values, return_counts=True)
            top = int(np.argmax(counts))
            share = counts[top] / values.size
            unused = [scale.label(point) for point in scale.points if point not in given]
            if share > _MOST:
                sentence = message(
                    "{share:.0%} of {size} ratings are {label!r}",
                    share=share,
                    size=values.size,
                    label=scale.label(float(given[top])),
                )
                found.append(finding(self, sentence, criterion=criterion, score=float(share)))
            elif unused:
                sentence = message("nobody used {unused}", unused=", ".join(repr(label) for label in unused))
                found.append(finding(self, sentence, severity="info", criterion=criterion, count=len(unused)))
        return result(self, found, looked_at=message("{n} criteria", n=len(data.criteria)))


CHECKS = (UnbalancedScaleUse(),)
