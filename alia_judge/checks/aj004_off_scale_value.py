"""AJ004: a value is not on its scale, or lies far outside of what everybody else gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, result
from alia_judge.checks.finding import CheckResult, Finding, Severity

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CHECKS", "OffScaleValue"]

#: Share of the ratings beyond a gap that makes them strays rather than rare grades.
_STRAY_SHARE = 0.01
#: A gap this many times as wide as the whole range of the other values.
_GAP = 1.0


class OffScaleValue:
    """Looks for values kept as found, off the scale, or isolated beyond a gap."""

    code: ClassVar[str] = "AJ004"
    name: ClassVar[str] = message("off-scale value")
    severity: ClassVar[Severity] = "error"
    statistical: ClassVar[bool] = False
    looks_at: ClassVar[str] = (
        "Values off the scale, also those kept by `invalid='keep'`; on an inferred scale at most 1% of the values, "
        "further from the rest than its range (55 among grades from 1 to 5)."
    )
    meaning: ClassVar[str] = message(
        "A slip of the finger counts as an extreme opinion, or the scale is not what it seems."
    )
    remedy: ClassVar[str] = message(
        "Correct the values, or declare the scale when loading (`scales=`) so that they are refused."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding a criterion and kind."""
        found: list[Finding] = []
        table = data.ratings.table
        for criterion in data.criteria:
            rows = table[table["criterion"] == criterion]
            scale = data.ratings.scales[criterion]
            if "found" in rows:
                kept = rows[rows["found"].notna()]
                if len(kept):
                    examples = ", ".join(repr(value) for value in list(dict.fromkeys(kept["found"]))[:5])
                    found.append(self._finding(criterion, f"{len(kept)} values are not on the scale: {examples}", kept))
            rated = rows[rows["value"].notna()]
            values = rated["value"].to_numpy(dtype=np.float64)
            given, code = np.unique(values, return_inverse=True)
            off = np.array([not scale.contains(value) for value in given], dtype=bool)[code]
            stray = _strays(values) if scale.ordered else np.zeros(len(values), dtype=bool)
            for chosen, what in ((off, message("off the scale")), (stray & ~off, message("far from all others"))):
                if chosen.any():
                    examples = ", ".join(f"{value:g}" for value in np.unique(values[chosen])[:5])
                    sentence = message(
                        "{chosen} of {n} values are {what}: {examples}",
                        chosen=int(chosen.sum()),
                        n=len(values),
                        what=what,
                        examples=examples,
                    )
                    found.append(self._finding(criterion, sentence, rated[chosen]))
        return result(
            self,
            found,
            looked_at=message("{n} values on {n_criteria} criteria", n=len(table), n_criteria=len(data.criteria)),
        )

    def _finding(self, criterion: str, sentence: str, rows: pd.DataFrame) -> Finding:
        annotators = tuple(sorted({str(name) for name in rows["annotator_id"].dropna()}))
        items = tuple(dict.fromkeys(rows["item_id"].astype(str)))
        return finding(self, sentence, criterion=criterion, annotators=annotators[:10], items=items, count=len(rows))


CHECKS = (OffScaleValue(),)


def _strays(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which values lie beyond a gap as wide as the range of at least 99% of the values."""
    unique, counts = np.unique(values, return_counts=True)
    stray = np.zeros(len(values), dtype=bool)
    for cut in range(1, len(unique)):
        gap = unique[cut] - unique[cut - 1]
        below, above = counts[:cut].sum(), counts[cut:].sum()
        few = min(below, above)
        if few > _STRAY_SHARE * len(values) and few > 1:
            continue
        rest = unique[:cut] if above == few else unique[cut:]
        if len(rest) >= 2 and gap > _GAP * (rest[-1] - rest[0]):
            stray |= (values >= unique[cut]) if above == few else (values < unique[cut])
    return stray
