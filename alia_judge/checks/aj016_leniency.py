"""AJ016: an annotator is more lenient or more severe than the others."""

from __future__ import annotations

import math
from typing import ClassVar

from scipy import stats

from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import Beside, beside_others, significant

__all__ = ["Leniency"]

#: Share of the scale's range below which a shift is too small to matter.
_SMALLEST = 0.1


class Leniency:
    """Looks for annotators whose ratings lie above or below the others' of the same items."""

    code: ClassVar[str] = "AJ016"
    name: ClassVar[str] = "leniency or severity"
    severity: ClassVar[Severity] = "info"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "The mean difference from the others' mean on the shared items (t-test, Holm over all annotators); at least a "
        "tenth of the scale's range."
    )
    meaning: ClassVar[str] = (
        "Items that this annotator happened to rate look better or worse than they are, unless everybody rated "
        "everything."
    )
    remedy: ClassVar[str] = (
        "Use a consensus that knows leniency (`consensus='gaussian'`), or anchor the scale with examples."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding an annotator and criterion."""
        criteria = [name for name in data.identified if name in data.ordered]
        if not criteria:
            return not_applicable(self, "no criterion has an ordered scale and two identified annotators")
        tested: list[tuple[Beside, float, float]] = []
        for criterion in criteria:
            for beside in beside_others(data, criterion):
                deviation = beside.deviation
                error = float(deviation.std(ddof=1)) / math.sqrt(deviation.size)
                shift = float(deviation.mean())
                t = shift / error if error > 0 else (math.inf if shift else 0.0)
                tested.append((beside, shift, float(2 * stats.t.sf(abs(t), deviation.size - 1))))
        found: list[Finding] = []
        for (beside, shift, p), alarm in zip(tested, significant([p for *_, p in tested], data.level), strict=True):
            scale = data.ratings.scales[beside.criterion]
            if alarm and abs(shift) >= _SMALLEST * (scale.high - scale.low):
                manner = "lenient" if shift > 0 else "severe"
                message = f"{beside.annotator} is {manner}: {shift:+.2f} from the others on {beside.mine.size} items"
                found.append(
                    finding(self, message, criterion=beside.criterion, annotators=(beside.annotator,), score=p)
                )
        return result(self, found, looked_at=f"{len(tested)} annotators")
