"""AJ018: an annotator does not tell the criteria apart."""

from __future__ import annotations

import math
from itertools import combinations
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import FEWEST_SHARED, significant

__all__ = ["Halo"]

#: Correlation between criteria above which they are one for an annotator, and by how much it must exceed the others'.
_LEAST, _BEYOND = 0.8, 0.15


class Halo:
    """Looks for annotators whose criteria go together far more than the other people's do."""

    code: ClassVar[str] = "AJ018"
    name: ClassVar[str] = "halo between criteria"
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "For each identified annotator, the mean correlation between two criteria over the items rated on both, "
        "against the median of the same figure of the others. One-sided test on Fisher's z, Holm over all "
        "annotators; at least .80, and .15 above the others. Needs two ordered criteria and three annotators."
    )
    meaning: ClassVar[str] = "One impression was written down several times: the criteria are not measured apart."
    remedy: ClassVar[str] = (
        "Have one criterion rated at a time, in another order; keep one of this annotator's criteria."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding an annotator."""
        criteria = [name for name in data.identified if name in data.ordered]
        if len(criteria) < 2:
            return not_applicable(self, "there are not two ordered criteria with identified annotators")
        halos = {name: halo for name in data.ratings.annotators if (halo := _halo(data, name, criteria)) is not None}
        if len(halos) < 3:
            return not_applicable(self, "fewer than three annotators rated several criteria of enough items")
        names = list(halos)
        p_values, typical = [], []
        for name in names:
            rest = float(np.median([halos[other][0] for other in names if other != name]))
            typical.append(rest)
            mine, n = halos[name]
            bound = min(max(rest + _BEYOND, 0.0), 0.99)
            z = (math.atanh(min(mine, 0.999)) - math.atanh(bound)) * math.sqrt((n - 3) / 1.06)
            p_values.append(float(stats.norm.sf(z)))
        found: list[Finding] = []
        for name, rest, p, alarm in zip(names, typical, p_values, significant(p_values, data.level), strict=True):
            if alarm and halos[name][0] >= _LEAST:
                message = (
                    f"{name}'s criteria correlate {halos[name][0]:.2f} with one another over {halos[name][1]} items; "
                    f"the others' {rest:.2f}"
                )
                found.append(finding(self, message, annotators=(name,), score=p))
        return result(self, found, looked_at=f"{len(names)} annotators on {len(criteria)} criteria")


def _halo(data: CheckData, annotator: str, criteria: list[str]) -> tuple[float, int] | None:
    """Mean correlation between the annotator's criteria, and the fewest items any of them rests on."""
    found: list[float] = []
    sizes: list[int] = []
    for first, second in combinations(criteria, 2):
        x, y = _shared(data, annotator, first, second)
        if x.size >= FEWEST_SHARED and np.ptp(x) > 0 and np.ptp(y) > 0:
            found.append(float(stats.spearmanr(x, y).statistic))
            sizes.append(x.size)
    return (float(np.mean(found)), min(sizes)) if found else None


def _shared(
    data: CheckData, annotator: str, first: str, second: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows = []
    for criterion in (first, second):
        matrix = data.matrix(criterion)
        values = dict.fromkeys(matrix.item_ids, math.nan)
        if annotator in matrix.annotators:
            oriented = data.ratings.scales[criterion].oriented(matrix.values[matrix.annotators.index(annotator)])
            values = dict(zip(matrix.item_ids, oriented.tolist(), strict=True))
        rows.append(values)
    pairs = [(rows[0][item], rows[1][item]) for item in rows[0] if item in rows[1]]
    array = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    kept = array[~np.isnan(array).any(axis=1)]
    return kept[:, 0], kept[:, 1]
