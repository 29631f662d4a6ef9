"""AJ021: who rated an item goes with its language or system."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import stats

from alia_judge._messages import Message, joined, message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import significant

__all__ = ["CHECKS", "Confounding"]

#: Cramér's V above which the assignment matters.
_LEAST = 0.3


class Confounding:
    """Looks for annotators who were given some languages or systems more than others."""

    code: ClassVar[str] = "AJ021"
    name: ClassVar[str] = message("annotator confounded with language or system")
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "Annotators by language, and by system: chi-squared test of independence; Cramér's V of at least .30."
    )
    meaning: ClassVar[str] = message(
        "A difference between languages or systems may be a difference between the people who rated them."
    )
    remedy: ClassVar[str] = message(
        "Have some items of each language (system) rated by annotators of the other; compare within annotators."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding a criterion and column."""
        import pandas as pd

        columns = {
            name: {item.item_id: getattr(item, name) for item in data.items}
            for name in (message("language"), message("system"))
            if len({getattr(item, name) for item in data.items} - {None}) > 1
        }
        if not columns or not data.identified:
            return not_applicable(
                self, message("annotators are not identified, or there is one language and one system")
            )
        tested: list[tuple[str, Message, float, float]] = []
        for criterion in data.identified:
            rows = data.ratings.of(criterion)
            for name, labels in columns.items():
                label = rows["item_id"].astype(str).map(labels)
                table = pd.crosstab(rows["annotator_id"].astype(str), label).to_numpy()
                if min(table.shape) >= 2:
                    chi2 = float(stats.chi2_contingency(table, correction=False).statistic)
                    freedom = (table.shape[0] - 1) * (table.shape[1] - 1)
                    v = float(np.sqrt(chi2 / (table.sum() * (min(table.shape) - 1))))
                    tested.append((criterion, name, v, float(stats.chi2.sf(chi2, freedom))))
        found: list[Finding] = []
        for (criterion, name, v, p), alarm in zip(
            tested, significant([p for *_, p in tested], data.level), strict=True
        ):
            if alarm and v >= _LEAST:
                sentence = message(
                    "who rated an item depends on its {name} (Cramér's V {v:.2f}; 1 is completely)", name=name, v=v
                )
                found.append(finding(self, sentence, criterion=criterion, score=p))
        return result(
            self,
            found,
            looked_at=message(
                "annotators by {columns} on {n} criteria", columns=joined(columns, ", "), n=len(data.identified)
            ),
        )


CHECKS = (Confounding(),)
