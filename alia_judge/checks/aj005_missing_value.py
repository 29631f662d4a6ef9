"""AJ005: a rating is there without a value."""

from __future__ import annotations

from typing import ClassVar

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, result
from alia_judge.checks.finding import CheckResult, Finding, Severity

__all__ = ["CHECKS", "MissingValue"]


class MissingValue:
    """Looks for rows whose value is empty."""

    code: ClassVar[str] = "AJ005"
    name: ClassVar[str] = message("missing value")
    severity: ClassVar[Severity] = "info"
    statistical: ClassVar[bool] = False
    looks_at: ClassVar[str] = "Rows whose value is empty, by criterion and annotator."
    meaning: ClassVar[str] = message(
        "They count as not rated. Where one annotator leaves many out, or hard items are left "
        "out, the ratings are not a fair sample."
    )
    remedy: ClassVar[str] = message(
        "Ask whether they mean 'cannot tell' (then it is a label of its own) or were forgotten."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding a criterion; a warning where more than a tenth is missing."""
        found: list[Finding] = []
        table = data.ratings.table
        for criterion in data.criteria:
            rows = table[table["criterion"] == criterion]
            empty = rows["value"].isna()
            if "found" in rows:
                empty &= rows["found"].isna()
            if not empty.any():
                continue
            missing = rows[empty]
            share = len(missing) / len(rows)
            by_annotator = missing["annotator_id"].dropna().astype(str).value_counts()
            most: str = ""
            if len(by_annotator):
                name, most_of_one = by_annotator.index[0], int(by_annotator.iloc[0])
                most = message("; most by {name} ({n})", name=name, n=most_of_one)
            found.append(
                finding(
                    self,
                    message(
                        "{n} of {n_rows} ratings ({share:.1%}) have no value{most}",
                        n=len(missing),
                        n_rows=len(rows),
                        share=share,
                        most=most,
                    ),
                    severity="warning" if share > 0.1 else self.severity,
                    criterion=criterion,
                    annotators=tuple(sorted(by_annotator.index))[:10],
                    items=tuple(dict.fromkeys(missing["item_id"].astype(str))),
                    count=len(missing),
                )
            )
        return result(self, found, looked_at=message("{n} rows", n=len(table)))


CHECKS = (MissingValue(),)
