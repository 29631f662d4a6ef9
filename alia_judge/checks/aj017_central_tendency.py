"""AJ017: an annotator keeps to the middle of the scale."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import Panel, Shared, significant
from alia_judge.stats.kernels.grouped import Grouped

__all__ = ["CHECKS", "CentralTendency"]

Floats = NDArray[np.float64]

#: Of the others' spread: above, the narrowing is too slight to matter.
_LARGEST = 0.7


class CentralTendency:
    """Looks for annotators whose ratings spread much less than any other person's of the same items.

    One-sided test on the logarithm of the ratio of standard deviations, its error from the kurtosis (Bonett 2006).
    """

    code: ClassVar[str] = "AJ017"
    name: ClassVar[str] = message("central tendency")
    severity: ClassVar[Severity] = "info"
    statistical: ClassVar[bool] = True
    looks_at: ClassVar[str] = (
        "The standard deviation of the annotator's ratings over that of single others on the same items; at most "
        ".70, on three points or more."
    )
    meaning: ClassVar[str] = message(
        "Good and bad items hardly differ for this annotator, and the mean is drawn to the middle."
    )
    remedy: ClassVar[str] = message(
        "Anchor the ends of the scale with examples; a consensus that knows discrimination corrects for it."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding an annotator and criterion."""
        criteria = [
            name
            for name in data.identified
            if name in data.ordered
            and (not data.ratings.scales[name].points or len(data.ratings.scales[name].points) > 2)
        ]
        if not criteria:
            return not_applicable(
                self, message("no criterion has a scale of three points or more and two identified annotators")
            )
        tested: list[tuple[str, str, int, float, float]] = []
        for criterion in criteria:
            panel = data.panel(criterion)
            shared = panel.shared
            mine = shared.by.variance(shared.mine, ddof=1)
            others, kurtosis = _of_the_others(panel, shared)
            for row in np.flatnonzero((mine > 0) & (others > 0)):
                ratio, n = math.sqrt(mine[row] / others[row]), int(shared.size[row])
                error = math.sqrt(max(kurtosis[row], 1.5) - 1) / (2 * math.sqrt(n))
                p = float(special.ndtr(math.log(ratio) / error))
                tested.append((criterion, panel.annotators[shared.rows[row]], n, ratio, p))
        found: list[Finding] = []
        alarms = significant([p for *_, p in tested], data.level)
        for (criterion, name, n, ratio, p), alarm in zip(tested, alarms, strict=True):
            if alarm and ratio <= _LARGEST:
                sentence = message(
                    "{name} spreads {ratio:.2f} times as much as the others on {n} items", name=name, ratio=ratio, n=n
                )
                found.append(finding(self, sentence, criterion=criterion, annotators=(name,), score=p))
        return result(self, found, looked_at=message("{n} annotators", n=len(tested)))


CHECKS = (CentralTendency(),)


def _of_the_others(panel: Panel, shared: Shared) -> tuple[Floats, Floats]:
    """Of each annotator: the variance of single other people's ratings of the same items, and the pooled kurtosis.

    The variance is within people, each weighing as the items they share. The kurtosis says how uncertain a variance of
    such ratings is (3 for the normal distribution).
    """
    n_raters, count = len(panel.annotators), shared.rows.size
    whose: dict[str, list[NDArray[np.float64]]] = {"pair": [], "n": [], "sum": [], "squares": []}
    powers = np.zeros((5, count))
    # Near the middle of all ratings powers keep their digits.
    value = panel.value - panel.value.mean()
    for mine, other in panel.others(shared):
        row, given = shared.by.code[mine], value[other]
        pair, code = np.unique(row * n_raters + panel.rater[other], return_inverse=True)
        pairs = Grouped(code, pair.size)
        for name, column in (
            ("pair", pair.astype(np.float64)),
            ("n", pairs.size.astype(np.float64)),
            ("sum", pairs.total(given)),
            ("squares", pairs.total(given**2)),
        ):
            whose[name].append(column)
        for power in range(5):
            powers[power] += np.bincount(row, weights=given**power, minlength=count)
    if not whose["pair"]:
        return np.zeros(count), np.full(count, np.nan)
    pair, code = np.unique(np.concatenate(whose["pair"]).astype(np.intp), return_inverse=True)
    n, first, second = (
        np.bincount(code, weights=np.concatenate(whose[name]), minlength=pair.size) for name in ("n", "sum", "squares")
    )
    row = pair // n_raters
    within = np.bincount(row, weights=second - first**2 / n, minlength=count)
    degrees = np.bincount(row, weights=n - 1, minlength=count)
    variance = np.divide(within, degrees, out=np.zeros(count), where=(degrees > 0) & (within > 1e-9 * powers[2]))
    return variance, _kurtosis(powers)


def _kurtosis(powers: Floats) -> Floats:
    """From the sums of the powers 0 to 4, shape (5, n)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        m1, m2, m3, m4 = powers[1:] / powers[0]
        spread = m2 - m1**2
        fourth = m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4
        return np.asarray(np.nan_to_num(fourth / spread**2, nan=0.0, posinf=0.0), dtype=np.float64)
