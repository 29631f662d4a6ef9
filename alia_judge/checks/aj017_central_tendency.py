"""AJ017: an annotator keeps to the middle of the scale."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from scipy import stats

from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import Beside, beside_others, significant

__all__ = ["CentralTendency"]

#: Of the others' spread: above, the narrowing is too slight to matter.
_LARGEST = 0.7


class CentralTendency:
    """Looks for annotators whose ratings spread much less than any other person's of the same items."""

    code: ClassVar[str] = "AJ017"
    name: ClassVar[str] = "central tendency"
    severity: ClassVar[Severity] = "info"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "The standard deviation of the annotator's ratings over that of single other people on the same items, on "
        "scales of three points or more. One-sided test on the logarithm (its error from the kurtosis, Bonett 2006), "
        "Holm over all annotators; at most .70."
    )
    meaning: ClassVar[str] = "Good and bad items hardly differ for this annotator, and the mean is drawn to the middle."
    remedy: ClassVar[str] = (
        "Anchor the ends of the scale with examples; a consensus that knows discrimination corrects for it."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding an annotator and criterion."""
        criteria = [
            name
            for name in data.identified
            if name in data.ordered
            and (not data.ratings.scales[name].points or len(data.ratings.scales[name].points) > 2)
        ]
        if not criteria:
            return not_applicable(
                self, "no criterion has a scale of three points or more and two identified annotators"
            )
        tested: list[tuple[Beside, float, float]] = []
        for criterion in criteria:
            for beside in beside_others(data, criterion):
                others = float(np.nanmean(np.nanvar(beside.others, axis=1))) if beside.others.size else 0.0
                mine = float(beside.mine.var())
                if others > 0 and mine > 0:
                    ratio = math.sqrt(mine / others)
                    error = math.sqrt(_kurtosis(beside) - 1) / (2 * math.sqrt(beside.mine.size))
                    tested.append((beside, ratio, float(stats.norm.cdf(math.log(ratio) / error))))
        found: list[Finding] = []
        for (beside, ratio, p), alarm in zip(tested, significant([p for *_, p in tested], data.level), strict=True):
            if alarm and ratio <= _LARGEST:
                message = (
                    f"{beside.annotator} spreads {ratio:.2f} times as much as the others on {beside.mine.size} items"
                )
                found.append(
                    finding(self, message, criterion=beside.criterion, annotators=(beside.annotator,), score=p)
                )
        return result(self, found, looked_at=f"{len(tested)} annotators")


def _kurtosis(beside: Beside) -> float:
    """Of the others' ratings, pooled: how uncertain a variance of such ratings is (3 for the normal distribution)."""
    values = beside.others[~np.isnan(beside.others)]
    return max(float(stats.kurtosis(values, fisher=False)), 1.5)
