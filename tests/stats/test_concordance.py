"""Oracles: scipy's Friedman statistic, which is m (n - 1) W, ties corrected; the mean of scipy's Spearman's rho."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.stats import kendall_w


def panel(seed: int, *, raters: int = 4, items: int = 25) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.clip(rng.integers(1, 6, size=items) + rng.integers(-1, 2, size=(raters, items)), 1, 5).astype(float)


@pytest.mark.parametrize("seed", range(4))
def test_is_the_friedman_statistic_over_its_largest_value(seed):
    values = panel(seed)
    friedman = stats.friedmanchisquare(*values.T).statistic
    assert float(kendall_w(values)) == pytest.approx(friedman / (4 * 24), abs=1e-12)


def test_is_the_mean_spearman_where_nothing_is_tied():
    values = panel(0) + np.random.default_rng(1).random((4, 25)) / 2
    rho = np.mean([stats.spearmanr(a, b).statistic for a, b in itertools.combinations(values, 2)])
    assert (4 * float(kendall_w(values)) - 1) / 3 == pytest.approx(rho, abs=1e-12)


def test_resamples_are_ranked_anew_and_clusters_kept_whole():
    values = panel(2, items=24)
    items = kendall_w(values, interval="percentile", n_resamples=50, rng=1)
    draws = np.random.default_rng(1).integers(0, 24, size=(50, 24))
    oracle = [stats.friedmanchisquare(*values[:, draw].T).statistic / (4 * 23) for draw in draws]
    np.testing.assert_allclose([items.low, items.high], np.quantile(oracle, [0.025, 0.975]), atol=1e-12)
    clusters = kendall_w(values, interval="bca", n_resamples=200, groups=np.repeat(np.arange(8), 3))
    assert clusters.groups == 8
    assert clusters.low < clusters.value < clusters.high


def test_items_with_a_rating_missing_are_left_out():
    values = panel(3)
    gap = np.full((4, 1), np.nan)
    gap[0] = 3
    assert kendall_w(np.hstack([gap, values])).value == kendall_w(values).value


@given(seed=st.integers(0, 10_000), data=st.data())
def test_bounds_order_and_monotone_transformations(seed, data):
    values = panel(seed, raters=3, items=8)
    values[:, 0], values[:, 1] = 1, 5
    rows, columns = (data.draw(st.permutations(range(n))) for n in values.shape)
    w = float(kendall_w(values))
    assert 0 <= w <= 1 + 1e-12
    assert float(kendall_w(values[rows][:, columns])) == pytest.approx(w)
    assert float(kendall_w(np.exp(values))) == pytest.approx(w)
    assert float(kendall_w(-values)) == pytest.approx(w)
    assert float(kendall_w(np.tile(values, 3))) == pytest.approx(w)


def test_the_same_ranking_is_one():
    assert float(kendall_w([[1, 2, 3, 3], [10, 20, 30, 30]])) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "values", [[[1, 2]], np.ones((3, 4)), [[1], [2]], np.empty((0, 3)), [[1, np.nan], [2, np.nan]]]
)
def test_undefined_is_nan_with_a_reason(values):
    with pytest.warns(DegenerateDataWarning, match="two annotators and two items"):
        assert not kendall_w(values).defined


def test_says_what_was_wrong():
    with pytest.raises(UsageError, match=r"shape \(n_raters, n_items\)"):
        kendall_w([1, 2, 3])
