"""`Comparison`: a judge beside something that it should be better than, and what the figures support."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from alia_judge._messages import Written, message, recalled
from alia_judge._record import Record
from alia_judge.stats.estimate import Estimate

__all__ = ["Comparison"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison(Record):
    """A judge beside something it should be better than, on the same items.

    Parameters
    ----------
    baseline
        What it is compared with (``"untuned judge"``, ``"surface features alone"``).
    statistic
        On which figure; `better` says which way is good.
    judge_value, baseline_value
        The figure of each, on the items that both have.
    difference
        Judge less baseline, with its paired interval.
    p_value
        Of no difference, two-sided, corrected over the judge's comparisons (Holm); NaN where undefined.
    alpha
        The level at which `shown` is decided.
    better
        ``"higher"`` or ``"lower"``.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> result = aj.evaluate_scores(ratings, {"the truth": truth}, criterion="tone")
    >>> comparison = result.judge("the truth").comparisons[0]
    >>> comparison.baseline, comparison.statistic, comparison.shown
    ('surface features alone', 'Spearman', True)
    """

    also: ClassVar[tuple[str, ...]] = (
        "claim",
        "shown",
    )

    baseline: str
    statistic: str
    judge_value: float
    baseline_value: float
    difference: Estimate
    p_value: float
    alpha: float = 0.05
    better: Literal["higher", "lower"] = "higher"

    @property
    def gain(self) -> float:
        """By how much the judge is better, whichever way is good; negative where it is worse."""
        return self.difference.value if self.better == "higher" else -self.difference.value

    @property
    def shown(self) -> bool:
        """Whether the figures support that the judge is better."""
        return self.p_value <= self.alpha and self.gain > 0

    @property
    def claim(self) -> str:
        """What may be said, in words."""
        what = message("better than {baseline}", baseline=recalled(self.baseline))
        if not self.difference.defined:
            why = recalled(self.difference.why or "") or message("a figure is undefined")
            return message("{what}: cannot be said ({why})", what=what, why=why)
        worse = self.p_value <= self.alpha and self.gain < 0
        sign = -1 if (self.better == "higher") == worse else 1
        low, high = sorted((sign * self.difference.low, sign * self.difference.high))
        gain = Written(f"{sign * self.difference.value:.2f} [{low:.2f}, {high:.2f}]")
        figures = message("{gain} in {statistic}", gain=gain, statistic=recalled(self.statistic))
        if worse:
            return message("{what}: no, it is worse, by {figures}", what=what, figures=figures)
        if self.shown:
            return message("{what}: yes, by {figures}", what=what, figures=figures)
        return message("{what}: not shown, its gain is {figures}", what=what, figures=figures)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
