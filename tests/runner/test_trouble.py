"""What a run tells of calls that fail while it goes on trying, from a real server and from a port where none is."""

from __future__ import annotations

import math
import re
import ssl
import time
from typing import Any

import dspy
import pytest
from dspy.utils.exceptions import LMError, LMTimeoutError, LMTransportError, LMUnexpectedError
from openai_server import OpenAIServer

from alia_judge.errors import ModelError
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.openai_compatible import OpenAICompatibleLM
from alia_judge.models.resolve import resolve_lm
from alia_judge.records import Item, Scale
from alia_judge.runner import Progress, RunOptions, Trouble, failures, run, stream
from alia_judge.runner.trouble import cause_of, place_of

# LiteLLM's own types make pydantic remark on them when they are first used.
pytestmark = pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning")

RUBRIC = Rubric(criterion="Coherencia", scale=Scale.ordinal(1, 5), language="es")
NOBODY = "http://127.0.0.1:9/v1"


def _judge(address: str, engine: str = "direct") -> Judge:
    lm = resolve_lm("openai/judge", api_base=address, api_key="sk-test")
    assert isinstance(lm, OpenAICompatibleLM)
    return Judge(RUBRIC, lm if engine == "direct" else dspy.LM(lm.model, api_base=address, api_key="k", engine=engine))


def _items(*texts: str) -> list[Item]:
    return [Item(item_id=str(number), response=text) for number, text in enumerate(texts)]


class Told:
    """Every report of a run, and when it came."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.reports: list[tuple[float, Progress]] = []

    def __call__(self, progress: Progress) -> None:
        self.reports.append((time.monotonic() - self.begun, progress))

    @property
    def troubles(self) -> list[tuple[float, Trouble]]:
        return [(when, one.trouble) for when, one in self.reports if one.trouble is not None]

    @property
    def spread(self) -> float:
        """Seconds between the earliest and the latest of the moments at which something was announced to come."""
        moments = [when + one.then_in for when, one in self.troubles]
        return max(moments) - min(moments)


@pytest.mark.parametrize("engine", ["direct", "lm15", "litellm"])
def test_a_server_that_is_not_there_is_told_at_once_and_until_the_run_gives_up(engine: str) -> None:
    told = Told()
    with pytest.raises(ModelError, match="the model has not answered once in 4 s of trying"):
        run(
            _judge(NOBODY, engine),
            _items(*map(str, range(5))),
            options=RunOptions(patience=40.0, seed=0),
            progress=told,
        )
    assert {one.cause for _, one in told.troubles} == {"connection refused at 127.0.0.1:9"}
    assert {one.then for _, one in told.troubles} == {"stop"}
    assert 0.0 < told.troubles[0][1].then_in <= 4.0
    assert max(one.waiting for _, one in told.troubles) == 5
    # It is told again and again, and each time of the same end.
    assert len(told.troubles) >= 2
    assert told.spread < 1.0


def test_a_name_that_nobody_has_is_said_in_words() -> None:
    told = Told()
    with pytest.raises(ModelError, match=r"http://nobody\.invalid:8000/v1/chat/completions: \D+;"):
        run(
            _judge("http://me:secret@nobody.invalid:8000/v1"),
            _items("x"),
            options=RunOptions(patience=10.0, seed=0),
            progress=told,
        )
    assert {one.cause for _, one in told.troubles} == {"no such host at nobody.invalid:8000"}


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("503", r"HTTP 503 \(overloaded\) from 127\.0\.0\.1:\d+"),
        ("429", r"HTTP 429 \(too many requests\) from 127\.0\.0\.1:\d+"),
        ("500", r"HTTP 500 \(internal error\) from 127\.0\.0\.1:\d+"),
        ("reset", r"connection broken off at 127\.0\.0\.1:\d+"),
    ],
)
def test_trouble_ends_with_the_answer(server: OpenAIServer, fault: str, cause: str) -> None:
    told = Told()
    items = _items("<<answer:2>>", f"<<do:{fault} times=3>> <<answer:4>>")
    result = run(
        _judge(server.base_url), items, options=RunOptions(seed=0, patience=20.0, concurrency=1), progress=told
    )
    assert [verdict.parsed for verdict in result.verdicts] == [2.0, 4.0]
    assert all(re.fullmatch(cause, one.cause) for _, one in told.troubles)
    # The model has answered before: it is the item that would be given up, and not the run.
    assert {(one.waiting, one.then) for _, one in told.troubles} == {(1, "unscored")}
    assert told.spread < 1.0
    assert result.progress.trouble is None


def test_a_server_that_accepts_and_says_nothing_is_told_before_the_call_is_cut_off(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "_QUIET", 1.0)
    told = Told()
    items = _items(*(f"{n} <<do:timeout times=1>> <<answer:4>>" for n in range(3)))
    result = run(_judge(server.base_url), items, options=RunOptions(seed=0, timeout=8.0, patience=60.0), progress=told)
    assert result.progress.paid == 3
    when, first = told.troubles[0]
    assert when >= 1.0
    assert (first.cause, first.waiting, first.then) == (f"no answer yet from 127.0.0.1:{server.port}", 3, "again")
    assert 0.0 < first.then_in <= 8.0 - 1.0
    assert f"no answer in time from 127.0.0.1:{server.port}" in {one.cause for _, one in told.troubles}
    assert result.progress.trouble is None


def test_a_caller_that_takes_its_time_is_no_trouble(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "_QUIET", 0.5)
    told = Told()
    items = (item for item in _items(*(f"{n} <<answer:3>>" for n in range(3))))
    for _ in stream(_judge(server.base_url), items, options=RunOptions(concurrency=1), progress=told):
        time.sleep(1.0)
    assert not told.troubles


def _caused(error: LMError, cause: BaseException) -> LMError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (_caused(LMTransportError("[m] x"), ssl.SSLError("wrong version number")), "no secure connection at here"),
        (LMTimeoutError("[m] too slow"), "no answer in time from here"),
        (TimeoutError(), "no answer in time from here"),
        (LMError("[m] gone", status=520), "HTTP 520 from here"),
        (LMUnexpectedError("[m] the body is no JSON\nTraceback ..."), "the body is no JSON (here)"),
        (LMUnexpectedError("x" * 200), f"{'x' * 79}… (here)"),
        (LMUnexpectedError(), "LMUnexpectedError (here)"),
    ],
)
def test_a_cause_in_a_few_words(error: BaseException, words: str) -> None:
    assert cause_of(error, "here") == words


@pytest.mark.parametrize(
    ("lm", "place"),
    [
        (dspy.LM("openai/judge", api_base="http://[::1]:8000/v1"), "[::1]:8000"),
        (dspy.LM("openai/gpt-4o-mini"), "openai/gpt-4o-mini"),
        (object(), "object"),
    ],
)
def test_where_a_model_is(lm: Any, place: str) -> None:
    assert place_of(lm) == place


def test_nothing_has_a_time_limit_where_calls_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "_QUIET", 1.0)
    kept = failures.FailureWatch(600.0, math.nan, "embedded")
    kept.sending(0.0, 0)
    assert kept.trouble(0.5, 1) is None
    found = kept.trouble(2.0, 1)
    assert found is not None
    assert (found.cause, found.then, math.isnan(found.then_in)) == ("no answer yet from embedded", "again", True)
