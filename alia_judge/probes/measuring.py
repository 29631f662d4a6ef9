"""Paired figures of one probe: shift, effect, share moved, rank agreement, and the p-value of no shift."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alia_judge._messages import message
from alia_judge._process_wide import undefined_is_said_in_the_result
from alia_judge.probes.base import Question
from alia_judge.records import Item, Scale
from alia_judge.stats.clustered import clustered_mean
from alia_judge.stats.correlation import spearman
from alia_judge.stats.estimate import Estimate

__all__ = ["clusters", "measured", "unmeasured"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
#: Share of items that may move by half a point before scatter is said to be shown.
_TOLERATED = 0.05


def clusters(items: Sequence[Item]) -> Codes:
    """Which items belong together, shape (n,): those of a group, and each item without one by itself."""
    names = [f"group:{item.group}" if item.group else f"item:{item.item_id}" for item in items]
    return np.unique(np.array(names), return_inverse=True)[1].astype(np.intp)


def measured(
    before: Floats,
    after: Floats,
    groups: Codes,
    *,
    spread: float,
    scale: Scale,
    level: float,
    question: Question = "shift",
) -> tuple[dict[str, Any], float]:
    """The figures of a `ProbeResult`, by name, and the p-value.

    Parameters
    ----------
    before, after
        Scores of the same items, shape (n,), none missing; `before` is what is expected if the change did nothing.
    groups
        Cluster of each item, shape (n,).
    spread
        Standard deviation of the judge's scores of the items as they are: the unit of the effect.
    scale
        For what counts as having moved.
    level
        Nominal coverage of the intervals.
    question
        Whether the p-value is of no shift, of at most a twentieth of the items moving, or of both at once.
    """
    clustered = np.unique(groups).size < groups.size
    shift = clustered_mean(after - before, groups if clustered else None, statistic="mean shift", confidence=level)
    p_value = shift.p_value()
    moved = np.abs(after - before) >= _noticeable(scale) * (1 - 1e-9)
    share, independent = _share(moved, groups, level)
    if question != "shift":
        scattered = _more_than(_TOLERATED, share.value, independent)
        # Two chances to be wrong (Bonferroni), of which the second counts where there is no first.
        p_value = scattered if question == "scatter" else min(1.0, 2 * float(np.fmin(p_value, scattered)))
    figures = {
        "shift": shift,
        "effect": _in_units(shift, spread),
        "moved_share": share,
        "rank_agreement": _ranks(before, after, groups, level),
    }
    return figures, p_value


def unmeasured(n: int, why: str | None = None) -> dict[str, Any]:
    """The figures where there are none."""
    named = {
        "shift": "mean shift",
        "effect": "effect",
        "moved_share": "share moved",
        "rank_agreement": "spearman",
    }
    return {name: Estimate.undefined(statistic, why, n=n) for name, statistic in named.items()}


def _in_units(shift: Estimate, spread: float) -> Estimate:
    if not spread > 0:
        why = message("the judge gives the items all one score, which is no unit to measure in")
        return Estimate.undefined("effect", why, n=shift.n)
    return shift.times(1 / spread, statistic="effect")


def _share(moved: NDArray[np.bool_], groups: Codes, level: float) -> tuple[Estimate, float]:
    """Wilson's interval, on as many independent items as the clusters leave of them; and how many that is."""
    share, n, units = float(moved.mean()), moved.size, np.unique(groups).size
    independent = float(units)
    if 0 < share < 1:
        totals = np.bincount(groups, weights=moved - share)
        # The design effect of Kish: how much more the clustered mean varies than that of so many independent items.
        inflation = float((totals**2).sum()) / (n * share * (1 - share))
        independent = n / max(1.0, inflation)
    z = float(special.ndtri((1 + level) / 2))
    middle = (share + z**2 / (2 * independent)) / (1 + z**2 / independent)
    half = z / (1 + z**2 / independent) * math.sqrt(share * (1 - share) / independent + z**2 / (4 * independent**2))
    estimate = Estimate(statistic="share moved", value=share, n=n).with_interval(
        min(share, max(0.0, middle - half)),
        max(share, min(1.0, middle + half)),
        level=level,
        method="Wilson" if units == n else "Wilson, clustered",
        groups=units if units < n else None,
    )
    return estimate, independent


def _more_than(bound: float, share: float, n: float) -> float:
    """One-sided p-value of a share's not being above a bound: the binomial tail, as an incomplete beta function."""
    successes = share * n
    return 1.0 if successes <= 0 else float(special.betainc(successes, n - successes + 1, bound))


def _ranks(before: Floats, after: Floats, groups: Codes, level: float) -> Estimate:
    settings: dict[str, Any] = {"interval": "jackknife", "confidence": level}
    # A judge with one score for all is no news here: the estimate says so in `why`.
    with undefined_is_said_in_the_result():
        return spearman(after, before, groups=groups, **settings)


def _noticeable(scale: Scale) -> float:
    if scale.kind == "continuous":
        return (scale.high - scale.low) / 20
    return float(np.diff(scale.points).min()) / 2
