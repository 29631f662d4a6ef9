from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from alia_judge._json import dumps
from alia_judge.errors import UsageError
from alia_judge.evaluation import EvaluationOptions, EvaluationResult, MonitorResult, evaluate_scores, monitor
from alia_judge.evaluation.agreement.profile import Profile, order_agreement
from alia_judge.ratings.load import load_ratings
from alia_judge.ratings.table import Ratings
from alia_judge.records import Scale

SCALE = Scale.ordinal(1, 5)


def people(
    n: int, *, noise: float, seed: int, raters: int = 2, prefix: str = "i"
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Rows of ratings of n items, and a judge's scores with so much noise."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(3, 1, n)
    rows = [
        {
            "item_id": f"{prefix}{place:05}",
            "annotator_id": f"a{rater}",
            "value": float(np.clip(np.round(quality[place] + rng.normal(0, 0.6)), 1, 5)),
        }
        for place in range(n)
        for rater in range(raters)
    ]
    scores = np.clip(quality + rng.normal(0, noise, n), 1, 5)
    return rows, {f"{prefix}{place:05}": float(score) for place, score in enumerate(scores)}


def rated(rows: list[dict[str, Any]]) -> Ratings:
    return load_ratings(rows, criterion="c", scales={"c": SCALE})


@pytest.fixture(scope="module")
def published() -> EvaluationResult:
    rows, scores = people(300, noise=0.5, seed=0)
    return evaluate_scores(rated(rows), {"judge": scores}, options=EvaluationOptions(n_resamples=20))


class TestProfile:
    def test_error_and_order_do_not_depend_on_how_many_rate(self) -> None:
        found = []
        for raters in (1, 4):
            rows, scores = people(1500, noise=0.5, seed=3, raters=raters)
            result = evaluate_scores(rated(rows), {"judge": scores}, options=EvaluationOptions(n_resamples=5))
            profile = result.judge().profile
            assert profile is not None
            found.append((profile.error.value, profile.order.value))
        assert found[0] == pytest.approx(found[1], abs=0.03)

    def test_order_is_the_share_of_pairs_in_order_with_ties_as_half(self) -> None:
        first = np.array([1.0, 3.0]), np.array([[2.0, 4.0], [np.nan, 1.0]])
        second = np.array([2.0]), np.array([[2.0]])
        # Item 1 below and rated the same: half. Item 2 above, rated above once and below once: half.
        assert order_agreement(first, second) == 0.5
        assert order_agreement((np.array([1.0]), np.array([[1.0]])), second) == 1.0

    def test_it_is_the_mean_over_all_pairs(self) -> None:
        rows, scores = people(60, noise=1.0, seed=4, raters=1)
        ratings = rated(rows)
        profile = evaluate_scores(ratings, {"j": scores}, options=EvaluationOptions(n_resamples=5)).judge().profile
        said, judged = ratings.matrix("c").values[0], np.array(list(scores.values()))
        product = np.sign(said[:, None] - said) * np.sign(judged[:, None] - judged)
        assert profile is not None
        assert profile.order.value == pytest.approx((1 + product.sum() / (60 * 59)) / 2)
        assert profile.error.value == pytest.approx(np.abs(said - judged).mean())

    def test_every_score_has_a_cell_and_the_ends_are_within(self) -> None:
        rows, scores = people(50, noise=0.5, seed=5)
        profile = evaluate_scores(rated(rows), {"j": scores}, options=EvaluationOptions(n_resamples=5)).judge().profile
        assert profile is not None
        assert sum(profile.cells.values()) == 50
        assert profile.cell(np.array([0.0, 1.0, 5.0, 6.0])).tolist() == [0, 1, 100, 101]
        assert Profile.from_dict(json.loads(dumps(profile))) == profile


class TestMonitor:
    def test_a_judge_that_stays_as_it_was_raises_no_alarm(self, published: EvaluationResult) -> None:
        rows, scores = people(400, noise=0.5, seed=10, prefix="n", raters=1)
        result = monitor(published, scores, rated(rows))
        assert set(result.watches) == {"coverage", "scores", "error", "order"}
        assert result.alarms == ()
        error = result.watches["error"]
        assert error.now is not None
        assert error.now.low < error.bound
        assert "nothing shows" in result.summary

    def test_a_judge_that_decays_does(self, published: EvaluationResult) -> None:
        rows, scores = people(400, noise=2.5, seed=11, prefix="n", raters=1)
        result = monitor(published, scores, rated(rows))
        assert {"error", "order"} <= set(result.alarms)
        assert "ALARM after" in result.watches["order"].sentence

    def test_against_the_figure_itself_a_smaller_decline_is_seen(self, published: EvaluationResult) -> None:
        rows, scores = people(1500, noise=0.68, seed=12, raters=1, prefix="n")
        against = {
            reference: monitor(published, scores, rated(rows), reference=reference).watches["error"]
            for reference in ("interval", "figure")
        }
        profile = published.judge().profile
        assert profile is not None
        assert against["figure"].bound == profile.error.value < against["interval"].bound == profile.error.high
        assert against["figure"].alarm is not None
        assert (against["interval"].alarm or 1501) > against["figure"].alarm
        with pytest.raises(UsageError, match="reference is 'interval' or 'figure', got 'mean'"):
            monitor(published, scores, rated(rows), reference="mean")  # type: ignore[arg-type]

    def test_a_shift_of_the_scores_is_seen_without_a_rating(self, published: EvaluationResult) -> None:
        _, scores = people(300, noise=0.5, seed=12, prefix="n")
        shifted = {item: min(5.0, score + 0.8) for item, score in scores.items()}
        assert monitor(published, scores).alarms == ()
        assert monitor(published, shifted).alarms == ("scores",)

    def test_unscored_items_are_an_alarm_of_their_own(self, published: EvaluationResult) -> None:
        _, scores = people(200, noise=0.5, seed=13, prefix="n")
        refusing = {item: np.nan if place % 8 == 0 else score for place, (item, score) in enumerate(scores.items())}
        assert monitor(published, refusing).alarms == ("coverage",)

    def test_a_group_is_one_observation(self, published: EvaluationResult) -> None:
        _, scores = people(300, noise=0.5, seed=14, prefix="n")
        groups = {item: f"g{place // 10}" for place, item in enumerate(scores)}
        assert monitor(published, scores, groups=groups).watches["scores"].n == 30

    def test_more_data_never_takes_an_alarm_back(self, published: EvaluationResult) -> None:
        rows, scores = people(400, noise=2.5, seed=11, prefix="n", raters=1)
        every = monitor(published, scores, rated(rows))
        early = monitor(published, dict(list(scores.items())[:200]), rated(rows[:200]))
        assert early.watches["order"].alarm == every.watches["order"].alarm

    def test_a_reversed_scale_is_turned_round_on_both_sides(self) -> None:
        rows, scores = people(300, noise=0.5, seed=0)
        scale = Scale.ordinal(1, 5, reverse=True)
        ratings = load_ratings(rows, criterion="c", scales={"c": scale})
        result = evaluate_scores(ratings, {"judge": scores}, options=EvaluationOptions(n_resamples=5))
        rows, scores = people(200, noise=0.5, seed=1, prefix="n")
        fresh = load_ratings(rows, criterion="c", scales={"c": scale})
        assert monitor(result, scores, fresh).alarms == ()

    def test_it_comes_back_from_json(self, published: EvaluationResult) -> None:
        rows, scores = people(50, noise=0.5, seed=15, prefix="n")
        result = monitor(published, scores, rated(rows))
        assert dumps(MonitorResult.from_dict(json.loads(dumps(result)))) == dumps(result)

    def test_what_cannot_be_compared_is_refused(self, published: EvaluationResult) -> None:
        rows, scores = people(20, noise=0.5, seed=16, prefix="n")
        with pytest.raises(UsageError, match="another scale than the published ones"):
            monitor(published, scores, load_ratings(rows, criterion="c", scales={"c": Scale.ordinal(1, 7)}))
        with pytest.raises(UsageError, match="none of the newly rated items has a verdict"):
            monitor(published, {"other": 3.0}, rated(rows))
        with pytest.raises(UsageError, match="there is no verdict to look at"):
            monitor(published, {})
        with pytest.raises(UsageError, match="there is no criterion 'd'; the evaluation has: c"):
            monitor(published, scores, criterion="d")
