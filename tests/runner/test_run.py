from __future__ import annotations

import gc
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dspy
import numpy as np
import pytest
from openai_server import OpenAIServer
from scripted_lm import respond, scripted_lm

from alia_judge.errors import BudgetError, Interrupted, UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import LanguageJudge, SampledJudge
from alia_judge.judging.readouts import Ridge, judgments_of
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.resolve import resolve_lm
from alia_judge.models.source import JudgmentSource
from alia_judge.records import Configuration, Item, Scale, Verdict
from alia_judge.runner import LiveSource, Progress, RunOptions, VerdictStore, run, stream

RUBRIC = Rubric(criterion="Coherence", scale=Scale.ordinal(1, 5))


def _items(n: int) -> list[Item]:
    return [Item(item_id=str(number), response=f"text {number}") for number in range(n)]


def _digit(request: dspy.lm15.Request) -> str:
    """1 to 5, by the number in the response."""
    return str(1 + int(request.messages[-1].text.split("text ")[1].split("\n")[0]) % 5)


def _expected(n: int) -> list[float]:
    return [float(1 + number % 5) for number in range(n)]


@pytest.mark.parametrize("asynchronous", [True, False])
def test_verdicts_come_in_the_order_of_the_items_whatever_the_order_of_completion(asynchronous: bool) -> None:
    dice = random.Random(0)

    def answer(request: dspy.lm15.Request) -> str:
        if not asynchronous:
            time.sleep(dice.random() / 200)
        return _digit(request)

    judge = Judge(RUBRIC, scripted_lm(answer, asynchronous=asynchronous))
    result = run(judge, _items(100), options=RunOptions(concurrency=8))
    assert [judged.item.item_id for judged in result.judged] == [str(number) for number in range(100)]
    assert [verdict.score for verdict in result.verdicts] == _expected(100)


def test_no_more_calls_are_in_flight_than_asked_for() -> None:
    lock, now, most = threading.Lock(), 0, 0

    def answer(request: dspy.lm15.Request) -> str:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.002)
        with lock:
            now -= 1
        return "4"

    run(Judge(RUBRIC, scripted_lm(answer, asynchronous=False)), _items(60), options=RunOptions(concurrency=5))
    assert most == 5


def test_what_is_in_the_store_is_not_asked_again(tmp_path: Path) -> None:
    store = VerdictStore(tmp_path / "verdicts.db")
    lm = scripted_lm(_digit)
    first = run(Judge(RUBRIC, lm), _items(30), store=store)
    second = run(Judge(RUBRIC, lm), _items(40), store=store)
    assert (first.progress.paid, first.progress.replayed) == (30, 0)
    assert (second.progress.paid, second.progress.replayed) == (10, 30)
    assert [judged.replayed for judged in second.judged] == [True] * 30 + [False] * 10
    assert second.verdicts[:30] == first.verdicts
    assert len(lm.engine.requests) == 40


def test_another_judge_or_model_is_asked_anew() -> None:
    store = VerdictStore()
    judge = Judge(RUBRIC, scripted_lm(_digit))
    run(judge, _items(3), store=store)
    for other in (
        Judge(RUBRIC, scripted_lm(_digit, temperature=0.5)),
        Judge(RUBRIC, judge.lm, demos=[{"response": "a", "score": 1}]),
    ):
        assert run(other, _items(3), store=store).progress.paid == 3


def test_a_readout_is_applied_to_replayed_verdicts_and_costs_nothing() -> None:
    store = VerdictStore()
    judge = Judge(RUBRIC, scripted_lm(_digit))
    run(judge, _items(5), store=store)
    raw = [Verdict(score=score, parsed=score) for score in _expected(5)]
    readout = Ridge(scale=RUBRIC.scale, penalty=1e-9).fit(
        judgments_of(raw, RUBRIC.scale), np.array([5.0, 4.0, 3.0, 2.0, 1.0])
    )
    result = run(Judge(RUBRIC, judge.lm, readout=readout), _items(5), store=store)
    assert result.progress.paid == 0
    assert [verdict.score for verdict in result.verdicts] == pytest.approx([5.0, 4.0, 3.0, 2.0, 1.0], abs=1e-6)
    assert [judged.raw.score for judged in result.judged] == _expected(5)


def test_items_with_the_same_texts_are_paid_once() -> None:
    lm = scripted_lm(_digit)
    items = [Item(item_id=str(number), response=f"text {number % 3}") for number in range(12)]
    result = run(Judge(RUBRIC, lm), items, store=VerdictStore())
    assert len(lm.engine.requests) == 3
    assert (result.progress.paid, result.progress.replayed, result.progress.done) == (3, 9, 12)
    assert [judged.item.item_id for judged in result.judged] == [str(number) for number in range(12)]
    assert [verdict.score for verdict in result.verdicts] == [float(1 + number % 3) for number in range(12)]


def test_samples_follow_one_another_and_have_seeds_of_their_own() -> None:
    def answer(request: dspy.lm15.Request) -> str:
        return str(request.config.seed)

    judge = Judge(RUBRIC, scripted_lm(answer), settings={"seed": 1, "temperature": 1.0})
    store = VerdictStore()
    result = run(judge, _items(4), store=store, options=RunOptions(samples=3))
    assert [(judged.item.item_id, judged.sample) for judged in result.judged] == [
        (str(item), sample) for item in range(4) for sample in range(3)
    ]
    assert [verdict.score for verdict in result.verdicts] == [1.0, 2.0, 3.0] * 4
    assert len(store) == 12
    assert run(judge, _items(4), store=store, options=RunOptions(samples=4)).progress.paid == 4


def test_a_stream_is_read_no_further_ahead_than_it_must() -> None:
    taken = itertools.count()

    def endless() -> Iterator[Item]:
        for number in taken:
            yield Item(item_id=str(number), response=f"text {number}")

    verdicts = stream(Judge(RUBRIC, scripted_lm(_digit)), endless())
    first = [next(verdicts).verdict.score for _ in range(100)]
    verdicts.close()
    assert first == _expected(100)
    assert next(taken) < 4000


def test_progress_tells_counts_that_add_up() -> None:
    seen: list[Progress] = []
    answers = {"3": "I'm sorry, I can't."}

    def answer(request: dspy.lm15.Request) -> str:
        digit = _digit(request)
        return answers.get(digit, digit)

    run(Judge(RUBRIC, scripted_lm(answer)), _items(20), options=RunOptions(concurrency=2), progress=seen.append)
    last = seen[-1]
    assert (last.done, last.total, last.paid, last.unscored, last.failed) == (20, 20, 20, 4, 0)
    assert all(one.done <= two.done for one, two in itertools.pairwise(seen))
    assert last.rate > 0
    assert last.seconds_left == 0.0
    assert np.isnan(last.cost)  # a scripted engine has no price list


def test_several_samples_of_an_item_count_as_so_many() -> None:
    seen: list[Progress] = []
    run(Judge(RUBRIC, scripted_lm(_digit)), _items(5), options=RunOptions(samples=3), progress=seen.append)
    assert (seen[-1].done, seen[-1].total) == (15, 15)


@pytest.mark.parametrize(("paid", "left"), [(10, 60.0), (0, 30.0)])
def test_what_is_left_takes_as_long_at_the_rate_so_far(paid: int, left: float) -> None:
    """At that of the calls; of a run that replays everything, at that of its verdicts."""
    assert Progress(done=20, total=50, paid=paid, replayed=20 - paid, seconds=20.0).seconds_left == left


# --- Budgets ---


def test_a_budget_of_calls_stops_before_not_after_and_the_next_run_goes_on(tmp_path: Path) -> None:
    store = VerdictStore(tmp_path / "verdicts.db")
    lm = scripted_lm(_digit)
    with pytest.raises(BudgetError, match=r"spent after 7 calls .* 7 verdicts are saved in .*verdicts\.db; the same"):
        run(Judge(RUBRIC, lm), _items(20), store=store, options=RunOptions(max_calls=7, concurrency=4))
    assert len(lm.engine.requests) == len(store) == 7
    result = run(Judge(RUBRIC, lm), _items(20), store=store, options=RunOptions(max_calls=13))
    assert [verdict.score for verdict in result.verdicts] == _expected(20)
    assert len(lm.engine.requests) == 20


def test_a_budget_that_is_just_enough_is_enough() -> None:
    result = run(Judge(RUBRIC, scripted_lm(_digit)), _items(20), options=RunOptions(max_calls=20))
    assert result.progress.paid == 20


def test_a_budget_of_money_is_kept(server: OpenAIServer) -> None:
    # Priced as gpt-4o-mini by the list in DSPy: the cost of one such call is known after the first.
    lm = dspy.LM("openai/gpt-4o-mini", api_base=server.base_url, api_key="sk-test", cache=False)
    judge = Judge(RUBRIC, lm)
    one = run(judge, _items(1)).progress.cost
    assert one > 0
    with pytest.raises(BudgetError, match="the budget is spent after"):
        run(judge, _items(100), options=RunOptions(max_cost=one * 10.5, concurrency=8))
    assert server.stats()["requests"] in (10, 11)  # the first run's one, and nine or ten


def test_a_budget_of_money_is_one_for_all_calls_of_a_judge_of_several(server: OpenAIServer) -> None:
    lm = dspy.LM("openai/gpt-4o-mini", api_base=server.base_url, api_key="sk-test", cache=False)
    judge = Judge(RUBRIC, lm)
    one = run(judge, _items(1)).progress.cost
    with pytest.raises(BudgetError, match="the budget is spent after"):
        run(SampledJudge(judge, 2), _items(6), options=RunOptions(max_cost=one * 9.5, concurrency=1))
    assert server.stats()["requests"] in (10, 11)  # the first run's one, and nine or ten of twelve


def test_money_cannot_be_bounded_without_a_price() -> None:
    with pytest.raises(BudgetError, match=r"has no known price; say it .*, or bound the calls instead"):
        run(Judge(RUBRIC, scripted_lm(_digit)), _items(5), options=RunOptions(max_cost=1.0))


# --- Stopping ---


def test_ctrl_c_saves_what_was_in_flight_and_says_how_to_go_on(tmp_path: Path) -> None:
    store = VerdictStore(tmp_path / "verdicts.db")
    answered = threading.Event()
    lm = scripted_lm(lambda request: (time.sleep(0.05), answered.set(), _digit(request))[2], asynchronous=False)
    threading.Thread(target=lambda: (answered.wait(), os.kill(os.getpid(), signal.SIGINT)), daemon=True).start()
    with pytest.raises(Interrupted, match=r"interrupted; \d+ verdicts are saved in .*verdicts\.db; the same command"):
        run(Judge(RUBRIC, lm), _items(200), store=store, options=RunOptions(concurrency=4))
    calls = len(lm.engine.requests)
    assert 4 <= calls < 200
    assert len(store) == calls
    lm.engine.requests.clear()
    result = run(Judge(RUBRIC, scripted_lm(_digit)), _items(200), store=store)
    assert result.progress.replayed == calls
    assert [verdict.score for verdict in result.verdicts] == _expected(200)


def test_closing_a_stream_early_saves_what_was_in_flight() -> None:
    store = VerdictStore()
    lm = scripted_lm(_digit)
    verdicts = stream(Judge(RUBRIC, lm), _items(100), store=store, options=RunOptions(concurrency=4))
    next(verdicts)
    verdicts.close()
    assert 1 <= len(store) == len(lm.engine.requests) < 100


def test_a_stream_that_nobody_begins_to_read_leaves_nothing_open() -> None:
    judge = Judge(RUBRIC, resolve_lm("openai/m", api_base="http://127.0.0.1:9", api_key="none"))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        stream(judge, _items(3))
        gc.collect()
    assert [str(one.message) for one in told if one.category is ResourceWarning] == []


def test_a_killed_process_loses_only_what_was_in_flight(server: OpenAIServer, tmp_path: Path) -> None:
    server.default("ok", delay=0.02)
    path = tmp_path / "verdicts.db"
    script = f"""
import dspy
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Item, Scale
from alia_judge.runner import RunOptions, VerdictStore, run
lm = dspy.LM("openai/judge", api_base={server.base_url!r}, api_key="sk-test")
items = [Item(item_id=str(n), response=f"text {{n}}") for n in range(300)]
result = run(Judge(Rubric(criterion="Coherence", scale=Scale.ordinal(1, 5)), lm), items,
             store=VerdictStore({str(path)!r}), options=RunOptions(concurrency=4))
import json
print(json.dumps([result.progress.paid, result.progress.replayed, [v.score for v in result.verdicts]]))
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    while server.stats()["answered"] < 40:
        time.sleep(0.01)
        assert process.poll() is None
    process.kill()
    process.communicate()
    before = server.stats()["requests"]
    kept = len(VerdictStore(path))
    assert before - 4 <= kept + 4  # at most the four in flight, and those answered while they were being written
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, timeout=900)
    paid, replayed, scores = json.loads(finished.stdout)
    assert (paid, replayed) == (300 - kept, kept)
    assert server.stats()["requests"] == before + paid
    assert None not in scores


def test_a_bug_is_raised_as_it_is_and_what_was_paid_stays() -> None:
    store = VerdictStore()

    class Buggy(Judge):
        def verdict(self, item: Item, *, sample: int = 0) -> Verdict:
            if item.item_id == "5":
                raise ZeroDivisionError("a bug")
            return super().verdict(item, sample=sample)

    lm = scripted_lm(_digit, asynchronous=False)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        run(Buggy(RUBRIC, lm), _items(20), store=store, options=RunOptions(concurrency=2))
    assert len(store) == len(lm.engine.requests) >= 5


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"concurrency": 0}, "concurrency must be at least 1, got 0"),
        ({"samples": 0}, "samples must be at least 1, got 0"),
        ({"max_calls": -1}, "max_calls must be at least 1, got -1"),
        ({"max_cost": 0.0}, "max_cost must be positive, got 0.0"),
        ({"timeout": -1.0}, "timeout must be positive, got -1.0"),
    ],
)
def test_options_out_of_range_are_refused(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        RunOptions(**wrong)


def test_a_run_over_nothing_is_nothing() -> None:
    result = run(Judge(RUBRIC, scripted_lm("4")), [])
    assert (result.verdicts, result.progress.done, result.progress.total) == ((), 0, 0)


# --- A live source ---


def test_a_live_source_is_a_judgment_source_that_pays_once_whatever_the_parameters_names() -> None:
    lm = scripted_lm(lambda request: respond(_digit(request), tops=[{_digit(request): 0.9, "The": 0.1}]))

    def build(configuration: Configuration) -> Judge:
        return Judge(RUBRIC, lm, top_logprobs=configuration.parameters["logprobs"])

    source = LiveSource(build, RUBRIC.scale)
    assert isinstance(source, JudgmentSource)
    one = Configuration(parameters={"logprobs": 20, "name": "one"})
    other = Configuration(parameters={"logprobs": 20, "name": "the same under another name"})
    assert list(source.paid(one, _items(6))) == [False] * 6
    judgments = source.judge(one, _items(4))
    assert (judgments.paid, judgments.replayed) == (4, 0)
    assert judgments.item_ids == ("0", "1", "2", "3")
    assert judgments.score.tolist() == _expected(4)
    assert judgments.probabilities[1].tolist() == [0.0, 1.0, 0.0, 0.0, 0.0]
    assert list(source.paid(other, _items(6))) == [True] * 4 + [False] * 2
    again = source.judge(other, _items(6))
    assert (again.paid, again.replayed) == (2, 4)
    assert run(build(one), _items(6), store=source.store).progress.paid == 0
    assert len(lm.engine.requests) == 6


def test_a_live_source_counts_the_calls_of_a_verdict_of_several() -> None:
    lm = scripted_lm(_digit)

    def build(configuration: Configuration) -> Judge | SampledJudge:
        one = Judge(RUBRIC, lm, settings={"temperature": 1.0})
        return SampledJudge(one, configuration.parameters["n"], temperature=None) if configuration.parameters else one

    source = LiveSource(build, RUBRIC.scale)
    assert source.judge(Configuration(parameters={}), _items(2)).paid == 2
    three = Configuration(parameters={"n": 3})
    # The first sample of two items is there, and a verdict is paid for when every call of it is.
    assert list(source.paid(three, _items(4))) == [False] * 4
    judgments = source.judge(three, _items(3))
    assert (judgments.paid, judgments.replayed) == (7, 2)
    assert judgments.score.tolist() == _expected(3)
    assert list(source.paid(three, _items(4))) == [True] * 3 + [False]
    assert len(lm.engine.requests) == 9


def test_a_live_source_follows_who_is_asked_about_an_item() -> None:
    lm = scripted_lm(_digit)
    judge = LanguageJudge([Judge(replace(RUBRIC, language=language), lm) for language in ("es", "eu")])
    source = LiveSource(lambda configuration: judge, RUBRIC.scale)
    items = [
        replace(item, language=language) for item, language in zip(_items(4), ("es", "eu", "eu", None), strict=True)
    ]
    one = Configuration(parameters={})
    assert source.judge(one, items[:2]).paid == 2
    assert list(source.paid(one, items)) == [True, True, False, False]
    # The same text in the other language is another question.
    assert list(source.paid(one, [replace(items[0], language="eu")])) == [False]


def test_a_live_source_keeps_unscored_items_with_their_reasons() -> None:
    source = LiveSource(lambda configuration: Judge(RUBRIC, scripted_lm("I'm sorry, I can't.")), RUBRIC.scale)
    judgments = source.judge(Configuration(parameters={}), _items(2))
    assert np.isnan(judgments.score).all()
    assert np.isnan(judgments.probabilities).all()
    assert judgments.reasons == ("refusal", "refusal")
    assert judgments.coverage == 0.0


def test_a_stored_refusal_is_asked_again_only_where_that_is_said(tmp_path: Path) -> None:
    willing = False
    asked: list[str] = []

    def answer(request: dspy.lm15.Request) -> str:
        asked.append(request.messages[-1].text)
        refuses = "text 1" in asked[-1] and not willing
        return "I'm sorry, I cannot rate this." if refuses else "" if "text 2" in asked[-1] else _digit(request)

    judge, items = Judge(RUBRIC, scripted_lm(answer, asynchronous=False)), [*_items(4), *_items(2)]
    with VerdictStore(tmp_path / "verdicts.db") as store:

        def reasons(*again: str) -> tuple[list[str | None], int]:
            before = len(asked)
            options = RunOptions(ask_again=again)  # type: ignore[arg-type]
            judged = run(judge, items, store=store, options=options)
            return [verdict.unscored for verdict in judged.verdicts], len(asked) - before

        as_first = [None, "refusal", "empty", None, None, "refusal"]
        assert reasons() == (as_first, 4)
        willing = True
        assert reasons() == (as_first, 0)
        assert reasons("content_filter") == (as_first, 0)
        assert reasons("refusal") == ([None, None, "empty", None, None, None], 1)
        assert reasons("refusal", "empty") == ([None, None, "empty", None, None, None], 1)
        assert len(store) == 4


def test_what_is_asked_again_is_a_reason() -> None:
    with pytest.raises(UsageError, match=r"ask_again must be reasons among empty, .*got 'refusal'"):
        RunOptions(ask_again="refusal")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="ask_again must be reasons"):
        RunOptions(ask_again=("refused",))  # type: ignore[arg-type]
