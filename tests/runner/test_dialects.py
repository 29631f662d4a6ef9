"""What servers do differently, over a real one on loopback, through each engine: the same verdict in each dialect."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import dspy
import pytest
from loopback import Loopback, chat, token
from openai_server import OpenAIServer

from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import SampledJudge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.limits import forget_logprobs
from alia_judge.models.resolve import resolve_lm
from alia_judge.records import Item, Scale, Verdict
from alia_judge.runner import RunOptions, VerdictStore, run

# LiteLLM's own types make pydantic remark on them when they are first used.
pytestmark = pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning")

LIKERT = Rubric(criterion="Coherence", scale=Scale.ordinal(1, 5))
TEN = Rubric(criterion="Coherence", scale=Scale.ordinal(1, 10))
each_engine = pytest.mark.parametrize("engine", ["direct", "lm15", "litellm"])


@pytest.fixture(autouse=True)
def _nothing_known_of_the_model() -> Iterator[None]:
    forget_logprobs()
    yield
    forget_logprobs()


def _lm(server: OpenAIServer, engine: str = "direct") -> dspy.LM:
    lm = resolve_lm("openai/judge", api_base=server.base_url, api_key="k")
    return lm if engine == "direct" else dspy.LM(lm.model, api_base=server.base_url, api_key="k", engine=engine)


def _verdicts(judge: object, *texts: str, store: VerdictStore | None = None) -> list[Verdict]:
    items = [Item(item_id=str(number), response=text) for number, text in enumerate(texts)]
    options = RunOptions(patience=20.0, timeout=20.0, seed=0, concurrency=2)
    return list(run(judge, items, store=store, options=options).verdicts)  # type: ignore[arg-type]


@each_engine
@pytest.mark.parametrize(
    ("dialect", "method"), [("ok", "logprobs"), ("vllm", "logprobs"), ("llama_cpp", "logprobs"), ("ollama", "text")]
)
def test_a_verdict_is_the_same_in_every_servers_dialect(
    server: OpenAIServer, engine: str, dialect: str, method: str
) -> None:
    server.default(dialect)
    verdicts = _verdicts(Judge(LIKERT, _lm(server, engine)), "<<answer:2>>", "<<answer:4>>")
    for verdict, point in zip(verdicts, (2, 4), strict=True):
        assert (verdict.parsed, verdict.method) == (point, method)
        assert verdict.text == str(point)
        if method == "logprobs":
            assert verdict.probabilities is not None
            assert verdict.probabilities.index(max(verdict.probabilities)) == point - 1


@each_engine
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # LiteLLM's, of what the server wrote
@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        (None, (0, 0)),
        ({}, (0, 0)),
        ([], (0, 0)),
        ("none", (0, 0)),
        ({"prompt_tokens": "12", "completion_tokens": "3", "total_tokens": "15"}, (12, 3)),
        ({"prompt_tokens": 12.0, "completion_tokens": 3.5, "total_tokens": 15.5}, (12, 3)),
        ({"prompt_tokens": -1, "completion_tokens": -1, "total_tokens": -2}, (0, 0)),
        ({"prompt_tokens": {}, "completion_tokens": [1]}, (0, 0)),
        ({"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12, "prompt_tokens_details": "x"}, (9, 3)),
        ({"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": "a"}}, (9, 3)),
    ],
)
def test_a_count_of_tokens_that_is_none_costs_no_verdict(engine: str, usage: object, counted: tuple[int, int]) -> None:
    """Each engine would end the run over another of these, after asking again and again."""
    top = [token("4", math.log(0.9), **{"5": math.log(0.1)})]
    with Loopback(lambda *_: (200, {}, {**chat("4", logprobs=top), "usage": usage})) as served:
        lm = resolve_lm("openai/judge", api_base=served.url, api_key="k")
        if engine != "direct":
            lm = dspy.LM(lm.model, api_base=served.url, api_key="k", engine=engine, cache=False)
        (verdict,) = _verdicts(Judge(LIKERT, lm), "It works.")
    assert (verdict.parsed, verdict.method) == (4.0, "logprobs")
    assert (verdict.usage.prompt_tokens, verdict.usage.completion_tokens) == counted
    assert len(served.bodies) == 1


@each_engine
def test_ten_comes_as_a_one_and_a_nought(server: OpenAIServer, engine: str) -> None:
    """The server's tokens are single digits: after the 1, the nought and the end share what the 1 had."""
    ten, one = _verdicts(Judge(TEN, _lm(server, engine)), "<<answer:10>>", "<<answer:1>>")
    assert (ten.parsed, ten.method) == (10.0, "logprobs")
    assert ten.probabilities is not None
    assert one.probabilities is not None
    assert ten.probabilities[9] == max(ten.probabilities)
    assert ten.score is not None
    assert one.parsed == 1.0
    assert one.probabilities[0] == max(one.probabilities)
    assert one.probabilities[9] == 0.0  # it ended after the 1
    assert sum(ten.probabilities) == pytest.approx(1.0)


@each_engine
def test_structured_output_is_asked_of_the_provider_and_read_from_log_probabilities(
    server: OpenAIServer, engine: str
) -> None:
    (verdict,) = _verdicts(Judge(LIKERT, _lm(server, engine), output="json"), "<<answer:4>>")
    assert (verdict.parsed, verdict.method, json.loads(verdict.text)) == (4.0, "logprobs", {"score": 4})
    assert verdict.probabilities is not None
    assert verdict.probabilities[3] == max(verdict.probabilities)
    wanted = server.stats()["last"]["body"]["response_format"]
    assert wanted["type"] == "json_schema"
    assert wanted["json_schema"]["schema"]["properties"]["score"]["enum"] == [1, 2, 3, 4, 5]


@each_engine
def test_a_server_without_structured_output_is_asked_without_it_and_only_once(
    server: OpenAIServer, engine: str
) -> None:
    server.default("no_schema")
    lm = _lm(server, engine)
    items = [Item(item_id=str(n), response=f"{n} <<answer:{1 + n % 5}>>") for n in range(5)]
    options = RunOptions(patience=20.0, timeout=20.0, seed=0, concurrency=1)
    result = run(Judge(LIKERT, lm, output="json"), items, options=options)
    assert [verdict.parsed for verdict in result.verdicts] == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert server.stats()["requests"] == 5 + 1
    assert "response_format" not in server.stats()["last"]["body"]


@pytest.mark.parametrize("name", ["guided_choice", "structured_outputs", "grammar"])
def test_a_judge_may_be_held_to_its_points(server: OpenAIServer, name: str) -> None:
    points = ["1", "2", "3", "4", "5"]
    value = {"guided_choice": points, "structured_outputs": {"choice": points}, "grammar": "root ::= [1-5]"}[name]
    (verdict,) = _verdicts(Judge(LIKERT, _lm(server), settings={name: value}), "<<answer:3>>")
    assert (verdict.parsed, verdict.method) == (3.0, "logprobs")
    assert server.stats()["last"]["body"][name] == value


@each_engine
def test_samples_have_their_mean_and_spread_and_are_paid_for_by_number(server: OpenAIServer, engine: str) -> None:
    """The server answers by the seed that reaches it."""
    server.default("seeded")
    store = VerdictStore()
    judge = Judge(LIKERT, _lm(server, engine), top_logprobs=0, settings={"seed": 1})
    (verdict,) = _verdicts(SampledJudge(judge, 3), "Fine.", store=store)
    assert [part.score for part in verdict.parts.values()] == [2.0, 3.0, 4.0]
    assert verdict.score == 3.0
    assert verdict.detail == "3 of 3 samples, standard deviation 1.000"
    assert server.stats()["last"]["body"]["temperature"] == 1.0
    (more,) = _verdicts(SampledJudge(judge, 4), "Fine.", store=store)
    assert more.score == 3.5
    assert server.stats()["requests"] == len(store) == 4
