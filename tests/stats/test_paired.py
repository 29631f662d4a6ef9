"""Two judges on the same items: the paired bootstrap, permutation, Williams' test."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.stats import PairedDifference, kendall, paired_difference, spearman, williams_test

STATISTICS = ["spearman", "kendall", "pearson", "auc", "pairwise_accuracy", "quadratic_weighted_kappa"]


@pytest.fixture
def judges():
    rng = np.random.default_rng(21)
    truth = np.round(2 * rng.normal(size=160))
    return {
        "first": truth + 2 * rng.normal(size=160),
        "second": truth + 4 * rng.normal(size=160),
        "target": truth,
        "groups": np.repeat(np.arange(16), 10),
        "systems": np.tile(np.arange(10), 16),
    }


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("grouping", ["pooled", "within", "system"])
def test_exchanging_the_judges_turns_the_result_round(judges, statistic, grouping):
    options = {"statistic": statistic, "grouping": grouping, "n_resamples": 150, "permute": "both"}
    one = paired_difference(**judges, **options)
    other = paired_difference(**{**judges, "first": judges["second"], "second": judges["first"]}, **options)
    assert float(one) == pytest.approx(-float(other), abs=1e-12)
    assert one.difference.low == pytest.approx(-other.difference.high, abs=1e-9)
    assert one.p_value == pytest.approx(other.p_value)
    assert float(one) == pytest.approx(float(one.first) - float(one.second), abs=1e-12)


@pytest.mark.parametrize("method", ["jackknife", "percentile", "bca", "t"])
def test_pairing_makes_the_interval_narrower_than_two_separate_ones(judges, method):
    result = paired_difference(**judges, interval=method)
    apart = [
        spearman(judges[side], judges["target"], groups=judges["groups"], interval=method)
        for side in ("first", "second")
    ]
    width = np.hypot(*(estimate.high - estimate.low for estimate in apart))
    assert result.difference.high - result.difference.low < width
    assert result.difference.low < float(result) < result.difference.high
    assert result.difference.groups == 16
    assert f"paired {method}" in result.difference.method


def test_a_judge_against_itself(judges):
    result = paired_difference(judges["first"], judges["first"], judges["target"], permute="both", n_resamples=50)
    assert (float(result), result.difference.low, result.difference.high, result.p_value) == (0.0, 0.0, 0.0, 1.0)


def test_the_p_value_is_that_of_all_exchanges():
    rng = np.random.default_rng(22)
    a, b, y = rng.normal(size=(3, 9))
    a, b = a + y, b + 0.2 * y
    std = [(v - v.mean()) / v.std() for v in (a, b)]
    gaps = []
    for swap in product([False, True], repeat=9):
        first, second = np.where(swap, std[1], std[0]), np.where(swap, std[0], std[1])
        gaps.append(stats.spearmanr(first, y).statistic - stats.spearmanr(second, y).statistic)
    exact = np.mean(np.abs(gaps) >= abs(gaps[0]) - 1e-12)
    result = paired_difference(a, b, y, interval=None, permute="both", n_resamples=20_000)
    assert result.p_value == pytest.approx(exact, abs=0.015)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_exchanges_item_by_item_are_those_of_the_figure_itself(judges, statistic):
    # In one group of all, the figure within groups is the pooled one, and is had row by row.
    judges = {**judges, "groups": np.zeros(160), "systems": None}
    options = {"statistic": statistic, "interval": None, "permute": "both", "n_resamples": 400}
    if statistic == "quadratic_weighted_kappa":
        judges |= {side: np.round(judges[side]) for side in ("first", "second")}
    pooled, within = (paired_difference(**judges, **options, grouping=one) for one in ("pooled", "within"))
    assert pooled.p_value == pytest.approx(within.p_value, abs=1e-12)
    assert 0 < pooled.p_value < 1


@pytest.mark.parametrize(("permute", "exchanges"), [("items", 2**3), ("systems", 2**3)])
def test_what_is_exchanged_together(permute, exchanges):
    # Three units make 8 exchanges; of opposite judges only the observed one and its mirror are so far apart.
    y = np.random.default_rng(23).normal(size=9)
    labels = {"groups": np.repeat([1, 2, 3], 3), "systems": np.tile([1, 2, 3], 3)}
    result = paired_difference(y, -y, y, **labels, interval=None, permute=permute, n_resamples=4000)
    assert result.p_value == pytest.approx(2 / exchanges, abs=0.03)


def test_permutation_keeps_its_level():
    rng = np.random.default_rng(24)
    rejected = 0
    for _ in range(200):
        y = rng.normal(size=40)
        a, b = y + rng.normal(size=40), y + rng.normal(size=40)
        rejected += paired_difference(a, b, y, interval=None, permute="both", n_resamples=200, rng=rng).p_value <= 0.1
    assert 8 <= rejected <= 34  # 99.9 % of Binomial(200, 0.1)


def test_only_items_that_both_scored_count(judges):
    first, second = judges["first"].copy(), judges["second"].copy()
    first[:20], second[15:40] = np.nan, np.nan
    result = paired_difference(first, second, judges["target"])
    assert float(result.first) == float(spearman(first[40:], judges["target"][40:]))
    assert (result.difference.n, result.difference.settings["unscored"]) == (120, 40)


def test_it_survives_json(judges):
    result = paired_difference(**judges, permute="items", n_resamples=50)
    assert PairedDifference.from_dict(result.to_dict()) == result
    plain = paired_difference(**judges, interval=None)
    # NaN is not equal to itself, so compare what was written.
    assert PairedDifference.from_dict(plain.to_dict()).to_dict() == plain.to_dict()
    assert plain.to_dict()["p_value"] is None
    assert "p = " in str(result)


def test_undefined_for_one_of_them():
    with pytest.warns(DegenerateDataWarning, match="spearman is undefined for the second judge"):
        result = paired_difference([1, 2, 3], [1, 1, 1], [1, 2, 3])
    assert not result.difference.defined
    assert float(result.first) == 1.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"second": [1, 2]}, "second must have 3 elements, got 2"),
        ({"statistic": "r2"}, "statistic must be one of 'auc'"),
        ({"permute": "all"}, "permute must be one of 'both', 'items', 'systems', got 'all'"),
        ({"permute": "systems"}, 'permute="systems" needs systems'),
        ({"permute": "items"}, 'permute="items" needs groups'),
        ({"permute": "both", "weights": [1, 1, 2]}, "a permutation test takes no weights"),
        ({"permute": "both", "interval": None, "n_resamples": 0}, "n_resamples must be at least 1, got 0"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(UsageError, match=message):
        paired_difference(**{"first": [1, 2, 3], "second": [1, 3, 2], "target": [1, 2, 3], **options})


def test_williams_by_its_formula_and_its_level():
    # Steiger's eq. 7 with the determinant written out, then the level on independent normal data.
    determinant = 1 - 0.16 - 0.09 - 0.01 + 2 * 0.4 * 0.3 * 0.1
    t = 0.1 * np.sqrt(102 * 1.1 / (2 * 102 / 100 * determinant + 0.35**2 * 0.9**3))
    assert williams_test(0.4, 0.3, 0.1, 103) == pytest.approx(2 * stats.t.sf(t, 100), abs=1e-12)
    rng = np.random.default_rng(25)
    p_values = []
    for _ in range(400):
        y, a, b = rng.normal(size=(3, 30))
        r = np.corrcoef([y, a + y, b + y])
        p_values.append(williams_test(r[0, 1], r[0, 2], r[1, 2], 30))
    assert 0.02 < np.mean(np.array(p_values) < 0.05) < 0.09


def test_williams_refuses_what_is_no_correlation():
    with pytest.raises(UsageError, match=r"r_second must be a correlation in \[-1, 1\], got 1.2"):
        williams_test(0.1, 1.2, 0.3, 20)
    with pytest.raises(UsageError, match="n must be at least 4, got 3"):
        williams_test(0.1, 0.2, 0.3, 3)
    assert np.isnan(williams_test(0.9, -0.9, 0.9, 20))
    assert np.isnan(williams_test(0.9, 0.5, 0.0, 100))  # no three variables are so, though hardly


@pytest.mark.parametrize("statistic", [spearman, kendall])
def test_a_statistic_is_named_or_given_as_it_is(judges, statistic):
    given = paired_difference(**judges, statistic=statistic, interval="percentile", n_resamples=50)
    assert given.to_dict() == (
        paired_difference(**judges, statistic=statistic.__name__, interval="percentile", n_resamples=50).to_dict()
    )
    with pytest.raises(UsageError, match="statistic must be one of"):
        paired_difference(**judges, statistic=max)
