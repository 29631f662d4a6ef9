"""Partial and incremental association against least squares."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.stats import incremental, partial


def sample(seed: int, n: int = 60, k: int = 3):
    rng = np.random.default_rng(seed)
    given_, noise = rng.normal(size=(n, k)), rng.normal(size=(2, n))
    y = given_ @ rng.normal(size=k) + noise[0]
    return np.round(0.5 * y + given_ @ rng.normal(size=k) + noise[1], 1), np.round(y), given_


def ranked(basis, *columns):
    return [stats.rankdata(column, axis=0) if basis == "spearman" else column for column in columns]


@pytest.mark.parametrize("basis", ["spearman", "pearson"])
@pytest.mark.parametrize("k", [1, 3])
@given(seed=st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_partial_is_the_correlation_of_residuals(basis, k, seed):
    x, y, given_ = sample(seed, k=k)
    x_, y_, g_ = ranked(basis, x, y, given_)
    design = sm.add_constant(g_)
    residuals = [sm.OLS(side, design).fit().resid for side in (x_, y_)]
    expected = stats.pearsonr(*residuals).statistic
    assert float(partial(x, y, given_, statistic=basis)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("basis", ["spearman", "pearson"])
@given(seed=st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_incremental_is_the_gain_in_r_squared(basis, seed):
    x, y, given_ = sample(seed)
    x_, y_, g_ = ranked(basis, x, y, given_)
    without = sm.OLS(y_, sm.add_constant(g_)).fit().rsquared
    with_scores = sm.OLS(y_, sm.add_constant(np.column_stack([g_, x_]))).fit().rsquared
    assert float(incremental(x, y, given_, statistic=basis)) == pytest.approx(with_scores - without, abs=1e-9)


@pytest.mark.parametrize("statistic", [partial, incremental])
@pytest.mark.parametrize("basis", ["spearman", "pearson"])
def test_whole_weights_repeat_items(statistic, basis):
    x, y, given_ = sample(1)
    count = np.random.default_rng(2).integers(0, 4, size=60)
    repeated = statistic(*(np.repeat(side, count, axis=0) for side in (x, y, given_)), statistic=basis)
    assert float(statistic(x, y, given_, statistic=basis, weights=count)) == pytest.approx(float(repeated), abs=1e-9)


@pytest.mark.parametrize("statistic", [partial, incremental])
def test_scales_and_repeated_covariates_change_nothing(statistic):
    x, y, given_ = sample(3)
    plain = float(statistic(x, y, given_, statistic="pearson"))
    doubled = np.column_stack([given_, 1e6 * given_[:, 0], np.ones(60)])
    assert float(statistic(x, y, doubled, statistic="pearson")) == pytest.approx(plain, abs=1e-6)
    cubed = statistic(np.exp(x), y**3, given_**3, statistic="spearman")
    assert float(cubed) == pytest.approx(float(statistic(x, y, given_)), abs=1e-9)


@pytest.mark.parametrize("method", ["jackknife", "percentile", "bca", "t"])
def test_intervals(method):
    x, y, given_ = sample(4)
    estimate = partial(x, y, given_, groups=np.repeat(np.arange(20), 3), interval=method, n_resamples=200)
    assert estimate.low < float(estimate) < estimate.high
    assert estimate.groups == 20
    assert (estimate.settings["of"], estimate.settings["covariates"]) == ("spearman", 3)


def test_more_than_all_of_the_variance_cannot_be_gained():
    """A judge that is all but people's own verdicts, on few items: what surrounds its gain ends at one."""
    rng = np.random.default_rng(0)
    y, given_ = rng.normal(size=12), rng.normal(size=(12, 1))
    found = incremental(y + rng.normal(0, 0.3, size=12), y, given_, statistic="pearson", interval="jackknife")
    assert 0 <= found.low < float(found) < found.high <= 1


def test_items_without_a_covariate_are_left_out():
    x, y, given_ = sample(5)
    given_[:7, 1] = np.nan
    assert float(partial(x, y, given_)) == float(partial(x[7:], y[7:], given_[7:]))
    assert partial(x, y, given_).settings["unscored"] == 7


def test_nothing_left_to_correlate():
    _, y, given_ = sample(6)
    for statistic in (partial, incremental):
        with pytest.warns(DegenerateDataWarning, match="wholly explained by the covariates"):
            assert not statistic(given_ @ [1, 2, 3], y, given_, statistic="pearson").defined
        with pytest.warns(DegenerateDataWarning, match="fewer than two items"):
            assert not statistic([1.0], [1.0], [1.0]).defined


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"covariates": [[1, 2]]}, r"covariates must have shape \(3, k\), or \(3,\) for one, got \(1, 2\)"),
        ({"covariates": np.empty((3, 0))}, r"covariates must have shape \(3, k\)"),
        ({"covariates": [1, np.inf, 2]}, "covariate 0 must be finite"),
        ({"statistic": "kendall"}, "statistic must be one of 'spearman', 'pearson', got 'kendall'"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(UsageError, match=message):
        partial(**{"scores": [1, 2, 3], "target": [2, 1, 3], "covariates": [1, 1, 2], **options})
