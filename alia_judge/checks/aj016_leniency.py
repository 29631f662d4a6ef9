"""AJ016: an annotator is more lenient or more severe than the others."""

from __future__ import annotations

import math
from functools import partial
from typing import ClassVar

from scipy import stats

from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import Beside, one_by_one

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
        "tenth of the scale's range. Who is found is taken out before the next is looked for."
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
        found: list[Finding] = []
        for criterion in criteria:
            scale = data.ratings.scales[criterion]
            test = partial(_shift, smallest=_SMALLEST * (scale.high - scale.low))
            for beside, shift, p in one_by_one(data, criterion, test, level=data.level / len(criteria)):
                manner = "lenient" if shift > 0 else "severe"
                message = f"{beside.annotator} is {manner}: {shift:+.2f} from the others on {beside.mine.size} items"
                found.append(finding(self, message, criterion=criterion, annotators=(beside.annotator,), score=p))
        return result(self, found, looked_at=f"annotators on {len(criteria)} criteria")


def _shift(beside: Beside, *, smallest: float) -> tuple[float, float, bool]:
    deviation = beside.deviation
    error = float(deviation.std(ddof=1)) / math.sqrt(deviation.size)
    shift = float(deviation.mean())
    t = shift / error if error > 0 else (math.inf if shift else 0.0)
    return shift, float(2 * stats.t.sf(abs(t), deviation.size - 1)), abs(shift) >= smallest
