"""AJ012: two annotators agree too well to have worked apart."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import significant
from alia_judge.stats.sparse_ratings import SparseRatings

__all__ = ["CHECKS", "CopiedAnnotators"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

#: Shared items a pair needs.
_FEWEST = 20
#: Annotators who are compared with one another: of more, those with most ratings.
_MOST_PEOPLE = 2_000
#: Annotators whose pairs with all others are counted at once.
_BLOCK = 500
#: How much more than any other pair of theirs two people must agree before it is worth saying.
_BEYOND = 0.05


class CopiedAnnotators:
    """Looks for pairs who agree exactly far more often than either does with anybody else."""

    code: ClassVar[str] = "AJ012"
    name: ClassVar[str] = message("copied annotators")
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "The share of identical values of each pair with 20 shared items or more: .05 above the largest that either "
        "has with a third. Three who copy hide each other."
    )
    meaning: ClassVar[str] = message("One opinion counts as two: agreement is overstated and intervals are too narrow.")
    remedy: ClassVar[str] = message("Ask how they worked (one account, together, from one sheet); keep one of the two.")

    def run(self, data: CheckData) -> CheckResult:
        """One finding a pair and criterion."""
        criteria = [name for name in data.identified if len(data.matrix(name).annotators) >= 3]
        if not criteria:
            return not_applicable(self, message("no criterion has three identified annotators to compare"))
        tested: list[tuple[str, tuple[str, str], int, int, float]] = []
        for criterion in criteria:
            names = data.matrix(criterion).annotators
            first, second, shared, same = _pairs(data.matrix(criterion).ratings)
            share = same / shared
            # Of many other pairs the luckiest agrees too well: each is taken a standard error down.
            sure = share - np.sqrt(share * (1 - share) / shared)
            most = _most_with_a_third(first, second, sure, len(names))
            for place in np.flatnonzero(most > -np.inf):
                pair = (names[first[place]], names[second[place]])
                tested.append((criterion, pair, int(shared[place]), int(same[place]), float(most[place])))
        if not tested:
            return not_applicable(
                self, message("no three annotators share {fewest} items pair by pair", fewest=_FEWEST)
            )
        n_shared, n_same, chance = (np.array([entry[place] for entry in tested]) for place in (2, 3, 4))
        p_values = np.atleast_1d(stats.binom.sf(n_same - 1, n_shared, np.minimum(chance + _BEYOND, 1.0))).tolist()
        found: list[Finding] = []
        for (criterion, pair, n, equal, usual), p, alarm in zip(
            tested, p_values, significant(p_values, data.level), strict=True
        ):
            if alarm:
                sentence = message(
                    "{pair} and {got} gave the same value to {equal} of {n} items ({share:.0%}); neither "
                    "surely agrees with anybody else on more than {usual:.0%}",
                    pair=pair[0],
                    got=pair[1],
                    equal=equal,
                    n=n,
                    share=equal / n,
                    usual=usual,
                )
                found.append(finding(self, sentence, criterion=criterion, annotators=pair, score=p))
        return result(self, found, looked_at=message("{n} pairs of annotators", n=len(tested)))


CHECKS = (CopiedAnnotators(),)


def _pairs(given: SparseRatings) -> tuple[Codes, Codes, Codes, Codes]:
    """The pairs of raters who share enough items: who, how many items, and how many identical values."""
    n_ratings = np.bincount(given.rater, minlength=given.n_raters)
    looked = np.sort(np.argsort(-n_ratings, kind="stable")[:_MOST_PEOPLE])
    few = given.raters(looked)
    code = np.unique(few.value, return_inverse=True)[1]
    n_labels = int(code.max(initial=0)) + 1
    ones = np.ones(few.value.size)
    rated = sparse.csr_array((ones, (few.rater, few.item)), shape=few.shape)
    cell = few.item * n_labels + code
    gave = sparse.csr_array((ones, (few.rater, cell)), shape=(few.n_raters, few.n_items * n_labels))
    found: list[tuple[Codes, Codes, Codes, Codes]] = []
    for start in range(0, few.n_raters, _BLOCK):
        shared = (rated[start : start + _BLOCK] @ rated.T).toarray()
        same = (gave[start : start + _BLOCK] @ gave.T).toarray()
        first, second = np.nonzero(shared >= _FEWEST)
        once = first + start < second
        first, second = first[once], second[once]
        n_shared, n_same = (table[first, second].astype(np.intp) for table in (shared, same))
        found.append((looked[first + start], looked[second], n_shared, n_same))
    first, second, n_shared, n_same = (np.concatenate(column) for column in zip(*found, strict=True))
    return first, second, n_shared, n_same


def _most_with_a_third(first: Codes, second: Codes, sure: Floats, n_raters: int) -> Floats:
    """The largest share that either of each pair has with somebody else; minus infinity where there is nobody."""
    pair = np.concatenate([np.arange(first.size)] * 2)
    rater, value = np.concatenate([first, second]), np.concatenate([sure, sure])
    # Of each rater, the largest share, whose pair it is, and the largest of the others.
    order = np.lexsort((-value, rater))
    starts = np.searchsorted(rater[order], np.arange(n_raters))
    counts = np.bincount(rater, minlength=n_raters)
    best, best_pair, next_best = (np.full(n_raters, -np.inf), np.full(n_raters, -1), np.full(n_raters, -np.inf))
    some, several = counts >= 1, counts >= 2
    best[some], best_pair[some] = value[order][starts[some]], pair[order][starts[some]]
    next_best[several] = value[order][starts[several] + 1]
    own = np.arange(first.size)
    sides = [np.where(best_pair[side] == own, next_best[side], best[side]) for side in (first, second)]
    return np.maximum(*sides)
