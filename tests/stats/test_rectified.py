"""Oracles: ppi-python through `tests/reference/rectified.json`, scipy's t intervals, least squares, simulation."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.stats import (
    RectifiedEstimate,
    RectifiedRanking,
    rectified_difference,
    rectified_mean,
    rectified_ranking,
)

GOLDEN = json.loads((Path(__file__).parents[1] / "reference" / "rectified.json").read_text(encoding="utf-8"))
JUDGE = np.array(GOLDEN["judge"])
HUMAN = np.concatenate([GOLDEN["human"], np.full(400, np.nan)])
WEIGHTS = np.array(GOLDEN["weights"])


@pytest.mark.parametrize(("name", "lam"), [("lambda_0", 0.0), ("lambda_0.5", 0.5), ("lambda_1", 1.0)])
def test_fixed_lambda_is_ppi_pythons_to_the_last_digit(name, lam):
    """Its interval is the normal one of standard deviations over n; ours is t of those over n - 1. Both are redone."""
    result, expected = rectified_mean(HUMAN, JUDGE, tuning=lam), GOLDEN["mean"][name]
    assert float(result) == pytest.approx(expected["value"], abs=1e-12)
    assert float(rectified_mean(HUMAN, JUDGE, tuning=lam, weights=WEIGHTS)) == pytest.approx(
        GOLDEN["weighted_mean"][name], abs=1e-12
    )
    rated, unrated = HUMAN[:60] - lam * JUDGE[:60], lam * JUDGE[60:]
    theirs = stats.norm.ppf(0.975) * np.sqrt(rated.var() / 60 + unrated.var() / 400)
    assert (expected["high"] - expected["low"]) / 2 == pytest.approx(theirs, abs=1e-12)
    ours = stats.t.ppf(0.975, 59) * np.sqrt((rated.var() / 60 + unrated.var() / 400) * 60 / 59)
    assert (result.estimate.high - result.estimate.low) / 2 == pytest.approx(ours, abs=1e-12)


def test_tuned_lambda_is_that_of_the_smallest_variance():
    """ppi-python pools Var(f) over all items, ours takes the rated and the unrated items' own: see the design notes."""
    y, f, u = HUMAN[:60], JUDGE[:60], JUDGE[60:]
    covariance = np.mean((y - y.mean()) * (f - f.mean()))
    pooled = covariance / (1 + 60 / 400) / JUDGE.var(ddof=1)
    expected = GOLDEN["mean"]["tuned"]["value"]
    assert float(rectified_mean(HUMAN, JUDGE, tuning=pooled)) == pytest.approx(expected, abs=1e-12)
    ours = rectified_mean(HUMAN, JUDGE)
    assert ours.tuning == pytest.approx((covariance / 60 / (f.var() / 60 + u.var() / 400),), abs=1e-12)

    def variance(lam: float) -> float:
        return float(np.var(y - lam * f) / 60 + np.var(lam * u) / 400)

    assert variance(ours.tuning[0]) < min(variance(ours.tuning[0] - 0.01), variance(ours.tuning[0] + 0.01))
    assert variance(ours.tuning[0]) <= variance(pooled)


def test_without_the_judge_it_is_the_t_interval():
    result = rectified_mean(HUMAN, JUDGE)
    expected = stats.ttest_1samp(HUMAN[:60], 0).confidence_interval()
    assert (result.classical.low, result.classical.high) == pytest.approx(tuple(expected))
    assert rectified_mean(HUMAN, JUDGE, tuning=0.0).estimate.value == result.classical.value
    assert rectified_mean(HUMAN, JUDGE, tuning=0.0).effective_n == pytest.approx(60)


def test_a_difference_without_the_judge_is_welchs():
    rng = np.random.default_rng(0)
    human = np.concatenate([rng.normal(3, 1, size=12), rng.normal(2, 3, size=40)])
    systems = np.repeat(["a", "b"], [12, 40])
    result = rectified_difference(human, np.zeros(52), systems, "a", "b")
    welch = stats.ttest_ind(human[:12], human[12:], equal_var=False)
    expected = welch.confidence_interval()
    assert (result.estimate.low, result.estimate.high) == pytest.approx((expected.low, expected.high))
    assert float(result) == pytest.approx(human[:12].mean() - human[12:].mean())


def test_answers_to_the_same_documents_are_compared_as_pairs():
    rng = np.random.default_rng(1)
    document = rng.normal(size=30)
    human = np.concatenate([document + rng.normal(0.5, 0.3, size=30), document + rng.normal(0, 0.3, size=30)])
    systems, documents = np.repeat(["a", "b"], 30), np.tile(np.arange(30), 2)
    paired = rectified_difference(human, np.zeros(60), systems, "a", "b", groups=documents)
    expected = stats.ttest_rel(human[:30], human[30:]).confidence_interval()
    assert (paired.estimate.low, paired.estimate.high) == pytest.approx((expected.low, expected.high))
    assert paired.estimate.groups == 30
    unpaired = rectified_difference(human, np.zeros(60), systems, "a", "b")
    assert unpaired.estimate.high - unpaired.estimate.low > 2 * (paired.estimate.high - paired.estimate.low)


def test_a_single_cluster_for_each_item_changes_nothing_and_copies_add_nothing():
    alone = rectified_mean(HUMAN, JUDGE, groups=np.arange(460))
    plain = rectified_mean(HUMAN, JUDGE)
    assert (alone.estimate.low, alone.estimate.high) == pytest.approx((plain.estimate.low, plain.estimate.high))
    # Every item three times, as a cluster: no more information than once.
    copied = rectified_mean(np.tile(HUMAN, 3), np.tile(JUDGE, 3), groups=np.tile(np.arange(460), 3))
    assert (copied.estimate.low, copied.estimate.high) == pytest.approx((plain.estimate.low, plain.estimate.high))
    weighted = rectified_mean(np.tile(HUMAN, 3), np.tile(JUDGE, 3), weights=np.repeat([1.0, 0.0, 0.0], 460))
    assert float(weighted) == pytest.approx(float(plain))


def test_strata_are_added_up_by_their_share_of_all_items():
    rng = np.random.default_rng(2)
    strata = np.repeat(["easy", "hard"], [300, 100])
    truth = np.where(strata == "easy", 4.0, 2.0) + rng.normal(0, 0.5, size=400)
    judge = np.where(strata == "easy", truth, 5 - truth) + rng.normal(0, 0.2, size=400)
    human = truth.copy()
    human[25:300], human[325:] = np.nan, np.nan  # as many ratings of the quarter as of the rest
    result = rectified_mean(human, judge, strata=strata)
    parts = [rectified_mean(human[strata == name], judge[strata == name]) for name in ("easy", "hard")]
    assert float(result) == pytest.approx(0.75 * float(parts[0]) + 0.25 * float(parts[1]))
    assert result.tuning == pytest.approx(parts[0].tuning + parts[1].tuning)
    # One lambda is above 0, one below: the judge has the hard ones upside down.
    assert result.tuning[0] > 0.5
    assert result.tuning[1] < -0.5
    assert result.estimate.low < truth.mean() < result.estimate.high


def test_a_difference_over_strata_is_that_of_the_systems_means():
    rng = np.random.default_rng(3)
    strata, systems = np.tile(["easy", "hard", "odd"], 200), np.repeat(["a", "b"], 300)
    truth = 3 + 0.5 * (systems == "a") - (strata == "hard") + rng.normal(0, 0.5, size=600)
    judge = truth + np.where(strata == "odd", 2.0, 0.0) + rng.normal(0, 0.3, size=600)
    human = np.where(rng.random(600) < 0.3, truth, np.nan)
    result = rectified_difference(human, judge, systems, "a", "b", strata=strata, tuning=1.0)
    means = [
        float(
            rectified_mean(human[systems == name], judge[systems == name], strata=strata[systems == name], tuning=1.0)
        )
        for name in "ab"
    ]
    assert float(result) == pytest.approx(means[0] - means[1])
    assert result.estimate.low < 0.5 < result.estimate.high


def simulate(seed: int, *, n: int, size: int = 300, reps: int = 400) -> tuple[float, float]:
    """Coverage of the rectified and the classical interval on Likert ratings and a judge off their scale."""
    rng = np.random.default_rng(seed)
    points = np.arange(1, 6)
    probability = np.array([0.05, 0.1, 0.2, 0.35, 0.3])
    covered = np.zeros(2)
    for _ in range(reps):
        truth = rng.choice(points, p=probability, size=size).astype(float)
        judge = 20 * truth + rng.normal(0, 20, size=size)
        human = np.where(rng.permutation(size) < n, truth, np.nan)
        result = rectified_mean(human, judge)
        for which, estimate in enumerate((result.estimate, result.classical)):
            covered[which] += estimate.low <= points @ probability <= estimate.high
    return tuple(covered / reps)


@pytest.mark.parametrize("n", [30, 100])
def test_intervals_cover_what_they_say(n):
    """95 %, give or take three standard errors of 400 trials."""
    rectified, classical = simulate(n, n=n)
    assert rectified == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / 400))
    assert classical == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / 400))


def test_a_good_judge_saves_ratings_and_a_worthless_one_does_not():
    rng = np.random.default_rng(3)
    truth = rng.normal(size=2000)
    human = np.where(rng.random(2000) < 0.05, truth, np.nan)
    good = rectified_mean(human, truth + rng.normal(0, 0.5, size=2000))
    worthless = rectified_mean(human, rng.normal(size=2000))
    assert good.effective_n > 2 * good.estimate.n
    assert abs(worthless.effective_n - worthless.estimate.n) < 0.1 * worthless.estimate.n
    with pytest.warns(DeprecationWarning, match="take effective_n - estimate.n") as told:
        assert good.saved == good.effective_n - good.estimate.n
    assert told[0].filename == __file__  # where whoever reads it has something to change
    assert f"from {good.estimate.n} ratings that count as {good.effective_n:.0f}" in str(good)


@given(
    seed=st.integers(0, 10_000), scale=st.floats(0.01, 100), shift=st.floats(-100, 100), sign=st.sampled_from([-1, 1])
)
def test_the_judges_scale_does_not_matter_and_the_ratings_does_as_it_should(seed, scale, shift, sign):
    rng = np.random.default_rng(seed)
    judge, order = rng.normal(size=40), rng.permutation(40)
    human = np.where(np.arange(40) < 15, judge + rng.normal(size=40), np.nan)
    plain = rectified_mean(human, judge).estimate
    for other in (
        rectified_mean(human, sign * scale * judge + shift).estimate,
        rectified_mean(human[order], judge[order]).estimate,
    ):
        assert (other.value, other.low, other.high) == pytest.approx((plain.value, plain.low, plain.high), rel=1e-6)
    moved = rectified_mean(2 * human + 1, judge).estimate
    assert (moved.low, moved.high) == pytest.approx((2 * plain.low + 1, 2 * plain.high + 1), rel=1e-6)


def test_weights_do_not_make_the_interval_depend_on_the_origin():
    """Where we and the oracle part: ppi-python takes the spread of weight times rating, which moves with the origin."""
    widths = [
        (lambda e: e.high - e.low)(rectified_mean(HUMAN + shift, JUDGE, weights=WEIGHTS, tuning=1.0).estimate)
        for shift in (0, 100)
    ]
    assert widths[0] == pytest.approx(widths[1], rel=1e-9)


def test_unscored_items_count_as_the_mean_score():
    judge = JUDGE.copy()
    judge[::7] = np.nan
    filled = np.where(np.isnan(judge), np.nanmean(judge), judge)
    assert rectified_mean(HUMAN, judge) == rectified_mean(HUMAN, filled)
    nothing = rectified_mean(HUMAN, np.full(460, np.nan))
    assert nothing.estimate.value == nothing.classical.value


def test_every_item_rated_leaves_nothing_to_predict():
    result = rectified_mean(HUMAN[:60], JUDGE[:60])
    assert result.tuning == (0.0,)
    assert (result.estimate.low, result.estimate.high) == (result.classical.low, result.classical.high)


def three_systems(seed: int, *, effect: float = 0.8, n: int = 250) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    systems = np.repeat(["a", "b", "c"], n)
    truth = rng.normal(3, 1, size=3 * n) + effect * (systems == "c")
    human = np.where(rng.random(3 * n) < 0.2, truth, np.nan)
    return human, truth + rng.normal(0, 0.5, size=3 * n), systems


def test_ranking_says_what_the_data_can_tell_apart():
    human, judge, systems = three_systems(0)
    ranking = rectified_ranking(human, judge, systems)
    assert ranking.systems[0].system == "c"
    assert [(row.rank_low, row.rank_high) for row in ranking.systems] == [(1, 1), (2, 3), (2, 3)]
    for row in ranking.systems:
        alone = rectified_mean(human[systems == row.system], judge[systems == row.system])
        assert row.mean.value == pytest.approx(alone.estimate.value)
        assert row.mean.high == pytest.approx(alone.estimate.high)
        assert row.effective_n == pytest.approx(alone.effective_n)
    best_less_next = ranking.differences[0][1]
    assert best_less_next.value == pytest.approx(ranking.systems[0].mean.value - ranking.systems[1].mean.value)
    assert ranking.differences[1][0].value == -best_less_next.value
    assert ranking.differences[0][0] is None
    assert RectifiedRanking.from_dict(json.loads(json.dumps(ranking.to_dict()))) == ranking
    with pytest.raises(ValueError, match="expected schema 'alia-judge/rectified-ranking/1'"):
        RectifiedRanking.from_dict({**ranking.to_dict(), "schema": "another"})


def test_simultaneous_intervals_cover_all_pairs_at_once():
    """Equal systems: no difference is claimed in 95 % of the trials; one pair's own interval would not do."""
    claimed = single = 0
    for seed in range(300):
        ranking = rectified_ranking(*three_systems(seed, effect=0.0, n=80), n_draws=2000)
        claimed += any(row.rank_low > 1 or row.rank_high < 3 for row in ranking.systems)
        top, bottom = ranking.systems[0], ranking.systems[2]
        human, judge, systems = three_systems(seed, effect=0.0, n=80)
        single += rectified_difference(human, judge, systems, top.system, bottom.system).estimate.low > 0
    assert claimed / 300 == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / 300))
    assert single > claimed


def test_two_systems_critical_value_is_students():
    human, judge, systems = three_systems(1)
    two = systems != "c"
    ranking = rectified_ranking(human[two], judge[two], systems[two], n_draws=200_000)
    width = ranking.differences[0][1].high - ranking.differences[0][1].low
    # Two tuned means of about 50 ratings each.
    variances = [
        (row.mean.high - row.mean.value) ** 2 / stats.t.ppf(0.975, row.mean.n - 2) ** 2 for row in ranking.systems
    ]
    smallest = min(row.mean.n for row in ranking.systems) - 2
    assert width / 2 == pytest.approx(stats.t.ppf(0.975, smallest) * math.sqrt(sum(variances)), rel=0.01)


def test_json_round_trip():
    result = rectified_mean(HUMAN, JUDGE, weights=WEIGHTS)
    assert RectifiedEstimate.from_dict(json.loads(json.dumps(result.to_dict()))) == result
    assert result.signature.startswith("rectified_mean|n:60|tuning:tuned|cells:1|unrated:400|weighted:True")
    with pytest.raises(ValueError, match="expected schema 'alia-judge/rectified/1'"):
        RectifiedEstimate.from_dict({**result.to_dict(), "schema": "another"})


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_ratings_are_undefined(n):
    human = np.full(10, np.nan)
    human[:n] = 3
    with pytest.warns(DegenerateDataWarning, match="too few rated items"):
        result = rectified_mean(human, np.arange(10.0))
    assert math.isnan(float(result))
    again = RectifiedEstimate.from_dict(json.loads(json.dumps(result.to_dict())))
    assert math.isnan(again.effective_n)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rectified_mean([1, 2], [1, 2, 3]), "judge must have 2 elements, got 3"),
        (lambda: rectified_mean([], []), "an item or more, got none"),
        (lambda: rectified_mean(HUMAN, JUDGE, tuning=math.inf), "tuning must be a finite number"),
        (lambda: rectified_mean(HUMAN, JUDGE, confidence=95), "confidence must lie between 0 and 1"),
        (lambda: rectified_mean(HUMAN, JUDGE, strata=["a"]), "strata must have one label for each of the 460 items"),
        (lambda: rectified_mean(HUMAN, JUDGE, weights=-WEIGHTS), "weights must not be negative"),
        (lambda: rectified_difference([1, 2], [1, 2], ["a", "b"], "a", "c"), "one of 'a', 'b', got 'c'"),
        (lambda: rectified_difference([1, 2], [1, 2], ["a", "b"], "a", "a"), "two systems, got 'a' for both"),
        (lambda: rectified_ranking([1, 2], [1, 2], ["a", "a"]), "two systems or more, got 1"),
        (lambda: rectified_ranking([1, 2], [1, 2], ["a", "b"]), "too few for a, b"),
        (lambda: rectified_ranking([1, 2], [1, 2], ["a", "b"], n_draws=10), "n_draws must be at least 1000, got 10"),
    ],
)
def test_says_what_was_wrong(call, message):
    with pytest.raises(UsageError, match=message):
        call()
