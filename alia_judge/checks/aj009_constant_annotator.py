"""AJ009: an annotator gave every item the same value."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import beside_others, significant

__all__ = ["ConstantAnnotator"]


class ConstantAnnotator:
    """Looks for annotators of one value only, where the others' ratings of the same items vary."""

    code: ClassVar[str] = "AJ009"
    name: ClassVar[str] = "constant annotator"
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "Annotators who gave one value to all of ten items or more that others rated too. The p-value is how probable "
        "that is for somebody who gives values as often as the others do on these items; Holm over all annotators."
    )
    meaning: ClassVar[str] = "These ratings carry no information; they pull the consensus to one value and alpha down."
    remedy: ClassVar[str] = "Exclude the annotator (`exclude_annotators=`), or ask them to rate again."

    def run(self, data: CheckData) -> CheckResult:
        """One finding an annotator and criterion."""
        if not data.identified:
            return not_applicable(self, "no criterion has two identified annotators")
        tested = [beside for criterion in data.identified for beside in beside_others(data, criterion)]
        constant = [beside for beside in tested if np.all(beside.mine == beside.mine[0])]
        # The others' share of that value on these items, to the power of the number of items.
        p_values = [float(np.nanmean(beside.others == beside.mine[0])) ** beside.mine.size for beside in constant]
        padded = p_values + [1.0] * (len(tested) - len(constant))
        found: list[Finding] = []
        for beside, p, alarm in zip(constant, p_values, significant(padded, data.level), strict=False):
            if alarm:
                label = data.ratings.scales[beside.criterion].label(float(beside.mine[0]))
                message = f"{beside.annotator} gave {label!r} to all of {beside.mine.size} items"
                found.append(
                    finding(self, message, criterion=beside.criterion, annotators=(beside.annotator,), score=p)
                )
        return result(self, found, looked_at=f"{len(tested)} annotators")
