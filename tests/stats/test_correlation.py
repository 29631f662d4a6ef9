"""Correlations as a user calls them: values, groupings, weights, intervals, refusals."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from scipy import stats

from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.stats import Estimate, kendall, pearson, spearman

ALL = [spearman, kendall, pearson]


@pytest.fixture
def data():
    rng = np.random.default_rng(11)
    truth = rng.normal(size=240)
    return {
        "scores": np.round(truth + rng.normal(size=240), 1),
        "target": np.round(truth + rng.normal(size=240)),
        "groups": np.repeat([f"d{i}" for i in range(24)], 10),
        "systems": np.tile([f"s{i}" for i in range(10)], 24),
    }


def test_the_basse_papers_table_of_system_level_correlations(shared_data):
    """Every figure of the BASSE paper's table (arXiv 2503.17039), from its ratings and its judges' scores."""
    folder = shared_data / "basse-es"
    human: dict[str, dict[str, float]] = {}
    with (folder / "BASSE.es.jsonl").open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            for system, summary in json.loads(line)["model_summaries"].items():
                human[f"{number:02d}/{system}"] = {
                    criterion: float(np.mean(ratings)) for criterion, ratings in summary["anns"].items()
                }
    judged: dict[tuple[str, str], list[tuple[str, float]]] = {}
    with (folder / "recorded_judges.csv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            key = (row["judge"], row["criterion"])
            judged.setdefault(key, []).append((row["item_id"], float(row["score"] or "nan")))
    published, computed = {}, {}
    with (folder / "published_system_level.csv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            statistic = {"spearman": spearman, "kendall": kendall}[row["statistic"]]
            for criterion in ("Coherence", "Consistency", "Fluency", "Relevance", "5W1H"):
                scored = judged[row["judge"], criterion]
                cell = (row["statistic"], row["judge"], criterion)
                published[cell] = row[criterion]
                estimate = statistic(
                    [score for _, score in scored],
                    [human[item][criterion] for item, _ in scored],
                    systems=[item.split("/")[1] for item, _ in scored],
                    grouping="system",
                )
                assert estimate.n == 20
                computed[cell] = f"{float(estimate):.3f}"
    assert len(published) == 60
    assert computed == published


@pytest.mark.parametrize(
    ("ours", "oracle"),
    [
        (spearman, lambda x, y: stats.spearmanr(x, y).statistic),
        (kendall, lambda x, y: stats.kendalltau(x, y).statistic),
        (pearson, lambda x, y: stats.pearsonr(x, y).statistic),
    ],
)
def test_each_grouping_is_scipys_figure_of_its_parts(data, ours, oracle):
    x, y, g, s = data["scores"], data["target"], data["groups"], data["systems"]
    assert float(ours(x, y)) == pytest.approx(oracle(x, y), abs=1e-12)
    within = ours(x, y, grouping="within", groups=g)
    assert float(within) == pytest.approx(np.mean([oracle(x[g == k], y[g == k]) for k in np.unique(g)]), abs=1e-12)
    assert within.n == 24
    means = [[v[s == k].mean() for k in np.unique(s)] for v in (x, y)]
    system = ours(x, y, grouping="system", systems=s)
    assert float(system) == pytest.approx(oracle(*means), abs=1e-12)
    assert system.n == 10


@pytest.mark.parametrize("statistic", ALL)
def test_groups_of_all_sizes_are_averaged_alike(statistic):
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(40), rng.integers(3, 60, size=40))
    x, y = rng.normal(size=groups.size), rng.normal(size=groups.size)
    one_by_one = [float(statistic(x[groups == k], y[groups == k])) for k in range(40)]
    assert float(statistic(x, y, grouping="within", groups=groups)) == pytest.approx(np.mean(one_by_one), abs=1e-12)
    equal = np.full(groups.size, 2.0)
    weighted = statistic(x, y, grouping="within", groups=groups, weights=equal)
    assert float(weighted) == pytest.approx(np.mean(one_by_one), abs=1e-12)


@pytest.mark.parametrize("statistic", ALL)
def test_a_group_where_it_is_undefined_is_left_out(statistic):
    estimate = statistic(
        [1, 2, 3, 5, 5, 5, 3, 2, 1], [1, 2, 3, 1, 2, 3, 1, 2, 3], grouping="within", groups=list("aaabbbccc")
    )
    assert (float(estimate), estimate.n) == (0.0, 2)


@pytest.mark.parametrize("statistic", ALL)
@pytest.mark.parametrize("grouping", ["pooled", "within", "system"])
def test_whole_weights_repeat_items(data, statistic, grouping):
    rng = np.random.default_rng(3)
    count = rng.integers(0, 4, size=240)
    repeated = {key: np.repeat(value, count) for key, value in data.items()}
    got = statistic(**data, weights=count, grouping=grouping)
    assert float(got) == pytest.approx(float(statistic(**repeated, grouping=grouping)), abs=1e-12)


@pytest.mark.parametrize("statistic", ALL)
def test_unscored_items_are_left_out_and_counted(data, statistic):
    x = data["scores"].copy()
    x[::7] = np.nan
    keep = ~np.isnan(x)
    estimate = statistic(x, data["target"])
    assert float(estimate) == float(statistic(x[keep], data["target"][keep]))
    assert (estimate.n, estimate.settings["unscored"]) == (keep.sum(), (~keep).sum())
    assert f"unscored:{(~keep).sum()}" in estimate.signature


@pytest.mark.parametrize("statistic", ALL)
@pytest.mark.parametrize("grouping", ["pooled", "within", "system"])
@pytest.mark.parametrize("method", ["jackknife", "percentile", "bca", "t"])
def test_an_interval_holds_the_value_and_can_be_had_again(data, statistic, grouping, method):
    options = {**data, "grouping": grouping, "interval": method, "n_resamples": 400}
    estimate = statistic(**options, rng=4)
    assert estimate == statistic(**options, rng=4)
    assert -1 <= estimate.low <= float(estimate) <= estimate.high <= 1
    units = "systems" if grouping == "system" else "groups"
    assert estimate.method == (
        f"jackknife over {units}" if method == "jackknife" else f"{method} bootstrap over {units}"
    )
    assert (estimate.groups, estimate.level) == (24 if units == "groups" else None, 0.95)
    assert Estimate.from_dict(estimate.to_dict()) == estimate
    if method != "jackknife":  # which draws nothing
        assert estimate != statistic(**options, rng=5)
        assert "seed:4" in estimate.signature


@pytest.mark.parametrize("statistic", ALL)
def test_the_jackknife_by_hand(data, statistic):
    # Efron and Tibshirani (1993), eq. 11.5, on Fisher's z with Student's t, one group left out at a time.
    x, y, g = data["scores"], data["target"], data["groups"]
    z = np.arctanh([float(statistic(x[g != k], y[g != k])) for k in np.unique(g)])
    error = np.sqrt(23 / 24 * np.sum((z - z.mean()) ** 2))
    centre, t = np.arctanh(float(statistic(x, y))), stats.t.ppf(0.975, 23)
    estimate = statistic(x, y, groups=g, interval="jackknife")
    expected = np.tanh([centre - t * error, centre + t * error])
    np.testing.assert_allclose([estimate.low, estimate.high], expected, atol=1e-9)


@pytest.mark.parametrize("statistic", ALL)
def test_items_that_are_alike_are_counted_once_to_the_same_end(statistic):
    # 300 items on two five-point scales are at most 25 kinds; each item left out by hand all the same.
    rng = np.random.default_rng(12)
    truth = rng.normal(size=300)
    x, y = (np.round(3 + truth + rng.normal(size=(2, 300)))).clip(1, 5)
    left_out = [float(statistic(np.delete(x, i), np.delete(y, i))) for i in range(300)]
    z = np.arctanh(left_out)
    half = stats.t.ppf(0.975, 299) * np.sqrt(299 / 300 * np.sum((z - z.mean()) ** 2))
    estimate = statistic(x, y, interval="jackknife")
    centre = np.arctanh(float(estimate))
    np.testing.assert_allclose([estimate.low, estimate.high], np.tanh([centre - half, centre + half]), atol=1e-9)
    # Weights, even equal ones, list every item: the same interval but for Monte-Carlo error.
    kinds = statistic(x, y, interval="percentile", n_resamples=4000)
    listed = statistic(x, y, weights=np.ones(300), interval="percentile", n_resamples=4000)
    assert kinds.low == pytest.approx(listed.low, abs=0.05 * half)
    assert kinds.high == pytest.approx(listed.high, abs=0.05 * half)


@pytest.mark.parametrize("statistic", ALL)
def test_single_precision_counts_give_what_double_does(statistic, monkeypatch):
    rng = np.random.default_rng(13)
    truth = rng.normal(size=1500)
    x, y = truth + rng.normal(size=1500), truth + rng.normal(size=1500)
    single = statistic(x, y, interval="percentile", n_resamples=50)
    monkeypatch.setattr("alia_judge.stats._association._SINGLE", 0)
    double = statistic(x, y, interval="percentile", n_resamples=50)
    assert (single.low, single.high) == pytest.approx((double.low, double.high), abs=1e-7)


@pytest.mark.parametrize("statistic", ALL)
def test_small_blocks_change_nothing(statistic, data, monkeypatch):
    whole = statistic(**data, interval="jackknife")
    monkeypatch.setattr("alia_judge.stats._association.BLOCK", 500)
    blocked = statistic(**data, interval="jackknife")
    assert (blocked.low, blocked.high) == pytest.approx((whole.low, whole.high), abs=1e-12)


def test_beyond_a_thousand_units_blocks_of_them_are_left_out():
    rng = np.random.default_rng(14)
    truth = rng.normal(size=6000)
    x, y = truth + rng.normal(size=6000), truth + rng.normal(size=6000)
    estimate = pearson(x, y, interval="jackknife")
    # Fisher: the standard error of z is 1 / sqrt(n - 3) for normal data.
    half = (np.arctanh(estimate.high) - np.arctanh(estimate.low)) / 2
    assert half == pytest.approx(1.96 / np.sqrt(5997), rel=0.12)
    assert estimate == pearson(x, y, interval="jackknife")


@pytest.mark.parametrize(
    ("ours", "oracle"),
    [(spearman, stats.spearmanr), (pearson, stats.pearsonr), (kendall, stats.kendalltau)],
)
@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_scipys_bootstrap_gives_the_same_interval(data, ours, oracle, method):
    x, y = data["scores"][:100], data["target"][:100]
    mine = ours(x, y, interval=method, n_resamples=4000)
    theirs = stats.bootstrap(
        (x, y),
        lambda a, b: oracle(a, b).statistic,
        paired=True,
        vectorized=False,
        method=method,
        n_resamples=3000,
        rng=1,
    )
    # Monte-Carlo error of a 2.5 % quantile of 3,000 resamples is about 0.05 standard errors.
    tolerance = 0.3 * theirs.standard_error
    assert mine.low == pytest.approx(theirs.confidence_interval.low, abs=tolerance)
    assert mine.high == pytest.approx(theirs.confidence_interval.high, abs=tolerance)


@pytest.mark.parametrize("statistic", ALL)
@pytest.mark.parametrize(
    ("scores", "target", "why"),
    [
        ([1, 1, 1], [1, 2, 3], "the scores are constant"),
        ([1, 2, 3], [2, 2, 2], "the target is constant"),
        ([1, 2, np.nan], [2, np.nan, 2], "at least 2 items with a score and a target, got 1"),
        ([], [], "at least 2 items with a score and a target, got 0"),
    ],
)
def test_undefined_says_why(statistic, scores, target, why):
    with pytest.warns(DegenerateDataWarning, match=why):
        estimate = statistic(scores, target, interval="t")
    assert not estimate.defined
    assert why in estimate.why


def test_a_group_or_system_short():
    with pytest.warns(DegenerateDataWarning, match="no group has two items to compare"):
        spearman([1, 2], [1, 2], grouping="within", groups=["a", "b"])
    with pytest.warns(DegenerateDataWarning, match="undefined within every group"):
        spearman([1, 1, 2, 2], [1, 2, 1, 2], grouping="within", groups=["a", "a", "b", "b"])
    with pytest.warns(DegenerateDataWarning, match="at least 2 systems, got 1"):
        spearman([1, 2], [1, 2], grouping="system", systems=["a", "a"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": [1, 2]}, "target must have 3 elements, got 2"),
        ({"scores": [1, 2, np.inf]}, "scores must be finite, or NaN where missing; got inf at index 2"),
        ({"scores": ["a", "b", "c"]}, "scores must be numbers"),
        ({"weights": [1, -1, 1]}, "weights must not be negative, got -1.0 at index 1"),
        ({"grouping": "item"}, "grouping must be one of 'pooled', 'within', 'system', got 'item'"),
        ({"grouping": "within"}, 'grouping="within" needs groups'),
        ({"grouping": "system"}, 'grouping="system" needs systems'),
        ({"groups": ["a"]}, "groups must have one label for each of the 3 items"),
        ({"interval": "normal"}, "interval must be one of 'jackknife', 'percentile', 'bca', 't', got 'normal'"),
        ({"interval": "t", "confidence": 95}, "confidence must lie between 0 and 1"),
        ({"interval": "t", "n_resamples": 0}, "n_resamples must be at least 1, got 0"),
        ({"interval": "t", "rng": -1}, "rng must be a seed"),
    ],
)
@pytest.mark.parametrize("statistic", ALL)
def test_refusals_name_what_was_required_and_what_came(statistic, options, message):
    with pytest.raises(UsageError, match=message):
        statistic(**{"scores": [1, 2, 3], "target": [1, 3, 2], **options})


def test_an_unknown_variant_of_tau():
    with pytest.raises(UsageError, match="variant must be one of 'b', 'c', got 'a'"):
        kendall([1, 2], [1, 2], variant="a")
