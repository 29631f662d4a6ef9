"""The points of a scale listed in another order, or called otherwise: verdicts are on the scale all the same."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_lm import respond, scripted_lm

import alia_judge as aj
from alia_judge.errors import UsageError
from alia_judge.judging.prompt.points import PointsShown
from alia_judge.records import Item, Scale

LIKERT = aj.Rubric(criterion="Tone", scale=Scale.ordinal(1, 5), anchors={1: "Rude.", 5: "Kind."})
ITEM = Item(item_id="a", response="Good day.")
ORDERS = ("ascending", "descending")
NAMES = ("digits", "letters", "words")


def _asked(answer: object, rubric: aj.Rubric = LIKERT, **options: object):
    lm = scripted_lm(lambda request: answer if not isinstance(answer, str) else respond(answer))
    judge = aj.Judge(rubric, lm, **options)
    return judge.verdict(ITEM), lm.engine.requests[0].system


@settings(deadline=None)
@given(
    st.sampled_from(ORDERS),
    st.sampled_from(NAMES),
    st.sampled_from(LIKERT.scale.points),
    st.sampled_from(["en", "es", "ca", "eu", "gl"]),
)
def test_every_name_of_a_point_reads_as_the_point(order: str, names: str, point: float, language: str) -> None:
    rubric = aj.Rubric(criterion="Tone", scale=LIKERT.scale, language=language)
    name = PointsShown(order=order, names=names).named(rubric)[point]
    for written in (name, f"**{name}**", json.dumps({"score": name})):
        verdict, _ = _asked(written, rubric, point_order=order, point_names=names)
        assert (verdict.score, verdict.parsed) == (point, point)


def test_the_prompt_lists_them_so_and_asks_for_such_a_name() -> None:
    _, system = _asked("A", point_order="descending", point_names="letters")
    assert "Scale: A, B, C, D, E (A is best)\nA = Kind.\nE = Rude." in system
    assert system.endswith("Answer with just one of these and nothing else: A, B, C, D, E.")
    _, system = _asked("4", point_order="descending")
    assert "Scale: 5, 4, 3, 2, 1 (5 is best)\n5 = Kind.\n1 = Rude." in system
    assert system.endswith("nothing else: 5, 4, 3, 2, 1.")


def test_probabilities_are_the_points() -> None:
    answer = respond("A", tops=[{"A": 0.7, "B": 0.2, "C": 0.1}])
    verdict, _ = _asked(answer, point_order="descending", point_names="letters")
    assert verdict.probabilities == pytest.approx((0, 0, 0.1, 0.2, 0.7))
    assert verdict.score == pytest.approx(0.7 * 5 + 0.2 * 4 + 0.1 * 3)
    assert (verdict.parsed, verdict.method) == (5.0, "logprobs")
    answer = respond(" four", tops=[{" four": 0.8, " five": 0.2}])
    verdict, _ = _asked(answer, point_names="words")
    assert verdict.probabilities == pytest.approx((0, 0, 0, 0.8, 0.2))


def test_a_digit_where_letters_were_asked_for_is_no_answer() -> None:
    for written in ("4", "Score: 2", "F"):
        assert _asked(written, point_names="letters")[0].score is None


def test_labels_are_the_words_where_there_are_some() -> None:
    rubric = aj.Rubric(criterion="Kind", scale=Scale.nominal(["bill", "fault", "other"]))
    verdict, system = _asked("fault", rubric, point_names="words", point_order="descending")
    assert verdict.score == 1.0
    assert "other, fault, bill" in system
    assert _asked("B", rubric, point_names="letters")[0].score == 1.0


def test_demonstrations_and_the_schema_use_the_names() -> None:
    demo = {"response": "Hello.", "score": 2}
    lm = scripted_lm("D")
    aj.Judge(LIKERT, lm, demos=[demo], point_order="descending", point_names="letters")(response="x")
    assert lm.engine.requests[0].messages[1].text == "D"
    lm = scripted_lm('{"score": "D"}')
    judge = aj.Judge(LIKERT, lm, demos=[demo], output="json", point_order="descending", point_names="letters")
    assert judge(response="x").score == 2.0
    request = lm.engine.requests[0]
    assert request.messages[1].text == '{"score": "D"}'
    assert "['A', 'B', 'C', 'D', 'E']" in str(request.config.response_format)


def test_another_number_of_points_may_be_called_otherwise_too() -> None:
    verdict, system = _asked("C", granularity=3, point_names="letters")
    assert verdict.score == 5.0
    assert "A, B, C" in system


def test_what_is_as_usual_is_asked_as_ever_and_the_rest_is_another_configuration() -> None:
    usual = aj.Judge(LIKERT)
    assert aj.Judge(LIKERT, point_order="ascending", point_names="digits").configuration() == usual.configuration()
    other = aj.Judge(LIKERT, point_order="descending", point_names="words")
    assert other.configuration() != usual.configuration()
    again = aj.Judge.from_state(json.loads(json.dumps(other.dump_state())))
    assert again.points == other.points


@pytest.mark.parametrize(
    ("rubric", "options", "said"),
    [
        (aj.Rubric(criterion="x", scale=Scale.continuous(0, 1)), {"point_order": "descending"}, "no points to list"),
        (aj.Rubric(criterion="x", scale=Scale.pairwise()), {"point_names": "letters"}, "no points to list"),
        (aj.Rubric(criterion="x", scale=Scale.ordinal(1, 30)), {"point_names": "letters"}, "at most 26"),
        (aj.Rubric(criterion="x", scale=Scale.ordinal(1, 30)), {"point_names": "words"}, "from 0 to 10"),
        (LIKERT, {"point_names": "colours"}, "digits, letters, words"),
        (LIKERT, {"point_order": "both"}, "ascending, descending"),
    ],
)
def test_points_that_cannot_be_listed_so_are_refused(rubric: aj.Rubric, options: dict, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        aj.Judge(rubric, **options)
