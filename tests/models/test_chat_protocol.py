"""The short reading of the protocol says what lm15's says, or leaves it to lm15."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import pytest
from dspy import lm15
from hypothesis import given
from hypothesis import strategies as st

from alia_judge.models.chat_protocol import encode_body, read_answer, typed_request
from alia_judge.models.exchange import OurDefault, OurFormat
from alia_judge.models.logprobs import token_alternatives

MESSAGES = [{"role": "system", "content": "Judge."}, {"role": "user", "content": "¿Qué tal? «ñ» 👍"}]


def answered(message: dict, *, finish_reason: object = "stop", logprobs: object = None, **more: object) -> dict:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish_reason}
    return {"id": "1", "model": "m", "choices": [choice | {"logprobs": logprobs}], **more}


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
numbers = st.floats(max_value=0.0, allow_nan=False, allow_infinity=False)
alternatives = st.fixed_dictionaries({"token": texts, "logprob": numbers, "bytes": st.none()})
tokens = st.fixed_dictionaries(
    {"token": texts, "logprob": numbers, "bytes": st.none(), "top_logprobs": st.lists(alternatives, max_size=4)}
)
usages = st.fixed_dictionaries(
    {"prompt_tokens": st.integers(0, 9999), "completion_tokens": st.integers(0, 99)},
    optional={"prompt_tokens_details": st.none() | st.fixed_dictionaries({"cached_tokens": st.integers(0, 99)})},
)


@given(
    content=st.none() | texts,
    refusal=st.none() | texts,
    thought=st.none() | texts,
    finish_reason=st.sampled_from(["stop", "length", "content_filter", None]),
    logprobs=st.none() | st.fixed_dictionaries({"content": st.none() | st.lists(tokens, max_size=3)}),
    usage=usages,
)
def test_an_answer_is_read_as_lm15_reads_it(content, refusal, thought, finish_reason, logprobs, usage):
    message = {"content": content, "refusal": refusal, "reasoning_content": thought}
    data = answered(message, finish_reason=finish_reason, logprobs=logprobs, usage=usage)
    ours, theirs = read_answer(json.dumps(data).encode()), lm15.response_from_openai_chat(data)
    assert ours is not None
    assert ours.text == "".join(part.text for part in theirs.message.parts if part.type == "text")
    assert [ours.refusal] == ([part.text for part in theirs.message.parts if part.type == "refusal"] or [None])
    assert ours.thought == any(part.type == "thinking" for part in theirs.message.parts)
    assert ours.finish_reason == theirs.finish_reason
    assert list(ours.tokens) == token_alternatives(theirs)
    assert (ours.prompt_tokens, ours.completion_tokens) == (theirs.usage.input_tokens, theirs.usage.output_tokens)
    assert ours.cached_tokens == (theirs.usage.cache_read_tokens or 0)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no JSON object"),
        (b"4", "no JSON object"),
        (b'{"object": "list"}', "no choices"),
        (b'{"choices": "none"}', "no choices"),
        (json.dumps({"error": {"message": "no"}}).encode(), "reports an error"),
        (json.dumps(answered({"content": "4"}, error={"message": "the engine died"})).encode(), "the engine died"),
        (json.dumps(answered({"content": "2"}, finish_reason="error")).encode(), "broke off"),
        (json.dumps(answered({"content": "2"}, finish_reason="insufficient_system_resource")).encode(), "broke off"),
        (
            json.dumps(answered({"content": "4"}, logprobs={"content": [{"token": "4", "logprob": "x"}]})).encode(),
            "log-p",
        ),
        (b'data: {"choices": [{"delta": {"content": "4"}}]}\n\n', "ended before its end"),
        (b"data: {oh\n\n", "event of the answer is not JSON"),
    ],
)
def test_what_is_no_answer_may_be_one_the_next_time(content, match):
    with pytest.raises(lm15.ProviderError, match=match) as error:
        read_answer(content)
    assert error.value.status == 200


@pytest.mark.parametrize(
    ("message", "more", "text", "finish"),
    [
        ({"content": [{"type": "thinking", "thinking": "3?"}, {"type": "text", "text": "4"}]}, {}, "4", "stop"),
        ({"content": 4}, {}, "4", "stop"),
        ({"content": {"score": 4}}, {}, '{"score": 4}', "stop"),
        ({"content": None, "tool_calls": [{"id": "1"}]}, {"finish_reason": "tool_calls"}, "", "tool_call"),
        ({}, {"finish_reason": "content_filter: SAFETY"}, "", "content_filter"),
        ({}, {"finish_reason": "PROHIBITED_CONTENT"}, "", "content_filter"),
        ({"content": "4"}, {"finish_reason": "eos_token"}, "4", "stop"),
        ({"content": "4"}, {"finish_reason": "MAX_TOKENS"}, "4", "length"),
        ({"content": "4"}, {"usage": {"prompt_tokens": "many", "completion_tokens": -1}}, "4", "stop"),
        ({"content": "4"}, {"usage": [1]}, "4", "stop"),
    ],
)
def test_what_servers_write_otherwise_is_read(message, more, text, finish):
    found = read_answer(json.dumps(answered(message, **more)).encode())
    assert (found.text, found.finish_reason) == (text, finish)
    assert (found.prompt_tokens, found.completion_tokens) == (0, 0)


def test_an_answer_without_a_choice_is_empty():
    assert read_answer(b'{"choices": []}').text == ""


def test_a_stream_of_events_adds_up_to_the_answer():
    def event(**delta: object) -> bytes:
        finish = delta.pop("finish_reason", None)
        entry = {"token": delta["content"], "logprob": -0.1, "top_logprobs": []} if delta.get("content") else None
        choice = {"delta": delta, "finish_reason": finish, "logprobs": {"content": [entry]} if entry else None}
        return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"

    usage = b'data: {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}\n\ndata: [DONE]\n\n'
    parts = [event(role="assistant", content=""), event(reasoning_content="3?"), event(content="1"), event(content="0")]
    found = read_answer(b": processing\n\n" + b"".join(parts) + event(finish_reason="stop") + usage)
    assert (found.text, found.thought, found.finish_reason) == ("10", True, "stop")
    assert [token.token for token in found.tokens] == ["1", "0"]
    assert (found.prompt_tokens, found.completion_tokens) == (7, 2)


def test_numbers_that_are_not_json_are_read_and_those_that_are_none_left_out():
    entry = {"token": "4", "logprob": -0.1, "top_logprobs": [{"token": "4", "logprob": -0.1}]}
    entry["top_logprobs"] += [{"token": "5", "logprob": math.nan}, {"token": "x", "logprob": -math.inf}]
    found = read_answer(json.dumps(answered({"content": "4"}, logprobs={"content": [entry]})).encode())
    assert found.tokens[0].top == (("4", -0.1), ("x", -math.inf))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"temperature": 0.0, "max_tokens": 16, "logprobs": True, "top_logprobs": 20},
        {"temperature": 0.7, "top_p": 0.9, "seed": 3, "frequency_penalty": 0.1, "presence_penalty": -0.1},
        {"guided_choice": ["1", "2"], "chat_template_kwargs": {"enable_thinking": False}},
        {"structured_outputs": {"choice": ["1", "2"]}, "continue_final_message": True, "add_generation_prompt": False},
        {"grammar": "root ::= [1-5]", "min_p": 0.1},
    ],
)
def test_what_is_sent_is_what_lm15_would_send(settings):
    body = {"model": "m", "messages": MESSAGES, **settings}
    compat = lm15.OpenAIChatCompat(max_tokens_field="max_tokens", instruction_role="system")
    client = lm15.OpenAIChatLM(api_key="k", base_url="http://localhost/v1", compat=compat)
    theirs = client.build_request(typed_request(SimpleNamespace(model="openai/m"), body), stream=False)
    assert json.loads(encode_body(body)) == json.loads(theirs.body)


@pytest.mark.parametrize("change", [{"messages": [{"role": "user", "content": "\ud800"}]}, {"seed": object()}])
def test_what_is_no_json_is_not_sent_the_short_way(change):
    assert encode_body({"model": "m", "messages": MESSAGES, **change}) is None


def test_what_this_library_wishes_is_sent_as_plain_numbers_and_objects():
    wished = {"max_tokens": OurDefault(16), "response_format": OurFormat({"type": "json_object"})}
    assert json.loads(encode_body(wished)) == {"max_tokens": 16, "response_format": {"type": "json_object"}}
