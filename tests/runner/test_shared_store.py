"""A store that several processes share: who pays, and what happens when it cannot be used."""

from __future__ import annotations

import multiprocessing
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import alia_judge as aj
from alia_judge.errors import ChangedWarning, DataError, StoreError
from alia_judge.records import Configuration, Item, Verdict
from alia_judge.runner import VerdictStore, store

ONE = Configuration(parameters={"rubric": "one"})
A, B, C = "aa", "bb", "cc"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a store is; the PostgreSQL one is emptied afterwards."""
    if request.param == "sqlite":
        yield str(tmp_path / "verdicts.db")
        return
    import psycopg2

    server = request.getfixturevalue("postgres_server")
    yield server.url
    with closing(psycopg2.connect(server.url)) as connection:
        connection.autocommit = True
        connection.cursor().execute("DROP SCHEMA IF EXISTS alia_judge CASCADE")


def test_a_verdict_comes_back_whatever_the_database(place: str) -> None:
    verdict = Verdict(score=4.0, probabilities=(0.0, 0.25, 0.75), text="sí — 4 \U0001f600")
    with VerdictStore(place) as one:
        one.put(ONE, "m", 0, [(A, verdict), (B, Verdict(unscored="refusal"))])
        one.put(ONE, "m", 0, [(A, Verdict(score=1.0))])
    with VerdictStore(place) as again:
        assert again.get(ONE, "m", 0, [A, B, C]) == {A: verdict, B: Verdict(unscored="refusal")}
        assert again.holds(ONE, "m", 0, [C, A]) == [False, True]
        assert len(again) == len(list(again.rows())) == 2


def test_of_two_that_want_a_verdict_one_may_pay_for_it(place: str) -> None:
    with VerdictStore(place) as one, VerdictStore(place) as two:
        assert one.claim(ONE, "m", 0, [A, B], holder="1", payer="p").granted == {A, B}
        assert two.claim(ONE, "m", 0, [B, C], holder="2").granted == {C}
        one.put(ONE, "m", 0, [(B, Verdict(score=2.0))], holder="1")
        found = two.claim(ONE, "m", 0, [A, B], holder="2")
        assert (found.granted, dict(found.there)) == (frozenset(), {B: Verdict(score=2.0)})
        one.release(ONE, "m", 0, [A], holder="1")
        assert two.claim(ONE, "m", 0, [A], holder="2").granted == {A}
        assert (two.sent("p"), two.sent("nobody")) == (2, 0)  # what brought no verdict was sent all the same


def test_no_more_is_granted_in_a_name_than_it_may_send(place: str) -> None:
    with VerdictStore(place) as one, VerdictStore(place) as two:
        first = one.claim(ONE, "m", 0, [B, A], holder="1", payer="p", most=1)
        assert (first.granted, first.unpaid) == ({B}, {A})  # in their order
        assert two.pay("p", 2, most=2) == 1
        assert two.pay("p", 1, most=2) == 0
        second = two.claim(ONE, "m", 0, [A, B, C], holder="2", payer="p", most=2)
        assert (second.granted, second.unpaid, dict(second.there)) == (frozenset(), {A, C}, {})
        assert two.claim(ONE, "m", 0, [A], holder="2", payer="q", most=1).granted == {A}
        assert (one.sent("p"), one.pay("p", 3), one.sent("p"), one.pay("", 7, most=0)) == (2, 3, 5, 7)


def test_a_claim_lapses_when_its_holder_is_not_heard_of(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with VerdictStore(place) as one:
        monkeypatch.setattr(store, "LEASE", -1.0)
        one.claim(ONE, "m", 0, [A, B], holder="gone", payer="p")
        monkeypatch.setattr(store, "LEASE", 20.0)
        assert one.claim(ONE, "m", 0, [A], holder="here", payer="p").granted == {A}
        one.renew("gone")  # it was stopped, and goes on: what nobody took meanwhile is its own again
        assert one.claim(ONE, "m", 0, [B], holder="here").granted == frozenset()
        assert one.sent("p") == 3  # the lapsed call may have been paid for
        one.leave("gone")
        assert one.claim(ONE, "m", 0, [B], holder="here").granted == {B}


def test_a_model_that_moved_finds_what_it_answered(place: str) -> None:
    with VerdictStore(place) as one:
        one.put(ONE, "m@old", 0, [(A, Verdict(score=4.0))])
        assert one.get(ONE, "m@new", 0, [A]) == {}
        one.moved("m@old", "m@new")
        assert one.get(ONE, "m@new", 0, [A])[A].score == 4.0
        assert one.holds(ONE, "m@new", 0, [A, B]) == [True, False]


@pytest.mark.postgres
def test_a_server_that_restarts_is_waited_for(postgres_server: Any) -> None:
    with VerdictStore(postgres_server.url) as one:
        one.put(ONE, "m", 0, [(A, Verdict(score=4.0))])
        postgres_server.restart()
        assert one.get(ONE, "m", 0, [A])[A].score == 4.0
        one.put(ONE, "m", 0, [(B, Verdict(score=1.0))])
        assert one.holds(ONE, "m", 0, [B]) == [True]


def test_a_server_that_is_away_is_one_error_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg2")
    monkeypatch.setattr(store, "_BUSY", 0.0)
    with pytest.raises(
        StoreError, match=r"postgresql://me@127\.0\.0\.1:1/x cannot be used just now.*is its server up"
    ) as caught:
        VerdictStore("postgresql://me:secret@127.0.0.1:1/x")
    assert "secret" not in str(caught.value)


_RUN = """
import sys
import alia_judge as aj
address, path = sys.argv[1:]
judge = aj.Judge(aj.Rubric(criterion="C", scale=aj.Scale.ordinal(1, 5)), aj.resolve_lm("openai/m", api_base=address))
items = [aj.Item(item_id=str(n), response=f"text {n}") for n in range(120)]
print(aj.run(judge, items, store=aj.VerdictStore(path), options=aj.RunOptions(concurrency=8)).progress.done)
"""


def test_four_processes_on_one_store_and_the_same_items_pay_once(openai_server: Any, place: str) -> None:
    openai_server.default("ok", delay=0.02)
    command = [sys.executable, "-c", _RUN, openai_server.base_url, place]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [run.communicate(timeout=900)[0].strip() for run in runs] == ["120"] * 4
    assert openai_server.stats()["requests"] == 120


def _judge(server: Any) -> aj.Judge:
    lm = aj.resolve_lm("openai/m", api_base=server.base_url, api_key="k")
    return aj.Judge(aj.Rubric(criterion="C", scale=aj.Scale.ordinal(1, 5)), lm)


def test_a_locked_store_keeps_what_was_paid_for_until_it_is_written(
    openai_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alia_judge.runner import database

    monkeypatch.setattr(database, "_ATTEMPT", 0.1)
    path = tmp_path / "verdicts.db"
    items = [Item(item_id=str(n), response=f"text {n}") for n in range(12)]
    held = VerdictStore(path)
    lock = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    openai_server.default("ok", delay=0.3)

    def hold() -> None:
        time.sleep(0.2)
        lock.execute("BEGIN EXCLUSIVE")
        time.sleep(2.0)
        lock.execute("COMMIT")

    thread = threading.Thread(target=hold)
    thread.start()
    with pytest.warns(ChangedWarning, match=r"verdicts\.db cannot be used just now: database is locked; another"):
        result = aj.run(_judge(openai_server), items, store=held, options=aj.RunOptions(concurrency=4))
    thread.join()
    lock.close()
    assert result.progress.paid == len(held) == openai_server.stats()["requests"] == 12
    held.close()


def test_a_store_that_stays_locked_ends_a_run_with_one_error(
    openai_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alia_judge.runner import database

    monkeypatch.setattr(database, "_ATTEMPT", 0.1)
    path = tmp_path / "verdicts.db"
    with VerdictStore(path) as held, closing(sqlite3.connect(path, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        options = aj.RunOptions(patience=1.0)
        with (
            pytest.warns(ChangedWarning, match="database is locked"),
            pytest.raises(StoreError, match=r"database is locked.* been so for \d+ s, and 0 paid verdicts could"),
        ):
            aj.run(_judge(openai_server), [Item(item_id="1", response="a")], store=held, options=options)
        lock.execute("ROLLBACK")
    assert openai_server.stats()["requests"] == 0


def test_a_store_that_is_opened_while_it_is_locked_is_not_called_no_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alia_judge.runner import database

    monkeypatch.setattr(database, "_ATTEMPT", 0.1)
    monkeypatch.setattr(store, "_BUSY", 0.3)
    path = tmp_path / "verdicts.db"
    VerdictStore(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match=r"database is locked; another process is writing to it; wait, or end"):
            VerdictStore(path)
    with pytest.raises(StoreError, match="unable to open database file; check its path"):
        VerdictStore(tmp_path)


def test_a_damaged_row_is_one_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.db"
    with VerdictStore(path) as one:
        one.put(ONE, "m", 3, [(A, Verdict(score=4.0)), (B, Verdict(score=1.0))])
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE verdicts SET verdict = '[4.0, nul' WHERE item = ?", [bytes.fromhex(A)])
        named = rf"verdicts\.db: the verdict of m on item aa, sample 3, configuration {ONE.key} is damaged"
        with pytest.raises(DataError, match=named):
            one.get(ONE, "m", 3, [A, B])
        with pytest.raises(DataError, match=named):
            list(one.rows())
        assert one.get(ONE, "m", 3, [B])[B].score == 1.0


def test_a_judge_on_a_server_is_pickled_without_its_key(openai_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import pickle

    judge = _judge(openai_server)
    judge = aj.Judge(judge.rubric, aj.resolve_lm("openai/m", api_base=openai_server.base_url, api_key="canary-key"))
    assert b"canary-key" not in pickle.dumps(judge)
    monkeypatch.setenv("OPENAI_API_KEY", "the-environment-s")
    items = [Item(item_id="1", response="a", extra={"x": 1})]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        result = pool.apply(aj.run, (judge, items))
    assert result.progress.paid == 1
    assert openai_server.stats()["last"]["headers"]["authorization"] == "Bearer the-environment-s"


def test_who_answers_is_kept_and_a_change_is_told(openai_server: Any, tmp_path: Path) -> None:
    items = [Item(item_id=str(n), response=f"text {n}") for n in range(3)]
    path = tmp_path / "verdicts.db"
    openai_server.default("ok", model="judge-2025-01")
    with VerdictStore(path) as held:
        aj.run(_judge(openai_server), items[:1], store=held)
        assert [row.verdict.revision for row in held.rows()] == ["judge-2025-01"]
    openai_server.default("ok", model="judge-2025-06")
    with VerdictStore(path) as held:
        with pytest.warns(ChangedWarning, match=r"answers as 'judge-2025-06' now, and as 'judge-2025-01' before"):
            aj.run(_judge(openai_server), items, store=held)
        aj.run(_judge(openai_server), items, store=held)  # told once
        assert sorted(row.verdict.revision for row in held.rows()) == ["judge-2025-01", *["judge-2025-06"] * 2]
