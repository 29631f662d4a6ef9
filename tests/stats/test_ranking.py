"""Pairwise accuracy and its tie calibration against the definition pair by pair; soft accuracy by enumeration."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.stats import pairwise_accuracy, soft_pairwise_accuracy
from alia_judge.stats.kernels import WeightedPairAccuracy, pair_accuracy_rows

NAN = float("nan")


def accuracy(scores, target, epsilon):
    """Deutsch et al. 2023, eq. 7, one pair after the other; exact fractions of differences, so give it integers."""
    agree = [
        np.sign(0 if abs(scores[i] - scores[j]) <= epsilon else scores[i] - scores[j]) == np.sign(target[i] - target[j])
        for i, j in combinations(range(len(scores)), 2)
    ]
    return float(np.mean(agree))


def calibrated(groups):
    """The best mean accuracy over (scores, target) groups, and the least threshold that reaches it."""
    thresholds = {0} | {abs(a - b) for scores, _ in groups for a, b in combinations(scores, 2)}
    figures = {e: float(np.mean([accuracy(scores, target, e) for scores, target in groups])) for e in thresholds}
    best = max(figures.values())
    return best, min(e for e, figure in figures.items() if figure >= best - 1e-12)


@pytest.mark.parametrize(
    ("scores", "target", "value", "epsilon"),
    [
        # mt_metrics_eval/tau_optimization_test.py, test_zero_threshold_is_best and test_nonzero_threshold_is_best.
        ([0, 2, 6, 8], [1, 2, 3, 4], 1.0, 0.0),
        ([0, 2, 6, 8], [1, 1, 1, 4], 4 / 6, 4.0),
    ],
)
def test_the_published_examples(scores, target, value, epsilon):
    estimate = pairwise_accuracy(scores, target)
    assert float(estimate) == pytest.approx(value, abs=1e-12)
    assert estimate.settings["epsilon"] == pytest.approx(epsilon, abs=1e-9)
    assert estimate.settings["calibrated"]


def test_the_published_regression_example_with_groups_and_gaps():
    # mt_metrics_eval/tau_optimization_test.py, test_regression_example: best threshold 1, acc 0.4916666666666668.
    scores = [[0, 5, 2, 3, 2], [NAN, 2, 1, 5, 3], [9, 1, 5, 3, 8], [9, 3, 4, 4, 1], [NAN] * 5]
    target = [[1, 5, 2, 1, 1], [4, 2, 2, 1, 4], [5, 9, 2, 8, 7], [7, 6, NAN, 3, 2], [NAN] * 5]
    groups = np.repeat(np.arange(5), 5)
    estimate = pairwise_accuracy(np.ravel(scores), np.ravel(target), grouping="within", groups=groups)
    assert float(estimate) == pytest.approx(0.4916666666666668, abs=1e-12)
    assert estimate.settings["epsilon"] == pytest.approx(1.0, abs=1e-9)
    assert estimate.n == 4


items = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 3)), min_size=2, max_size=9)


@given(st.lists(items, min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_calibration_is_the_best_of_all_thresholds(groups):
    sides = [tuple(zip(*group, strict=True)) for group in groups]
    best, epsilon = calibrated(sides)
    scores, target = (np.concatenate([side[k] for side in sides]) for k in (0, 1))
    labels = np.repeat(np.arange(len(sides)), [len(side[0]) for side in sides])
    # Thirds are not exact in binary: differences that are equal on paper must be tied together all the same.
    estimate = pairwise_accuracy(scores / 3, target, grouping="within", groups=labels)
    assert float(estimate) == pytest.approx(best, abs=1e-12)
    assert estimate.settings["epsilon"] == pytest.approx(epsilon / 3, abs=1e-9)


@given(items, st.integers(0, 4), st.lists(st.integers(0, 3), min_size=9, max_size=9))
@settings(max_examples=150, deadline=None)
def test_a_given_threshold_pair_by_pair(rows, epsilon, counts):
    scores, target = (np.array(side, dtype=float) for side in zip(*rows, strict=True))
    expected = accuracy(scores, target, epsilon)
    assert float(pairwise_accuracy(scores, target, epsilon=epsilon)) == pytest.approx(expected, abs=1e-12)
    assert pair_accuracy_rows(np.stack([scores, scores]), target, float(epsilon))[1] == pytest.approx(
        expected, abs=1e-12
    )
    # Under weights: pairs of different items, each with the product of its weights.
    w = np.array(counts[: scores.size], dtype=float)
    pairs = [(i, j) for i, j in combinations(range(scores.size), 2) if w[i] * w[j] > 0]
    figure = WeightedPairAccuracy(scores, target, float(epsilon))(w[:, None])[0]
    if not pairs:
        assert np.isnan(figure)
        return
    agree = [accuracy(scores[[i, j]], target[[i, j]], epsilon) for i, j in pairs]
    assert figure == pytest.approx(np.average(agree, weights=[w[i] * w[j] for i, j in pairs]), abs=1e-12)


@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_a_difference_that_is_the_threshold_on_paper_is_tied_whatever_the_rounding(shift):
    tenths = np.random.default_rng(0).integers(0, 30, size=(3, 60))
    target = tenths[0] // 4
    i, j = np.triu_indices(60, 1)
    expected = [
        np.mean(np.where(np.abs(x[i] - x[j]) <= 3, 0, np.sign(x[i] - x[j])) == np.sign(target[i] - target[j]))
        for x in tenths
    ]
    rows = pair_accuracy_rows(tenths / 10 + shift, target.astype(float), 0.3)
    np.testing.assert_allclose(rows, expected, atol=1e-12)
    one_by_one = [float(pairwise_accuracy(x / 10 + shift, target, epsilon=0.3)) for x in tenths]
    np.testing.assert_allclose(one_by_one, expected, atol=1e-12)


def test_calibration_streams_in_many_blocks(monkeypatch):
    rng = np.random.default_rng(3)
    truth = rng.normal(size=300)
    scores, target = truth + 0.5 * rng.normal(size=300), np.round(truth)
    whole = pairwise_accuracy(scores, target)
    monkeypatch.setattr("alia_judge.stats._ties.BLOCK", 1000)
    assert pairwise_accuracy(scores, target).settings["epsilon"] == whole.settings["epsilon"]
    thresholds = np.abs(np.subtract.outer(scores, scores))[np.triu_indices(300, 1)]
    best = max(float(pairwise_accuracy(scores, target, epsilon=e)) for e in rng.choice(thresholds, 300))
    assert best <= float(whole) + 1e-12


def test_over_systems_and_with_an_interval():
    rng = np.random.default_rng(4)
    systems, groups = np.tile(np.arange(6), 20), np.repeat(np.arange(20), 6)
    truth = systems + rng.normal(size=120)
    estimate = pairwise_accuracy(
        truth + rng.normal(size=120), truth, grouping="system", systems=systems, groups=groups, interval="t"
    )
    assert (estimate.n, estimate.method) == (6, "t bootstrap over systems")
    assert 0 <= estimate.low <= float(estimate) <= estimate.high <= 1


@pytest.mark.parametrize(
    ("epsilon", "message"),
    [("worst", 'epsilon must be "best" or a number'), (-1, "epsilon must be at least 0, got -1")],
)
def test_a_threshold_that_is_none(epsilon, message):
    with pytest.raises(UsageError, match=message):
        pairwise_accuracy([1, 2], [1, 2], epsilon=epsilon)


def long_format(table):
    systems, inputs = np.indices(table.shape)
    keep = ~np.isnan(table)
    return table[keep], systems[keep], inputs[keep]


def exact_p(table):
    """p-value of each pair of systems over every exchange there is."""
    signs = np.array(list(product([-1, 1], repeat=table.shape[1])))
    return np.array(
        [
            np.mean(signs @ np.nan_to_num(table[i] - table[j]) >= np.nansum(table[i] - table[j]) - 1e-9)
            for i, j in combinations(range(table.shape[0]), 2)
        ]
    )


@pytest.mark.parametrize("missing", [False, True])
def test_soft_accuracy_is_that_of_all_exchanges(missing):
    rng = np.random.default_rng(5)
    people = rng.integers(1, 6, size=(4, 9)).astype(float)
    judge = np.clip(people + rng.integers(-1, 2, size=people.shape), 1, 5)
    if missing:
        judge[0, 3] = judge[2, 5] = np.nan
    expected = 1 - np.mean(np.abs(exact_p(people) - exact_p(judge)))
    target, systems, inputs = long_format(people)
    got = soft_pairwise_accuracy(judge.ravel(), target, systems=systems, groups=inputs, n_permutations=40_000)
    # Shared exchanges leave less than the 0.0025 that one p-value of 40,000 exchanges may err by.
    assert float(got) == pytest.approx(expected, abs=0.005)
    assert got.n == 4


def test_soft_accuracy_is_the_reference_implementations():
    # compute_pairwise_p_values and compute_one_minus_pce of mt_metrics_eval/pce.py (google-research/mt-metrics-eval,
    # commit 1b47eab) with num_permutations=400_000 and its seed on these very tables.
    rng = np.random.default_rng(20)
    people = rng.integers(1, 6, size=(5, 30)).astype(float)
    judge = np.clip(people + rng.integers(-2, 3, size=(5, 30)), 1, 5)
    target, systems, inputs = long_format(people)
    got = soft_pairwise_accuracy(judge.ravel(), target, systems=systems, groups=inputs, n_permutations=50_000)
    assert float(got) == pytest.approx(0.9465135, abs=0.003)


def test_soft_accuracy_of_the_truth_is_one_and_its_interval_holds_it():
    rng = np.random.default_rng(6)
    people = rng.normal(size=(5, 25)) + np.arange(5)[:, None] / 4
    target, systems, inputs = long_format(people)
    labels = {"systems": systems, "groups": inputs, "n_permutations": 200}
    assert float(soft_pairwise_accuracy(target, target, **labels)) == 1.0
    noisy = target + rng.normal(size=target.size)
    estimate = soft_pairwise_accuracy(noisy, target, **labels, interval="t", n_resamples=50)
    assert 0 <= estimate.low <= float(estimate) <= estimate.high <= 1
    assert estimate == soft_pairwise_accuracy(noisy, target, **labels, interval="t", n_resamples=50)


def test_soft_accuracy_refuses_an_input_twice_and_needs_two_systems():
    with pytest.raises(UsageError, match="each system must have each input at most once, got another one at index 2"):
        soft_pairwise_accuracy([1, 2, 3], [1, 2, 3], systems=["a", "b", "a"], groups=[1, 1, 1])
    with pytest.warns(DegenerateDataWarning, match="needs at least 2 systems, got 1"):
        assert not soft_pairwise_accuracy([1, 2], [1, 2], systems=["a", "a"], groups=[1, 2]).defined
