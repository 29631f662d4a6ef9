"""Oracle: the figures that the authors published for four of their data sets (`published.csv`, every row)."""

from __future__ import annotations

import csv
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.stats import AltTestResult, alt_test


@pytest.mark.shared_data
def test_reproduces_every_published_row(shared_data):
    folder = shared_data / "alt-test"
    rows = list(csv.DictReader((folder / "published.csv").read_text(encoding="utf-8").splitlines()))
    labels = {
        (name, side): json.loads((folder / name / f"{side}_annotations.json").read_text(encoding="utf-8"))
        for name in {row["dataset"] for row in rows}
        for side in ("human", "llm")
    }
    wrong = []
    for row in rows:
        human, judge = labels[row["dataset"], "human"], labels[row["dataset"], "llm"][row["judge"]]
        result = alt_test(human, judge, score=row["score"], epsilon=float(row["epsilon"]))
        got = (f"{result.winning_rate:.2f}", f"{result.advantage_probability:.2f}")
        if got != (row["winning_rate"], row["advantage_probability"]):
            wrong.append((row, got))
    assert len(rows) == 24
    assert wrong == []


def panel(seed: int = 0, *, raters: int = 4, items: int = 60, missing: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 6, size=items)
    human = np.clip(truth + rng.integers(-1, 2, size=(raters, items)), 1, 5).astype(float)
    human[rng.random(human.shape) < missing] = np.nan
    judge = np.clip(truth + rng.integers(-1, 2, size=items), 1, 5).astype(float)
    return human, judge


def as_nested(human: np.ndarray) -> dict:
    return {
        f"r{rater}": {f"i{item}": row[item] for item in np.flatnonzero(~np.isnan(row))}
        for rater, row in enumerate(human)
    }


def accuracy(label, others):
    return float(np.mean([label == other for other in others]))


def neg_rmse(label, others):
    return -float(np.sqrt(np.mean([(label - other) ** 2 for other in others])))


@pytest.mark.parametrize(("name", "function"), [("accuracy", accuracy), ("neg_rmse", neg_rmse)])
@pytest.mark.parametrize("seed", range(3))
def test_named_scores_are_what_the_paper_defines(name, function, seed):
    """The fast sums against the definition, spelled out as a callable."""
    human, judge = panel(seed)
    fast, slow = (alt_test(human, judge, score=score, epsilon=0.1) for score in (name, function))
    assert fast.annotators == slow.annotators
    assert fast.winning_rate == slow.winning_rate
    assert slow.score == function.__name__


def test_p_value_is_the_one_sided_t_test_of_the_paper():
    human, judge = panel(1, missing=0.0)
    result = alt_test(human, judge, score="neg_rmse", epsilon=0.15)
    for left_out, row in enumerate(result.annotators):
        others = np.delete(human, left_out, axis=0)
        ours = [neg_rmse(human[left_out, i], others[:, i]) for i in range(60)]
        judges = [neg_rmse(judge[i], others[:, i]) for i in range(60)]
        difference = np.greater_equal(ours, judges).astype(int) - np.greater_equal(judges, ours).astype(int)
        assert row.p_value == pytest.approx(stats.ttest_1samp(difference, 0.15, alternative="less").pvalue)
        assert row.judge_advantage == np.mean(np.greater_equal(judges, ours))
        assert row.annotator_advantage == np.mean(np.greater_equal(ours, judges))
        assert row.n_items == 60
        assert row.test == "t"


def test_nested_labels_and_arrays_give_the_same():
    human, judge = panel(2)
    array = alt_test(human, judge, score="neg_rmse")
    nested = alt_test(as_nested(human), {f"i{i}": label for i, label in enumerate(judge)}, score="neg_rmse")
    assert nested.winning_rate == array.winning_rate
    assert nested.advantage == array.advantage
    assert [row.annotator for row in nested.annotators] == ["r0", "r1", "r2", "r3"]


def test_string_labels_and_what_is_missing():
    human = {"ana": {"a": "yes", "b": None, "c": "no"}, "jon": {"a": "no", "b": "yes", "c": "no"}, "eva": {"c": "no"}}
    result = alt_test(human, {"a": "yes", "b": "yes"}, min_items=2)
    # Item b has one annotator left, c has no verdict: only a is compared; eva shares nothing.
    assert result.n_items == 1
    assert result.skipped == ("eva",)
    assert [(row.annotator, row.judge_advantage, row.annotator_advantage) for row in result.annotators] == [
        ("ana", 1.0, 1.0),
        ("jon", 1.0, 0.0),
    ]


def test_few_items_take_the_wilcoxon_test_or_are_skipped():
    human, judge = panel(3, items=40, missing=0.0)
    human[3, 20:] = np.nan
    result = alt_test(human, judge, score="neg_rmse", epsilon=0.2)
    row = result.annotators[3]
    assert (row.test, row.n_items) == ("wilcoxon", 20)
    others = human[:3, :20]
    ours = np.array([neg_rmse(human[3, i], others[:, i]) for i in range(20)])
    judges = np.array([neg_rmse(judge[i], others[:, i]) for i in range(20)])
    difference = (ours >= judges).astype(float) - (judges >= ours).astype(float)
    assert row.p_value == pytest.approx(stats.wilcoxon(difference - 0.2, alternative="less").pvalue)
    plain = alt_test(human, judge, score="neg_rmse", epsilon=0.2, few_items="t").annotators[3]
    assert plain.test == "t"
    assert plain.p_value == pytest.approx(stats.ttest_1samp(difference, 0.2, alternative="less").pvalue)
    skipping = alt_test(human, judge, score="neg_rmse", epsilon=0.2, few_items="skip")
    assert skipping.skipped == ("3",)
    assert [row.annotator for row in skipping.annotators] == ["0", "1", "2"]


def test_one_item_proves_nothing():
    result = alt_test({"ana": {"a": 1}, "jon": {"a": 1}}, {"a": 1}, few_items="t")
    assert [row.p_value for row in result.annotators] == [1.0, 1.0]
    assert result.winning_rate == 0.0


def test_differences_that_never_vary_are_decided_without_dividing_by_their_spread():
    same = np.tile(np.arange(40) % 5, (3, 1)).astype(float)
    as_good = alt_test(same, same[0], epsilon=0.2)
    assert as_good.winning_rate == 1.0
    assert [row.p_value for row in as_good.annotators] == [0.0, 0.0, 0.0]
    at_the_edge = alt_test(same, same[0], epsilon=0.0)
    assert at_the_edge.winning_rate == 0.0
    worse = alt_test(same, same[0] + 1, epsilon=0.9)
    assert worse.winning_rate == 0.0
    assert worse.advantage_probability == 0.0


def test_advantage_interval_holds_the_value_and_respects_clusters():
    human, judge = panel(4)
    items = alt_test(human, judge, interval="bca", n_resamples=300).advantage
    groups = np.repeat(np.arange(12), 5)
    clusters = alt_test(human, judge, interval="percentile", n_resamples=300, groups=groups).advantage
    named = alt_test(
        as_nested(human),
        {f"i{i}": label for i, label in enumerate(judge)},
        interval="percentile",
        n_resamples=300,
        groups={f"i{i}": f"doc {group:02}" for i, group in enumerate(groups)},
    ).advantage
    assert items.low < items.value < items.high
    assert items.groups is None
    assert clusters.groups == 12
    # The items come in another order from nested labels; the clusters, and so the resamples, do not.
    assert (named.low, named.high) == pytest.approx((clusters.low, clusters.high))


def test_nobody_to_test_is_undefined():
    with pytest.warns(DegenerateDataWarning, match="no annotator shares an item"):
        result = alt_test({"ana": {"a": 1}, "jon": {"b": 1}}, {"a": 1, "b": 1})
    assert math.isnan(float(result))
    assert result.skipped == ("ana", "jon")
    assert not result.passed
    assert result.to_dict()["winning_rate"] is None


def test_json_round_trip_and_what_it_prints():
    human, judge = panel(5, missing=0.0)
    result = alt_test(human, judge, score="neg_rmse", epsilon=0.15, interval="percentile", n_resamples=50)
    again = AltTestResult.from_dict(json.loads(json.dumps(result.to_dict())))
    assert again == result
    assert float(result) == result.winning_rate
    assert result.signature == "alt_test|n:60|annotators:4|score:neg_rmse|epsilon:0.15|alpha:0.05|min_items:30"
    assert f"winning rate {result.winning_rate:.2f}" in str(result)
    with pytest.raises(ValueError, match="expected schema 'alia-judge/alt-test/1', got 'another'"):
        AltTestResult.from_dict({**result.to_dict(), "schema": "another"})


@given(seed=st.integers(0, 10_000), data=st.data())
def test_does_not_depend_on_the_order_of_items_or_annotators(seed, data):
    human, judge = panel(seed, raters=3, items=12)
    rows, columns = (data.draw(st.permutations(range(n))) for n in human.shape)
    options = {"score": "neg_rmse", "min_items": 5, "few_items": "wilcoxon"}
    plain = alt_test(human, judge, **options)
    shuffled = alt_test(human[rows][:, columns], judge[columns], **options)
    assert shuffled.winning_rate == plain.winning_rate
    assert shuffled.advantage_probability == pytest.approx(plain.advantage_probability)


@given(seed=st.integers(0, 10_000), low=st.floats(0, 0.5), step=st.floats(0, 0.5))
def test_a_larger_epsilon_never_hurts_the_judge(seed, low, step):
    human, judge = panel(seed, raters=3, items=35, missing=0.0)
    assert float(alt_test(human, judge, epsilon=low + step)) >= float(alt_test(human, judge, epsilon=low))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epsilon": 1.2}, "epsilon must lie between 0 and 1, got 1.2"),
        ({"alpha": 0}, "alpha must lie between 0 and 1"),
        ({"min_items": 1}, "min_items must be at least 2, got 1"),
        ({"few_items": "drop"}, "few_items must be one of 'wilcoxon', 't', 'skip', got 'drop'"),
        ({"score": "f1"}, "score must be one of 'accuracy', 'neg_rmse', got 'f1'"),
        ({"judge": np.ones(3)}, r"judge must be of shape \(60,\); got an array of shape \(3,\)"),
        ({"human": np.ones(60)}, r"shape \(n_raters, n_items\), got shape \(60,\)"),
        ({"human": {"a": {0: 1.0}}, "judge": np.ones(1)}, "judge must be {item: label}, as the human labels are"),
        ({"human": {"a": {0: "x"}, "b": {0: "y"}}, "judge": {0: "x"}, "score": "neg_rmse"}, "a human label is none"),
        ({"groups": {0: "d"}}, "a cluster for every item, got none for 1"),
        ({"groups": np.arange(3)}, r"one for each column of human; got shape \(3,\)"),
    ],
)
def test_says_what_was_wrong(change, message):
    human, judge = panel(0)
    with pytest.raises(UsageError, match=message):
        alt_test(**{"human": human, "judge": judge, **change})
