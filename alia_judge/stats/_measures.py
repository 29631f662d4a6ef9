"""What the statistics of association have in common: a name, the figure of many rows, of many weightings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge.stats._validate import check_choice
from alia_judge.stats.kernels import (
    SwappedSpearman,
    WeightedKappa,
    WeightedKendall,
    WeightedMatthews,
    WeightedPairAccuracy,
    WeightedPairs,
    WeightedPearson,
    WeightedQuadraticKappa,
    WeightedSpearman,
    kappa_rows,
    kendall_rows,
    matthews_rows,
    pair_accuracy_rows,
    pair_sums_rows,
    pearson_rows,
    quadratic_kappa_rows,
    spearman_rows,
)

__all__ = [
    "AUC",
    "KAPPA",
    "KENDALL_B",
    "KENDALL_C",
    "MCC",
    "PEARSON",
    "QUADRATIC_WEIGHTED_KAPPA",
    "SPEARMAN",
    "Measure",
    "by_name",
    "pair_accuracy",
]

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
    swapped
        Scores of two judges (n,) each and a target (n,), complete, to a function from exchanges (m, n) to two times
        (m,) figures; None where `rows` serves.
    bounds
        Least and greatest value.
    kinds
        Whether items with the same score and target may be counted as one of greater weight. (Not where a pair of them
        is a pair, but a pair of copies of one item in a resample is none.)
    settings
        What else changes the figure.
    """

    name: str
    rows: Callable[[Floats, Floats], Floats]
    weighted: Callable[[Floats, Floats], Callable[[Floats], Floats]]
    swapped: Callable[[Floats, Floats, Floats], Callable[[NDArray[np.bool_]], tuple[Floats, Floats]]] | None = None
    bounds: tuple[float, float] = (-1.0, 1.0)
    kinds: bool = True
    settings: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)


SPEARMAN = Measure(name="spearman", rows=spearman_rows, weighted=WeightedSpearman, swapped=SwappedSpearman)
PEARSON = Measure(name="pearson", rows=pearson_rows, weighted=WeightedPearson)
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
AUC = Measure(
    name="auc",
    rows=lambda scores, target: pair_sums_rows(scores, target).auc,
    weighted=lambda x, y: _auc_of(WeightedPairs(x, y)),
    bounds=(0.0, 1.0),
)
KAPPA = Measure(name="kappa", rows=kappa_rows, weighted=WeightedKappa)
MCC = Measure(name="mcc", rows=matthews_rows, weighted=WeightedMatthews)
QUADRATIC_WEIGHTED_KAPPA = Measure(
    name="quadratic_weighted_kappa", rows=quadratic_kappa_rows, weighted=WeightedQuadraticKappa
)


def pair_accuracy(epsilon: float) -> Measure:
    """Pairwise accuracy with scores at most `epsilon` apart counted as tied."""
    return Measure(
        name="pairwise_accuracy",
        rows=lambda scores, target: pair_accuracy_rows(scores, target, epsilon),
        weighted=lambda x, y: WeightedPairAccuracy(x, y, epsilon),
        bounds=(0.0, 1.0),
        kinds=False,
        settings={"epsilon": epsilon},
    )


def _auc_of(pairs: WeightedPairs) -> Callable[[Floats], Floats]:
    return lambda weights: pairs(weights).auc


_BY_NAME = {
    "auc": AUC,
    "kappa": KAPPA,
    "kendall": KENDALL_B,
    "kendall_c": KENDALL_C,
    "mcc": MCC,
    "pairwise_accuracy": pair_accuracy(0.0),
    "pearson": PEARSON,
    "quadratic_weighted_kappa": QUADRATIC_WEIGHTED_KAPPA,
    "spearman": SPEARMAN,
}


def by_name(name: str | Callable[..., Any]) -> Measure:
    """The measure that a user calls `name`, or means by the function of this package that has it.

    Raises
    ------
    UsageError
        If there is none.
    """
    if callable(name):
        own = getattr(name, "__module__", "").startswith(f"{__package__}.")
        name = name.__name__ if own else repr(name)
    check_choice("statistic", name, tuple(_BY_NAME))
    return _BY_NAME[name]
