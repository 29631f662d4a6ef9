"""AJ013: an annotator becomes more lenient, more severe or more careless as the work goes on."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.order import working_order
from alia_judge.checks.others import Panel, Shared, significant
from alia_judge.stats.kernels.grouped import Grouped

__all__ = ["CHECKS", "AnnotatorDrift"]

Floats = NDArray[np.float64]

#: Correlation with the order of work below which a drift is too small to matter.
_SMALLEST = 0.2


class AnnotatorDrift:
    """Looks for ratings that move with the order of work while the others' of the same items do not."""

    code: ClassVar[str] = "AJ013"
    name: ClassVar[str] = message("drift or fatigue")
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "Spearman's correlation of the order of work (timestamps, else rows) with the deviation from the others' "
        "mean (drift) and with its size (fatigue); at least .20."
    )
    meaning: ClassVar[str] = message("What a grade means changed on the way: early and late items cannot be compared.")
    remedy: ClassVar[str] = message(
        "Shuffle the order of items by annotator, insert known items, shorten sessions; rate the late part again."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding an annotator, criterion and kind."""
        criteria = [name for name in data.identified if name in data.ordered]
        if not criteria:
            return not_applicable(self, message("no criterion has an ordered scale and two identified annotators"))
        tested: list[tuple[Panel, int, int, str, float, float]] = []
        timed = False
        for criterion in criteria:
            order, panel = working_order(data, criterion), data.panel(criterion)
            timed |= order.timed
            shared = panel.shared
            place = order.place[shared.cell]
            for what, deviation in (("drifts", shared.deviation), ("tires", _excess(panel, shared))):
                rhos, ps = _correlation(shared.by, place, deviation, two_sided=what == "drifts")
                tested += [
                    (panel, int(row), int(n), what, float(rhos[index]), float(ps[index]))
                    for index, (row, n) in enumerate(zip(shared.rows, shared.size, strict=True))
                ]
        kind = message("by timestamp") if timed else message("by the order of the rows")
        found: list[Finding] = []
        alarms = significant([p for *_, p in tested], data.level)
        for (panel, row, n, what, rho, p), alarm in zip(tested, alarms, strict=True):
            if alarm and abs(rho) >= _SMALLEST:
                if what != "drifts":
                    change = message("strays further from the others")
                else:
                    change = message("becomes more lenient") if rho > 0 else message("becomes more severe")
                figures = message("{kind}: {rho:+.2f} over {n} items", kind=kind, rho=rho, n=n)
                sentence = message(
                    "{annotators} {change} as the work goes on ({figures})",
                    annotators=panel.annotators[row],
                    change=change,
                    figures=figures,
                )
                found.append(
                    finding(self, sentence, criterion=panel.criterion, annotators=(panel.annotators[row],), score=p)
                )
        return result(self, found, looked_at=message("{n} annotators, {kind}", n=len(tested) // 2, kind=kind))


CHECKS = (AnnotatorDrift(),)


def _excess(panel: Panel, shared: Shared) -> Floats:
    """How far the annotator is from the others' mean, less how far the others are from it: hard items cancel."""
    far, n = np.zeros(shared.cell.size), np.zeros(shared.cell.size)
    for mine, other in panel.others(shared):
        far += np.bincount(mine, weights=np.abs(panel.value[other] - shared.mean[mine]), minlength=far.size)
        n += np.bincount(mine, minlength=far.size)
    return np.asarray(np.abs(shared.deviation) - far / n, dtype=np.float64)


def _correlation(by: Grouped, place: Floats, deviation: Floats, *, two_sided: bool) -> tuple[Floats, Floats]:
    """Spearman's rho of each annotator and its p-value by Student's t, two-sided or that it is greater than 0."""
    # What rounding leaves of equal deviations is no order.
    rho = np.nan_to_num(by.spearman(place, np.round(deviation, 9)))
    freedom = by.size - 2
    with np.errstate(divide="ignore"):
        t = rho * np.sqrt(freedom / ((1 - rho) * (1 + rho)))
    above = special.stdtr(freedom, -t)
    p = 2 * special.stdtr(freedom, -np.abs(t)) if two_sided else above
    return rho, np.where(rho == 0, 1.0, p)
