"""Where a verdict store keeps its rows: an SQLite file, or a PostgreSQL database that several machines share.

Statements are the same for both, with ``?`` for values. What either cannot do just now (locked, full, restarting) is a
`StoreError`; what is no store, or a damaged one, a `DataError`.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from alia_judge._messages import message, message_of
from alia_judge._optional import require
from alia_judge.errors import DataError, Problem, StoreError

__all__ = ["APPLICATION_ID", "Database", "PostgresDatabase", "SQLiteDatabase"]

#: Kept in an SQLite file's head, by which a store is known.
APPLICATION_ID = 0x414A5653
_VERSION = 1
#: Seconds that one attempt waits for other processes that write; who has more patience tries again.
_ATTEMPT = 2.0
#: Number of the lock under which PostgreSQL lets one process write at a time, as SQLite does.
_LOCK = 0x414A5653
#: In which schema a PostgreSQL database holds the tables: their names are common ones.
_SCHEMA = "alia_judge"

_TABLES = (
    "CREATE TABLE IF NOT EXISTS configurations (id {serial}, key TEXT NOT NULL UNIQUE, parameters TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS models (id {serial}, identity TEXT NOT NULL UNIQUE)",
    """CREATE TABLE IF NOT EXISTS verdicts (
        configuration INTEGER NOT NULL REFERENCES configurations,
        model INTEGER NOT NULL REFERENCES models,
        sample INTEGER NOT NULL,
        item {bytes} NOT NULL,
        verdict TEXT NOT NULL,
        PRIMARY KEY (configuration, model, sample, item)
    ){without_rowid}""",
    # Who asks for what just now, until when they are believed to, and how many calls each payer has sent.
    """CREATE TABLE IF NOT EXISTS claims (
        configuration INTEGER NOT NULL,
        model INTEGER NOT NULL,
        sample INTEGER NOT NULL,
        item {bytes} NOT NULL,
        holder TEXT NOT NULL,
        PRIMARY KEY (configuration, model, sample, item)
    ){without_rowid}""",
    "CREATE TABLE IF NOT EXISTS holders (holder TEXT PRIMARY KEY, until {double} NOT NULL)",
    "CREATE TABLE IF NOT EXISTS payers (payer TEXT PRIMARY KEY, sent INTEGER NOT NULL)",
    # What a model's server said of who answered, each once.
    "CREATE TABLE IF NOT EXISTS revisions (model TEXT NOT NULL, revision TEXT NOT NULL, PRIMARY KEY (model, revision))",
    # A model that is asked under another address, and answered before under this one.
    "CREATE TABLE IF NOT EXISTS moves (model TEXT NOT NULL, was TEXT NOT NULL, PRIMARY KEY (model, was))",
    # An item that was made from another's text, so that what goes with the one goes with the other.
    "CREATE TABLE IF NOT EXISTS made (item {bytes} NOT NULL, source {bytes} NOT NULL, PRIMARY KEY (item, source))",
)


class Database(Protocol):
    """One connection to the tables of a store; its owner sees that one thread uses it at a time."""

    #: Where it is, for people.
    place: str

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement, and read everything that it gives."""
        ...

    def many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each row of values."""
        ...

    def writing(self) -> Any:
        """A transaction that has the right to write from its beginning: what it reads stays true until it is done."""
        ...

    def now(self) -> float:
        """Seconds on the clock that all who share it go by."""
        ...

    def compact(self) -> None:
        """Have nothing that was deleted stay on the disk."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class SQLiteDatabase:
    """An SQLite file in write-ahead mode, or memory.

    Parameters
    ----------
    path
        The file, made if it is not there; None is memory.

    Raises
    ------
    DataError
        If the file is something else, or from a later version.
    StoreError
        If it is locked, or cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        self.place = "memory" if path is None else str(path)
        with self._told():
            self._connection = sqlite3.connect(
                ":memory:" if path is None else path, check_same_thread=False, timeout=_ATTEMPT, isolation_level=None
            )
        try:
            with self._told():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement, and read everything that it gives."""
        with self._told():
            return self._connection.execute(statement, values).fetchall()

    def many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each row of values."""
        with self._told():
            self._connection.executemany(statement, values)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that has the right to write from its beginning."""
        with self._told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def now(self) -> float:
        """Seconds on this machine's clock."""
        return time.time()

    def compact(self) -> None:
        """Write the file anew without what was deleted, and empty its write-ahead log."""
        with self._told():
            self._connection.execute("VACUUM")
            busy, *_ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StoreError(
                message(
                    "what was deleted is still in the log of {place}; {remedy}",
                    place=self.place,
                    remedy=_remedy("busy"),
                )
            )

    def close(self) -> None:
        """Close the file; the write-ahead log is folded into it."""
        self._connection.close()

    def _prepare(self) -> None:
        # In WAL mode a killed process loses nothing that was committed; only a power cut may.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA journal_mode = WAL")
        # Of several processes that open a new file at once, one makes the tables and the others find them.
        with self.writing():
            (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if tables == 0:
                self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                self._connection.execute(f"PRAGMA user_version = {_VERSION}")
            (application,) = self._connection.execute("PRAGMA application_id").fetchone()
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            if application != APPLICATION_ID or version != _VERSION:
                raise sqlite3.DatabaseError(message("it holds something else, or is from another version"))
            for statement in _TABLES:
                self._connection.execute(
                    statement.format(
                        serial="INTEGER PRIMARY KEY", bytes="BLOB", double="REAL", without_rowid=" WITHOUT ROWID"
                    )
                )

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise StoreError(
                message(
                    "the store {place} cannot be used just now: {error}; {remedy}",
                    place=self.place,
                    error=message_of(error),
                    remedy=_remedy(str(error)),
                )
            ) from error
        except sqlite3.DatabaseError as error:
            raise DataError(
                Problem(
                    what=message("not a store of verdicts ({error})", error=message_of(error)),
                    expected=message("a store of version {version}, or no file", version=_VERSION),
                    remedy=message("choose another path, or bring back a copy of this one"),
                    file=self.place,
                )
            ) from error


class PostgresDatabase:
    """A PostgreSQL database, in a schema of its own.

    Parameters
    ----------
    url
        ``postgresql://USER@HOST/DATABASE``, as SQLAlchemy has it too.

    Raises
    ------
    StoreError
        If it cannot be reached.
    MissingExtraError
        If its driver is not installed (extra ``postgres``).
    """

    def __init__(self, url: str) -> None:
        purpose = "a store of verdicts in PostgreSQL"
        self._driver = require("psycopg2", extra="postgres", purpose=purpose)
        self._extras = require("psycopg2.extras", extra="postgres", purpose=purpose)
        self._url = url.replace("postgresql+psycopg2://", "postgresql://", 1)
        self.place = _without_password(self._url)
        self._connection: Any = None
        self._in_transaction = False
        with self.writing():
            self.rows(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")
            for statement in _TABLES:
                self.rows(
                    statement.format(
                        serial="INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                        bytes="BYTEA",
                        double="DOUBLE PRECISION",
                        without_rowid="",
                    )
                )

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement, and read everything that it gives."""
        with self._told(), self._connected().cursor() as cursor:
            cursor.execute(statement.replace("?", "%s"), tuple(values))
            found = cursor.fetchall() if cursor.description is not None else []
        return [tuple(bytes(one) if isinstance(one, memoryview) else one for one in row) for row in found]

    def many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each row of values."""
        with self._told(), self._connected().cursor() as cursor:
            self._extras.execute_batch(cursor, statement.replace("?", "%s"), [tuple(row) for row in values])

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that has the right to write from its beginning."""
        with self._told():
            self.rows("BEGIN")
            self._in_transaction = True
            try:
                self.rows(f"SELECT pg_advisory_xact_lock({_LOCK})")
                yield
                self.rows("COMMIT")
            except BaseException:
                if self._connection is not None and not self._connection.closed:
                    self._connection.cursor().execute("ROLLBACK")
                raise
            finally:
                self._in_transaction = False

    def now(self) -> float:
        """Seconds on the server's clock."""
        return float(self.rows("SELECT extract(epoch FROM clock_timestamp())")[0][0])

    def compact(self) -> None:
        """Have the server reuse the space of what was deleted."""
        for table in ("verdicts", "configurations"):
            self.rows(f"VACUUM {table}")

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    def _connected(self) -> Any:
        if self._connection is None or self._connection.closed:
            if self._in_transaction:
                raise StoreError(
                    message("the connection to the store {place} broke; is its server up?", place=self.place)
                )
            self._connection = self._driver.connect(self._url, options=f"-c search_path={_SCHEMA}")
            self._connection.autocommit = True  # transactions are begun and ended in words, as in SQLite
        return self._connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (self._driver.OperationalError, self._driver.InterfaceError) as error:
            self._drop()
            first = str(error).strip().partition("\n")[0]
            raise StoreError(
                message(
                    "the store {place} cannot be used just now: {first}; is its server up?",
                    place=self.place,
                    first=first,
                )
            ) from error

    def _drop(self) -> None:
        """Let a broken connection go: the next call makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _remedy(reason: str) -> str:
    if "locked" in reason or "busy" in reason:
        return message("another process is writing to it; wait, or end that one")
    if "full" in reason:
        return message("make room on its disk")
    return message("check its path, its permissions and its disk")


def _without_password(url: str) -> str:
    beginning, at, rest = url.rpartition("@")
    scheme, _, user = beginning.partition("://")
    return f"{scheme}://{user.partition(':')[0]}@{rest}" if at else url
