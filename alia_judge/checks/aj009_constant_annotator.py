"""AJ009: an annotator gave every item the same value."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import Panel, significant

__all__ = ["CHECKS", "ConstantAnnotator"]


class ConstantAnnotator:
    """Looks for annotators of one value only, where the others' ratings of the same items vary."""

    code: ClassVar[str] = "AJ009"
    name: ClassVar[str] = message("constant annotator")
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "One value for all of ten shared items or more, where that is improbable for somebody who gives values as "
        "often as the others."
    )
    meaning: ClassVar[str] = message(
        "These ratings carry no information; they pull the consensus to one value and alpha down."
    )
    remedy: ClassVar[str] = message("Exclude the annotator (`exclude_annotators=`), or ask them to rate again.")

    def run(self, data: CheckData) -> CheckResult:
        """One finding an annotator and criterion."""
        if not data.identified:
            return not_applicable(self, message("no criterion has two identified annotators"))
        constant: list[tuple[Panel, int, float, int, float]] = []
        n_tested = 0
        for criterion in data.identified:
            panel = data.panel(criterion)
            shared = panel.shared
            n_tested += shared.rows.size
            # The others' share of that value on these items, to the power of the number of items.
            same, others = panel.same(shared.cell), panel.counts[panel.item[shared.cell]] - 1
            share = shared.by.total(same.astype(np.float64)) / shared.by.total(others.astype(np.float64))
            first = np.searchsorted(shared.by.code, np.arange(shared.rows.size))
            for row in np.flatnonzero(shared.by.constant(shared.mine)):
                value, n = float(shared.mine[first[row]]), int(shared.size[row])
                constant.append((panel, int(shared.rows[row]), value, n, float(share[row]) ** n))
        p_values = [p for *_, p in constant]
        padded = p_values + [1.0] * (n_tested - len(constant))
        found: list[Finding] = []
        for (panel, place, value, n, p), alarm in zip(constant, significant(padded, data.level), strict=False):
            if alarm:
                scale, name = data.ratings.scales[panel.criterion], panel.annotators[place]
                # Turned back: a panel's values are such that higher is better.
                label = scale.label(float(scale.oriented(np.array([value]))[0]))
                sentence = message("{name} gave {label!r} to all of {n} items", name=name, label=label, n=n)
                found.append(finding(self, sentence, criterion=panel.criterion, annotators=(name,), score=p))
        return result(self, found, looked_at=message("{n_tested} annotators", n_tested=n_tested))


CHECKS = (ConstantAnnotator(),)
