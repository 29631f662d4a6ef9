"""Log-probabilities in every shape that DSPy 3.4.1 and servers were seen to give."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from dspy.clients.call_result import legacy_output
from dspy.lm15 import Message, Response, TextPart, TokenLogprob, TopLogprob, Usage

from alia_judge.models.logprobs import TokenAlternatives, token_alternatives

CONTENT = [
    {
        "token": "4",
        "logprob": -0.1,
        "bytes": [52],
        "top_logprobs": [
            {"token": " 5", "logprob": -2.5, "bytes": [32, 53]},
            {"token": "4", "logprob": -0.1, "bytes": [52]},
        ],
    }
]
EXPECTED = [TokenAlternatives(token="4", logprob=-0.1, top=(("4", -0.1), (" 5", -2.5)))]


def lm15_response() -> Response:
    tops = (TopLogprob(token=" 5", logprob=-2.5), TopLogprob(token="4", logprob=-0.1))
    return Response(
        id="1",
        model="m",
        message=Message(role="assistant", parts=(TextPart(text="4"),)),
        finish_reason="stop",
        usage=Usage(),
        logprobs=(TokenLogprob(token="4", logprob=-0.1, top=tops),),
    )


def litellm_logprobs() -> object:
    alternatives = [SimpleNamespace(**top) for top in CONTENT[0]["top_logprobs"]]
    return SimpleNamespace(content=[SimpleNamespace(token="4", logprob=-0.1, bytes=[52], top_logprobs=alternatives)])


@pytest.mark.parametrize(
    "output",
    [
        pytest.param({"text": "4", "logprobs": {"content": CONTENT}}, id="lm15 output"),
        pytest.param(legacy_output(lm15_response(), logprobs=True), id="lm15 output made by DSPy"),
        pytest.param(lm15_response(), id="lm15 response"),
        pytest.param({"text": "4", "logprobs": litellm_logprobs()}, id="LiteLLM output"),
        pytest.param(SimpleNamespace(score="4", logprobs=litellm_logprobs()), id="prediction"),
        pytest.param({"content": CONTENT}, id="the logprobs object alone"),
        pytest.param(CONTENT, id="the content list alone"),
        pytest.param(
            {"logprobs": {"tokens": ["4"], "token_logprobs": [-0.1], "top_logprobs": [{"4": -0.1, " 5": -2.5}]}},
            id="text completions",
        ),
    ],
)
def test_every_shape_reads_the_same(output):
    assert token_alternatives(output) == EXPECTED


@pytest.mark.parametrize(
    "output",
    [
        None,
        "4",
        {"text": "4"},
        {"text": "4", "logprobs": None},
        {"text": "4", "logprobs": {"content": []}},
        {"text": "4", "logprobs": {"content": None}},
        SimpleNamespace(score="4"),
    ],
)
def test_none_given_is_an_empty_list(output):
    assert token_alternatives(output) == []


def test_the_chosen_token_is_among_its_alternatives_even_if_the_server_leaves_it_out():
    (entry,) = token_alternatives([{"token": "3", "logprob": -3.0, "top_logprobs": [{"token": "4", "logprob": -0.1}]}])
    assert entry.top == (("4", -0.1), ("3", -3.0))


def test_a_token_without_a_figure_is_left_out():
    echoed = {"tokens": ["<s>", "4"], "token_logprobs": [None, -0.1], "top_logprobs": [None, None]}
    (entry,) = token_alternatives({"logprobs": echoed})
    assert entry.token == "4"
