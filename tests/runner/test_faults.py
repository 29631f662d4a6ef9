"""Every fault, on a real HTTP server, through each engine: a verdict, a reason, or one clear error.

The engines are this library's own (``direct``), DSPy's (``lm15``) and LiteLLM's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import dspy
import pytest
from openai_server import OpenAIServer

from alia_judge.errors import ModelError
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.limits import forget_logprobs
from alia_judge.models.openai_compatible import OpenAICompatibleLM
from alia_judge.models.resolve import resolve_lm
from alia_judge.records import Configuration, Item, Scale
from alia_judge.runner import LiveSource, RunOptions, RunResult, VerdictStore, run

# LiteLLM's own types make pydantic remark on them when they are first used.
pytestmark = pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning")

RUBRIC = Rubric(criterion="Coherencia", scale=Scale.ordinal(1, 5), language="es")
ENGINES = ("direct", "lm15", "litellm")
each_engine = pytest.mark.parametrize("engine", ENGINES)


def _lm(address: str, engine: str, *, model: str = "judge", key: str = "sk-test") -> dspy.LM:
    lm = resolve_lm(f"openai/{model}", api_base=address, api_key=key)
    assert isinstance(lm, OpenAICompatibleLM)
    return lm if engine == "direct" else dspy.LM(lm.model, api_base=address, api_key=key, engine=engine)


def _judge(server: OpenAIServer, engine: str = "direct", **options: str) -> Judge:
    return Judge(RUBRIC, _lm(server.base_url, engine, **options))


def _items(*texts: str) -> list[Item]:
    return [Item(item_id=str(number), response=text) for number, text in enumerate(texts)]


def _run(judge: Judge, items: list[Item], store: VerdictStore, **options: object) -> RunResult:
    return run(
        judge, items, store=store, options=RunOptions(**{"patience": 20.0, "timeout": 5.0, "seed": 0, **options})
    )


@each_engine
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
        "cut times=1",
        "error_in_200 times=1",
    ],
)
def test_what_may_pass_is_tried_again_and_paid_once(server: OpenAIServer, engine: str, fault: str) -> None:
    store = VerdictStore()
    items = _items(f"<<do:{fault}>> <<answer:4>>", "<<answer:2>>")
    result = _run(_judge(server, engine), items, store)
    assert [verdict.parsed for verdict in result.verdicts] == [4.0, 2.0]
    assert (result.progress.paid, result.progress.retries, len(store)) == (2, 1, 2)
    assert server.stats()["requests"] == 3


@each_engine
def test_an_answer_without_a_count_of_tokens_has_no_known_cost(server: OpenAIServer, engine: str) -> None:
    """It is not free: a budget of dollars would never end."""
    lm = _lm(server.base_url, engine, model="gpt-4o-mini")
    result = _run(Judge(RUBRIC, lm), _items("<<do:no_usage>> <<answer:4>>"), VerdictStore())
    assert [verdict.parsed for verdict in result.verdicts] == [4.0]
    assert math.isnan(result.progress.cost)


def test_what_was_tried_again_was_sent_and_so_is_paid(server: OpenAIServer, tmp_path: Path) -> None:
    """A search's budget is of requests: what its source says that was paid is what the server was asked."""
    judge = _judge(server)
    with VerdictStore(tmp_path / "verdicts.db") as store:
        source = LiveSource(lambda _: judge, RUBRIC.scale, store=store, options=RunOptions(patience=20.0, seed=0))
        source.pays_for("me")
        items = _items("<<do:500 times=1>> <<answer:4>>", "<<answer:2>>", "<<do:reset times=2>> <<answer:1>>")
        judgments = source.judge(Configuration(parameters={}), items)
        assert judgments.paid == source.sent() == server.stats()["requests"] == 6


@each_engine
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
        ("context_llama", "context_too_long"),
        ("context_vllm", "context_too_long"),
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


@each_engine
@pytest.mark.parametrize(
    ("told", "score", "method"),
    [
        ("word", 4.0, "text"),
        ("reasoning", 4.0, "logprobs"),
        ("thinking", None, "logprobs"),
        ("thinking_tokens", None, "logprobs"),
        ("think_block", None, "logprobs"),
        ("no_logprobs", None, "text"),
        ("leading_space", None, "logprobs"),
        ("gzip", None, "logprobs"),
        ("chunked", None, "logprobs"),
        ("close", None, "logprobs"),
        ("half_emoji", None, "logprobs"),
    ],
)
def test_a_score_in_another_dress_is_scored(
    server: OpenAIServer, engine: str, told: str, score: float | None, method: str
) -> None:
    answer = "" if score is not None or told == "half_emoji" else " <<answer:3>>"
    (verdict,) = _run(_judge(server, engine), _items(f"<<do:{told}>>{answer}"), VerdictStore()).verdicts
    assert (verdict.parsed, verdict.method) == (score or 3.0, method)
    assert verdict.text.strip().endswith(
        {"word": "cuatro", "reasoning": "Score: 4", "half_emoji": "3 \ufffd"}.get(told, "3")
    )


@each_engine
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


@each_engine
def test_a_bad_request_costs_one_item_and_is_not_tried_again(server: OpenAIServer, engine: str) -> None:
    store = VerdictStore()
    result = _run(_judge(server, engine), _items("<<do:400>>", "<<answer:2>>"), store)
    assert [verdict.unscored for verdict in result.verdicts] == ["error", None]
    assert "Invalid value for 'messages'" in str(result.verdicts[0].detail)
    assert (result.progress.paid, result.progress.failed, result.progress.retries) == (1, 1, 0)
    assert server.stats()["requests"] == 2
    assert len(store) == 1


@each_engine
def test_where_every_request_is_bad_the_model_is_to_blame(server: OpenAIServer, engine: str) -> None:
    server.default("400")
    with pytest.raises(ModelError, match=r"all of the first 1[01] calls failed in the same way: LMInvalidRequestError"):
        _run(_judge(server, engine), _items(*map(str, range(100))), VerdictStore(), concurrency=2)
    assert server.stats()["requests"] <= 12


@each_engine
def test_a_call_left_waiting_is_given_up_and_tried_again(server: OpenAIServer, engine: str) -> None:
    result = _run(_judge(server, engine), _items("<<do:timeout times=1>> <<answer:4>>"), VerdictStore(), timeout=0.5)
    assert result.verdicts[0].parsed == 4.0
    assert result.progress.retries == 1


@each_engine
def test_a_slow_drip_cannot_hold_a_call_open(server: OpenAIServer, engine: str) -> None:
    result = _run(
        _judge(server, engine), _items("<<do:drip seconds=20 times=1>> <<answer:4>>"), VerdictStore(), timeout=0.5
    )
    assert result.verdicts[0].parsed == 4.0
    assert result.progress.seconds < 10


@each_engine
def test_an_item_that_keeps_failing_is_given_up_alone_and_asked_again_by_the_next_run(
    server: OpenAIServer, engine: str
) -> None:
    store = VerdictStore()
    items = _items("<<do:500 times=9>> <<answer:4>>", "<<answer:2>>")
    first = _run(_judge(server, engine), items, store, patience=1.0)
    assert [verdict.unscored for verdict in first.verdicts] == ["error", None]
    assert "LMServerError" in str(first.verdicts[0].detail)
    assert len(store) == 1
    server.reset()
    items_later = _items("<<do:500 times=1>> <<answer:4>>", "<<answer:2>>")
    assert items_later[1].digest() == items[1].digest()
    second = _run(_judge(server, engine), items_later, store)
    assert [verdict.parsed for verdict in second.verdicts] == [4.0, 2.0]
    assert (second.progress.paid, second.progress.replayed) == (1, 1)


@each_engine
def test_a_server_that_is_not_there_is_one_clear_error(engine: str) -> None:
    lm = _lm("http://127.0.0.1:9/v1", engine)
    with pytest.raises(ModelError, match=r"not answered once in .* check that its server runs"):
        run(Judge(RUBRIC, lm), _items(*map(str, range(5))), options=RunOptions(patience=10.0, seed=0))


@each_engine
def test_a_server_that_pushes_back_gets_fewer_calls_and_loses_none(server: OpenAIServer, engine: str) -> None:
    server.default("ok", delay=0.005)
    server.queue(*["ok"] * 20, *[("429", {"retry_after": 0.2})] * 16)
    store = VerdictStore()
    items = _items(*(f"{number} <<answer:{1 + number % 5}>>" for number in range(200)))
    result = _run(_judge(server, engine), items, store, concurrency=16)
    assert [verdict.parsed for verdict in result.verdicts] == [float(1 + number % 5) for number in range(200)]
    stats = server.stats()
    assert stats["answered"] == len(store) == result.progress.paid == 200
    assert stats["requests"] == 200 + result.progress.retries


@each_engine
def test_a_storm_of_faults_loses_nothing_and_pays_nothing_twice(server: OpenAIServer, engine: str) -> None:
    faults = ["429 retry_after=0.05", "500", "502", "503", "reset", "truncated", "500", "429"]
    items = _items(
        *(
            f"{number} <<do:{faults[number % 8]} times={number % 3}>> <<answer:{1 + number % 5}>>"
            for number in range(150)
        )
    )
    store = VerdictStore()
    result = _run(_judge(server, engine), items, store, concurrency=32, patience=60.0)
    assert [verdict.parsed for verdict in result.verdicts] == [float(1 + number % 5) for number in range(150)]
    stats = server.stats()
    assert result.progress.paid == len(store) == 150
    assert stats["requests"] == 150 + result.progress.retries
    again = _run(_judge(server, engine), items, store)
    assert again.progress.replayed == 150
    assert [verdict.score for verdict in again.verdicts] == [verdict.score for verdict in result.verdicts]
    assert server.stats()["requests"] == stats["requests"]


@pytest.fixture
def _no_limit_known() -> Iterator[None]:
    forget_logprobs()
    yield
    forget_logprobs()


@each_engine
@pytest.mark.parametrize(
    ("message", "alternatives"),
    [
        ("top_logprobs_must_be_<=_{}", 7),
        ("Requested_sample_logprobs_of_20,_which_is_greater_than_max_allowed:_{}", 3),
        ("logprobs:_too_many_alternatives", 5),
        ("logprobs_is_not_supported_by_this_model", 0),
    ],
)
@pytest.mark.usefixtures("_no_limit_known")
def test_a_server_that_gives_fewer_alternatives_is_asked_again_once_for_what_it_gives(
    server: OpenAIServer, engine: str, message: str, alternatives: int
) -> None:
    server.default("at_most", alternatives=alternatives, message=message)
    items = _items(*(f"{number} <<answer:{1 + number % 5}>>" for number in range(12)))
    result = _run(_judge(server, engine), items, store := VerdictStore(), concurrency=1)
    assert [verdict.parsed for verdict in result.verdicts] == [float(1 + number % 5) for number in range(12)]
    assert {verdict.method for verdict in result.verdicts} == {"logprobs" if alternatives else "text"}
    assert server.stats()["last"]["body"].get("top_logprobs", 0) == alternatives
    assert server.stats()["requests"] == 12 + 1
    # Another judge on the same model, in another run, knows.
    again = _run(Judge(Rubric(criterion="Otra", scale=RUBRIC.scale), _lm(server.base_url, engine)), items, store)
    assert again.progress.paid == 12
    assert server.stats()["requests"] == 24 + 1


@each_engine
@pytest.mark.usefixtures("_no_limit_known")
def test_one_bad_item_whose_refusal_quotes_the_request_costs_nobody_else_the_log_probabilities(
    server: OpenAIServer, engine: str
) -> None:
    quoted = "<<do:400 message=invalid_request:_{'logprobs':_true,'top_logprobs':_20}>>"
    items = _items(quoted, "1 <<answer:2>>", "2 <<answer:4>>")
    result = _run(_judge(server, engine), items, VerdictStore(), concurrency=1)
    assert [verdict.unscored for verdict in result.verdicts] == ["error", None, None]
    assert {verdict.method for verdict in result.verdicts[1:]} == {"logprobs"}


@pytest.mark.parametrize("engine", ["direct", "lm15"])
def test_a_server_that_redirects_gets_neither_key_nor_item_sent_elsewhere(server: OpenAIServer, engine: str) -> None:
    with OpenAIServer() as elsewhere:
        server.default("redirect", port=elsewhere.port)
        with pytest.raises(ModelError, match=r"the model cannot be used: .*redirects.*, which is not followed"):
            _run(_judge(server, engine), _items(*map(str, range(20))), VerdictStore(), concurrency=2)
        assert server.stats()["requests"] <= 4
        assert elsewhere.stats()["requests"] == 0


def test_litellm_follows_a_redirect_with_the_item_and_without_a_bearer_key(server: OpenAIServer) -> None:
    """What docs/models.md says of it: not this library's doing, and here so that a change of it is noticed."""
    with OpenAIServer() as elsewhere:
        server.default("redirect", port=elsewhere.port)
        (verdict,) = _run(_judge(server, "litellm"), _items("Fine. <<answer:4>>"), VerdictStore()).verdicts
        assert verdict.parsed == 4.0
        assert "authorization" not in elsewhere.stats()["last"]["headers"]
        azure = resolve_lm(
            "azure/judge",
            api_base=f"http://127.0.0.1:{server.port}",
            api_key="sk-secret",
            api_version="2024-10-21",
        )
        _run(Judge(RUBRIC, azure), _items("Fine. <<answer:4>>"), VerdictStore())
        assert elsewhere.stats()["last"]["headers"]["api-key"] == "sk-secret"


def test_an_alternative_whose_probability_is_not_a_number_is_left_out(server: OpenAIServer) -> None:
    # DSPy and LiteLLM take such an answer for broken; it is not JSON, but common.
    (verdict,) = _run(_judge(server), _items("<<do:not_a_number>> <<answer:3>>"), VerdictStore()).verdicts
    assert (verdict.parsed, verdict.method) == (3.0, "logprobs")
    assert verdict.score == pytest.approx(3.0)


def test_a_redirect_is_one_clear_error_at_once(server: OpenAIServer) -> None:
    server.default("redirect", port=9)
    with pytest.raises(ModelError, match=r"redirects to http://127\.0\.0\.1:9/v1.*, which is not followed"):
        _run(_judge(server), _items("a", "b"), VerdictStore())
    assert server.stats()["requests"] <= 2


def test_the_servers_count_is_the_stores_over_every_fault_at_once(server: OpenAIServer) -> None:
    """Each answer is paid once, each reason has its row: what the server answered is what the store holds."""
    told = ["off_scale", "word", "nan", "several", "empty", "empty_choices", "chatter", "length", "content_filter"]
    told += [f"refusal lang={language}" for language in ("en", "es", "ca", "eu", "gl")]
    told += ["reasoning", "no_logprobs", "think_block", "thinking_tokens", "gzip", "chunked"]
    told += [f"{fault} times=1" for fault in ("429", "500", "502", "503", "reset", "truncated", "cut", "bad_gzip")]
    items = _items(*(f"{number} <<do:{name}>> <<answer:3>>" for number, name in enumerate(told * 3)))
    store = VerdictStore()
    result = _run(_judge(server), items, store, concurrency=16)
    stats = server.stats()
    assert result.progress.paid == len(store) == stats["answered"] == len(items)
    assert stats["requests"] == len(items) + result.progress.retries
    assert result.progress.retries == 3 * 8
    assert result.progress.failed == 0
    assert _run(_judge(server), items, store).progress.replayed == len(items)
    assert server.stats()["requests"] == stats["requests"]


def test_calls_that_time_out_are_counted_once_by_both_sides(server: OpenAIServer) -> None:
    told = ["timeout times=1", "drip seconds=20 times=1", "ok"] * 4
    items = _items(*(f"{number} <<do:{name}>> <<answer:3>>" for number, name in enumerate(told)))
    store = VerdictStore()
    result = _run(_judge(server), items, store, concurrency=16, timeout=2.0, patience=60.0)
    stats = server.stats()
    assert result.progress.retries >= 8
    assert stats["requests"] == len(items) + result.progress.retries
    assert stats["answered"] == len(store) == result.progress.paid == len(items)


@each_engine
def test_log_probabilities_missing_in_some_answers_are_missing_in_those_alone(
    server: OpenAIServer, engine: str
) -> None:
    items = _items(*(f"{n} <<do:{'no_logprobs' if n % 2 else 'ok'}>> <<answer:{1 + n % 5}>>" for n in range(12)))
    store = VerdictStore()
    verdicts = _run(_judge(server, engine), items, store).verdicts
    assert [verdict.method for verdict in verdicts] == ["logprobs", "text"] * 6
    assert [verdict.parsed for verdict in verdicts] == [float(1 + n % 5) for n in range(12)]
    assert [verdict.probabilities is None for verdict in verdicts] == [False, True] * 6
    assert server.stats()["requests"] == len(store) == 12
