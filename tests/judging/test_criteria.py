from __future__ import annotations

import json
import math

import dspy
import numpy as np
import pytest
from scripted_lm import respond, scripted_lm

from alia_judge.errors import UsageError
from alia_judge.judging.kinds import CriteriaJudge, judge_from_state
from alia_judge.judging.question.criteria import CriteriaQuestion
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Item, Scale, Turn
from alia_judge.runner import VerdictStore, run

LIKERT = Scale.ordinal(1, 5)
CLEAR = Rubric(criterion="Clear", scale=LIKERT, anchors={1: "Muddled.", 5: "Plain."})
WORDY = Rubric(criterion="Wordy", scale=Scale.ordinal(0, 10, reverse=True))
TOPIC = Rubric(criterion="Topic", scale=Scale.nominal(["bill", "fault"]))
WHOLE = Rubric(criterion="Quality", scale=LIKERT, instructions="How good is it?")


def _judge(script: object, **settings: object) -> CriteriaJudge:
    return CriteriaJudge(WHOLE, [CLEAR, WORDY, TOPIC], scripted_lm(script), **settings)  # type: ignore[arg-type]


def test_one_call_gives_a_verdict_for_each_criterion() -> None:
    judge = _judge("Clear: 4\nWordy: 2\nTopic: fault")
    verdict = judge(response="x").verdict
    assert {name: part.score for name, part in verdict.parts.items()} == {"Clear": 4.0, "Wordy": 2.0, "Topic": 1.0}
    # Clear is .75 good, wordy, where more is worse, .8; two points each, from 1. The topic weighs nothing.
    assert verdict.score == pytest.approx(1 + 2 * 0.75 + 2 * 0.8)
    (asked,) = judge.lm.engine.requests
    assert "Clear: [1-5]\nWordy: [0-10]\nTopic: [0/1]" in asked.system
    assert "Criterion: Wordy" in asked.system
    assert "5 = Plain." in asked.system
    assert asked.config.max_tokens == 72


def test_the_log_probabilities_at_each_line_are_read() -> None:
    tokens = ["Clear", ":", " 4", "\n", "Wordy", ":", " ", "10", "\n", "Topic", ":", " 1"]
    tops: list[dict[str, float]] = [{token: 1.0} for token in tokens]
    tops[2], tops[7], tops[11] = {" 4": 0.75, " 2": 0.25}, {"10": 0.5, "0": 0.5}, {" 1": 0.9, " 0": 0.1}

    def answer(request: dspy.lm15.Request) -> object:
        return respond("".join(tokens), tops=tops, tokens=tokens)

    verdict = _judge(answer)(response="x").verdict
    assert verdict.parts["Clear"].score == pytest.approx(3.5)
    assert verdict.parts["Wordy"].score == pytest.approx(5.0)
    assert verdict.parts["Topic"].probabilities == pytest.approx((0.1, 0.9))
    assert {part.method for part in verdict.parts.values()} == {"logprobs"} == {verdict.method}


@pytest.mark.parametrize(
    "text",
    [
        "**Clear**: 4\n- **Wordy:** 2/10\n3. Topic: fault",
        "1. Clear: 4\n2. Wordy: 2\n3. Topic: 1",
        "<think>Clear: 1\nWordy: 9</think>\nclear: 4\nWORDY (0-10): 2\nTopic = fault",
        "Here you are.\n\nClear: 4 (plain enough)\nWordy: 2, for its 3 sentences\nTopic: fault\nClear: 4",
    ],
)
def test_lines_are_read_in_whatever_dress(text: str) -> None:
    verdict = _judge(text)(response="x").verdict
    assert {name: part.score for name, part in verdict.parts.items()} == {"Clear": 4.0, "Wordy": 2.0, "Topic": 1.0}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Clear: 4\nTopic: fault", {"Clear": 4.0, "Wordy": "no_score", "Topic": 1.0}),
        ("Clear: 4\nClear: 3\nWordy: 2\nTopic: 1", {"Clear": "ambiguous", "Wordy": 2.0, "Topic": 1.0}),
        ("Clear: 9\nWordy: 2\nTopic: 1", {"Clear": "off_scale", "Wordy": 2.0, "Topic": 1.0}),
        ("Clear: 3 or 4\nWordy: 2\nTopic: 1", {"Clear": "ambiguous", "Wordy": 2.0, "Topic": 1.0}),
        ("Clear: [1-5]\nWordy: [0-10]\nTopic: [0/1]", {"Clear": "no_score", "Wordy": "no_score", "Topic": "ambiguous"}),
        ("4\n2\n1", {"Clear": "no_score", "Wordy": "no_score", "Topic": "no_score"}),
    ],
)
def test_a_criterion_without_a_score_leaves_the_whole_unscored_and_the_others_scored(
    text: str, parts: dict[str, object]
) -> None:
    verdict = _judge(text)(response="x").verdict
    assert {
        name: part.score if part.score is not None else part.unscored for name, part in verdict.parts.items()
    } == parts
    missing = next(name for name, said in parts.items() if isinstance(said, str))
    counted = any(isinstance(parts[name], str) for name in ("Clear", "Wordy"))
    assert (verdict.score is None) == counted
    assert not counted or str(verdict.detail).startswith(f"{missing}:")


def test_an_object_is_read_by_its_fields() -> None:
    judge = _judge('{"Clear": 4, "Wordy": 2, "Topic": 1}', output="json")
    verdict = judge(response="x").verdict
    assert {name: part.score for name, part in verdict.parts.items()} == {"Clear": 4.0, "Wordy": 2.0, "Topic": 1.0}
    (asked,) = judge.lm.engine.requests
    assert asked.config.response_format["schema"]["properties"]["Wordy"]["enum"] == list(range(11))
    assert '{"Clear": ..., "Wordy": ..., "Topic": ...}' in asked.system


def test_the_judge_of_one_criterion_shares_every_call() -> None:
    judge, store = _judge("Clear: 4\nWordy: 2\nTopic: 1"), VerdictStore()
    items = [Item(item_id=str(n), response=f"text {n}") for n in range(3)]
    whole = run(judge, items, store=store)
    only = run(judge.only("Wordy"), items, store=store)
    assert (whole.progress.paid, only.progress.paid, len(store)) == (3, 0, 3)
    assert [verdict.score for verdict in only.verdicts] == [2.0] * 3
    assert judge.only("Wordy").scale == WORDY.scale
    assert only.verdicts[0].usage == whole.verdicts[0].usage
    with pytest.raises(UsageError, match="criterion must be one of Clear, Wordy, Topic, got 'Kind'"):
        judge.only("Kind")


def test_weights_are_fitted_to_what_was_paid_for() -> None:
    rng = np.random.default_rng(0)
    said = {f"text {n}": (int(rng.integers(1, 6)), int(rng.integers(0, 11))) for n in range(40)}

    def answer(request: dspy.lm15.Request) -> str:
        text = request.messages[-1].text
        clear, wordy = next(points for name, points in said.items() if f"\n{name}\n" in text)
        return f"Clear: {clear}\nWordy: {wordy}\nTopic: 0"

    judge, store = _judge(answer), VerdictStore()
    items = [Item(item_id=name, response=name) for name in said]
    raw = [judged.raw for judged in run(judge, items, store=store).judged]
    target = np.array([1.0 + 3.0 * (clear - 1) / 4 + 1.0 * (1 - wordy / 10) for clear, wordy in said.values()])
    target[0] = math.nan
    fitted = judge.fit(raw, target)
    assert fitted.weighing.weights == pytest.approx((3.0, 1.0, 0.0))
    again = run(fitted, items, store=store)
    assert again.progress.paid == 0
    assert [verdict.score for verdict in again.verdicts][1:] == pytest.approx(target[1:])
    loaded = judge_from_state(json.loads(json.dumps(fitted.dump_state())), judge.lm)
    assert isinstance(loaded, CriteriaJudge)
    assert loaded.weighing == fitted.weighing
    assert fitted.described()[1] == "+3.000 for Clear"


def test_demonstrations_have_scores_by_criterion() -> None:
    demos = [
        {"response": "a", "scores": {"Clear": 5, "Wordy": 0, "Topic": "bill"}},
        {"response": "b", "scores": {"Clear": 5}},
    ]
    judge = _judge("Clear: 4\nWordy: 2\nTopic: 1", demos=demos, layout="prefill")
    judge(response="x")
    (asked,) = judge.lm.engine.requests
    assert [message.text for message in asked.messages if message.role == "assistant"] == [
        "Clear: 5\nWordy: 0\nTopic: 0",
        "Clear:",
    ]


def test_the_answer_begun_for_the_model_is_read_on() -> None:
    tokens = [" 4", "\n", "Wordy", ":", " 2", "\n", "Topic", ":", " 1"]
    tops: list[dict[str, float]] = [{token: 1.0} for token in tokens]
    tops[0] = {" 4": 0.5, " 5": 0.5}

    def answer(request: dspy.lm15.Request) -> object:
        return respond("".join(tokens), tops=tops, tokens=tokens)

    parts = _judge(answer, layout="prefill")(response="x").verdict.parts
    assert (parts["Clear"].score, parts["Clear"].method) == (4.5, "logprobs")
    assert parts["Wordy"].score == 2.0


def test_a_refusal_is_one_and_a_truncated_answer_says_so() -> None:
    assert _judge("I'm sorry, I can't.")(response="x").unscored == "refusal"
    cut = _judge(lambda request: respond("Clear: 4\nWor", finish_reason="length"))(response="x").verdict
    assert (cut.parts["Clear"].score, cut.parts["Wordy"].unscored) == (4.0, "truncated")
    withheld = _judge(lambda request: respond("", refusal="No."))(response="x").verdict
    assert (withheld.unscored, withheld.parts) == ("refusal", {})


def test_a_conversation_may_be_what_is_judged() -> None:
    judge = _judge("Clear: 4\nWordy: 2\nTopic: 1", subject="conversation")
    judge(turns=[Turn(role="user", text="Hi")], response="Hello")
    (asked,) = judge.lm.engine.requests
    assert "the conversation as a whole" in asked.system
    assert "[Turn 2, assistant " in asked.messages[-1].text


def test_what_is_no_set_of_criteria_is_refused() -> None:
    with pytest.raises(UsageError, match="different names, got clear"):
        CriteriaJudge(WHOLE, [CLEAR, Rubric(criterion="clear", scale=LIKERT)])
    with pytest.raises(UsageError, match="none of the criteria has better and worse"):
        CriteriaJudge(WHOLE, [TOPIC])
    with pytest.raises(UsageError, match="one by one, by PairwiseJudge"):
        CriteriaJudge(WHOLE, [Rubric(criterion="Pair", scale=Scale.pairwise())])
    with pytest.raises(UsageError, match="has no reasoning"):
        _judge("", reasoning="first")


def test_a_name_that_is_part_of_another_is_told_apart() -> None:
    question = CriteriaQuestion(
        WHOLE, [Rubric(criterion=name, scale=LIKERT) for name in ("Tone", "Tone of voice", "Clear (to all)")]
    )
    found = question._found(
        type("A", (), {"text": "Tone of voice: 2\nTone: 4\nClear (to all): 3", "finish_reason": "stop"})()
    )
    assert {name: parsed.score for name, parsed in found.items()} == {
        "Tone": 4.0,
        "Tone of voice": 2.0,
        "Clear (to all)": 3.0,
    }
