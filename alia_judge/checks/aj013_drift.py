"""AJ013: an annotator becomes more lenient, more severe or more careless as the work goes on."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.order import working_order
from alia_judge.checks.others import Beside, beside_others, significant

__all__ = ["AnnotatorDrift"]

#: Correlation with the order of work below which a drift is too small to matter.
_SMALLEST = 0.2


class AnnotatorDrift:
    """Looks for ratings that move with the order of work while the others' of the same items do not."""

    code: ClassVar[str] = "AJ013"
    name: ClassVar[str] = "drift or fatigue"
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "Spearman's correlation of the order of work (timestamps; the order of the rows where there are none) with the "
        "deviation from the others' mean (drift, either way), and with the size of the deviation less that of the "
        "others' own (fatigue: growing noise). Holm over both and all annotators; "
        "at least .20."
    )
    meaning: ClassVar[str] = "What a grade means changed on the way: early and late items cannot be compared."
    remedy: ClassVar[str] = (
        "Shuffle the order of items by annotator, insert known items, shorten sessions; rate the late part again."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding an annotator, criterion and kind."""
        criteria = [name for name in data.identified if name in data.ordered]
        if not criteria:
            return not_applicable(self, "no criterion has an ordered scale and two identified annotators")
        tested: list[tuple[Beside, str, float, float]] = []
        timed = False
        for criterion in criteria:
            order = working_order(data.ratings, criterion)
            timed |= order.timed
            for beside in beside_others(data, criterion):
                place = np.array([order.place[beside.annotator, item] for item in beside.item_ids])
                rho, p = _correlation(place, beside.deviation, "two-sided")
                tested.append((beside, "drifts", rho, p))
                rho, p = _correlation(place, _excess(beside), "greater")
                tested.append((beside, "tires", rho, p))
        kind = "by timestamp" if timed else "by the order of the rows"
        found: list[Finding] = []
        alarms = significant([p for *_, p in tested], data.level)
        for (beside, what, rho, p), alarm in zip(tested, alarms, strict=True):
            if alarm and abs(rho) >= _SMALLEST:
                towards = "more lenient" if rho > 0 else "more severe"
                change = f"becomes {towards}" if what == "drifts" else "strays further from the others"
                figures = f"{kind}: {rho:+.2f} over {beside.mine.size} items"
                message = f"{beside.annotator} {change} as the work goes on ({figures})"
                found.append(
                    finding(self, message, criterion=beside.criterion, annotators=(beside.annotator,), score=p)
                )
        return result(self, found, looked_at=f"{len(tested) // 2} annotators, {kind}")


def _excess(beside: Beside) -> NDArray[np.float64]:
    """How far the annotator is from the others' mean, less how far the others are from it: hard items cancel."""
    spread = np.nanmean(np.abs(beside.others - beside.mean), axis=0)
    return np.asarray(np.abs(beside.deviation) - spread, dtype=np.float64)


def _correlation(
    place: NDArray[np.float64], deviation: NDArray[np.float64], alternative: Literal["two-sided", "greater"]
) -> tuple[float, float]:
    if np.all(deviation == deviation[0]) or np.all(place == place[0]):
        return 0.0, 1.0
    tested = stats.spearmanr(place, deviation, alternative=alternative)
    return float(tested.statistic), float(tested.pvalue)
