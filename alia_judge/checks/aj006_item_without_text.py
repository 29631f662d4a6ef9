"""AJ006: an item has nothing for a judge to read."""

from __future__ import annotations

from typing import ClassVar

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, result
from alia_judge.checks.finding import CheckResult, Severity

__all__ = ["CHECKS", "ItemWithoutText"]


class ItemWithoutText:
    """Looks for items whose response is empty."""

    code: ClassVar[str] = "AJ006"
    name: ClassVar[str] = message("item without text")
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = False
    looks_at: ClassVar[str] = "The response of every item."
    meaning: ClassVar[str] = message(
        "No judge can be run on these items; recorded scores can still be held against the ratings."
    )
    remedy: ClassVar[str] = message("Load the texts beside the ratings (a column response), or leave these items out.")

    def run(self, data: CheckData) -> CheckResult:
        """One finding for all of them; mere information where no item has a text at all."""
        empty = [item.item_id for item in data.items if not item.response.strip()]
        looked_at = message("{n} items", n=len(data.items))
        if not empty:
            return result(self, (), looked_at=looked_at)
        everything = len(empty) == len(data.items)
        sentence = (
            message("no item has a text")
            if everything
            else message("{n} of {n_items} items have no text", n=len(empty), n_items=len(data.items))
        )
        severity: Severity = "info" if everything else self.severity
        found = finding(self, sentence, severity=severity, items=tuple(empty), count=len(empty))
        return result(self, [found], looked_at=looked_at)


CHECKS = (ItemWithoutText(),)
