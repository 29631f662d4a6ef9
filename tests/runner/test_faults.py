"""Every fault, on a real HTTP server, through DSPy's engine and LiteLLM's: a verdict, a reason, or one clear error."""

from __future__ import annotations

import dspy
import pytest
from openai_server import OpenAIServer

from alia_judge.errors import ModelError
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubric import Rubric
from alia_judge.records import Item, Scale
from alia_judge.runner import RunOptions, RunResult, VerdictStore, run

# LiteLLM's own types make pydantic remark on them when they are first used.
pytestmark = pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning")

RUBRIC = Rubric(criterion="Coherencia", scale=Scale.ordinal(1, 5), language="es")
ENGINES = ("lm15", "litellm")


def _judge(server: OpenAIServer, engine: str = "lm15", *, model: str = "judge", key: str = "sk-test") -> Judge:
    lm = dspy.LM(f"openai/{model}", api_base=server.base_url, api_key=key, engine=engine)
    return Judge(RUBRIC, lm)


def _items(*texts: str) -> list[Item]:
    return [Item(item_id=str(number), response=text) for number, text in enumerate(texts)]


def _run(judge: Judge, items: list[Item], store: VerdictStore, **options: object) -> RunResult:
    return run(
        judge, items, store=store, options=RunOptions(**{"patience": 20.0, "timeout": 5.0, "seed": 0, **options})
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "fault",
    [
        "429 times=1",
        "429 retry_after=0.1 times=1",
        "500 times=1",
        "502 times=1",
        "503 times=1",
        "503 retry_after=0.1 times=1",
        "reset times=1",
        "truncated times=1",
    ],
)
def test_what_may_pass_is_tried_again_and_paid_once(server: OpenAIServer, engine: str, fault: str) -> None:
    store = VerdictStore()
    items = _items(f"<<do:{fault}>> <<answer:4>>", "<<answer:2>>")
    result = _run(_judge(server, engine), items, store)
    assert [verdict.parsed for verdict in result.verdicts] == [4.0, 2.0]
    assert (result.progress.paid, result.progress.retries, len(store)) == (2, 1, 2)
    assert server.stats()["requests"] == 3


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("off_scale", "off_scale"),
        ("negative", "off_scale"),
        ("ten", "off_scale"),
        ("nan", "no_score"),
        ("several", "ambiguous"),
        ("empty", "empty"),
        ("empty_choices", "empty"),
        ("blank", "empty"),
        ("chatter", "no_score"),
        ("length", "truncated"),
        ("content_filter", "content_filter"),
        ("structured_refusal", "refusal"),
        ("refusal lang=en", "refusal"),
        ("refusal lang=es", "refusal"),
        ("refusal lang=ca", "refusal"),
        ("refusal lang=eu", "refusal"),
        ("refusal lang=gl", "refusal"),
        ("context", "context_too_long"),
    ],
)
def test_an_answer_that_is_no_score_is_unscored_with_its_reason_and_not_asked_again(
    server: OpenAIServer, engine: str, told: str, reason: str
) -> None:
    store = VerdictStore()
    items = _items(f"<<do:{told}>>", "<<answer:2>>")
    for paid in (2, 0):
        result = _run(_judge(server, engine), items, store)
        assert [verdict.unscored for verdict in result.verdicts] == [reason, None]
        assert (result.progress.paid, result.progress.unscored) == (paid, 1)
    assert server.stats()["requests"] == len(store) == 2


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("told", "score", "method"),
    [
        ("word", 4.0, "text"),
        ("reasoning", 4.0, "logprobs"),
        ("thinking", None, "logprobs"),
        ("no_logprobs", None, "text"),
        ("leading_space", None, "logprobs"),
    ],
)
def test_a_score_in_another_dress_is_scored(
    server: OpenAIServer, engine: str, told: str, score: float | None, method: str
) -> None:
    answer = "" if score is not None else " <<answer:3>>"
    (verdict,) = _run(_judge(server, engine), _items(f"<<do:{told}>>{answer}"), VerdictStore()).verdicts
    assert (verdict.parsed, verdict.method) == (score or 3.0, method)
    assert verdict.text.strip().endswith({"word": "cuatro", "reasoning": "Score: 4"}.get(told, "3"))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("model", "key", "message"),
    [
        ("judge", "sk-expired", "the model cannot be used: LMAuthError: .*the key has expired"),
        ("missing", "sk-test", "the model cannot be used: LMUnsupportedModelError: .*does not exist"),
    ],
)
def test_a_wrong_key_or_model_is_one_clear_error_at_once(
    server: OpenAIServer, engine: str, model: str, key: str, message: str
) -> None:
    store = VerdictStore()
    with pytest.raises(ModelError, match=message):
        _run(_judge(server, engine, model=model, key=key), _items(*map(str, range(50))), store, concurrency=4)
    assert server.stats()["requests"] <= 8
    assert len(store) == 0


def test_a_bad_request_costs_one_item_and_is_not_tried_again(server: OpenAIServer) -> None:
    store = VerdictStore()
    result = _run(_judge(server), _items("<<do:400>>", "<<answer:2>>"), store)
    assert [verdict.unscored for verdict in result.verdicts] == ["error", None]
    assert "Invalid value for 'messages'" in str(result.verdicts[0].detail)
    assert (result.progress.paid, result.progress.failed, result.progress.retries) == (1, 1, 0)
    assert server.stats()["requests"] == 2
    assert len(store) == 1


def test_where_every_request_is_bad_the_model_is_to_blame(server: OpenAIServer) -> None:
    server.default("400")
    with pytest.raises(ModelError, match=r"all of the first 1[01] calls failed in the same way: LMInvalidRequestError"):
        _run(_judge(server), _items(*map(str, range(100))), VerdictStore(), concurrency=2)
    assert server.stats()["requests"] <= 12


def test_a_call_left_waiting_is_given_up_and_tried_again(server: OpenAIServer) -> None:
    result = _run(_judge(server), _items("<<do:timeout times=1>> <<answer:4>>"), VerdictStore(), timeout=0.5)
    assert result.verdicts[0].parsed == 4.0
    assert result.progress.retries == 1


def test_a_slow_drip_cannot_hold_a_call_open(server: OpenAIServer) -> None:
    result = _run(_judge(server), _items("<<do:drip seconds=20 times=1>> <<answer:4>>"), VerdictStore(), timeout=0.5)
    assert result.verdicts[0].parsed == 4.0
    assert result.progress.seconds < 10


def test_an_item_that_keeps_failing_is_given_up_alone_and_asked_again_by_the_next_run(server: OpenAIServer) -> None:
    store = VerdictStore()
    items = _items("<<do:500 times=9>> <<answer:4>>", "<<answer:2>>")
    first = _run(_judge(server), items, store, patience=1.0)
    assert [verdict.unscored for verdict in first.verdicts] == ["error", None]
    assert "LMServerError" in str(first.verdicts[0].detail)
    assert len(store) == 1
    server.reset()
    items_later = _items("<<do:500 times=1>> <<answer:4>>", "<<answer:2>>")
    assert items_later[1].digest() == items[1].digest()
    second = _run(_judge(server), items_later, store)
    assert [verdict.parsed for verdict in second.verdicts] == [4.0, 2.0]
    assert (second.progress.paid, second.progress.replayed) == (1, 1)


def test_a_server_that_is_not_there_is_one_clear_error() -> None:
    lm = dspy.LM("openai/judge", api_base="http://127.0.0.1:9/v1", api_key="sk-test")
    with pytest.raises(ModelError, match=r"not answered once in .* check that its server runs"):
        run(Judge(RUBRIC, lm), _items(*map(str, range(5))), options=RunOptions(patience=10.0, seed=0))


def test_a_server_that_pushes_back_gets_fewer_calls_and_loses_none(server: OpenAIServer) -> None:
    server.default("ok", delay=0.005)
    server.queue(*["ok"] * 20, *[("429", {"retry_after": 0.2})] * 16)
    store = VerdictStore()
    items = _items(*(f"{number} <<answer:{1 + number % 5}>>" for number in range(200)))
    result = _run(_judge(server), items, store, concurrency=16)
    assert [verdict.parsed for verdict in result.verdicts] == [float(1 + number % 5) for number in range(200)]
    stats = server.stats()
    assert stats["answered"] == len(store) == result.progress.paid == 200
    assert stats["requests"] == 200 + result.progress.retries


def test_a_storm_of_faults_loses_nothing_and_pays_nothing_twice(server: OpenAIServer) -> None:
    faults = ["429 retry_after=0.05", "500", "502", "503", "reset", "truncated", "500", "429"]
    items = _items(
        *(
            f"{number} <<do:{faults[number % 8]} times={number % 3}>> <<answer:{1 + number % 5}>>"
            for number in range(150)
        )
    )
    store = VerdictStore()
    result = _run(_judge(server), items, store, concurrency=32, patience=60.0)
    assert [verdict.parsed for verdict in result.verdicts] == [float(1 + number % 5) for number in range(150)]
    stats = server.stats()
    assert result.progress.paid == len(store) == 150
    assert stats["requests"] == 150 + result.progress.retries
    again = _run(_judge(server), items, store)
    assert again.progress.replayed == 150
    assert [verdict.score for verdict in again.verdicts] == [verdict.score for verdict in result.verdicts]
    assert server.stats()["requests"] == stats["requests"]
