"""AJ016: an annotator is more lenient or more severe than the others."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import Panel, Shared, one_by_one

__all__ = ["CHECKS", "Leniency"]

Floats = NDArray[np.float64]

#: Share of the scale's range below which a shift is too small to matter.
_SMALLEST = 0.1


class Leniency:
    """Looks for annotators whose ratings lie above or below the others' of the same items.

    A t-test; who is found is taken out before the next is looked for.
    """

    code: ClassVar[str] = "AJ016"
    name: ClassVar[str] = message("leniency or severity")
    severity: ClassVar[Severity] = "info"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "The mean difference from the others' mean on shared items; at least a tenth of the scale's range."
    )
    meaning: ClassVar[str] = message(
        "Items that this annotator happened to rate look better or worse than they are, "
        "unless everybody rated everything."
    )
    remedy: ClassVar[str] = message(
        "Use a consensus that knows leniency (`consensus='gaussian'`), or anchor the scale with examples."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding an annotator and criterion."""
        criteria = [name for name in data.identified if name in data.ordered]
        if not criteria:
            return not_applicable(self, message("no criterion has an ordered scale and two identified annotators"))
        found: list[Finding] = []
        for criterion in criteria:
            scale = data.ratings.scales[criterion]
            test = partial(_shift, smallest=_SMALLEST * (scale.high - scale.low))
            for named in one_by_one(data.panel(criterion), test, level=data.level / len(criteria)):
                manner = message("lenient") if named.value > 0 else message("severe")
                sentence = message(
                    "{annotator} is {manner}: {value:+.2f} from the others on {n_items} items",
                    annotator=named.annotator,
                    manner=manner,
                    value=named.value,
                    n_items=named.n_items,
                )
                found.append(finding(self, sentence, criterion=criterion, annotators=(named.annotator,), score=named.p))
        return result(self, found, looked_at=message("annotators on {n} criteria", n=len(criteria)))


CHECKS = (Leniency(),)


def _shift(_: Panel, shared: Shared, *, smallest: float) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    shift = shared.by.mean(shared.deviation)
    squares = shared.by.total((shared.deviation - shift[shared.by.code]) ** 2)
    # What rounding leaves of equal deviations is no spread.
    squares[squares < 1e-20 * shared.size] = 0.0
    error = np.sqrt(squares / (shared.size - 1) / shared.size)
    t = np.divide(shift, error, out=np.where(shift != 0, np.inf, 0.0), where=error > 0)
    # Two-sided, by Student's t.
    p = 2 * special.stdtr(shared.size - 1, -np.abs(t))
    return shift, np.asarray(p, dtype=np.float64), np.abs(shift) >= smallest
