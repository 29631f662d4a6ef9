"""AJ010: an annotator agrees with the others hardly better than chance."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import Beside, Skill, beside_others, significant, skill

__all__ = ["AnnotatorAtChance"]

#: Of the median skill of the others: below, an annotator is nearer to chance than to the others.
_SHARE = 0.5


class AnnotatorAtChance:
    """Looks for annotators who are nearer to chance than to the typical annotator."""

    code: ClassVar[str] = "AJ010"
    name: ClassVar[str] = "annotator at chance"
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "Each annotator's skill: Spearman's correlation with the mean of the others, or a kappa for labels. One-sided "
        "test of the hypothesis that it is at least half of the others' median skill; Holm over all annotators. "
        "Needs three annotators with a skill, so that there is a typical one."
    )
    meaning: ClassVar[str] = "These ratings are mostly noise: they lower alpha and blur the consensus."
    remedy: ClassVar[str] = (
        "Look at their items by hand; exclude them (`exclude_annotators=`) or let an annotator model weigh them down."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding an annotator and criterion."""
        if not data.identified:
            return not_applicable(self, "no criterion has two identified annotators")
        tested: list[tuple[Beside, Skill, float]] = []
        for criterion in data.identified:
            ordered = data.ratings.scales[criterion].ordered
            skills = [(beside, skill(beside, ordered=ordered)) for beside in beside_others(data, criterion)]
            known = [(beside, own) for beside, own in skills if own is not None]
            for index, (beside, own) in enumerate(known):
                rest = [other.value for place, (_, other) in enumerate(known) if place != index]
                typical = float(np.median(rest)) if len(rest) >= 2 else 0.0
                if typical > 0.1:
                    tested.append((beside, own, _SHARE * min(typical, 0.99)))
        if not tested:
            return not_applicable(self, "no criterion has three annotators with a skill above chance to compare with")
        p_values = [own.p_below(bound) for _, own, bound in tested]
        found: list[Finding] = []
        for (beside, own, bound), p, alarm in zip(tested, p_values, significant(p_values, data.level), strict=True):
            # Who is reversed agrees far from chance, the wrong way: AJ011 says so.
            if alarm and own.z > -2 * own.z_error:
                message = (
                    f"{beside.annotator} agrees with the others {own.value:.2f} on {beside.mine.size} items; "
                    f"typical is {bound / _SHARE:.2f}"
                )
                found.append(
                    finding(self, message, criterion=beside.criterion, annotators=(beside.annotator,), score=p)
                )
        return result(self, found, looked_at=f"{len(tested)} annotators")
