"""AJ003: two items have nearly the same response."""

from __future__ import annotations

from typing import ClassVar

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Severity
from alia_judge.text.near_duplicates import near_duplicates

__all__ = ["CHECKS", "NearDuplicateItem"]


class NearDuplicateItem:
    """Looks for responses whose word pairs overlap by .7 or more and that are not the same item's copy."""

    code: ClassVar[str] = "AJ003"
    name: ClassVar[str] = message("near-duplicate item")
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = False
    looks_at: ClassVar[str] = (
        "The Jaccard similarity of responses' word pairs (threshold .7; eight words or more; not case, accents, "
        "punctuation)."
    )
    meaning: ClassVar[str] = message(
        "Where the two are in different groups, one may be learnt from and the other held "
        "out: leakage, and the held-out figure is too good."
    )
    remedy: ClassVar[str] = message(
        "Give them one group, or leave it to `build_benchmark`, which keeps near-duplicates together."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding for the pairs across groups, one for those within."""
        items = data.items
        if not any(len(item.response.split()) >= 8 for item in items):
            return not_applicable(self, message("no item has a response of eight words or more"))
        pairs = [
            (items[first], items[second])
            for first, second, _ in near_duplicates([item.response for item in items])
            if items[first].digest() != items[second].digest()
        ]
        across = [pair for pair in pairs if pair[0].group is None or pair[0].group != pair[1].group]
        within = [pair for pair in pairs if pair[0].group is not None and pair[0].group == pair[1].group]
        found = []
        for where, chosen, severity in (
            (message("in different groups"), across, "warning"),
            (message("within one group"), within, "info"),
        ):
            if chosen:
                ids = tuple(dict.fromkeys(item.item_id for pair in chosen for item in pair))
                sentence = message(
                    "{n} pairs of nearly the same response {where} ({n_ids} items)",
                    n=len(chosen),
                    where=where,
                    n_ids=len(ids),
                )
                found.append(finding(self, sentence, severity=severity, items=ids, count=len(ids)))
        return result(self, found, looked_at=message("{n} items", n=len(items)))


CHECKS = (NearDuplicateItem(),)
