from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.selection.permutation import permuted_figures
from alia_judge.records import Scale
from alia_judge.stats.folds import group_folds

N = 80


def _p_value(strength: float, seed: int, statistic: str = "spearman") -> float:
    rng = np.random.default_rng(seed)
    values = np.clip(np.round(3 + rng.standard_normal(N)), 1, 5)
    features = rng.standard_normal((N, 30))
    features[:, 0] += strength * (values - 3)
    groups = np.array([f"g{place % 10}" for place in range(N)])
    target = Target(values=values, groups=groups, scale=Scale.ordinal(1, 5))
    folds = group_folds([groups], 5, rng)
    figures = permuted_figures(features, target, folds, Objective(statistic=statistic), np.arange(40, N))  # type: ignore[arg-type]
    return float(np.mean(figures >= figures[0]))


@pytest.mark.parametrize("statistic", ["spearman", "pairwise_accuracy"])
def test_verdicts_that_say_something_are_told_from_permuted_ones(statistic: str) -> None:
    assert _p_value(2.0, 0, statistic) == 1 / 200


def test_p_values_of_noise_are_uniform() -> None:
    """At level a, nothing is taken for something in a share a of cases."""
    found = [_p_value(0.0, seed) for seed in range(60)]
    assert kstest(found, "uniform").pvalue > 0.01
    assert np.mean(np.array(found) <= 0.1) <= 0.25


def test_without_folds_nothing_is_found() -> None:
    target = Target(values=np.arange(4.0), groups=np.array(["g"] * 4), scale=Scale.continuous(0, 5))
    figures = permuted_figures(np.ones((4, 2)), target, [], Objective(), np.arange(4))
    assert np.mean(figures >= figures[0]) == 1.0
