"""AJ001: one annotator rated one item twice on one criterion."""

from __future__ import annotations

from typing import ClassVar

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity

__all__ = ["CHECKS", "DuplicateRating"]


class DuplicateRating:
    """Looks for repeated (annotator, item, criterion)."""

    code: ClassVar[str] = "AJ001"
    name: ClassVar[str] = message("duplicate rating")
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = False
    looks_at: ClassVar[str] = (
        "Every identified annotator's ratings of each item: how many repeat, and how many of these differ."
    )
    meaning: ClassVar[str] = message(
        "One person counts twice in the consensus, or a join repeated lines; only the first counts."
    )
    remedy: ClassVar[str] = message(
        "Find out which rating is meant, keep that one; look for a join that multiplied lines."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding a criterion."""
        identified = [name for name in data.criteria if data.ratings.identified(name)]
        if not identified:
            return not_applicable(self, message("no annotator is identified"))
        found: list[Finding] = []
        for criterion in identified:
            rows = data.ratings.of(criterion)
            repeated = rows[rows.duplicated(["annotator_id", "item_id"], keep=False)]
            if repeated.empty:
                continue
            pairs = repeated.groupby(["annotator_id", "item_id"], observed=True)["value"]
            n_contradicting = int((pairs.nunique() > 1).sum())
            n_pairs = int(pairs.ngroups)
            found.append(
                finding(
                    self,
                    message(
                        "{n_pairs} times an annotator rated an item more than once on {criterion}; in "
                        "{n_contradicting} of them with different values",
                        n_pairs=n_pairs,
                        criterion=criterion,
                        n_contradicting=n_contradicting,
                    ),
                    severity="error" if n_contradicting else self.severity,
                    criterion=criterion,
                    annotators=tuple(sorted(set(repeated["annotator_id"].astype(str)))),
                    items=tuple(sorted(set(repeated["item_id"].astype(str)))),
                    count=n_pairs,
                )
            )
        return result(self, found, looked_at=message("ratings on {n} criteria", n=len(identified)))


CHECKS = (DuplicateRating(),)
