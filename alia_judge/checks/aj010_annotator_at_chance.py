"""AJ010: an annotator agrees with the others hardly better than chance."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import median_of_the_others, significant, skills

__all__ = ["CHECKS", "AnnotatorAtChance"]

#: Of the median skill of the others: below, an annotator is nearer to chance than to the others.
_SHARE = 0.5


class AnnotatorAtChance:
    """Looks for annotators who are nearer to chance than to the typical annotator."""

    code: ClassVar[str] = "AJ010"
    name: ClassVar[str] = message("annotator at chance")
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "Each annotator's skill: Spearman's correlation with the mean of the others, or a kappa for labels, shown "
        "to be below half of the others' median. Needs three annotators."
    )
    meaning: ClassVar[str] = message("These ratings are mostly noise: they lower alpha and blur the consensus.")
    remedy: ClassVar[str] = message(
        "Look at their items by hand; exclude them (`exclude_annotators=`) or let an annotator model weigh them down."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding an annotator and criterion."""
        if not data.identified:
            return not_applicable(self, message("no criterion has two identified annotators"))
        tested: list[tuple[str, str, float, int, float, bool, float]] = []
        for criterion in data.identified:
            panel = data.panel(criterion)
            shared = panel.shared
            own = skills(panel, shared, ordered=data.ratings.scales[criterion].ordered)
            known = np.flatnonzero(~np.isnan(own.value))
            typical = np.minimum(median_of_the_others(own.value[known]), 0.99)
            for row, usual in zip(known[typical > 0.1], typical[typical > 0.1], strict=True):
                name = panel.annotators[shared.rows[row]]
                # Who is reversed agrees far from chance, the wrong way: AJ011 says so.
                reversed_ = bool(own.z[row] <= -2 * own.z_error[row])
                p = float(own.p_below(_SHARE * usual)[row])
                tested.append((criterion, name, own.value[row], int(shared.size[row]), usual, reversed_, p))
        if not tested:
            return not_applicable(
                self, message("no criterion has three annotators with a skill above chance to compare with")
            )
        found: list[Finding] = []
        alarms = significant([p for *_, p in tested], data.level)
        for (criterion, name, value, n, usual, reversed_, p), alarm in zip(tested, alarms, strict=True):
            if alarm and not reversed_:
                sentence = message(
                    "{name} agrees with the others {value:.2f} on {n} items; typical is {usual:.2f}",
                    name=name,
                    value=value,
                    n=n,
                    usual=usual,
                )
                found.append(finding(self, sentence, criterion=criterion, annotators=(name,), score=p))
        return result(self, found, looked_at=message("{n} annotators", n=len(tested)))


CHECKS = (AnnotatorAtChance(),)
