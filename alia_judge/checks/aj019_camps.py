"""AJ019: people split in camps over an item."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import stats

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import significant
from alia_judge.stats.kernels.grouped import Grouped

__all__ = ["CHECKS", "Camps"]

#: Ratings an item needs for its distribution to show anything.
_FEWEST = 4
#: Share of the scale's range that the two camps' means must lie apart.
_APART = 0.5


class Camps:
    """Looks for items whose ratings are at two ends with a gap between them, more than people's noise explains."""

    code: ClassVar[str] = "AJ019"
    name: ClassVar[str] = message("people split in camps")
    severity: ClassVar[Severity] = "info"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "Items with four ratings or more on three ordered points or more, that vary more than the median item: two "
        "camps, each of two people and a quarter or more, half of the scale apart."
    )
    meaning: ClassVar[str] = message("The mean is a value that nobody gave; a judge that gives it agrees with no one.")
    remedy: ClassVar[str] = message(
        "Read these items: the guideline may leave the case open. Keep the distribution, not the mean."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding a criterion, naming the items."""
        found: list[Finding] = []
        looked = 0
        for criterion in data.ordered:
            scale = data.ratings.scales[criterion]
            if scale.points and len(scale.points) < 3:
                continue
            matrix = data.matrix(criterion)
            counts = matrix.ratings.size
            chosen = np.flatnonzero(counts >= _FEWEST)
            if not chosen.size:
                continue
            looked += chosen.size
            given = matrix.ratings.items(chosen)
            freedom = counts[chosen] - 1
            squares = Grouped(given.item, chosen.size).variance(given.value) * counts[chosen]
            parts = np.split(given.value, np.cumsum(given.size)[:-1])
            # From the median item, which the split ones do not move.
            noise = float(np.median(squares / stats.chi2.median(freedom)))
            noise = noise if noise > 0 else float(np.mean(squares / freedom))
            p_values = np.asarray(stats.chi2.sf(squares / noise, freedom)) if noise > 0 else np.ones(chosen.size)
            alarms = significant(p_values, data.level)
            split = [
                index
                for index in range(chosen.size)
                if alarms[index] and _in_camps(parts[index], scale.high - scale.low)
            ]
            if split:
                ids = tuple(matrix.item_ids[chosen[index]] for index in split)
                sentence = message("people split in two camps over {n} of {size} items", n=len(split), size=chosen.size)
                found.append(finding(self, sentence, criterion=criterion, items=ids, count=len(split)))
        if not looked:
            return not_applicable(self, message("no item on an ordered scale has {fewest} ratings", fewest=_FEWEST))
        return result(
            self,
            found,
            looked_at=message("{looked} items with {fewest} ratings or more", looked=looked, fewest=_FEWEST),
        )


CHECKS = (Camps(),)


def _in_camps(given: np.ndarray[tuple[int], np.dtype[np.float64]], width: float) -> bool:
    values = np.sort(given)
    gaps = np.diff(values)
    cut = int(np.argmax(gaps)) + 1
    low, high = values[:cut], values[cut:]
    if min(low.size, high.size) < max(2, 0.25 * values.size):
        return False
    return bool(high.mean() - low.mean() >= _APART * width and gaps.max() >= 0.5 * (high.mean() - low.mean()))
