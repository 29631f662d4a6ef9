"""AUC, Matthews' correlation and the quadratic kappa against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from alia_judge.errors import DegenerateDataWarning
from alia_judge.stats import auc, mcc, quadratic_weighted_kappa
from alia_judge.stats.kernels import matthews_rows, quadratic_kappa_rows

ratings = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4)), min_size=2, max_size=40)


@given(st.lists(st.tuples(st.integers(0, 8), st.booleans(), st.integers(1, 4)), min_size=2, max_size=40))
def test_auc_is_scikit_learns(rows):
    scores, target, weights = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    assume(np.ptp(target) > 0)
    expected = metrics.roc_auc_score(target, scores, sample_weight=weights)
    assert float(auc(scores, target, weights=weights)) == pytest.approx(expected, abs=1e-12)


@given(ratings)
@example([(1, 2, 1), (2, 1, 1), (2, 3, 1), (3, 2, 1)])  # as many concordant pairs as discordant ones, in every cell
def test_auc_of_an_ordinal_target_is_somers_d(rows):
    scores, target, _ = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    assume(np.ptp(target) > 0)
    with np.errstate(invalid="ignore", divide="ignore"):  # SciPy's p-value, where its variance is 0
        somers = stats.somersd(target, scores).statistic if np.ptp(scores) > 0 else 0.0
    assert float(auc(scores, target)) == pytest.approx((1 + somers) / 2, abs=1e-12)


@given(ratings)
def test_mcc_is_scikit_learns(rows):
    x, y, weights = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    assume(np.ptp(x) > 0 and np.ptp(y) > 0)
    expected = metrics.matthews_corrcoef(y, x, sample_weight=weights)
    assert float(mcc(x, y, weights=weights)) == pytest.approx(expected, abs=1e-12)


@given(ratings)
def test_quadratic_kappa_is_scikit_learns(rows):
    x, y, weights = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    assume(np.unique(np.concatenate([x, y])).size > 1)
    expected = metrics.cohen_kappa_score(x, y, weights="quadratic", sample_weight=weights, labels=np.arange(1.0, 6.0))
    assert float(quadratic_weighted_kappa(x, y, weights=weights)) == pytest.approx(expected, abs=1e-12)


@given(ratings)
def test_quadratic_kappa_minds_a_shift_and_no_common_one(rows):
    x, y, _ = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    assume(np.ptp(x) > 0)
    assert float(quadratic_weighted_kappa(x, x)) == 1.0
    assert float(quadratic_weighted_kappa(x + 1, x)) < 1.0
    same = float(quadratic_weighted_kappa(x, y))
    assert float(quadratic_weighted_kappa(1e6 + x, 1e6 + y)) == pytest.approx(same, abs=1e-6)


@pytest.mark.parametrize("rows_kernel", [matthews_rows, quadratic_kappa_rows])
def test_rows_are_the_same_figures_one_by_one(rows_kernel):
    one = {matthews_rows: mcc, quadratic_kappa_rows: quadratic_weighted_kappa}[rows_kernel]
    rng = np.random.default_rng(1)
    x, y = rng.integers(1, 6, size=(7, 30)).astype(float), rng.integers(1, 6, size=30).astype(float)
    x[rng.random(x.shape) < 0.2] = np.nan
    np.testing.assert_allclose(rows_kernel(x, y), [float(one(row, y)) for row in x], atol=1e-12)


def test_groupings_average_what_is_in_the_groups():
    rng = np.random.default_rng(2)
    x, y = rng.integers(1, 6, size=(2, 60)).astype(float)
    g = np.repeat(np.arange(6), 10)
    for statistic in (auc, mcc, quadratic_weighted_kappa):
        one_by_one = [float(statistic(x[g == k], y[g == k])) for k in range(6)]
        assert float(statistic(x, y, grouping="within", groups=g)) == pytest.approx(np.mean(one_by_one), abs=1e-12)


@pytest.mark.parametrize("method", ["jackknife", "percentile", "bca", "t"])
def test_intervals_stay_on_the_scale(method):
    estimate = auc([1, 2, 3, 4, 5, 6, 7, 8], [0, 0, 0, 1, 0, 1, 1, 1], interval=method, n_resamples=300)
    assert 0 <= estimate.low <= float(estimate) <= estimate.high <= 1


@pytest.mark.parametrize("statistic", [auc, mcc])
def test_a_target_of_one_class_has_no_figure(statistic):
    with pytest.warns(DegenerateDataWarning, match="the target is constant"):
        assert not statistic([1, 2, 3], [1, 1, 1]).defined


def test_kappa_of_one_number_has_no_figure():
    with pytest.warns(DegenerateDataWarning, match="constant"):
        assert not quadratic_weighted_kappa([2, 2], [2, 2]).defined
    assert float(quadratic_weighted_kappa([2, 2], [2, 3])) == 0.0
