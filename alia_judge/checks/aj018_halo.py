"""AJ018: an annotator does not tell the criteria apart."""

from __future__ import annotations

import math
from itertools import combinations
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import FEWEST_SHARED, median_of_the_others, significant
from alia_judge.stats.kernels.grouped import Grouped

__all__ = ["CHECKS", "Halo"]

#: Correlation between criteria above which they are one for an annotator, and by how much it must exceed the others'.
_LEAST, _BEYOND = 0.8, 0.15


class Halo:
    """Looks for annotators whose criteria go together far more than the other people's do."""

    code: ClassVar[str] = "AJ018"
    name: ClassVar[str] = message("halo between criteria")
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "Each identified annotator's mean correlation between two ordered criteria; at least .80, and .15 above the "
        "others' median. Needs three annotators."
    )
    meaning: ClassVar[str] = message(
        "One impression was written down several times: the criteria are not measured apart."
    )
    remedy: ClassVar[str] = message(
        "Have one criterion rated at a time, in another order; keep one of this annotator's criteria."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding an annotator."""
        criteria = [name for name in data.identified if name in data.ordered]
        if len(criteria) < 2:
            return not_applicable(self, message("there are not two ordered criteria with identified annotators"))
        halos = _halos(data, criteria)
        if len(halos) < 3:
            return not_applicable(self, message("fewer than three annotators rated several criteria of enough items"))
        names = sorted(halos)
        typical = median_of_the_others(np.array([halos[name][0] for name in names])).tolist()
        p_values = []
        for name, rest in zip(names, typical, strict=True):
            mine, n = halos[name]
            bound = min(max(rest + _BEYOND, 0.0), 0.99)
            z = (math.atanh(min(mine, 0.999)) - math.atanh(bound)) * math.sqrt((n - 3) / 1.06)
            p_values.append(float(special.ndtr(-z)))
        found: list[Finding] = []
        for name, rest, p, alarm in zip(names, typical, p_values, significant(p_values, data.level), strict=True):
            if alarm and halos[name][0] >= _LEAST:
                sentence = message(
                    "{name}'s criteria correlate {halos:.2f} with one another over {got} items; the others' {rest:.2f}",
                    name=name,
                    halos=halos[name][0],
                    got=halos[name][1],
                    rest=rest,
                )
                found.append(finding(self, sentence, annotators=(name,), score=p))
        return result(
            self,
            found,
            looked_at=message("{n} annotators on {n_criteria} criteria", n=len(names), n_criteria=len(criteria)),
        )


CHECKS = (Halo(),)


def _halos(data: CheckData, criteria: list[str]) -> dict[str, tuple[float, int]]:
    """Of each annotator the mean correlation between their criteria, and the fewest items any of them rests on."""
    found: dict[str, list[tuple[float, int]]] = {}
    for first, second in combinations([data.panel(criterion) for criterion in criteria], 2):
        annotators, rater_a, rater_b = _common(first.annotators, second.annotators)
        items, item_a, item_b = _common(first.item_ids, second.item_ids)
        keys, cells = [], []
        for panel, rater, item in ((first, rater_a, item_a), (second, rater_b, item_b)):
            both = np.flatnonzero((rater[panel.rater] >= 0) & (item[panel.item] >= 0))
            keys.append(rater[panel.rater[both]] * len(items) + item[panel.item[both]])
            cells.append(both)
        shared, a, b = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
        by = Grouped(shared // max(len(items), 1), len(annotators))
        rho = by.spearman(first.value[cells[0][a]], second.value[cells[1][b]])
        for row in np.flatnonzero((by.size >= FEWEST_SHARED) & ~np.isnan(rho)):
            found.setdefault(annotators[row], []).append((float(rho[row]), int(by.size[row])))
    return {
        name: (float(np.mean([rho for rho, _ in pairs])), min(size for _, size in pairs))
        for name, pairs in found.items()
    }


def _common(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[list[str], NDArray[np.intp], NDArray[np.intp]]:
    """The names in both, and the place among them of each of `first` and of `second`; -1 where it is in one only."""
    both = sorted(set(first) & set(second))
    place = {name: index for index, name in enumerate(both)}
    one, other = (np.array([place.get(name, -1) for name in names], dtype=np.intp) for names in (first, second))
    return both, one, other
