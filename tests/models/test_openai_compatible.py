"""The short way to a server, against a real one on loopback that answers, and fails, as it is told."""

from __future__ import annotations

import asyncio
import copy
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import dspy
import pytest
from dspy.lm15 import Config, Message, Request
from dspy.utils.callback import BaseCallback

from alia_judge.models.logprobs import token_alternatives
from alia_judge.models.openai_compatible import OpenAICompatibleEngine, OpenAICompatibleLM
from alia_judge.models.resolve import lm_identity, resolve_lm


@pytest.fixture
def lm(openai_server, monkeypatch) -> OpenAICompatibleLM:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    return resolve_lm("openai/judge", api_base=openai_server.base_url, num_retries=0, timeout=5.0)


def question(text: str, model: str = "openai/judge", **config) -> Request:
    settings = {"max_tokens": 16, "logprobs": 20, **config}
    return Request(model=model, system="Judge.", messages=(Message.user(text),), config=Config(**settings))


def ask(lm: dspy.LM, text: str, *, way: str = "short", **config):
    async def short() -> object:
        try:
            return await lm.acall(request=question(text, lm.model, **config))
        finally:
            await lm.aclose()

    return lm(question(text, lm.model, **config)) if way == "sync" else asyncio.run(short())


@pytest.mark.parametrize("way", ["short", "sync"])
def test_an_answer_comes_whole(lm, openai_server, way):
    response = ask(lm, "Fine. <<answer:4>>", way=way, seed=7)
    assert response.text == "4"
    assert response.finish_reason == "stop"
    assert response.usage.output_tokens == 1
    (token,) = token_alternatives(response)
    assert {str(digit) for digit in range(10)} <= {text for text, _ in token.top}
    sent = openai_server.stats()["last"]
    assert sent["headers"]["authorization"] == "Bearer sk-of-the-environment"
    assert sent["body"]["model"] == "judge"
    assert (sent["body"]["max_tokens"], sent["body"]["seed"], sent["body"]["top_logprobs"]) == (16, 7, 20)
    assert [message["role"] for message in sent["body"]["messages"]] == ["system", "user"]


def test_the_short_way_gives_what_dspy_gives(lm, openai_server):
    dspys = dspy.LM("openai/judge", api_base=openai_server.base_url, api_key="sk", cache=False, engine="lm15")
    ours, theirs = (ask(one, "The same. <<answer:3>>") for one in (lm, dspys))
    assert (ours.text, ours.logprobs, ours.usage, ours.finish_reason) == (
        theirs.text,
        theirs.logprobs,
        theirs.usage,
        theirs.finish_reason,
    )


@pytest.mark.parametrize("way", ["short", "sync"])
@pytest.mark.parametrize(
    ("instruction", "error", "match"),
    [
        ("400", dspy.LMInvalidRequestError, "Invalid value for 'messages'"),
        ("context", dspy.ContextWindowExceededError, "maximum context length is 8192"),
        ("401", dspy.LMAuthError, "key has expired"),
        ("404", dspy.LMUnsupportedModelError, "does not exist"),
        ("429", dspy.LMRateLimitError, "Rate limit reached"),
        ("500", dspy.LMServerError, "had an error"),
        ("502", dspy.LMServerError, "502"),
        ("503", dspy.LMServerError, "overloaded"),
        ("reset", dspy.LMTransportError, "reset by peer"),
        ("truncated", dspy.LMError, "is not JSON"),
        ("bad_gzip", dspy.LMError, "is not JSON"),
    ],
)
def test_each_failure_is_the_error_of_its_kind(lm, way, instruction, error, match):
    with pytest.raises(error, match=match) as failure:
        ask(lm, f"<<do:{instruction}>>", way=way)
    assert "sk-of-the-environment" not in repr(failure.value) + str(failure.value)


@pytest.mark.parametrize("instruction", ["429", "503"])
def test_how_long_the_server_asks_to_wait_is_passed_on(lm, instruction):
    with pytest.raises(dspy.LMError) as failure:
        ask(lm, f"<<do:{instruction} retry_after=2.5>>")
    assert failure.value.retry_after == 2.5
    with pytest.raises(dspy.LMError) as failure:
        ask(lm, f"<<do:{instruction}>>")
    assert failure.value.retry_after is None


def test_a_server_that_goes_silent_is_a_timeout(openai_server):
    lm = resolve_lm("openai/judge", api_base=openai_server.base_url, num_retries=0, timeout=0.2)
    with pytest.raises(dspy.LMError, match=r"(?i)time"):
        ask(lm, "<<do:timeout>>")


@pytest.mark.parametrize("way", ["short", "sync"])
def test_refusals_and_filters_are_told_from_answers(lm, way):
    refused = ask(lm, "<<do:structured_refusal lang=es>>", way=way)
    assert [part.type for part in refused.message.parts] == ["refusal"]
    assert ask(lm, "<<do:content_filter>>", way=way).finish_reason == "content_filter"
    assert ask(lm, "<<do:length>>", way=way).finish_reason == "length"
    assert ask(lm, "<<do:no_logprobs>>", way=way).logprobs is None
    assert ask(lm, "<<do:empty_choices>>", way=way).text == ""


def test_connections_are_kept_and_shared_by_concurrent_calls(lm, openai_server):
    openai_server.default("ok", delay=0.05)

    async def many() -> list[str]:
        try:
            calls = [lm.acall(request=question(f"{n} <<answer:{n % 5 + 1}>>")) for n in range(40)]
            return [response.text for response in await asyncio.gather(*calls)]
        finally:
            await lm.aclose()

    assert asyncio.run(many()) == [str(n % 5 + 1) for n in range(40)]
    assert openai_server.stats()["in_flight"] == 40


def test_usage_is_tracked_and_a_bulk_run_fills_no_history(lm):
    with dspy.track_usage() as tracker:
        ask(lm, "Fine. <<answer:4>>")
    assert tracker.get_total_tokens()["openai/judge"]["completion_tokens"] == 1
    assert lm.history == []
    ask(lm, "Fine. <<answer:4>>", way="sync")
    assert lm.history[-1]["response"].text == "4"


class Counting(BaseCallback):
    def __init__(self) -> None:
        self.calls = 0

    def on_lm_start(self, call_id, instance, inputs):
        self.calls += 1


def test_callbacks_are_told_and_retries_are_made_by_the_long_way(lm, openai_server):
    callback = Counting()
    observed = lm.copy(num_retries=2)
    observed.callbacks = [callback]
    assert ask(observed, "<<do:500 times=1>> <<answer:2>>").text == "2"
    assert callback.calls == 1
    assert openai_server.stats()["requests"] == 2


def test_a_key_given_by_hand_is_used_and_kept_out_of_everything(openai_server):
    lm = resolve_lm("openai/judge", api_base=openai_server.base_url, api_key="sk-by-hand", num_retries=0)
    ask(lm, "Fine.")
    assert openai_server.stats()["last"]["headers"]["authorization"] == "Bearer sk-by-hand"
    for written in (str(lm.dump_state()), lm_identity(lm), repr(lm.history), str(vars(lm))):
        assert "sk-by-hand" not in written


def test_the_address_may_come_from_the_environment(openai_server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)
    lm = resolve_lm("openai/judge")
    assert lm.engine.address == openai_server.base_url
    assert lm_identity(lm) == lm_identity(resolve_lm("openai/judge", api_base=openai_server.base_url))


def test_its_state_is_loaded_with_the_key_of_the_environment(lm):
    loaded = dspy.BaseLM.load_state(lm.dump_state(), allow_custom_lm_class=True)
    assert isinstance(loaded, OpenAICompatibleLM)
    assert lm_identity(loaded) == lm_identity(lm)
    assert ask(loaded, "Fine. <<answer:5>>").text == "5"


def test_a_deep_copy_shares_the_connections(lm):
    copied = copy.deepcopy(lm)
    assert copied.engine is lm.engine
    assert isinstance(copied.engine, OpenAICompatibleEngine)


@pytest.mark.parametrize(
    "options",
    [{"api_version": "2024"}, {"api_base": "https://api.openai.com/v1"}, {"model_type": "text"}],
)
def test_what_the_short_way_cannot_do_is_left_to_dspy(openai_server, options):
    lm = resolve_lm("openai/judge", **{"api_base": openai_server.base_url, **options})
    assert not isinstance(lm, OpenAICompatibleLM)


@pytest.mark.parametrize("way", ["short", "sync"])
def test_headers_given_by_hand_are_sent_and_written_nowhere(openai_server, way):
    given = {"headers": {"X-Route": "secret-a"}, "extra_headers": {"X-Team": "secret-b"}, "organization": "secret-c"}
    lm = resolve_lm("openai/judge", api_base=openai_server.base_url, api_key="k", num_retries=0, **given)
    assert isinstance(lm, OpenAICompatibleLM)
    ask(lm, "Fine.", way=way)
    sent = openai_server.stats()["last"]["headers"]
    assert [sent[name] for name in ("x-route", "x-team", "openai-organization")] == ["secret-a", "secret-b", "secret-c"]
    for written in (str(lm.dump_state()), lm_identity(lm), repr(lm.history), repr(lm)):
        assert "secret" not in written


@pytest.mark.parametrize("way", ["short", "sync"])
def test_a_user_and_password_in_the_address_are_basic_authentication_and_written_nowhere(openai_server, way):
    address = openai_server.base_url.replace("//", "//me:pw%20secret@")
    lm = resolve_lm("openai/judge", api_base=address, num_retries=0)
    assert ask(lm, "Fine. <<answer:4>>", way=way).text == "4"
    assert openai_server.stats()["last"]["headers"]["authorization"] == "Basic bWU6cHcgc2VjcmV0"
    with pytest.raises(dspy.LMError) as refused:
        ask(lm, "<<do:400>>", way=way)
    for written in (str(lm.dump_state()), lm_identity(lm), repr(lm.history), str(refused.value)):
        assert "secret" not in written


def test_an_address_without_its_path_is_told_what_was_meant():
    class Nothing(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_error(404)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Nothing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        lm = resolve_lm("openai/judge", api_base=f"http://127.0.0.1:{server.server_port}", api_key="k", num_retries=0)
        with pytest.raises(dspy.LMConfigurationError, match=rf"did you mean http://127.0.0.1:{server.server_port}/v1"):
            ask(lm, "Fine.")
        server.shutdown()
