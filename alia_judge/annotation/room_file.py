"""`RoomFile`: the SQLite file of a room, what stays the same in it, and one change at a time."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alia_judge._messages import message
from alia_judge.errors import DataError, Problem
from alia_judge.judging.rubrics.rubric import Rubric

__all__ = ["FILE", "ROOM", "TABLES", "RoomFacts", "RoomFile"]

FILE = "room.sqlite"
ROOM = "alia-judge/room/2"
TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
-- role: rater or organiser. pseudonym: what exports call them. links: how often their links were revoked.
CREATE TABLE people (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, pseudonym TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL DEFAULT 'rater', links INTEGER NOT NULL DEFAULT 0
);
-- done: the ratings that count, of so many wanted. urgent: the higher, the sooner. stratum: language and system.
CREATE TABLE items (
  id INTEGER PRIMARY KEY, item_id TEXT NOT NULL UNIQUE, item TEXT NOT NULL, stratum TEXT NOT NULL,
  wanted INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0, urgent INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX by_stratum ON items (stratum);
-- state: held (until expires), rated, extra (rated when the place had been given on), skipped.
CREATE TABLE places (
  id TEXT PRIMARY KEY, item INTEGER NOT NULL REFERENCES items, person INTEGER NOT NULL REFERENCES people,
  expires REAL NOT NULL, state TEXT NOT NULL DEFAULT 'held', UNIQUE (item, person)
);
CREATE INDEX by_person ON places (person, state);
-- What was said about a place; the last row of a place counts, those before it stay.
CREATE TABLE said (
  id INTEGER PRIMARY KEY, place TEXT NOT NULL REFERENCES places, given TEXT NOT NULL, at TEXT NOT NULL
);
CREATE INDEX by_place ON said (place);
-- The guideline test: items with agreed answers, and what each person answered at each go.
CREATE TABLE test_items (
  id INTEGER PRIMARY KEY, item_id TEXT NOT NULL UNIQUE, item TEXT NOT NULL, agreed TEXT NOT NULL
);
CREATE TABLE test_said (
  id TEXT PRIMARY KEY, person INTEGER NOT NULL REFERENCES people, go INTEGER NOT NULL,
  item INTEGER NOT NULL REFERENCES test_items, given TEXT, at TEXT, UNIQUE (person, go, item)
);
-- What organisers decided: kind is adjudication, look or validation; what is undone stays.
CREATE TABLE decided (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, item INTEGER NOT NULL REFERENCES items, criterion TEXT NOT NULL,
  judge TEXT NOT NULL, action TEXT NOT NULL, value TEXT NOT NULL, reason TEXT NOT NULL, saw TEXT NOT NULL,
  person INTEGER NOT NULL REFERENCES people, at TEXT NOT NULL, undone TEXT, answer TEXT, answered TEXT
);
CREATE TABLE scores (
  judge TEXT NOT NULL, criterion TEXT NOT NULL, item INTEGER NOT NULL REFERENCES items, score REAL NOT NULL,
  PRIMARY KEY (judge, criterion, item)
);
-- To whom a judge's verdict was shown.
CREATE TABLE shown (
  item INTEGER NOT NULL REFERENCES items, criterion TEXT NOT NULL, person INTEGER NOT NULL REFERENCES people,
  at TEXT NOT NULL
);
"""


@dataclass(frozen=True, kw_only=True)
class RoomFacts:
    """What stays the same in a room.

    Parameters
    ----------
    per_item
        How many people were to rate each item when it was made.
    hold
        For how many seconds a place is kept.
    language
        Of the pages' own words.
    key
        Signs links, and shuffles.
    criteria
        What is asked: ``{what the ratings call it: its rubric}``.
    """

    per_item: int
    hold: float
    language: str
    key: bytes
    criteria: Mapping[str, Rubric]


class RoomFile:
    """A room's file, open.

    Parameters
    ----------
    folder
        Where it was created.
    clock
        Seconds since 1970.

    Raises
    ------
    DataError
        If there is no room in it.
    """

    def __init__(self, folder: str | os.PathLike[str], *, clock: Callable[[], float] = time.time) -> None:
        self.folder = Path(folder)
        path = self.folder / FILE
        if not path.is_file():
            raise DataError(
                Problem(
                    file=str(folder),
                    what=message("no {file}", file=FILE),
                    expected=message("a folder that alia-judge room create made"),
                    remedy=message("name that folder"),
                )
            )
        self._clock = clock
        self._database = sqlite3.connect(path, isolation_level=None, timeout=60)
        try:
            self._facts = self._read(path)
        except BaseException:
            self._database.close()
            raise
        self._database.create_function("shuffled", 2, self._shuffled, deterministic=True)

    def _read(self, path: Path) -> RoomFacts:
        """What the file says of itself."""
        try:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute("PRAGMA foreign_keys = ON")
            facts = dict(self._database.execute("SELECT name, value FROM facts"))
        except sqlite3.DatabaseError as error:
            raise DataError(_unreadable(path, str(error))) from error
        if facts.get("schema") != ROOM:
            raise DataError(_unreadable(path, f"schema {facts.get('schema')!r}"))
        return RoomFacts(
            per_item=int(facts["per_item"]),
            hold=float(facts["hold"]),
            language=facts["language"],
            key=bytes.fromhex(facts["key"]),
            criteria={name: Rubric.from_dict(rubric) for name, rubric in json.loads(facts["criteria"]).items()},
        )

    @property
    def language(self) -> str:
        """Of the pages' own words."""
        return self._facts.language

    @property
    def criteria(self) -> Mapping[str, Rubric]:
        """What is asked of each item."""
        return self._facts.criteria

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _shuffled(self, person: int, item: int) -> int:
        digest = hashlib.blake2b(b"%d %d" % (person, item), key=self._facts.key, digest_size=6).digest()
        return int.from_bytes(digest)

    def _at(self) -> str:
        """Now, as it is written down."""
        return datetime.fromtimestamp(self._clock(), UTC).isoformat()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """What happens within is on disk, whole, when it ends; or did not happen."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


def _unreadable(path: Path, what: str) -> Problem:
    return Problem(
        file=str(path),
        what=message("this is no room ({what})", what=what),
        expected=message("a file of {room}", room=ROOM),
        remedy=message("name the folder that alia-judge room create made"),
    )
