from __future__ import annotations

import gc
import hashlib
import json
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
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
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE mine (x)")
    VerdictStore(later).close()
    with closing(sqlite3.connect(later)) as connection:
        connection.execute("PRAGMA user_version = 99")
    for path in (text, other, later):
        with pytest.raises(DataError, match=rf"{path.name}: not a store of verdicts .*; choose another path"):
            VerdictStore(path)
    assert text.read_text().startswith("not a database")


def test_a_store_that_nobody_closes_is_closed_when_it_is_let_go(tmp_path: Path) -> None:
    store = VerdictStore(tmp_path / "v.db")
    store.put(ONE, "m", 0, [(_digest("a"), FULL)])
    connection = store._database._connection
    del store
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
        connection.execute("SELECT 1")
    assert not (tmp_path / "v.db-wal").exists()  # folded into the file
    with VerdictStore(tmp_path / "v.db") as again:
        assert len(again) == 1


_WRITER = """
import sys
from alia_judge.records import Configuration, Verdict
from alia_judge.runner import VerdictStore
path, name = sys.argv[1:]
with VerdictStore(path) as store:
    for number in range(40):
        own = f"{int(name):02x}{number:02x}"
        store.put(Configuration(parameters={"of": name}), "model", 0, [(own, Verdict(score=1.0))])
        store.put(Configuration(parameters={"of": "all"}), "model", 0, [(f"{number:04x}", Verdict(score=float(name)))])
"""


def test_several_processes_open_a_new_store_at_once_and_share_it(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.db"
    command = [sys.executable, "-c", _WRITER, str(path)]
    writers = [subprocess.Popen([*command, str(number)], stderr=subprocess.PIPE) for number in range(1, 4)]
    assert [writer.communicate(timeout=900)[1] for writer in writers] == [b""] * 3
    with VerdictStore(path) as store:
        assert len(store) == 3 * 40 + 40
        kept = store.get(Configuration(parameters={"of": "all"}), "model", 0, [f"{number:04x}" for number in range(40)])
        assert len(kept) == 40
        # One of them was first for each, and its verdict stayed.
        assert {verdict.score for verdict in kept.values()} <= {1.0, 2.0, 3.0}


def test_a_store_is_exported_whole_to_one_parquet_file(tmp_path: Path) -> None:
    store = VerdictStore()
    store.put(ONE, "model", 0, [(_digest("a"), FULL), (_digest("b"), REFUSED)])
    store.put(TWO, "other", 1, ((_digest(str(number)), FULL) for number in range(9000)))
    out = tmp_path / "new" / "verdicts.parquet"
    assert store.export(out) == 9002
    table = pq.read_table(out)
    assert table.num_rows == 9002
    rows = {row["item"]: row for row in table.slice(0, 2).to_pylist()}
    full, refused = rows[_digest("a")], rows[_digest("b")]
    assert (full["configuration"], full["model"], full["sample"]) == (ONE.key, "model", 0)
    assert json.loads(full["parameters"]) == {"rubric": "one"}
    assert (full["score"], full["probabilities"], full["text"], full["cost"]) == (
        FULL.score,
        list(FULL.probabilities or ()),
        FULL.text,
        0.001,
    )
    assert (refused["score"], refused["unscored"], refused["probabilities"]) == (None, "refusal", None)
    assert len({row["item"] for row in table.slice(2).to_pylist()}) == 9000
    assert list(tmp_path.rglob("*.partial")) == []


def test_what_an_answer_said_of_each_criterion_is_exported_too(tmp_path: Path) -> None:
    store = VerdictStore()
    parts = {"tone": Verdict(score=4.0, probabilities=(0.0, 1.0)), "help": Verdict(unscored="no_score", detail="none")}
    store.put(ONE, "model", 0, [(_digest("a"), Verdict(score=4.0, parts=parts)), (_digest("b"), FULL)])
    assert store.export(tmp_path / "verdicts.parquet") == 2
    rows = {row["item"]: row["parts"] for row in pq.read_table(tmp_path / "verdicts.parquet").to_pylist()}
    read = {name: Verdict.from_dict(part) for name, part in json.loads(rows[_digest("a")]).items()}
    assert read == parts
    assert rows[_digest("b")] is None


def test_an_empty_store_is_an_empty_table(tmp_path: Path) -> None:
    assert VerdictStore().export(tmp_path / "none.parquet") == 0
    assert pq.read_table(tmp_path / "none.parquet").num_rows == 0
