"""The general bootstrap against SciPy's, and what is resampled with what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import threadpoolctl
from scipy import stats

from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.stats import _association, bootstrap, kendall, krippendorff_alpha, pearson, percent_agreement, spearman


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_scipys_interval(method):
    data = np.random.default_rng(0).lognormal(size=80)
    ours = bootstrap(np.mean, data, method=method, n_resamples=4000)
    theirs = stats.bootstrap((data,), np.mean, method=method, n_resamples=9999, rng=1)
    tolerance = 0.3 * theirs.standard_error
    assert float(ours) == data.mean()
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=tolerance)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=tolerance)


@pytest.mark.parametrize("method", ["jackknife", "t"])
def test_of_a_mean_it_is_students_interval(method):
    data = np.random.default_rng(1).normal(size=40)
    ours = bootstrap(np.mean, data, method=method, n_resamples=4000)
    low, high = stats.t.interval(0.95, 39, loc=data.mean(), scale=stats.sem(data))
    tolerance = 1e-12 if method == "jackknife" else 0.05 * (high - low)
    assert ours.low == pytest.approx(low, abs=tolerance)
    assert ours.high == pytest.approx(high, abs=tolerance)


@pytest.mark.parametrize("clustered", [False, True])
def test_the_fast_kernels_give_the_same_interval(clustered):
    rng = np.random.default_rng(2)
    x, y, groups = *rng.normal(size=(2, 60)), np.repeat(np.arange(20), 3) if clustered else None
    slow = bootstrap(lambda a, b: stats.spearmanr(a, b).statistic, (x, y), groups=groups, method="percentile", rng=3)
    fast = spearman(x, y, groups=groups, interval="percentile", n_resamples=4000)
    width = fast.high - fast.low
    assert slow.low == pytest.approx(fast.low, abs=0.08 * width)
    assert slow.high == pytest.approx(fast.high, abs=0.08 * width)
    assert slow.groups == (20 if clustered else None)


@pytest.mark.parametrize("statistic", [spearman, kendall, pearson, krippendorff_alpha, percent_agreement])
@pytest.mark.parametrize("method", ["percentile", "t", "jackknife"])
def test_a_statistic_of_the_package_makes_its_interval_by_itself(statistic, method):
    rng = np.random.default_rng(4)
    truth = rng.normal(size=60)
    values = np.round(3 + truth + rng.normal(size=(2, 60)))
    values[0, :4] = np.nan
    data = (values[0], values[1]) if statistic in (spearman, kendall, pearson) else (values,)
    options = {"groups": np.arange(60) // 3, "n_resamples": 200, "rng": 5, "confidence": 0.9}
    found = bootstrap(statistic, data, method=method, name="mine", **options)
    assert found == replace(statistic(*data, interval=method, **options), statistic="mine")
    one_by_one = bootstrap(lambda *arrays: float(statistic(*arrays)), data, method="percentile", **options)
    if method == "percentile":
        assert found.low == pytest.approx(one_by_one.low, abs=0.3 * (found.high - found.low))
        assert found.high == pytest.approx(one_by_one.high, abs=0.3 * (found.high - found.low))


def test_a_function_around_one_and_annotators_too_are_resampled_one_by_one():
    values = np.round(np.random.default_rng(6).normal(3, 1, size=(3, 40)))
    both = bootstrap(krippendorff_alpha, values, over="both", n_resamples=30)
    assert "annotators" in both.method
    within = bootstrap(lambda a, b: float(spearman(a, b)) ** 2, (values[0], values[1]), n_resamples=30, name="squared")
    assert within.statistic == "squared"


def test_blas_has_one_thread_while_resamples_are_computed(monkeypatch):
    def blas() -> list[int]:
        return [one["num_threads"] for one in threadpoolctl.threadpool_info() if one["user_api"] == "blas"]

    seen = []
    real = _association.replicate
    monkeypatch.setattr(_association, "replicate", lambda *given: (seen.append(blas()), real(*given))[1])
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        before = blas()
        spearman(np.arange(30.0), np.arange(30.0) % 7, interval="percentile", n_resamples=20)
        assert blas() == before
    assert seen
    assert set(seen[0]) == {1}


def test_resampling_annotators_too_widens_the_interval():
    rng = np.random.default_rng(4)
    ratings = rng.normal(size=(5, 1)) + 0.1 * rng.normal(size=(5, 200))  # annotators differ, items hardly
    items = bootstrap(np.mean, ratings, n_resamples=200)
    both = bootstrap(np.mean, ratings, over="both", n_resamples=200)
    assert both.high - both.low > 5 * (items.high - items.low)
    assert both.method == "t bootstrap over items and annotators"


def test_clusters_are_drawn_whole():
    groups = np.repeat(["a", "b", "c"], [2, 3, 5])
    seen = set()

    def sizes(labels):
        for label, times in zip(*np.unique(labels, return_counts=True), strict=True):
            seen.add((str(label), times % {"a": 2, "b": 3, "c": 5}[str(label)]))
        return 0.0

    bootstrap(sizes, groups, groups=groups, method="percentile", n_resamples=50)
    assert seen == {("a", 0), ("b", 0), ("c", 0)}


def test_undefined_resamples_are_left_out_up_to_half():
    rare = np.array([1.0] + [0.0] * 30)
    estimate = bootstrap(lambda v: np.nan if v.sum() == 0 else v.mean(), rare, method="percentile")
    assert estimate.low > 0
    never = bootstrap(lambda v: np.nan if v.sum() == 1 and len(set(v)) == 2 and v[0] == 0 else v[0], rare)
    assert never.defined
    hopeless = bootstrap(lambda v: v.mean() if np.array_equal(v, rare) else np.nan, rare, method="percentile")
    assert np.isnan(hopeless.low)
    assert hopeless.why == "the statistic is undefined in most resamples"


def test_the_signature_says_how():
    estimate = bootstrap(np.median, [1.0, 2.0, 4.0], n_resamples=20, rng=7)
    expected = "median|n:3|over:items|resamples:20|seed:7|interval:t bootstrap over items|level:0.95"
    assert estimate.signature == expected
    assert "seed" not in bootstrap(np.median, [1.0, 2.0], n_resamples=20, rng=np.random.default_rng(1)).signature


def test_a_statistic_that_is_undefined():
    with pytest.warns(DegenerateDataWarning, match="peak is undefined: the statistic is undefined on the data"):
        assert not bootstrap(lambda _: np.nan, [1.0, 2.0], name="peak").defined


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"data": np.empty((2, 2, 2))}, r"data must be of shape \(n_items,\) or \(n_annotators, n_items\)"),
        ({"data": ([1, 2], [1, 2, 3])}, "the same number of items on its last axis, got 2 and 3"),
        ({"data": ()}, "data must hold at least one array"),
        ({"over": "both"}, r'over="both" needs an array of shape \(n_annotators, n_items\)'),
        ({"over": "annotators"}, "over must be one of 'items', 'both'"),
        ({"method": "basic"}, "method must be one of 'jackknife', 'percentile', 'bca', 't', got 'basic'"),
        ({"groups": [1]}, "groups must have one label for each of the 2 items"),
        ({"n_resamples": 0}, "n_resamples must be at least 1"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(UsageError, match=message):
        bootstrap(**{"statistic": np.mean, "data": [1.0, 2.0], **options})
