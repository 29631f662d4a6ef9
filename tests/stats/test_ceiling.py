"""Oracles: the definitions spelled out with `scipy.stats`; classical test theory, where the truth is known; BASSE."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.stats import attenuation, leave_one_out, share_of_ceiling, split_half

ORACLES = {
    "spearman": lambda x, y: stats.spearmanr(x, y).statistic,
    "kendall": lambda x, y: stats.kendalltau(x, y).statistic,
    "pearson": lambda x, y: stats.pearsonr(x, y).statistic,
}


def panel(
    seed: int = 0, *, raters: int = 4, items: int = 80, noise: float = 1.0, missing: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """True scores and ratings with independent noise: reliability of one rating is 1 / (1 + noise**2)."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=items)
    values = truth + noise * rng.normal(size=(raters, items))
    values[rng.random(values.shape) < missing] = np.nan
    return truth, values


def each_against_rest(values: np.ndarray, scores: np.ndarray, oracle) -> float:
    """Mean over raters of the oracle on (scores, mean of the others), over the items each shares."""
    figures = []
    for rater in range(values.shape[0]):
        others = np.delete(values, rater, axis=0)
        shared = ~np.isnan(values[rater]) & (~np.isnan(others)).any(axis=0) & ~np.isnan(scores[rater])
        figures.append(oracle(scores[rater, shared], np.nanmean(others[:, shared], axis=0)))
    return float(np.mean(figures))


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("missing", [0.0, 0.4])
def test_leave_one_out_is_the_mean_over_annotators(name, missing):
    _, values = panel(missing=missing)
    values = np.round(values)
    expected = each_against_rest(values, values, ORACLES[name])
    assert float(leave_one_out(values, name)) == pytest.approx(expected, abs=1e-12)
    assert float(leave_one_out(values, ORACLES[name])) == pytest.approx(expected, abs=1e-12)


def test_anonymous_places_are_pooled():
    _, values = panel(1, missing=0.3)
    pairs = []
    for column in values.T:
        given = column[~np.isnan(column)]
        if given.size >= 2:
            pairs += [(given[i], np.delete(given, i).mean()) for i in range(given.size)]
    x, y = np.array(pairs).T
    estimate = leave_one_out(values, identified=False)
    assert float(estimate) == pytest.approx(ORACLES["spearman"](x, y), abs=1e-12)
    assert estimate.settings == {"association": "spearman", "annotators": "anonymous"}


@given(seed=st.integers(0, 10_000), data=st.data())
def test_order_of_places_does_not_matter_where_they_are_anonymous(seed, data):
    _, values = panel(seed, raters=3, items=10, missing=0.2)
    moved = np.array([column[data.draw(st.permutations(range(3)))] for column in values.T]).T
    figure = float(leave_one_out(values, identified=False))
    assert float(leave_one_out(moved, identified=False)) == pytest.approx(figure, nan_ok=True)


@given(seed=st.integers(0, 10_000), data=st.data())
def test_leave_one_out_does_not_depend_on_the_order_of_items_or_annotators(seed, data):
    _, values = panel(seed, raters=3, items=10, missing=0.1)
    rows, columns = (data.draw(st.permutations(range(n))) for n in values.shape)
    figure = float(leave_one_out(values))
    assert float(leave_one_out(values[rows][:, columns])) == pytest.approx(figure)
    assert float(leave_one_out(7 * values - 3)) == pytest.approx(figure)
    assert -1 <= figure <= 1


def test_rounding_does_not_break_ties_between_equal_means():
    """On tenths, 0.1 + 0.2 is not 0.3: the figure must be the one on whole numbers."""
    _, values = panel(8, raters=5)
    whole = np.round(values * 3)
    assert float(leave_one_out(whole / 10)) == pytest.approx(float(leave_one_out(whole)), abs=1e-12)
    assert float(split_half(whole / 10)) == pytest.approx(float(split_half(whole)), abs=1e-12)


def test_leave_one_out_interval_is_the_bootstrap_of_the_definition():
    _, values = panel(2, items=30, missing=0.1)
    values = np.round(values)
    kept = np.count_nonzero(~np.isnan(values), axis=0) >= 2
    values = values[:, kept]
    n = values.shape[1]
    estimate = leave_one_out(values, interval="percentile", n_resamples=60, rng=5)
    draws = np.random.default_rng(5).integers(0, n, size=(60, n))
    oracle = [each_against_rest(values[:, d], values[:, d], ORACLES["spearman"]) for d in draws]
    np.testing.assert_allclose([estimate.low, estimate.high], np.quantile(oracle, [0.025, 0.975]), atol=1e-12)
    by_hand = leave_one_out(values, ORACLES["spearman"], interval="percentile", n_resamples=60, rng=5)
    np.testing.assert_allclose([by_hand.low, by_hand.high], [estimate.low, estimate.high], atol=1e-12)


def test_clusters():
    _, values = panel(3)
    groups = np.repeat(np.arange(20), 4)
    for method, words in (("bca", "bca bootstrap over groups"), ("jackknife", "jackknife over groups")):
        estimate = leave_one_out(values, interval=method, n_resamples=200, groups=groups)
        assert estimate.groups == 20
        assert estimate.low < estimate.value < estimate.high
        assert estimate.method == words


@pytest.mark.shared_data
def test_the_human_figure_on_basse_is_the_one_that_was_measured(shared_data):
    """README of the data: one human against the mean of the other two, 315 items: .66 to .80 by place (Coherence)."""
    lines = (shared_data / "basse-es" / "BASSE.es.jsonl").read_text(encoding="utf-8").splitlines()
    ratings = [
        summary["anns"]["Coherence"] for line in lines for summary in json.loads(line)["model_summaries"].values()
    ]
    values = np.array([places for places in ratings if len(places) == 3]).T
    figure = leave_one_out(values)
    assert figure.n == 315
    by_place = [
        float(share_of_ceiling(row, np.delete(values, place, axis=0), ceiling="attenuation"))
        * float(attenuation(np.delete(values, place, axis=0)))
        for place, row in enumerate(values)
    ]
    assert min(by_place) == pytest.approx(0.66, abs=5e-3)
    assert max(by_place) == pytest.approx(0.80, abs=5e-3)
    assert float(figure) == pytest.approx(np.mean(by_place), abs=1e-12)


@pytest.mark.parametrize("raters", [2, 4, 5])
def test_split_half_and_attenuation_are_what_test_theory_says(raters):
    """Reliability of the mean of k ratings of reliability 1/2 is k / (k + 1); its root is a perfect judge's r."""
    truth, values = panel(4, raters=raters, items=6000)
    reliability = raters / (raters + 1)
    assert float(split_half(values, "pearson")) == pytest.approx(reliability, abs=0.015)
    bound = float(attenuation(values, "pearson"))
    assert bound == pytest.approx(np.sqrt(reliability), abs=0.01)
    assert stats.pearsonr(truth, values.mean(axis=0)).statistic == pytest.approx(bound, abs=0.01)
    assert bound == pytest.approx(np.sqrt(float(split_half(values, "pearson"))), abs=1e-12)


def test_a_judge_without_error_has_the_whole_of_the_attenuation_ceiling_and_more_than_a_human():
    truth, values = panel(5, items=6000)
    assert float(share_of_ceiling(truth, values, "pearson", ceiling="attenuation")) == pytest.approx(1.0, abs=0.01)
    assert float(share_of_ceiling(truth, values, "pearson")) > 1.2
    assert float(share_of_ceiling(truth, values, "pearson", ceiling="split_half")) > 1.05


def test_share_puts_the_judge_in_each_annotators_place():
    truth, values = panel(6, missing=0.3)
    judge = truth.copy()
    judge[:7] = np.nan
    place = np.where(np.isnan(values), np.nan, judge)
    expected = each_against_rest(values, place, ORACLES["spearman"]) / each_against_rest(
        values, values, ORACLES["spearman"]
    )
    assert float(share_of_ceiling(judge, values)) == pytest.approx(expected, abs=1e-12)


def test_share_resamples_judge_and_ceiling_together():
    truth, values = panel(7, items=40)
    judge = np.round(truth, 1)
    share = share_of_ceiling(judge, values, interval="percentile", n_resamples=60, rng=3)
    draws = np.random.default_rng(3).integers(0, 40, size=(60, 40))
    place = np.tile(judge, (4, 1))
    oracle = [
        each_against_rest(values[:, d], place[:, d], ORACLES["spearman"])
        / each_against_rest(values[:, d], values[:, d], ORACLES["spearman"])
        for d in draws
    ]
    np.testing.assert_allclose([share.low, share.high], np.quantile(oracle, [0.025, 0.975]), atol=1e-12)


@pytest.mark.parametrize("ceiling", ["leave_one_out", "split_half", "attenuation"])
@pytest.mark.parametrize("method", ["jackknife", "bca"])
def test_share_of_each_ceiling_has_an_interval_that_its_seed_repeats(ceiling, method):
    truth, values = panel(7, items=60)
    options = {"ceiling": ceiling, "interval": method, "n_resamples": 200, "n_splits": 5}
    share = share_of_ceiling(truth, values, **options)
    assert share.low < share.value < share.high
    assert share_of_ceiling(truth, values, **options) == share
    assert f"ceiling:{ceiling}" in share.signature


@given(seed=st.integers(0, 10_000), scale=st.floats(0.1, 100), shift=st.floats(-10, 10))
def test_share_ignores_the_judges_scale_and_turns_with_its_sign(seed, scale, shift):
    truth, values = panel(seed, raters=3, items=12, noise=0.5)
    share = float(share_of_ceiling(truth, values))
    assume(np.isfinite(share))
    assert float(share_of_ceiling(scale * truth + shift, values)) == pytest.approx(share)
    assert float(share_of_ceiling(-truth, values)) == pytest.approx(-share)


@pytest.mark.parametrize(
    "call",
    [
        lambda: leave_one_out([[1, np.nan, 2], [np.nan, 1, np.nan]]),
        lambda: leave_one_out([[1, 1, 1], [1, 1, 1]]),
        lambda: split_half([[1.0, 2.0, 3.0]]),
        lambda: split_half(np.empty((3, 0))),
        lambda: attenuation([[1, 2, 3], [3, 2, 1]]),
        lambda: share_of_ceiling([1, 2, 3], [[1, 2, 3], [3, 2, 1]]),
    ],
)
def test_undefined_is_nan_with_a_reason(call):
    with pytest.warns(DegenerateDataWarning, match="is undefined"):
        estimate = call()
    assert not estimate.defined
    assert estimate.why


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda v: leave_one_out(v[0]), r"shape \(n_raters, n_items\)"),
        (lambda v: leave_one_out(v, "rho"), "statistic must be one of 'spearman', 'kendall', 'pearson', got 'rho'"),
        (lambda v: leave_one_out(v, min_items=1), "min_items must be at least 2, got 1"),
        (lambda v: split_half(v, n_splits=0), "n_splits must be at least 1, got 0"),
        (lambda v: share_of_ceiling([1, 2], v), "judge must have 80 elements, got 2"),
        (lambda v: share_of_ceiling(v[0], v, ceiling="roof"), "ceiling must be one of .* got 'roof'"),
    ],
)
def test_says_what_was_wrong(call, message):
    with pytest.raises(UsageError, match=message):
        call(panel()[1])
