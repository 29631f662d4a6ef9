"""What a server refuses it is asked once, through every engine; what it refuses of one item is that item's."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import dspy
import pytest
from loopback import Loopback, chat, error, token

from alia_judge.errors import ModelError
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.limits import forget_logprobs
from alia_judge.models.resolve import resolve_lm
from alia_judge.records import Item, Scale
from alia_judge.runner import RunOptions, VerdictStore, run

# LiteLLM's own types make pydantic remark on them when they are first used.
pytestmark = pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning")

RUBRIC = Rubric(criterion="Coherence", scale=Scale.ordinal(1, 5))
each_engine = pytest.mark.parametrize("engine", ["direct", "lm15", "litellm"])
Refuse = Callable[[dict[str, Any]], tuple[int, Any] | None]


@pytest.fixture(autouse=True)
def _nothing_known_of_any_model() -> Iterator[None]:
    forget_logprobs()
    yield
    forget_logprobs()


def lm_at(url: str, engine: str, **options: Any) -> dspy.LM:
    if engine == "direct":
        return resolve_lm("openai/alias", api_base=url, api_key="k", **options)
    return dspy.LM("openai/alias", api_base=url, api_key="k", engine=engine, cache=False, temperature=0.0, **options)


def answer(body: dict[str, Any]) -> dict[str, Any]:
    return chat("4", logprobs=[token("4", -0.1, **{"5": -2.5})] if body.get("logprobs") else None)


def items(count: int) -> list[Item]:
    return [Item(item_id=str(number), response=f"ITEM{number:02d}.") for number in range(count)]


def limit_of(body: dict[str, Any]) -> int:
    return int(body.get("max_tokens") or body.get("max_completion_tokens") or 10**6)


NO_LOGPROBS = "without log-probabilities"
#: What is refused, in whose words, and what is asked in its place.
REFUSED: dict[str, tuple[Refuse, str, bool]] = {
    "logprobs, 403": (
        lambda body: (
            (403, error("You are not allowed to request logprobs from this model")) if body.get("logprobs") else None
        ),
        NO_LOGPROBS,
        False,
    ),
    "logprobs, 422 with a list": (
        lambda body: (
            (422, {"detail": [{"loc": ["body", "logprobs"], "msg": "Extra inputs are not permitted"}]})
            if "logprobs" in body
            else None
        ),
        NO_LOGPROBS,
        False,
    ),
    "logprobs, 500": (
        lambda body: (
            (500, {"object": "error", "message": "Out of range float values are not JSON compliant: -inf", "code": 500})
            if body.get("logprobs")
            else None
        ),
        NO_LOGPROBS,
        False,
    ),
    "alternatives, 422 with a list": (
        lambda body: (
            (422, {"detail": [{"loc": ["body", "top_logprobs"], "msg": "Input should be less than or equal to 5"}]})
            if (body.get("top_logprobs") or 0) > 5
            else None
        ),
        "for at most 5 alternatives of a token",
        True,
    ),
    "temperature": (
        lambda body: (400, error("`temperature` is deprecated for this model.")) if "temperature" in body else None,
        "without temperature",
        True,
    ),
    "system, flat": (
        lambda body: (
            (400, {"object": "error", "message": "System role not supported", "code": 400})
            if any(message["role"] == "system" for message in body["messages"])
            else None
        ),
        "without a system message, which begins the user's",
        True,
    ),
    "enable_thinking": (
        lambda body: (
            (400, error("parameter.enable_thinking must be set to false for non-streaming calls"))
            if body.get("enable_thinking") is not False
            else None
        ),
        "with enable_thinking=false",
        True,
    ),
    "for no reason given": (
        lambda body: (400, {"status": "rejected"}) if "temperature" in body else None,
        "without temperature",
        True,
    ),
}


@each_engine
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_asked_once_and_told_and_recorded(
    engine: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    refuse, asked, with_logprobs = REFUSED[name]

    def behave(body: Any, *_: object) -> tuple[int, dict[str, str], Any]:
        status, said = refuse(body) or (200, answer(body))
        return status, {}, said

    with Loopback(behave) as server, caplog.at_level(logging.WARNING, logger="alia_judge"):
        store, options = VerdictStore(), RunOptions(patience=20.0, concurrency=1)
        first = run(Judge(RUBRIC, lm_at(server.url, engine)), items(4), store=store, options=options)
        refused = len(server.seen) - 4
        again = run(Judge(RUBRIC, lm_at(server.url, engine)), items(7), store=store, options=options)
        assert len(server.seen) == 7 + refused  # another judge, in another run, knows
    assert {verdict.parsed for verdict in (*first.verdicts, *again.verdicts)} == {4.0}
    assert {verdict.method for verdict in first.verdicts} == {"logprobs" if with_logprobs else "text"}
    assert all(asked in verdict.asked for verdict in (*first.verdicts, *again.verdicts))
    assert refused <= 4
    told = [record.getMessage() for record in caplog.records if record.name.startswith("alia_judge")]
    assert len(told) == 1
    assert asked in told[0]


def test_the_name_of_the_limit_is_what_the_server_takes() -> None:
    def behave(body: Any, *_: object) -> tuple[int, dict[str, str], Any]:
        if "max_tokens" in body:
            return 400, {}, error("'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.")
        return 200, {}, answer(body)

    with Loopback(behave) as server:
        given = run(Judge(RUBRIC, lm_at(server.url, "direct", max_tokens=77)), items(2)).verdicts
        assert [body.get("max_completion_tokens") for body in server.bodies][-1] == 77
    assert {verdict.parsed for verdict in given} == {4.0}


@each_engine
def test_a_model_that_only_streams_is_asked_for_a_stream(engine: str) -> None:
    def behave(body: Any, *_: object) -> tuple[int, dict[str, str], Any]:
        if not body.get("stream"):
            return 400, {}, error("This model only support stream mode, please enable the stream parameter.")
        whole = answer(body)
        choice = whole["choices"][0]
        parts = [
            {"delta": {"role": "assistant", "content": ""}, "finish_reason": None},
            {"delta": {"content": "4"}, "finish_reason": None, "logprobs": choice["logprobs"]},
            {"delta": {}, "finish_reason": "stop"},
        ]
        events = [
            {**whole, "object": "chat.completion.chunk", "usage": None, "choices": [{"index": 0, **part}]}
            for part in parts
        ]
        lines = [*(f"data: {json.dumps(event)}\n\n" for event in events), "data: [DONE]\n\n"]
        return 200, {"Content-Type": "text/event-stream"}, "".join(lines).encode()

    with Loopback(behave) as server:
        judge = Judge(RUBRIC, lm_at(server.url, engine))
        verdicts = run(judge, items(3), options=RunOptions(patience=20.0, concurrency=1)).verdicts
        assert judge(response="ITEM00.").verdict.parsed == 4.0
        assert sum(not body.get("stream") for body in server.bodies) == 1
    assert {(verdict.parsed, verdict.asked) for verdict in verdicts} == {(4.0, ("for its answer as a stream",))}


@each_engine
@pytest.mark.parametrize(
    ("settings", "refuses", "said"),
    [
        ({"temperature": 0.7}, "temperature", "'temperature' does not support 0.7 with this model."),
        ({"top_k": 3}, "top_k", "Unrecognized request argument supplied: top_k"),
        ({"extra_body": {"min_p": 0.1}}, "min_p", "Unknown parameter: 'min_p'."),
    ],
)
def test_what_the_user_asks_for_reaches_the_model_or_ends_the_run(
    engine: str, settings: dict[str, Any], refuses: str, said: str
) -> None:
    with Loopback(lambda body, *_: (200, {}, answer(body))) as server:
        assert run(Judge(RUBRIC, lm_at(server.url, engine), settings=settings), items(1)).verdicts[0].parsed == 4.0
        assert refuses in server.bodies[-1]

    def behave(body: Any, *_: object) -> tuple[int, dict[str, str], Any]:
        return (400, {}, error(said)) if refuses in body else (200, {}, answer(body))

    with Loopback(behave) as server:
        with pytest.raises(ModelError, match=f"refuses the setting {refuses}=.* that was given"):
            run(Judge(RUBRIC, lm_at(server.url, engine), settings=settings), items(20))
        assert len(server.seen) <= 40  # those in flight, and no more


def test_what_was_learnt_of_a_default_takes_nothing_from_the_user() -> None:
    """A temperature of 0 was refused; one that somebody asks for is sent all the same."""

    def behave(body: Any, *_: object) -> tuple[int, dict[str, str], Any]:
        refused = body.get("temperature", 1) != 1
        return (
            (400, {}, error("Only the default (1) value of temperature is supported."))
            if refused
            else (200, {}, answer(body))
        )

    with Loopback(behave) as server:
        run(Judge(RUBRIC, lm_at(server.url, "direct")), items(1))
        assert "temperature" not in server.bodies[-1]
        with pytest.raises(ModelError, match=r"temperature=0\.5 that was given"):
            run(Judge(RUBRIC, lm_at(server.url, "direct"), settings={"temperature": 0.5}), items(1))
        run(Judge(RUBRIC, lm_at(server.url, "direct"), settings={"temperature": 1}), items(1))
        assert server.bodies[-1]["temperature"] == 1


def test_several_answers_to_one_question_are_refused_with_the_way_to_draw_samples() -> None:
    with Loopback(lambda body, *_: (200, {}, answer(body))) as server:
        with pytest.raises(ModelError, match=r"n=3 .*RunOptions\(samples"):
            run(Judge(RUBRIC, lm_at(server.url, "direct"), settings={"n": 3}), items(1))
        assert server.seen == []


@each_engine
@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        (
            400,
            error("The response was filtered due to Azure's content management policy.", code="content_filter"),
            "content_filter",
        ),
        (403, error("Your input was flagged for violence. No credits were charged."), "content_filter"),
        (400, {"detail": "The prompt (total length 9000) is too long to fit into the model"}, "context_too_long"),
        (413, error("Request too large for model on tokens per minute (TPM): Limit 6000"), "context_too_long"),
        (400, error("Could not process image"), "bad_image"),
    ],
)
def test_what_is_refused_of_one_item_is_that_items(engine: str, status: int, said: Any, reason: str) -> None:
    """Even where the first dozen are refused: the run goes on, and pays for none of them again."""

    def behave(body: Any, *_: object) -> tuple[int, dict[str, str], Any]:
        refused = any(f"ITEM{number:02d}." in json.dumps(body) for number in range(12))
        return (status, {}, said) if refused else (200, {}, answer(body))

    with Loopback(behave) as server:
        store, options = VerdictStore(), RunOptions(patience=10.0, concurrency=2)
        for _ in range(2):
            result = run(Judge(RUBRIC, lm_at(server.url, engine)), items(14), store=store, options=options)
            assert [verdict.unscored for verdict in result.verdicts] == [reason] * 12 + [None] * 2
        assert len(server.seen) == 14
        assert len(store) == 14


@each_engine
def test_a_model_that_thinks_has_the_room_it_needs(engine: str) -> None:
    def behave(body: Any, *_: object) -> tuple[int, dict[str, str], Any]:
        if limit_of(body) < 1500:
            return 200, {}, chat("", finish="length", reasoning_content="A 3, or a 4?")
        return 200, {}, chat("4", reasoning_content="A 3, or a 4? A 4.")

    with Loopback(behave) as server:
        options = RunOptions(patience=10.0, concurrency=1)
        verdicts = run(Judge(RUBRIC, lm_at(server.url, engine)), items(5), options=options).verdicts
        assert len(server.seen) == 5 + 1
        assert {(verdict.parsed, verdict.asked) for verdict in verdicts} == {(4.0, ("with room for 2048 tokens",))}
        # A limit that somebody set is theirs.
        (cut,) = run(
            Judge(RUBRIC, lm_at(server.url, engine), settings={"max_tokens": 20}), items(1), options=options
        ).verdicts
        assert cut.unscored == "truncated"
        assert limit_of(server.bodies[-1]) == 20


@pytest.mark.parametrize(
    "logprob", [1000.0, 1e400, "x", None, [1]], ids=["a thousand", "infinite", "a word", "none", "a list"]
)
def test_an_answer_that_cannot_be_read_costs_its_own_verdict(logprob: object) -> None:
    def behave(body: Any, *_: object) -> tuple[int, dict[str, str], Any]:
        bad = "ITEM01." in json.dumps(body)
        return 200, {}, chat("4", logprobs=[token("4", logprob if bad else -0.1)])  # type: ignore[arg-type]

    with Loopback(behave) as server:
        verdicts = run(Judge(RUBRIC, lm_at(server.url, "direct")), items(3), options=RunOptions(patience=2.0)).verdicts
    assert [verdicts[0].parsed, verdicts[2].parsed] == [4.0, 4.0]
    assert verdicts[1].unscored == "error" or verdicts[1].parsed == 4.0


def test_a_search_that_asks_in_vain_stops_after_a_few_dozen_answers_and_says_what_to_do() -> None:
    from alia_judge.records import Configuration
    from alia_judge.runner import LiveSource

    with Loopback(lambda *_: (200, {}, chat("I'm sorry, I cannot rate this."))) as server:
        judge = Judge(RUBRIC, lm_at(server.url, "direct"))
        source = LiveSource(lambda _: judge, RUBRIC.scale, options=RunOptions(concurrency=4))

        def search() -> None:
            for start in range(0, 200, 10):  # a few items at a time
                source.judge(Configuration(parameters={}), items(200)[start : start + 10])

        with pytest.raises(ModelError, match=r"none of the first 36 answers of openai/alias@.* \(refusal, .*declines"):
            search()
        assert len(server.seen) <= 44


def test_one_score_among_the_first_answers_is_hope_enough() -> None:
    from alia_judge.records import Configuration
    from alia_judge.runner import LiveSource

    def behave(body: Any, *_: object) -> tuple[int, dict[str, str], Any]:
        return 200, {}, chat("4" if "ITEM07." in json.dumps(body) else "I'm sorry, I cannot rate this.")

    with Loopback(behave) as server:
        judge = Judge(RUBRIC, lm_at(server.url, "direct"))
        source = LiveSource(lambda _: judge, RUBRIC.scale, options=RunOptions(concurrency=4))
        assert source.judge(Configuration(parameters={}), items(80)).paid == 80


def test_a_price_that_is_given_makes_a_cost_that_can_be_bounded() -> None:
    from alia_judge.errors import BudgetError

    with Loopback(lambda *_: (200, {}, chat("4"))) as server:  # 10 tokens of prompt and 3 of answer
        lm = resolve_lm("openai/alias", api_base=server.url, api_key="k", price=(100.0, 1000.0))
        assert run(Judge(RUBRIC, lm), items(3)).progress.cost == pytest.approx(3 * (10 * 100e-6 + 3 * 1000e-6))
        with pytest.raises(BudgetError, match="spent after 5 calls"):
            run(Judge(RUBRIC, lm), items(20), options=RunOptions(max_cost=0.0200001, concurrency=1))
        other = resolve_lm("openai/unpriced", api_base=server.url, api_key="k")
        with pytest.raises(BudgetError, match="no known price"):
            run(Judge(RUBRIC, other), items(3), options=RunOptions(max_cost=1.0))
