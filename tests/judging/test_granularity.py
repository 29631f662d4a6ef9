"""A rubric on another number of points: what is asked, and the way back."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_lm import respond, scripted_lm

from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import CriteriaJudge, judge_from_state
from alia_judge.judging.question.granularity import asked_points, kept_anchors, mapped_back, regraded
from alia_judge.judging.readouts import judgments_of
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Item, Scale, Verdict

FIVE = Scale.ordinal(1, 5)
ANCHORED = Rubric(
    criterion="Tone",
    scale=FIVE,
    instructions="Is it kind?",
    anchors={1: "rude", 2: "cold", 3: "plain", 4: "kind", 5: "warm"},
)


@pytest.mark.parametrize(
    ("granularity", "points", "anchors"),
    [
        (3, (1, 2, 3), {1: "rude", 2: "plain", 3: "warm"}),
        (5, (1, 2, 3, 4, 5), {1: "rude", 2: "cold", 3: "plain", 4: "kind", 5: "warm"}),
        (9, range(1, 10), {1: "rude", 3: "cold", 5: "plain", 7: "kind", 9: "warm"}),
        (10, range(1, 11), {1: "rude", 10: "warm"}),
        (100, range(1, 101), {1: "rude", 100: "warm"}),
        (101, range(101), {0: "rude", 25: "cold", 50: "plain", 75: "kind", 100: "warm"}),
    ],
)
def test_anchors_stay_where_they_meet_a_point(granularity: int, points: object, anchors: dict[int, str]) -> None:
    rubric = regraded(ANCHORED, granularity)
    assert rubric.scale.points == tuple(float(point) for point in points)  # type: ignore[attr-defined]
    assert dict(rubric.anchors) == anchors == kept_anchors(ANCHORED, granularity)


def test_labels_become_anchors_and_the_direction_stays() -> None:
    rubric = Rubric(criterion="Rudeness", scale=Scale.ordinal(1, 3, labels=("none", "some", "much"), reverse=True))
    asked = regraded(rubric, 5)
    assert dict(asked.anchors) == {1: "none", 3: "some", 5: "much"}
    assert asked.scale.reverse
    assert asked.scale.labels == ()


@given(
    granularity=st.integers(2, 101),
    weights=st.lists(st.floats(0.001, 1), min_size=101, max_size=101),
    scale=st.sampled_from([FIVE, Scale.ordinal(0, 10), Scale.binary(), Scale(kind="ordinal", points=(1, 2, 5))]),
)
def test_the_expected_score_is_the_same_on_both_scales(granularity: int, weights: list[float], scale: Scale) -> None:
    asked = asked_points(scale, granularity)
    likely = np.array(weights[:granularity]) / sum(weights[:granularity])
    score = float(likely @ np.array(asked.points))
    back = mapped_back(Verdict(score=score, parsed=asked.high, probabilities=tuple(likely)), asked, scale)
    assert back.probabilities is not None
    assert math.isclose(sum(back.probabilities), 1)
    assert min(back.probabilities) >= 0
    assert math.isclose(float(np.dot(back.probabilities, scale.points)), back.score, abs_tol=1e-9)  # type: ignore[arg-type]
    assert scale.low <= back.score <= scale.high  # type: ignore[operator]
    assert back.parsed == scale.high


def test_a_judge_asks_on_ten_points_and_answers_on_five() -> None:
    lm = scripted_lm(lambda request: respond("10", tops=[{"2": 0.25, "10": 0.75}]))
    demos = [{"response": "ugh", "score": 1}, {"response": "thank you", "score": 3}, {"response": "ah", "score": None}]
    judge = Judge(ANCHORED, lm, granularity=10, demos=demos)
    found = judge(response="Good morning")
    asked = lm.engine.requests[0]
    assert "1-10" in str(asked.system)
    assert "10 = warm" in str(asked.system)
    assert "cold" not in str(asked.system)
    # The middle of five points is between 5 and 6 of ten: of two, the lower.
    assert [message.parts[0].text for message in asked.messages if message.role == "assistant"] == ["1", "5"]
    # 2 of ten points is four ninths of the way from 1 to 2 of five.
    assert found.probabilities == pytest.approx((0.25 * 5 / 9, 0.25 * 4 / 9, 0, 0, 0.75))
    assert found.score == pytest.approx(0.25 * (1 + 4 / 9) + 0.75 * 5)
    assert found.verdict.parsed == 5
    assert found.verdict.text == "10"
    assert judge.scale == FIVE


def test_an_answer_off_the_asked_scale_is_unscored_though_the_own_one_may_have_it() -> None:
    assert Judge(ANCHORED, scripted_lm("5"), granularity=3)(response="x").unscored == "off_scale"
    assert Judge(ANCHORED, scripted_lm("3"), granularity=3)(response="x").score == 5


def test_a_continuous_scale_is_asked_in_steps_and_keeps_the_expected_score() -> None:
    rubric = Rubric(criterion="Tone", scale=Scale.continuous(0, 1))
    lm = scripted_lm(lambda request: respond("3", tops=[{"3": 0.5, "1": 0.5}]))
    verdict = Judge(rubric, lm, granularity=3).verdict(Item(item_id="a", response="x"))
    assert verdict.score == pytest.approx(0.5)
    assert judgments_of([verdict], rubric.scale).score[0] == pytest.approx(0.5)


def test_the_number_of_points_is_part_of_the_configuration_and_of_the_state() -> None:
    judge = Judge(ANCHORED, scripted_lm("7"), granularity=10)
    assert judge.configuration().parameters["granularity"] == 10
    assert "granularity" not in Judge(ANCHORED).configuration().parameters  # what was paid for before keeps its key
    again = judge_from_state(json.loads(json.dumps(judge.dump_state())), scripted_lm("7"))
    assert isinstance(again, Judge)
    assert again.configuration() == judge.configuration()
    assert again(response="x").score == judge(response="x").score == pytest.approx(1 + 6 * 4 / 9)


@pytest.mark.parametrize(
    ("rubric", "granularity", "match"),
    [
        (Rubric(criterion="x", scale=Scale.nominal(["a", "b"])), 3, "a nominal scale has no steps"),
        (Rubric(criterion="x", scale=Scale.pairwise()), 3, "a pairwise scale has no steps"),
        (ANCHORED, 1, "granularity must be from 2 to 101 points, got 1"),
        (ANCHORED, 102, "granularity must be from 2 to 101 points, got 102"),
        (
            Rubric(criterion="x", scale=FIVE, instructions="Give 4, or 5 if it is 7 words."),
            10,
            r"names points of its scale in its instructions or steps \(4, 5\): on 10 points",
        ),
    ],
)
def test_what_cannot_be_asked_on_other_points(rubric: Rubric, granularity: int, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        Judge(rubric, granularity=granularity)


def test_numbers_that_are_no_points_may_stand_in_the_instructions() -> None:
    rubric = Rubric(criterion="x", scale=FIVE, instructions="Does it say the 5W1H, in 2026, at 4.50 euros?")
    assert Judge(rubric, granularity=10).granularity == 10


def test_a_judge_of_several_criteria_keeps_their_scales() -> None:
    with pytest.raises(UsageError, match="a criteria judge is asked on the scales of its rubrics"):
        CriteriaJudge(ANCHORED, [ANCHORED], granularity=3)
