"""AJ008: an annotator rated too few shared items to be judged."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import FEWEST_SHARED

__all__ = ["CHECKS", "AnnotatorWithFewItems"]


class AnnotatorWithFewItems:
    """Looks for annotators who share fewer than ten items with the others."""

    code: ClassVar[str] = "AJ008"
    name: ClassVar[str] = message("annotator with few items")
    severity: ClassVar[Severity] = "info"
    statistical: ClassVar[bool] = False
    looks_at: ClassVar[str] = (
        f"How many items each identified annotator shares with another (at least {FEWEST_SHARED})."
    )
    meaning: ClassVar[str] = message(
        "Nothing can be said about how good they are, and every other check passes over them."
    )
    remedy: ClassVar[str] = message("Let them rate more items that others rated, or leave their ratings out.")

    def run(self, data: CheckData) -> CheckResult:
        """One finding a criterion, naming them."""
        if not data.identified:
            return not_applicable(self, message("no criterion has two identified annotators"))
        found: list[Finding] = []
        for criterion in data.identified:
            matrix = data.matrix(criterion)
            given = matrix.ratings
            shared = np.bincount(given.rater[given.size[given.item] >= 2], minlength=given.n_raters)
            few = [name for name, count in zip(matrix.annotators, shared, strict=True) if count < FEWEST_SHARED]
            if few:
                sentence = message(
                    "{n} of {n_annotators} annotators share fewer than {fewest_shared} items",
                    n=len(few),
                    n_annotators=len(matrix.annotators),
                    fewest_shared=FEWEST_SHARED,
                )
                found.append(finding(self, sentence, criterion=criterion, annotators=tuple(few), count=len(few)))
        return result(self, found, looked_at=message("annotators on {n} criteria", n=len(data.identified)))


CHECKS = (AnnotatorWithFewItems(),)
