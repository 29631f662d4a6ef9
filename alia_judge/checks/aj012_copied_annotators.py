"""AJ012: two annotators agree too well to have worked apart."""

from __future__ import annotations

from itertools import combinations
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import significant

__all__ = ["CopiedAnnotators"]

#: Shared items a pair needs.
_FEWEST = 20
#: How much more than any other pair of theirs two people must agree before it is worth saying.
_BEYOND = 0.05


class CopiedAnnotators:
    """Looks for pairs who agree exactly far more often than either does with anybody else."""

    code: ClassVar[str] = "AJ012"
    name: ClassVar[str] = "copied annotators"
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "The share of identical values of each pair of annotators with 20 shared items or more, against the "
        "largest share that either surely (less a standard error) has with a third. One-sided binomial test, Holm "
        "over all pairs; at least .05 more. Three people who copy from one another hide each other."
    )
    meaning: ClassVar[str] = "One opinion counts as two: agreement is overstated and intervals are too narrow."
    remedy: ClassVar[str] = "Ask how they worked (one account, together, from one sheet); keep one of the two."

    def run(self, data: CheckData) -> CheckResult:
        """One finding a pair and criterion."""
        criteria = [name for name in data.identified if len(data.matrix(name).annotators) >= 3]
        if not criteria:
            return not_applicable(self, "no criterion has three identified annotators to compare")
        tested: list[tuple[str, tuple[str, str], int, int, float]] = []
        for criterion in criteria:
            matrix = data.matrix(criterion)
            shared, same = _pairs(matrix.values)
            share = np.divide(same, shared, out=np.full(shared.shape, np.nan), where=shared >= _FEWEST)
            # Of many other pairs the luckiest agrees too well: each is taken a standard error down.
            sure = share - np.sqrt(share * (1 - share) / np.maximum(shared, 1))
            for first, second in combinations(range(len(matrix.annotators)), 2):
                if np.isnan(share[first, second]):
                    continue
                others = np.delete(sure[[first, second]], [first, second], axis=1)
                if np.isnan(others).all():
                    continue
                pair = (matrix.annotators[first], matrix.annotators[second])
                usual = float(np.nanmax(others))
                tested.append((criterion, pair, int(shared[first, second]), int(same[first, second]), usual))
        if not tested:
            return not_applicable(self, f"no three annotators share {_FEWEST} items pair by pair")
        n_shared, n_same, chance = (np.array([entry[place] for entry in tested]) for place in (2, 3, 4))
        p_values = np.atleast_1d(stats.binom.sf(n_same - 1, n_shared, np.minimum(chance + _BEYOND, 1.0))).tolist()
        found: list[Finding] = []
        for (criterion, pair, n, equal, usual), p, alarm in zip(
            tested, p_values, significant(p_values, data.level), strict=True
        ):
            if alarm:
                message = (
                    f"{pair[0]} and {pair[1]} gave the same value to {equal} of {n} items ({equal / n:.0%}); neither "
                    f"surely agrees with anybody else on more than {usual:.0%}"
                )
                found.append(finding(self, message, criterion=criterion, annotators=pair, score=p))
        return result(self, found, looked_at=f"{len(tested)} pairs of annotators")


def _pairs(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shared items and identical values of each pair of rows, each of shape (n_rows, n_rows)."""
    present = ~np.isnan(values)
    shared = present.astype(np.float64) @ present.T.astype(np.float64)
    same = np.zeros_like(shared)
    for value in np.unique(values[present]):
        gave = (values == value).astype(np.float64)
        same += gave @ gave.T
    return shared, same
