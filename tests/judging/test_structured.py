from __future__ import annotations

from collections.abc import Iterator

import dspy
import pytest
from dspy.utils.exceptions import LMInvalidRequestError
from scripted_lm import respond, scripted_lm

from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.limits import forget_logprobs
from alia_judge.records import Scale

LIKERT = Scale.ordinal(1, 5)


@pytest.fixture(autouse=True)
def _nothing_learnt() -> Iterator[None]:
    forget_logprobs()
    yield
    forget_logprobs()


def _judge(script: object, scale: Scale = LIKERT, **settings: object) -> Judge:
    return Judge(Rubric(criterion="Help", scale=scale), scripted_lm(script), output="json", **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "score", "reason"),
    [
        ('{"score": 4}', 4.0, None),
        ('```json\n{"score": 4}\n```', 4.0, None),
        ('{"score": "4"}', 4.0, None),
        ('{"score": "4/5"}', 4.0, None),
        ('{"score": 4.0}', 4.0, None),
        ('{"reasons": "I say \\"score\\": 2, or Score: 1", "score": 4}', 4.0, None),
        ('<think>{"score": 1}</think>{"score": 4}', 4.0, None),
        ("4", 4.0, None),  # a model that knows no objects
        ("Score: 4", 4.0, None),
        ('{"score": 4.5}', None, "off_scale"),
        ('{"score": 9}', None, "off_scale"),
        ('{"score": "3 or 4"}', None, "ambiguous"),
        ('{"score": 4, "score": 3}', None, "ambiguous"),
        ('{"score": 4, "score": 4}', 4.0, None),
        ('{"score": true}', None, "no_score"),
        ('{"score": null}', None, "no_score"),
        ('{"score": [4]}', None, "no_score"),
        ('{"score": NaN}', None, "no_score"),
        ('{"score": 1e999}', None, "no_score"),
        ('{"rating": 4}', None, "no_score"),
        ("{}", None, "no_score"),
        ('{"score": ...}', None, "no_score"),
    ],
)
def test_an_object_is_read_by_its_name_and_never_by_guessing(
    text: str, score: float | None, reason: str | None
) -> None:
    prediction = _judge(text)(response="x")
    assert (prediction.score, prediction.unscored) == (score, reason)


def test_the_score_is_read_from_the_log_probabilities_at_its_place() -> None:
    tokens = ['{"', "reasons", '": "', "a 5", '", "', "score", '":', " ", "4", "}"]
    tops: list[dict[str, float]] = [{token: 1.0} for token in tokens]
    tops[8] = {"4": 0.75, "2": 0.25}

    def answer(request: dspy.lm15.Request) -> object:
        return respond("".join(tokens), tops=tops, tokens=tokens)

    prediction = _judge(answer, reasoning="first")(response="x")
    assert prediction.score == pytest.approx(3.5)
    assert prediction.verdict.parsed == 4.0


def test_the_schema_is_the_scales() -> None:
    for scale, wanted in (
        (LIKERT, {"type": "integer", "enum": [1, 2, 3, 4, 5]}),
        (Scale.continuous(0, 1), {"type": "number", "minimum": 0.0, "maximum": 1.0}),
        (Scale(kind="ordinal", points=(1, 1.5, 2)), {"type": "number", "enum": [1.0, 1.5, 2.0]}),
        (Scale.pairwise(), {"type": "integer", "enum": [0, 1, 2]}),
    ):
        judge = _judge('{"score": 1}', scale, reasoning="first")
        judge(response="x", response_b="y")
        (asked,) = judge.lm.engine.requests
        assert asked.config.response_format["schema"]["properties"]["score"] == wanted
        assert list(asked.config.response_format["schema"]["properties"]) == ["reasons", "score"]
        assert '{"reasons": "...", "score": ...}' in asked.system


def test_demonstrations_are_objects_too() -> None:
    judge = _judge('{"score": 1}', reasoning="after", demos=[{"response": "a", "score": 5, "reasons": "Kind."}])
    judge(response="x")
    (asked,) = judge.lm.engine.requests
    assert asked.messages[1].text == '{"score": 5, "reasons": "Kind."}'


def test_a_model_that_takes_no_schema_is_asked_without_and_only_once() -> None:
    def answer(request: dspy.lm15.Request) -> str:
        if request.config.response_format is not None:
            raise LMInvalidRequestError("response_format json_schema is not supported by this model", model="test")
        return '{"score": 4}'

    judge = _judge(answer)
    assert [judge(response=text).score for text in ("x", "y")] == [4.0, 4.0]
    schemas = [request.config.response_format is not None for request in judge.lm.engine.requests]
    assert schemas == [True, False, False]


def test_a_refusal_that_quotes_the_request_costs_no_log_probabilities() -> None:
    def answer(request: dspy.lm15.Request) -> object:
        if request.config.response_format is not None:
            raise LMInvalidRequestError("bad request {logprobs: true, response_format: ...}", model="test")
        return respond("4", tops=[{"4": 0.5, "2": 0.5}])

    judge = _judge(answer)
    assert judge(response="x").score == 3.0
    assert judge.lm.engine.requests[-1].config.logprobs == 20


def test_other_refusals_are_raised() -> None:
    def answer(request: dspy.lm15.Request) -> str:
        raise LMInvalidRequestError("no such model", model="test")

    with pytest.raises(LMInvalidRequestError, match="no such model"):
        _judge(answer)(response="x")


def test_an_object_is_part_of_the_configuration_and_text_is_what_it_was() -> None:
    plain = Judge(Rubric(criterion="Help", scale=LIKERT), scripted_lm(""))
    assert "output" not in plain.configuration().parameters
    assert _judge("").configuration().parameters["output"] == "json"
    assert Judge.from_state(_judge("").dump_state(), plain.lm).output == "json"
    with pytest.raises(UsageError, match="cannot be an object"):
        _judge("", layout="prefill")
