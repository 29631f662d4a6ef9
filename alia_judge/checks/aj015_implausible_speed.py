"""AJ015: an annotator was faster than anybody reads."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity

__all__ = ["CHECKS", "ImplausibleSpeed"]

#: Words a second of somebody who only skims (900 a minute; silent reading is about 240, Brysbaert 2019).
_SKIMMING = 15.0
#: Share of an annotator's ratings that must be too fast, and their least number.
_SHARE, _FEWEST = 0.1, 5


class ImplausibleSpeed:
    """Looks for annotators many of whose ratings took less time than skimming the response takes."""

    code: ClassVar[str] = "AJ015"
    name: ClassVar[str] = message("implausible speed")
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = False
    looks_at: ClassVar[str] = (
        "The seconds of each rating, against 15 words a second (people read about 4) and a fifth of the others' "
        "median. A tenth of an annotator's ratings, at least five, must be too fast."
    )
    meaning: ClassVar[str] = message("These items were not read.")
    remedy: ClassVar[str] = message(
        "Look whether these ratings agree with the others' at all; have them rated again, or exclude them."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding an annotator."""
        import pandas as pd

        table = data.ratings.table
        if "seconds" not in table or not table["annotator_id"].notna().any():
            return not_applicable(self, message("the ratings have no times, or nobody is identified"))
        rows = table[table["criterion"].isin(data.criteria) & table["annotator_id"].notna()].copy()
        rows["seconds"] = pd.to_numeric(rows["seconds"], errors="coerce")
        rows = rows[rows["seconds"].notna()]
        if rows.empty:
            return not_applicable(self, message("no time can be read as seconds"))
        # One time an item: several criteria are rated on one reading.
        rows = rows.groupby(["annotator_id", "item_id"], observed=True)["seconds"].sum().reset_index()
        words = {item.item_id: len(item.response.split()) for item in data.items}
        least = rows["item_id"].map(words).astype("float64") / _SKIMMING
        median = rows.groupby("item_id", observed=True)["seconds"].transform("median")
        several = rows.groupby("item_id", observed=True)["seconds"].transform("size") >= 3
        fast = (rows["seconds"] < least) | (several & (rows["seconds"] < 0.2 * median))
        found: list[Finding] = []
        for name, part in rows.assign(fast=fast.to_numpy()).groupby("annotator_id", observed=True):
            n_fast = int(part["fast"].sum())
            if n_fast >= _FEWEST and n_fast >= _SHARE * len(part):
                typical = float(np.median(part.loc[part["fast"], "seconds"]))
                sentence = message(
                    "{name} was faster than reading on {n_fast} of {n} items (median {typical:.1f} s there)",
                    name=name,
                    n_fast=n_fast,
                    n=len(part),
                    typical=typical,
                )
                items = tuple(part.loc[part["fast"], "item_id"].astype(str))
                share = n_fast / len(part)
                found.append(finding(self, sentence, annotators=(str(name),), items=items, count=n_fast, score=share))
        return result(self, found, looked_at=message("{n} times", n=len(rows)))


CHECKS = (ImplausibleSpeed(),)
