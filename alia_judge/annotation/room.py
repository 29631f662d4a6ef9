"""`Room`: who rates what, and what they said, in one SQLite file: every item by exactly so many people."""

from __future__ import annotations

import hashlib
import json
import math
import os
import secrets
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from alia_judge._json import dumps, write_atomic
from alia_judge.annotation.asked import check_items
from alia_judge.annotation.page import criterion_shown, parts_shown
from alia_judge.annotation.tokens import person_of, token_for
from alia_judge.annotation.wording import page_words
from alia_judge.errors import DataError, Problem, UsageError
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.ratings.readers.sheet import LINE_FIELDS, SCHEMA
from alia_judge.records import Item

__all__ = ["NotOnScale", "NotTheirs", "Room", "RoomProgress"]

_FILE = "room.sqlite"
_ROOM = "alia-judge/room/1"
_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
-- done: the ratings that count.
CREATE TABLE items (
  id INTEGER PRIMARY KEY, item_id TEXT NOT NULL UNIQUE, item TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0
);
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
"""
#: Places of an item that are taken: rated, or held by somebody and not yet free again.
_TAKEN = "(i.done + (SELECT count(*) FROM places t WHERE t.item = i.id AND t.state = 'held' AND t.expires > :now))"
_LONGEST_COMMENT = 10_000


class NotTheirs(UsageError):  # noqa: N818 - what the server answers
    """The place is none of this person's."""


class NotOnScale(UsageError):  # noqa: N818 - what the server answers
    """What was said is no rating on the criteria's scales."""


@dataclass(frozen=True, kw_only=True)
class _Facts:
    per_item: int
    hold: float
    language: str
    key: bytes
    criteria: Mapping[str, Rubric]


@dataclass(frozen=True, kw_only=True)
class RoomProgress:
    """How far a room has come.

    Parameters
    ----------
    items, complete
        How many there are, and how many have all the ratings that are wanted.
    per_item
        How many ratings are wanted of each.
    people
        What each person has done, by name: ``rated`` (what counts), ``extra`` (late, and kept) and ``skipped``.
    forgotten
        How many people were forgotten, whose ratings are gone.
    """

    items: int
    complete: int
    per_item: int
    people: Mapping[str, Mapping[str, int]]
    forgotten: int


class Room:
    """A room on disk; `create` makes it, `Room(folder)` opens it.

    Everything that is told to a person is in the file first: each call is one transaction that is on disk when it
    returns. Several processes may have one room open.

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
        path = Path(folder) / _FILE
        if not path.is_file():
            raise DataError(
                Problem(
                    file=str(folder),
                    what=f"no {_FILE}",
                    expected="a folder that alia-judge room create made",
                    remedy="name that folder",
                )
            )
        self._clock = clock
        self._database = sqlite3.connect(path, isolation_level=None, timeout=60)
        try:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute("PRAGMA foreign_keys = ON")
            facts = dict(self._database.execute("SELECT name, value FROM facts"))
        except sqlite3.DatabaseError as error:
            raise DataError(_unreadable(path, str(error))) from error
        if facts.get("schema") != _ROOM:
            raise DataError(_unreadable(path, f"schema {facts.get('schema')!r}"))
        self._facts = _Facts(
            per_item=int(facts["per_item"]),
            hold=float(facts["hold"]),
            language=facts["language"],
            key=bytes.fromhex(facts["key"]),
            criteria={name: Rubric.from_dict(rubric) for name, rubric in json.loads(facts["criteria"]).items()},
        )
        self._database.create_function("shuffled", 2, self._shuffled, deterministic=True)

    @classmethod
    def create(
        cls,
        folder: str | os.PathLike[str],
        items: Iterable[Item],
        criteria: Mapping[str, Rubric],
        *,
        annotators: Sequence[str],
        per_item: int,
        language: str,
        hold: float = 1800,
        clock: Callable[[], float] = time.time,
    ) -> Room:
        """Make a room.

        Parameters
        ----------
        folder
            New, or empty.
        items
            What there is to rate, each id once.
        criteria
            What is asked of each: ``{what the ratings call it: its rubric}``.
        annotators
            The people, as the ratings are to call them.
        per_item
            How many of them rate each item.
        language
            Of the page's own words.
        hold
            For how many seconds a place is kept for whoever was shown the item.
        clock
            Seconds since 1970.

        Raises
        ------
        UsageError
            If the folder holds something, a name or id comes twice, there are fewer people than ratings wanted of an
            item, or a page cannot ask for it.
        """
        target = Path(folder)
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise UsageError(f"{target} is there already and not empty; a room takes a new folder")
        there = list(items)
        check_items(there)
        names = [name.strip() for name in annotators if name.strip()]
        twice = [name for name, times in Counter(names).items() if times > 1]
        if twice:
            raise UsageError(f"annotator {twice[0]!r} comes twice; give each once")
        if not criteria:
            raise UsageError("a room asks for at least one criterion, got none; give criteria={name: rubric}")
        if not 1 <= per_item <= len(names):
            raise UsageError(
                f"per_item must be from 1 to the number of people ({len(names)}), got {per_item}: nobody rates an item "
                "twice"
            )
        taken = sorted(set(criteria) & LINE_FIELDS)
        if taken:
            raise UsageError(f"a criterion cannot be called {taken[0]!r}, as a column of the export is; rename it")
        target.mkdir(parents=True, exist_ok=True)
        facts = {
            "schema": _ROOM,
            "per_item": str(per_item),
            "hold": str(float(hold)),
            "language": language,
            "key": secrets.token_hex(32),
            "criteria": json.dumps({name: rubric.to_dict() for name, rubric in criteria.items()}),
        }
        path = target / _FILE
        path.touch(mode=0o600)  # it holds the key that signs links
        with sqlite3.connect(path) as database:
            database.executescript(_TABLES)
            database.executemany("INSERT INTO people (name) VALUES (?)", [(name,) for name in names])
            database.executemany(
                "INSERT INTO items (item_id, item) VALUES (?, ?)",
                [(item.item_id, json.dumps({**item.fields(), "language": item.language})) for item in there],
            )
            # Last, and in the same transaction: half a room is none.
            database.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())
        database.close()
        return cls(target, clock=clock)

    @property
    def language(self) -> str:
        """Of the page's own words."""
        return self._facts.language

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def tokens(self, days: float) -> dict[str, str]:
        """The token of every person's link, good for so many days."""
        expires = self._clock() + 86400 * days
        people = self._database.execute("SELECT name, id FROM people ORDER BY id")
        return {name: token_for(number, expires, self._facts.key) for name, number in people}

    def person(self, token: str) -> int | None:
        """The person of a token; None where it is not of this room or has expired."""
        found = person_of(token, self._facts.key, self._clock())
        known = self._database.execute("SELECT 1 FROM people WHERE id = ?", (found,)).fetchone()
        return found if known else None

    def next_for(self, person: int) -> dict[str, Any] | None:
        """An item for this person, whose place is kept for them from now on; None where there is none.

        It is the one they hold, else one that fewest people have rated, in an order of the person's own. A place that
        nobody filled in time is free again; who comes back to it while it is free has it again.
        """
        now = self._clock()
        given = {"person": person, "now": now, "most": self._facts.per_item}
        with self._transaction():
            self._promote(now)
            row = self._database.execute(
                "SELECT p.id, p.item FROM places p JOIN items i ON i.id = p.item WHERE p.person = :person AND "  # nosec B608
                f"p.state = 'held' AND (p.expires > :now OR {_TAKEN} < :most) ORDER BY p.expires DESC LIMIT 1",
                given,
            ).fetchone()
            if row is None:
                free = self._database.execute(
                    f"SELECT i.id FROM items i WHERE {_TAKEN} < :most AND NOT EXISTS "  # nosec B608
                    "(SELECT 1 FROM places p WHERE p.item = i.id AND p.person = :person) "
                    f"ORDER BY {_TAKEN}, shuffled(:person, i.id) LIMIT 1",
                    given,
                ).fetchone()
                if free is None:
                    return None
                row = (secrets.token_urlsafe(12), free[0])
                self._database.execute(
                    "INSERT INTO places (id, item, person, expires) VALUES (?, ?, ?, ?)", (*row, person, now)
                )
            self._database.execute("UPDATE places SET expires = ? WHERE id = ?", (now + self._facts.hold, row[0]))
        return self._shown(*row)

    def rate(self, person: int, place: str, said: Mapping[str, Any]) -> Literal["new", "same", "changed"]:
        """Keep what a person said about an item they were given; it is on disk when this returns.

        Parameters
        ----------
        person
            Who.
        place
            The ``assignment`` of `next_for`.
        said
            ``values``, one a criterion, or why it is ``skipped``; ``comment`` and ``seconds`` where there are.

        Raises
        ------
        NotTheirs
            If the place is not this person's.
        NotOnScale
            If a value is missing, unknown or off its scale, or another field is not what it should be.
        """
        row = self._database.execute("SELECT 1 FROM places WHERE id = ? AND person = ?", (place, person)).fetchone()
        if row is None:
            raise NotTheirs("this assignment is not yours")
        given = json.dumps(self._checked(said))
        now = self._clock()
        with self._transaction():
            state, item, expires = self._database.execute(
                "SELECT state, item, expires FROM places WHERE id = ?", (place,)
            ).fetchone()
            last = self._database.execute(
                "SELECT given FROM said WHERE place = ? ORDER BY id DESC LIMIT 1", (place,)
            ).fetchone()
            if last is not None and last[0] == given:
                return "same"
            self._database.execute(
                "INSERT INTO said (place, given, at) VALUES (?, ?, ?)",
                (place, given, datetime.fromtimestamp(now, UTC).isoformat()),
            )
            skips = bool(json.loads(given)["skipped"])
            if state == "rated":  # what counted gives its place back, and takes it again unless it is skipped now
                self._database.execute("UPDATE items SET done = done - 1 WHERE id = ?", (item,))
            free = state == "rated" or (state == "held" and expires > now) or self._is_free(item, now)
            state = "skipped" if skips else "rated" if free else "extra"
            self._database.execute("UPDATE places SET state = ? WHERE id = ?", (state, place))
            if state == "rated":
                self._database.execute("UPDATE items SET done = done + 1 WHERE id = ?", (item,))
        return "new" if last is None else "changed"

    def progress(self) -> RoomProgress:
        """How far it has come."""
        rows = self._database.execute(
            "SELECT w.name, p.state, count(p.id) FROM people w LEFT JOIN places p ON p.person = w.id "
            "GROUP BY w.id, p.state ORDER BY w.id"
        )
        people: dict[str, dict[str, int]] = {}
        for name, state, count in rows:
            done = people.setdefault(name, {"rated": 0, "extra": 0, "skipped": 0})
            if state in done:
                done[state] = count
        wanted = self._facts.per_item
        items, complete = self._database.execute(
            "SELECT count(*), coalesce(sum(done >= ?), 0) FROM items", (wanted,)
        ).fetchone()
        forgotten = self._database.execute("SELECT value FROM facts WHERE name = 'forgotten'").fetchone()
        return RoomProgress(
            items=items,
            complete=complete,
            per_item=wanted,
            people=people,
            forgotten=0 if forgotten is None else int(forgotten[0]),
        )

    def forget(self, name: str) -> int:
        """Delete a person and everything they said; how many answers that were.

        Their link ends, their places are free for others, and nothing of it stays in the file. Exports that were made
        before still hold it.

        Raises
        ------
        UsageError
            If there is no such person.
        """
        with self._transaction():
            row = self._database.execute("SELECT id FROM people WHERE name = ?", (name,)).fetchone()
            if row is None:
                known = ", ".join(one for (one,) in self._database.execute("SELECT name FROM people ORDER BY id"))
                raise UsageError(f"there is nobody called {name!r} in this room; there are: {known or 'nobody'}")
            self._database.execute(
                "UPDATE items SET done = done - 1 WHERE id IN "
                "(SELECT item FROM places WHERE person = ? AND state = 'rated')",
                row,
            )
            answers = self._database.execute(
                "SELECT count(DISTINCT place) FROM said WHERE place IN (SELECT id FROM places WHERE person = ?)", row
            ).fetchone()[0]
            self._database.execute("DELETE FROM said WHERE place IN (SELECT id FROM places WHERE person = ?)", row)
            self._database.execute("DELETE FROM places WHERE person = ?", row)
            self._database.execute("DELETE FROM people WHERE id = ?", row)
            self._database.execute(
                "INSERT INTO facts VALUES ('forgotten', '1') ON CONFLICT (name) DO UPDATE SET value = value + 1"
            )
        self._database.execute("VACUUM")
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(answers)

    def export(self) -> list[dict[str, Any]]:
        """Every rating as `load_ratings` reads it, a line an item and person, in the order in which they were given."""
        rows = self._database.execute(
            "SELECT s.given, s.at, p.state, i.item_id, w.name FROM said s JOIN places p ON p.id = s.place "
            "JOIN items i ON i.id = p.item JOIN people w ON w.id = p.person "
            "WHERE s.id = (SELECT max(id) FROM said l WHERE l.place = s.place) ORDER BY s.id"
        )
        scales = {name: rubric.scale.to_dict() for name, rubric in self._facts.criteria.items()}
        lines = []
        for given, at, state, item_id, name in rows:
            said = json.loads(given)
            lines.append(
                {
                    "schema": SCHEMA,
                    "item_id": item_id,
                    "annotator_id": name,
                    **said["values"],
                    "skipped": said["skipped"],
                    "comment": said["comment"],
                    "seconds": said["seconds"],
                    "timestamp": at,
                    "extra": state == "extra",
                    "scales": scales,
                }
            )
        return lines

    def write(self, path: str | os.PathLike[str]) -> int:
        """Write `export` as JSON lines, atomically; gives how many."""
        lines = self.export()
        write_atomic(Path(path), "".join(dumps(line, indent=None) + "\n" for line in lines))
        return len(lines)

    def _shuffled(self, person: int, item: int) -> int:
        digest = hashlib.blake2b(b"%d %d" % (person, item), key=self._facts.key, digest_size=6).digest()
        return int.from_bytes(digest)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def _is_free(self, item: int, now: float) -> bool:
        (free,) = self._database.execute(
            f"SELECT {_TAKEN} < :most FROM items i WHERE i.id = :item",  # nosec B608
            {"item": item, "now": now, "most": self._facts.per_item},
        ).fetchone()
        return bool(free)

    def _promote(self, now: float) -> None:
        """Have late ratings count where a place has become free again."""
        late = self._database.execute(
            "SELECT p.id, p.item FROM places p WHERE p.state = 'extra' ORDER BY p.expires"
        ).fetchall()
        for place, item in late:
            if self._is_free(item, now):
                self._database.execute("UPDATE places SET state = 'rated' WHERE id = ?", (place,))
                self._database.execute("UPDATE items SET done = done + 1 WHERE id = ?", (item,))

    def _shown(self, place: str, item: int) -> dict[str, Any]:
        item_id, text = self._database.execute("SELECT item_id, item FROM items WHERE id = ?", (item,)).fetchone()
        rated = self._database.execute(
            "SELECT count(*) FROM places p JOIN places t ON t.person = p.person WHERE t.id = ? AND p.state != 'held'",
            (place,),
        ).fetchone()[0]
        fields = json.loads(text)
        shown = Item.from_fields(item_id, fields)
        return {
            "assignment": place,
            "item_id": item_id,
            "item": fields,
            "criteria": [criterion_shown(*pair, self._facts.language) for pair in self._facts.criteria.items()],
            "parts": parts_shown(shown, self._facts.language),
            "rated": rated,
        }

    def _checked(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """What was said, each value as its scale has it."""
        comment, skipped = ("" if said.get(name) is None else said[name] for name in ("comment", "skipped"))
        seconds = said.get("seconds")
        reasons = list(page_words("en")["reasons"])
        if skipped not in ("", *reasons):
            raise NotOnScale(f"skipped must be one of {', '.join(reasons)}, got {skipped!r:.60}")
        if not isinstance(comment, str) or len(comment) > _LONGEST_COMMENT:
            raise NotOnScale(f"comment must be a text of at most {_LONGEST_COMMENT} characters")
        number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
        if seconds is not None and not (number and math.isfinite(seconds) and seconds >= 0):
            raise NotOnScale(f"seconds must be a number from 0, got {seconds!r:.60}")
        values = said.get("values", {})
        if skipped:
            values = {}
        elif not isinstance(values, Mapping) or set(values) != set(self._facts.criteria):
            raise NotOnScale(f"values must have one for each of {', '.join(self._facts.criteria)}")
        kept = {}
        for name, value in values.items():
            scale = self._facts.criteria[name].scale
            known = isinstance(value, (int, float, str)) and not isinstance(value, bool)
            point = scale.parse(value) if known else None
            if point is None:
                raise NotOnScale(f"{value!r:.60} is no value of {name}")
            kept[name] = scale.label(point) if scale.labels and scale.kind != "pairwise" else point
        # Half of a character can be written to no file.
        comment = comment.encode("utf-8", "replace").decode("utf-8")
        return {"values": kept, "skipped": skipped, "comment": comment, "seconds": seconds}


def _unreadable(path: Path, what: str) -> Problem:
    return Problem(
        file=str(path),
        what=f"this is no room ({what})",
        expected=f"a file of {_ROOM}",
        remedy="name the folder that alia-judge room create made",
    )
