"""`VerdictStore`: every raw verdict that was paid for, in one SQLite file, so that it is paid for once."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import orjson

from alia_judge.errors import DataError, Problem
from alia_judge.records import Configuration, Usage, Verdict
from alia_judge.runner.stored import Stored

__all__ = ["VerdictStore"]

_VERSION = 1
_APPLICATION_ID = 0x414A5653
_SCHEMA = (
    f"PRAGMA application_id = {_APPLICATION_ID}",
    f"PRAGMA user_version = {_VERSION}",
    "CREATE TABLE configurations (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, parameters TEXT NOT NULL)",
    "CREATE TABLE models (id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE)",
    """CREATE TABLE verdicts (
        configuration INTEGER NOT NULL REFERENCES configurations,
        model INTEGER NOT NULL REFERENCES models,
        sample INTEGER NOT NULL,
        item BLOB NOT NULL,
        verdict TEXT NOT NULL,
        PRIMARY KEY (configuration, model, sample, item)
    ) WITHOUT ROWID""",
)
#: Seconds to wait for other processes that write to the same file.
_BUSY = 60.0
#: Keys looked up in one statement; SQLite's default limit on variables has been 32,766 since 3.32, 999 before.
_CHUNK = 900


_NEXT_ROWS = """
SELECT configuration, model, configurations.key, configurations.parameters, models.identity, sample, item, verdict
FROM verdicts
JOIN configurations ON configurations.id = configuration
JOIN models ON models.id = model
WHERE (configuration, model, sample, item) > (?, ?, ?, ?)
ORDER BY configuration, model, sample, item
LIMIT 4096
"""


class VerdictStore:
    """Raw verdicts by configuration, model, item and sample.

    One file in write-ahead mode: a reader never waits, and a killed process loses only what it had not yet written. A
    verdict is written before it counts. Threads may share a store; so may processes, one of them writing at a time.

    Parameters
    ----------
    path
        The file, made if it is not there; None keeps the verdicts in memory, for as long as the store lives.

    Raises
    ------
    DataError
        If the file is something else, or from a later version.

    Examples
    --------
    >>> store = VerdictStore()
    >>> configuration = Configuration(parameters={"rubric": "terse"})
    >>> store.put(configuration, "some-model", 0, [("ab12", Verdict(score=4.0))])
    >>> store.get(configuration, "some-model", 0, ["ab12", "cd34"])["ab12"].score
    4.0
    """

    def __init__(self, path: Path | str | None = None) -> None:
        self.path = None if path is None else Path(path).expanduser()
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._ids: dict[tuple[str, str], int] = {}
        self._connection = self._open()
        # A store that nobody closes is closed when it is let go: Python 3.13 warns of a connection that is not.
        weakref.finalize(self, self._connection.close).atexit = False  # others may be writing yet

    def get(self, configuration: Configuration, model: str, sample: int, items: Sequence[str]) -> dict[str, Verdict]:
        """The verdicts there are, by the items' digests."""
        return {digest: _read(text) for digest, text in self._rows(configuration, model, sample, items, "verdict")}

    def holds(self, configuration: Configuration, model: str, sample: int, items: Sequence[str]) -> list[bool]:
        """Which items have a verdict, in their order."""
        there = {digest for digest, _ in self._rows(configuration, model, sample, items, "1")}
        return [digest in there for digest in items]

    def put(
        self, configuration: Configuration, model: str, sample: int, verdicts: Iterable[tuple[str, Verdict]]
    ) -> None:
        """Write verdicts, by the items' digests, all or none; the first verdict of an item stays."""
        rows = [(bytes.fromhex(digest), _written(verdict)) for digest, verdict in verdicts]
        with self._lock, self._writing():
            key = (self._configuration(configuration), self._model(model), sample)
            self._connection.executemany(
                "INSERT OR IGNORE INTO verdicts VALUES (?, ?, ?, ?, ?)", [(*key, *row) for row in rows]
            )

    def rows(self) -> Iterator[Stored]:
        """Every verdict with what it is kept under, a few thousand in memory at a time; others may write meanwhile."""
        place: tuple[Any, ...] = (0, 0, 0, b"")
        while True:
            with self._lock:
                found = self._connection.execute(_NEXT_ROWS, place).fetchall()
            for *_, key, parameters, model, sample, item, verdict in found:
                yield Stored(
                    configuration=key,
                    parameters=parameters,
                    model=model,
                    sample=sample,
                    item=item.hex(),
                    verdict=_read(verdict),
                )
            if not found:
                return
            configuration_id, model_id, *_, sample, item, _ = found[-1]
            place = (configuration_id, model_id, sample, item)

    def export(self, out: Path | str) -> int:
        """Write every verdict to a Parquet file, for other tools to read; how many there were."""
        from alia_judge.runner.export import export_verdicts

        return export_verdicts(self.rows(), Path(out))

    def __len__(self) -> int:
        with self._lock:
            (count,) = self._connection.execute("SELECT count(*) FROM verdicts").fetchone()
        return int(count)

    def close(self) -> None:
        """Close the file; the write-ahead log is folded into it."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            ":memory:" if self.path is None else self.path, check_same_thread=False, timeout=_BUSY, isolation_level=None
        )
        try:
            # In WAL mode a killed process loses nothing that was committed; only a power cut may.
            connection.execute("PRAGMA synchronous = NORMAL")
            _use_write_ahead_log(connection)
            # Of several processes that open a new file at once, one makes the tables and the others find them.
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                if tables == 0:
                    for statement in _SCHEMA:
                        connection.execute(statement)
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if application != _APPLICATION_ID or version != _VERSION:
                raise sqlite3.DatabaseError("it holds something else, or is from another version")
        except sqlite3.DatabaseError as error:
            connection.close()
            problem = Problem(
                what=f"not a store of verdicts ({error})",
                expected=f"a store of version {_VERSION}, or no file",
                remedy="choose another path",
                file=str(self.path),
            )
            raise DataError(problem) from error
        return connection

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A transaction that has the right to write from its beginning: what it reads stays true until it is done."""
        self._connection.execute("BEGIN IMMEDIATE")
        with self._connection:
            yield

    def _rows(
        self, configuration: Configuration, model: str, sample: int, items: Sequence[str], column: str
    ) -> list[tuple[str, Any]]:
        with self._lock:
            key = (self._known("configurations", "key", configuration.key), self._known("models", "identity", model))
            if None in key:
                return []
            rows: list[tuple[str, Any]] = []
            for start in range(0, len(items), _CHUNK):
                digests = {bytes.fromhex(digest): digest for digest in items[start : start + _CHUNK]}
                marks = ",".join("?" * len(digests))
                found = self._connection.execute(
                    f"SELECT item, {column} FROM verdicts "
                    f"WHERE configuration = ? AND model = ? AND sample = ? AND item IN ({marks})",
                    [*key, sample, *digests],
                )
                rows += [(digests[item], value) for item, value in found]
        return rows

    def _known(self, table: str, column: str, value: str) -> int | None:
        if (table, value) not in self._ids:
            row = self._connection.execute(f"SELECT id FROM {table} WHERE {column} = ?", (value,)).fetchone()
            if row is None:
                return None
            self._ids[table, value] = int(row[0])
        return self._ids[table, value]

    def _configuration(self, configuration: Configuration) -> int:
        known = self._known("configurations", "key", configuration.key)
        if known is not None:
            return known
        parameters = json.dumps(dict(configuration.parameters), sort_keys=True, ensure_ascii=False)
        return self._added("INSERT INTO configurations (key, parameters) VALUES (?, ?)", configuration.key, parameters)

    def _model(self, identity: str) -> int:
        known = self._known("models", "identity", identity)
        return self._added("INSERT INTO models (identity) VALUES (?)", identity) if known is None else known

    def _added(self, statement: str, *values: str) -> int:
        # Not remembered here: the transaction may yet fail.
        row = self._connection.execute(statement, values).lastrowid
        assert row is not None  # an INSERT of one row has one
        return row


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Turn it on; SQLite does not wait here, as it does elsewhere, for a process that is about to do the same."""
    deadline = time.monotonic() + _BUSY
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _written(verdict: Verdict) -> str:
    """The fields in order: half the length of an object with names, and quicker to read."""
    usage = verdict.usage
    fields: tuple[Any, ...] = (
        verdict.score,
        verdict.unscored,
        verdict.detail,
        verdict.parsed,
        verdict.probabilities,
        verdict.mass,
        verdict.method,
        verdict.text,
        (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens, usage.cost, usage.seconds),
    )
    if verdict.parts:  # few judges give any; what the others wrote stays as it was
        fields = (*fields, {name: _written(part) for name, part in verdict.parts.items()})
    return json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _read(text: str) -> Verdict:
    score, unscored, detail, parsed, probabilities, mass, method, written, usage, *parts = orjson.loads(text)
    prompt_tokens, completion_tokens, cached_tokens, cost, seconds = usage
    return Verdict(
        score=score,
        unscored=unscored,
        detail=detail,
        parsed=parsed,
        probabilities=None if probabilities is None else tuple(probabilities),
        mass=mass,
        method=method,
        text=written,
        usage=Usage(
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            cached_tokens=cached_tokens,
            cost=cost,
            seconds=seconds,
        ),
        parts={name: _read(part) for name, part in parts[0].items()} if parts else {},
    )
