"""AJ011: an annotator uses the scale the wrong way round."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Severity
from alia_judge.checks.others import Panel, Shared, one_by_one, skills

__all__ = ["CHECKS", "ReversedAnnotator"]

Floats = NDArray[np.float64]


class ReversedAnnotator:
    """Looks for annotators whose ratings go down where the others' go up.

    Who is found is taken out before the next is looked for.
    """

    code: ClassVar[str] = "AJ011"
    name: ClassVar[str] = message("reversed annotator")
    severity: ClassVar[Severity] = "error"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "Each annotator's Spearman correlation with the mean of the others, on an ordered scale, shown to be below "
        "zero."
    )
    meaning: ClassVar[str] = message("Good is called bad: these ratings cancel the others' in the consensus.")
    remedy: ClassVar[str] = message(
        "Ask whether they took 1 for the best; turn their values round if so. With two "
        "annotators nobody can say which of them is reversed."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding an annotator and criterion."""
        criteria = [name for name in data.identified if name in data.ordered]
        if not criteria:
            return not_applicable(self, message("no criterion has an ordered scale and two identified annotators"))
        found = [
            finding(
                self,
                message(
                    "{annotator} agrees with the others {value:.2f} on {n_items} items",
                    annotator=named.annotator,
                    value=named.value,
                    n_items=named.n_items,
                ),
                criterion=criterion,
                annotators=(named.annotator,),
                score=named.p,
            )
            for criterion in criteria
            for named in one_by_one(data.panel(criterion), _below_zero, level=data.level / len(criteria))
        ]
        return result(self, found, looked_at=message("annotators on {n} criteria", n=len(criteria)))


CHECKS = (ReversedAnnotator(),)


def _below_zero(panel: Panel, shared: Shared) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    own = skills(panel, shared, ordered=True)
    return own.value, own.p_below(0.0), np.ones(shared.rows.size, dtype=bool)
