"""What the statistics of association have in common: a name, the figure of many rows, of many weightings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alia_judge.stats._validate import check_choice
from alia_judge.stats.kernels import (
    WeightedKendall,
    WeightedPearson,
    WeightedSpearman,
    kendall_rows,
    pearson_rows,
    spearman_rows,
)

__all__ = ["KENDALL_B", "KENDALL_C", "PEARSON", "SPEARMAN", "Measure", "by_name"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One statistic of association between scores and a target.

    Parameters
    ----------
    name
        What `Estimate.statistic` says.
    rows
        Scores (m, n) and a target (n,) or (m, n), NaN where missing, to (m,) figures.
    weighted
        Scores (n,) and a target (n,), complete, to a function from weights (n, b) to (b,) figures.
    correlation
        Whether the figure is a correlation, in [-1, 1] with 0 for none; otherwise it lies in [0, 1].
    settings
        What else changes the figure.
    """

    name: str
    rows: Callable[[Floats, Floats], Floats]
    weighted: Callable[[Floats, Floats], Callable[[Floats], Floats]]
    correlation: bool = True
    settings: Mapping[str, str | int | float | bool | None]


SPEARMAN = Measure(name="spearman", rows=spearman_rows, weighted=WeightedSpearman, settings={})
PEARSON = Measure(name="pearson", rows=pearson_rows, weighted=WeightedPearson, settings={})
KENDALL_B = Measure(
    name="kendall",
    rows=lambda scores, target: kendall_rows(scores, target, "b"),
    weighted=lambda x, y: WeightedKendall(x, y, "b"),
    settings={"variant": "b"},
)
KENDALL_C = Measure(
    name="kendall",
    rows=lambda scores, target: kendall_rows(scores, target, "c"),
    weighted=lambda x, y: WeightedKendall(x, y, "c"),
    settings={"variant": "c"},
)

_BY_NAME = {"kendall": KENDALL_B, "kendall_c": KENDALL_C, "pearson": PEARSON, "spearman": SPEARMAN}


def by_name(name: str) -> Measure:
    """The measure that a user calls `name`.

    Raises
    ------
    UsageError
        If there is none.
    """
    check_choice("statistic", name, tuple(_BY_NAME))
    return _BY_NAME[name]
