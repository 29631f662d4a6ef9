from __future__ import annotations

import hashlib
import sqlite3
import threading
from pathlib import Path

import pytest

from alia_judge.errors import DataError
from alia_judge.records import Configuration, Usage, Verdict
from alia_judge.runner import VerdictStore

ONE, TWO = Configuration(parameters={"rubric": "one"}), Configuration(parameters={"rubric": "two"})
FULL = Verdict(
    score=3.75,
    parsed=4.0,
    probabilities=(0.0, 0.25, 0.0, 0.25, 0.5),
    mass=0.9,
    method="logprobs",
    text="4 — sí",
    usage=Usage(prompt_tokens=10, completion_tokens=1, cached_tokens=8, cost=0.001, seconds=0.5),
)
REFUSED = Verdict(unscored="refusal", detail="Lo siento", text="Lo siento")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_verdict_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "verdicts.db"
    with VerdictStore(path) as store:
        store.put(ONE, "model", 0, [(_digest("a"), FULL), (_digest("b"), REFUSED)])
    with VerdictStore(path) as store:
        assert store.get(ONE, "model", 0, [_digest("b"), _digest("a"), _digest("c")]) == {
            _digest("a"): FULL,
            _digest("b"): REFUSED,
        }
        assert len(store) == 2


def test_configuration_model_item_and_sample_tell_verdicts_apart() -> None:
    store = VerdictStore()
    store.put(ONE, "model", 0, [(_digest("a"), FULL)])
    for key in [(TWO, "model", 0, "a"), (ONE, "other", 0, "a"), (ONE, "model", 1, "a"), (ONE, "model", 0, "b")]:
        configuration, model, sample, text = key
        assert store.holds(configuration, model, sample, [_digest(text)]) == [False]
    assert store.holds(ONE, "model", 0, [_digest("b"), _digest("a")]) == [False, True]


def test_the_first_verdict_of_an_item_stays() -> None:
    store = VerdictStore()
    store.put(ONE, "model", 0, [(_digest("a"), FULL)])
    store.put(ONE, "model", 0, [(_digest("a"), REFUSED)])
    assert store.get(ONE, "model", 0, [_digest("a")])[_digest("a")] == FULL


def test_thousands_are_looked_up_at_once() -> None:
    store = VerdictStore()
    digests = [_digest(str(number)) for number in range(3000)]
    store.put(ONE, "model", 0, [(digest, FULL) for digest in digests[::2]])
    assert store.holds(ONE, "model", 0, digests) == [number % 2 == 0 for number in range(3000)]


def test_two_stores_on_one_file_see_each_others_verdicts(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.db"
    with VerdictStore(path) as first, VerdictStore(path) as second:
        assert second.holds(ONE, "model", 0, [_digest("a")]) == [False]
        first.put(ONE, "model", 0, [(_digest("a"), FULL)])
        assert second.holds(ONE, "model", 0, [_digest("a")]) == [True]
        second.put(ONE, "model", 0, [(_digest("b"), FULL)])
        assert first.holds(ONE, "model", 0, [_digest("b")]) == [True]


def test_threads_may_share_a_store(tmp_path: Path) -> None:
    store = VerdictStore(tmp_path / "verdicts.db")

    def work(number: int) -> None:
        for item in range(50):
            store.put(ONE, f"model {item % 3}", 0, [(_digest(f"{number}/{item}"), FULL)])
            store.get(ONE, "model 0", 0, [_digest(f"{number}/{item}")])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store) == 200


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    text, other, later = tmp_path / "notes.txt", tmp_path / "other.db", tmp_path / "later.db"
    text.write_text("not a database, and long enough to be taken for one " * 20)
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (x)")
    VerdictStore(later).close()
    with sqlite3.connect(later) as connection:
        connection.execute("PRAGMA user_version = 99")
    for path in (text, other, later):
        with pytest.raises(DataError, match=rf"{path.name}: not a store of verdicts .*; choose another path"):
            VerdictStore(path)
    assert text.read_text().startswith("not a database")
