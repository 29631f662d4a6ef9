from __future__ import annotations

import json

import dspy
import pytest
from scripted_lm import respond, scripted_lm

from alia_judge.errors import UsageError
from alia_judge.judging.kinds import ListwiseJudge, judge_from_state
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.judging.rubrics.wording import LANGUAGES
from alia_judge.judging.tournament import strengths_of_rankings
from alia_judge.records import Item, Scale
from alia_judge.runner import VerdictStore, run

CLARITY = Rubric(criterion="Clarity", scale=Scale.ordinal(1, 5), instructions="Which is plainest?")
THREE = ["one", "two", "three"]


def _judge(script: object, k: int = 3, **settings: object) -> ListwiseJudge:
    return ListwiseJudge(CLARITY, k, scripted_lm(script), **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        *("3, 1, 2", "3,1,2", "3 > 1 > 2", "[3, 1, 2]", "**3**, 1, 2", "Ranking: 3, 1, 2.", "3 1 2", "3, 1 and 2"),
        *("<think>1, 2, 3</think>\n3, 1, 2", "Two are vague.\n3, 1, 2\n\nRanking: 3, 1, 2"),
        *('{"ranking": [3, 1, 2]}', '{"ranking": "3, 1, 2"}', '```json\n{\n  "ranking": "3 > 1 > 2"\n}\n```'),
    ],
)
def test_a_ranking_is_read_in_whatever_dress(text: str) -> None:
    verdict = _judge(text)(responses=THREE).verdict
    assert verdict.score == 3.0
    assert {number: part.score for number, part in verdict.parts.items()} == {"1": 0.5, "2": 0.0, "3": 1.0}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("3, 1", "ambiguous"),
        ("3, 1, 1", "ambiguous"),
        ("3, 1, 2\n1, 2, 3", "ambiguous"),
        ("3, 1, 2, 4", "off_scale"),
        ("3, 1, 4", "off_scale"),
        ("3 stars, 1 error and 2 lines", "ambiguous"),
        ("The third.", "no_score"),
        ("", "empty"),
        ("I'm sorry, I can't rank these.", "refusal"),
        ('{"ranking": [3, 1]}', "ambiguous"),
        ('{"ranking": "3, 1, 1"}', "ambiguous"),
        ('{"ranking": "3, 1, 2", "ranking": "1, 2, 3"}', "ambiguous"),
        ('{"ranking": {"3": 1}}', "ambiguous"),
        ('{"order": "3, 1, 2"}', "ambiguous"),
    ],
)
def test_anything_but_one_whole_ranking_is_unscored(text: str, reason: str) -> None:
    verdict = _judge(text)(responses=THREE).verdict
    assert (verdict.score, verdict.unscored, verdict.parts) == (None, reason, {})


def test_the_probability_of_being_named_first_is_read() -> None:
    def answer(request: dspy.lm15.Request) -> object:
        rest = [{token: 1.0} for token in (",", " 1", ",", " 2")]
        return respond("3, 1, 2", tops=[{"3": 0.6, "1": 0.3, "The": 0.1}, *rest])

    prediction = _judge(answer)(responses=THREE)
    assert prediction.probabilities == pytest.approx((1 / 3, 0.0, 2 / 3))
    assert prediction.verdict.mass == pytest.approx(0.9)


def test_the_probability_is_read_within_an_object_too() -> None:
    text = '{"ranking": "3, 1, 2"}'
    pieces = ['{"', "ranking", '":', ' "', "3", ",", " 1", ",", " 2", '"}']

    def answer(request: dspy.lm15.Request) -> object:
        return respond(
            text, tops=[{"3": 0.5, "1": 0.25, "2": 0.25} if piece == "3" else {piece: 1.0} for piece in pieces]
        )

    verdict = _judge(answer, output="json")(responses=THREE).verdict
    assert verdict.probabilities == pytest.approx((0.25, 0.25, 0.5))


def test_what_is_asked_for_an_object() -> None:
    judge = _judge(
        '{"ranking": "1, 2, 3"}', output="json", demos=[{"responses": ["a", "b", "c"], "ranking": [2, 1, 3]}]
    )
    judge(responses=THREE)
    (asked,) = judge.lm.engine.requests
    assert '{"ranking": "..."}' in asked.system
    assert asked.messages[1].text == '{"ranking": "2, 1, 3"}'
    assert not asked.messages[-1].text.endswith("Ranking:")
    (said,) = asked.config.response_format["schema"]["properties"].values()
    assert said["type"] == "string"
    assert sorted(said["enum"]) == ["1, 2, 3", "1, 3, 2", "2, 1, 3", "2, 3, 1", "3, 1, 2", "3, 2, 1"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_object_is_asked_for_in_every_language(language: str) -> None:
    rubric = Rubric(criterion="c", scale=Scale.binary(), language=language)
    judge = ListwiseJudge(rubric, 4, scripted_lm('{"ranking": "4, 1, 2, 3"}'), output="json")
    assert judge(responses=[*THREE, "four"]).verdict.score == 4.0
    (asked,) = judge.lm.engine.requests
    assert '{"ranking": "..."}' in asked.system
    assert " 4 " in asked.system
    assert "{n}" not in asked.system


@pytest.mark.embedded
def test_the_embedded_model_is_held_to_a_whole_ranking(embedded_lm: object) -> None:
    judge = ListwiseJudge(CLARITY, 4, embedded_lm, output="json")
    verdict = judge(responses=["Yes.", "No.", "Maybe.", "It is."]).verdict
    assert verdict.unscored is None
    assert sorted(part.parsed for part in verdict.parts.values()) == [1.0, 2.0, 3.0, 4.0]
    assert len(verdict.probabilities) == 4


def test_what_is_asked() -> None:
    judge = _judge("1, 2, 3", demos=[{"responses": ["a", "b", "c"], "ranking": [2, 1, 3]}])
    judge(prompt="Why?", responses=THREE)
    (asked,) = judge.lm.engine.requests
    assert "numbers of all 3 responses" in asked.system
    assert asked.messages[1].text == "2, 1, 3"
    assert [f"[Response {n} " in asked.messages[-1].text for n in (1, 2, 3)] == [True] * 3
    assert "1-5" not in asked.system
    with pytest.raises(UsageError, match="a judge needs a responses to judge"):
        judge(response="x")


def test_it_is_run_stored_and_loaded() -> None:
    judge, store = _judge("2, 1, 3", output="json"), VerdictStore()
    items = [Item(item_id=str(n), responses=(f"a{n}", f"b{n}", f"c{n}")) for n in range(4)]
    first = run(judge, items, store=store)
    second = run(judge_from_state(json.loads(json.dumps(judge.dump_state())), judge.lm), items, store=store)
    assert (first.progress.paid, second.progress.paid) == (4, 0)
    assert second.verdicts == first.verdicts
    strengths = strengths_of_rankings([("a", "b", "c")] * 4, first.verdicts).scores
    assert strengths["b"] > strengths["a"] > strengths["c"]
    (asked, *_) = judge.lm.engine.requests
    assert len(asked.config.response_format["schema"]["properties"]["ranking"]["enum"]) == 6


def test_ten_candidates_and_more() -> None:
    said = ", ".join(str(n) for n in range(12, 0, -1))
    for judge in (_judge(said, k=12), _judge(json.dumps({"ranking": said}), k=12, output="json")):
        verdict = judge(responses=[str(n) for n in range(12)]).verdict
        assert (verdict.score, verdict.parts["12"].score, verdict.parts["1"].score) == (12.0, 1.0, 0.0)
    # 479,001,600 rankings are no schema.
    assert judge.lm.engine.requests[0].config.response_format["schema"]["properties"]["ranking"] == {"type": "string"}


def test_what_it_does_not_take_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 2 candidates, got k=1"):
        _judge("", k=1)
    with pytest.raises(UsageError, match="has no reasoning"):
        _judge("", reasoning="first")
