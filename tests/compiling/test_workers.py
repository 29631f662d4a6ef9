"""Several processes on one study: one budget, whatever becomes of them; the count of requests is the witness."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import optuna
import pytest

from alia_judge.compiling.study.storage import open_storage

BUDGET = 120

#: Run by hand, `make workers`: up to eight processes take minutes on two cores.
pytestmark = pytest.mark.workers


@pytest.fixture(params=["sqlite", "journal", pytest.param("postgres", marks=pytest.mark.postgres)])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return _database(request.getfixturevalue("postgres_server"), tmp_path)
    return f"sqlite:///{tmp_path / 'study.db'}" if request.param == "sqlite" else str(tmp_path / "study.journal")


def _database(server: Any, tmp_path: Path) -> str:
    """A new database on a server."""
    import psycopg2

    name = f"d{abs(hash(tmp_path))}"
    connection = psycopg2.connect(server.url)
    connection.autocommit = True
    connection.cursor().execute(f"CREATE DATABASE {name}")
    connection.close()
    return f"{server.url.rpartition('/')[0]}/{name}"


def _ended(searches: list[subprocess.Popen[str]]) -> list[dict[str, Any]]:
    """What searches found, each of which has to come to an end."""
    told = [search.communicate(timeout=900) for search in searches]
    for search, (_, errors) in zip(searches, told, strict=True):
        assert search.returncode == 0, errors
    return [json.loads(out)["calls"] for out, _ in told]


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 900
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("n", [2, 3, 4, 8])
def test_recorded_verdicts_are_paid_for_once_by_however_many(
    n: int, made: ModuleType, workers: ModuleType, tmp_path: Path
) -> None:
    items, truth = made.items_and_truth()
    made.make_bank(tmp_path / "bank", items, truth, workers.QUALITY)
    log = tmp_path / "calls"
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    searches = [workers.start(tmp_path / "bank", storage, log, pause=0.002) for _ in range(n)]
    results = [json.loads(search.communicate(timeout=900)[0]) for search in searches]
    calls = log.read_text().splitlines()
    assert len(calls) == len(set(calls)) == 400
    assert [result["calls"]["paid"] for result in results] == [400] * n
    assert len({json.dumps(result["single"]["configuration"]) for result in results}) == 1


def test_three_searches_send_what_the_budget_has_and_no_more(
    storage: str, workers: ModuleType, openai_server: Any
) -> None:
    openai_server.default("ok", delay=0.03)
    results = _ended([workers.start_live(openai_server.base_url, storage, BUDGET) for _ in range(3)])
    stats = openai_server.stats()
    assert set(stats["by_messages"].values()) == {1}
    assert stats["requests"] == BUDGET
    assert [result["paid"] for result in results] == [BUDGET] * 3


def test_dollars_are_of_the_study_as_calls_are(workers: ModuleType, openai_server: Any, tmp_path: Path) -> None:
    openai_server.default("ok", delay=0.03)
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    alone = _ended([workers.start_live(openai_server.base_url, f"sqlite:///{tmp_path / 'alone.db'}", BUDGET)])[0]
    a_call = alone["cost"] / alone["paid"]
    openai_server.reset()
    openai_server.default("ok", delay=0.03)
    cost = 60.5 * a_call
    results = _ended([workers.start_live(openai_server.base_url, storage, BUDGET, cost) for _ in range(3)])
    sent = openai_server.stats()["requests"]
    assert 45 <= sent <= 61
    assert [result["paid"] for result in results] == [sent] * 3
    assert all(result["cost"] <= cost * 1.01 for result in results)


@pytest.mark.parametrize("n", [2, 4])
def test_calls_that_are_tried_again_are_of_the_budget(
    n: int, storage: str, workers: ModuleType, openai_server: Any
) -> None:
    openai_server.default("ok", delay=0.03)
    openai_server.queue(*["ok", "ok", "ok", "ok", "500"] * BUDGET)  # to the very end
    results = _ended([workers.start_live(openai_server.base_url, storage, BUDGET) for _ in range(n)])
    sent = openai_server.stats()["requests"]
    assert 0.9 * BUDGET <= sent <= BUDGET
    assert len({result["paid"] for result in results}) == 1
    assert results[0]["paid"] <= sent


def test_one_that_is_killed_takes_what_it_had_sent_with_it_and_no_more(
    storage: str, workers: ModuleType, openai_server: Any
) -> None:
    openai_server.default("ok", delay=0.1)
    searches = [workers.start_live(openai_server.base_url, storage, BUDGET) for _ in range(3)]
    _wait(lambda: openai_server.stats()["requests"] > BUDGET // 3)
    searches[0].kill()
    searches[0].communicate()
    results = _ended(searches[1:])
    assert openai_server.stats()["requests"] <= BUDGET
    assert all(result["paid"] <= BUDGET for result in results)
    # The same search again sends nothing: all that is left of the budget are calls of which nobody knows.
    before = openai_server.stats()["requests"]
    _ended([workers.start_live(openai_server.base_url, storage, BUDGET)])
    assert openai_server.stats()["requests"] == before


def test_one_that_is_stopped_holds_nobody_up_and_is_named(
    workers: ModuleType, openai_server: Any, tmp_path: Path
) -> None:
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    openai_server.default("ok", delay=0.3)
    stopped = workers.start_live(openai_server.base_url, storage, BUDGET)
    _wait(lambda: openai_server.stats()["requests"] > 0)
    stopped.send_signal(signal.SIGSTOP)  # amid its first request
    try:
        other = workers.start_live(openai_server.base_url, storage, BUDGET)
        out, told = other.communicate(timeout=900)
        assert other.returncode == 0, told
        assert f"process {stopped.pid} on " in told
        assert "has given no sign for 15 s" in told
    finally:
        stopped.send_signal(signal.SIGCONT)
    (result,) = _ended([stopped])
    assert openai_server.stats()["requests"] <= BUDGET
    assert result["paid"] <= BUDGET
    assert json.loads(out)["calls"]["paid"] <= BUDGET


@pytest.mark.postgres
def test_a_database_that_is_restarted_midway_is_waited_for(
    postgres_server: Any, workers: ModuleType, openai_server: Any, tmp_path: Path
) -> None:
    storage = _database(postgres_server, tmp_path)
    openai_server.default("ok", delay=0.1)
    searches = [workers.start_live(openai_server.base_url, storage, BUDGET) for _ in range(2)]
    _wait(lambda: openai_server.stats()["requests"] > BUDGET // 4)
    postgres_server.restart(away=2.0)
    _ended(searches)
    assert openai_server.stats()["requests"] <= BUDGET


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_after_a_power_cut_a_study_goes_on_within_its_budget(
    share: float, workers: ModuleType, openai_server: Any, tmp_path: Path
) -> None:
    """The study's write-ahead log is cut short, as when what it held had not reached the disk."""
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    openai_server.default("ok", delay=0.03)
    search = workers.start_live(openai_server.base_url, storage, BUDGET)
    _wait(lambda: openai_server.stats()["requests"] > BUDGET // 2)
    search.kill()
    search.communicate()
    log = tmp_path / "study.db-wal"
    with log.open("r+b") as file:
        file.truncate(int(log.stat().st_size * share))
    shutil.rmtree(tmp_path / "study.db-shm", ignore_errors=True)
    (tmp_path / "study.db-shm").unlink(missing_ok=True)
    (result,) = _ended([workers.start_live(openai_server.base_url, storage, BUDGET)])
    assert openai_server.stats()["requests"] <= BUDGET
    assert result["paid"] <= BUDGET


def test_a_curve_and_a_count_of_trials_have_no_repeats_after_a_kill(
    workers: ModuleType, openai_server: Any, tmp_path: Path
) -> None:
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    openai_server.default("ok", delay=0.05)
    search = workers.start_live(openai_server.base_url, storage, BUDGET)
    _wait(lambda: openai_server.stats()["requests"] > BUDGET // 2)
    search.kill()
    search.communicate()
    resumed = workers.start_live(openai_server.base_url, storage, BUDGET)
    result = json.loads(resumed.communicate(timeout=900)[0])
    calls = [point["calls"] for point in result["curve"]]
    assert calls == sorted(set(calls))
    trials = optuna.load_study(study_name="shared", storage=open_storage(storage)).trials
    assert result["trials"] == sum("verdicts" in trial.user_attrs for trial in trials) < len(trials)
    assert set(workers.verdicts_by_cell(storage).values()) == {1}
