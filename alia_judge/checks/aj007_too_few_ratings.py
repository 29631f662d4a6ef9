"""AJ007: items that only one person rated."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, result
from alia_judge.checks.finding import CheckResult, Finding, Severity

__all__ = ["CHECKS", "TooFewRatings"]


class TooFewRatings:
    """Looks for items with fewer than two ratings."""

    code: ClassVar[str] = "AJ007"
    name: ClassVar[str] = message("too few ratings")
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = False
    looks_at: ClassVar[str] = "How many ratings each item has on each criterion."
    meaning: ClassVar[str] = message(
        "One person's word is the truth there, and nobody can say how far others would agree."
    )
    remedy: ClassVar[str] = message(
        "Get a second rating where it matters most (`what_to_annotate`), or keep these items "
        "out of the test split (`min_ratings=2`)."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding a criterion; an error where no item has two."""
        found: list[Finding] = []
        for criterion in data.criteria:
            matrix = data.matrix(criterion)
            counts = matrix.ratings.size
            single = np.flatnonzero(counts < 2)
            if single.size:
                everything = single.size == counts.size
                found.append(
                    finding(
                        self,
                        message(
                            "{size} of {counts_size} items have one rating", size=single.size, counts_size=counts.size
                        ),
                        severity="error" if everything else self.severity,
                        criterion=criterion,
                        items=tuple(matrix.item_ids[index] for index in single),
                        count=int(single.size),
                    )
                )
        return result(
            self,
            found,
            looked_at=message("{n} items on {n_criteria} criteria", n=len(data.items), n_criteria=len(data.criteria)),
        )


CHECKS = (TooFewRatings(),)
