"""AJ011: an annotator uses the scale the wrong way round."""

from __future__ import annotations

from typing import ClassVar

from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import beside_others, significant, skill

__all__ = ["ReversedAnnotator"]


class ReversedAnnotator:
    """Looks for annotators whose ratings go down where the others' go up."""

    code: ClassVar[str] = "AJ011"
    name: ClassVar[str] = "reversed annotator"
    severity: ClassVar[Severity] = "error"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "Each annotator's Spearman correlation with the mean of the others on an ordered scale; one-sided test of the "
        "hypothesis that it is not below zero, Holm over all annotators."
    )
    meaning: ClassVar[str] = "Good is called bad: these ratings cancel the others' in the consensus."
    remedy: ClassVar[str] = (
        "Ask whether they took 1 for the best; turn their values round if so. With two annotators nobody can say "
        "which of them is reversed."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding an annotator and criterion."""
        criteria = [name for name in data.identified if name in data.ordered]
        if not criteria:
            return not_applicable(self, "no criterion has an ordered scale and two identified annotators")
        besides = [beside for criterion in criteria for beside in beside_others(data, criterion)]
        tested = [(beside, own) for beside in besides if (own := skill(beside, ordered=True)) is not None]
        p_values = [own.p_below(0.0) for _, own in tested]
        found: list[Finding] = []
        for (beside, own), p, alarm in zip(tested, p_values, significant(p_values, data.level), strict=True):
            if alarm:
                message = f"{beside.annotator} agrees with the others {own.value:.2f} on {beside.mine.size} items"
                found.append(
                    finding(self, message, criterion=beside.criterion, annotators=(beside.annotator,), score=p)
                )
        return result(self, found, looked_at=f"{len(tested)} annotators")
