"""Batched correlations on raw arrays: many candidates against one target, or many resamples of one candidate, at once.

These are the inner loops of the search and of every interval. They check nothing: shapes are stated, values are finite
or, where stated, NaN for missing. The functions of `alia_judge.stats` are the same figures, checked, with intervals.
"""

from alia_judge.stats.kernels.accuracy import WeightedPairAccuracy, pair_accuracy_rows
from alia_judge.stats.kernels.categories import (
    WeightedKappa,
    WeightedMatthews,
    WeightedQuadraticKappa,
    kappa_rows,
    matthews_rows,
    quadratic_kappa_rows,
)
from alia_judge.stats.kernels.pairs import PairSums, Variant, kendall_from_pairs, kendall_rows, pair_sums_rows
from alia_judge.stats.kernels.ranks import midranks, pearson_rows, spearman_rows
from alia_judge.stats.kernels.swaps import SwappedSpearman
from alia_judge.stats.kernels.weighted import WeightedPearson, WeightedSpearman
from alia_judge.stats.kernels.weighted_pairs import WeightedKendall, WeightedPairs

__all__ = [
    "PairSums",
    "SwappedSpearman",
    "Variant",
    "WeightedKappa",
    "WeightedKendall",
    "WeightedMatthews",
    "WeightedPairAccuracy",
    "WeightedPairs",
    "WeightedPearson",
    "WeightedQuadraticKappa",
    "WeightedSpearman",
    "kappa_rows",
    "kendall_from_pairs",
    "kendall_rows",
    "matthews_rows",
    "midranks",
    "pair_accuracy_rows",
    "pair_sums_rows",
    "pearson_rows",
    "quadratic_kappa_rows",
    "spearman_rows",
]
