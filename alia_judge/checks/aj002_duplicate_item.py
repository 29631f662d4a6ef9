"""AJ002: two items have the same texts."""

from __future__ import annotations

from collections import defaultdict
from typing import ClassVar

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Severity

__all__ = ["CHECKS", "DuplicateItem"]


class DuplicateItem:
    """Looks for items with different ids and the same texts."""

    code: ClassVar[str] = "AJ002"
    name: ClassVar[str] = message("duplicate item")
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = False
    looks_at: ClassVar[str] = "The texts of every item that a judge would see."
    meaning: ClassVar[str] = message(
        "The same text counts twice; where the copies are in different groups, one may be "
        "learnt from and the other held out, and the held-out figure is too good."
    )
    remedy: ClassVar[str] = message(
        "Merge the copies under one id, or give them one group; `build_benchmark` keeps them together."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding for all copies together."""
        items = [item for item in data.items if item.response.strip()]
        if not items:
            return not_applicable(self, message("no item has a text"))
        by_digest = defaultdict(list)
        for item in items:
            by_digest[item.digest()].append(item)
        copied = [group for group in by_digest.values() if len(group) > 1]
        looked_at = message("{n} items with a text", n=len(items))
        if not copied:
            return result(self, (), looked_at=looked_at)
        across = sum(len({item.group or item.item_id for item in group}) > 1 for group in copied)
        ids = [item.item_id for group in copied for item in group]
        sentence = message(
            "{n} texts occur under several ids ({n_ids} items); {across} of them in different groups",
            n=len(copied),
            n_ids=len(ids),
            across=across,
        )
        severity: Severity = "warning" if across else "info"
        return result(
            self, [finding(self, sentence, severity=severity, items=tuple(ids), count=len(ids))], looked_at=looked_at
        )


CHECKS = (DuplicateItem(),)
