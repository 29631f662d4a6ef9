"""`Room`: who rates what, and what they said, in one SQLite file: every item by exactly so many people."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from alia_judge._json import dumps, write_atomic
from alia_judge.annotation.answer import NotOnScale, checked_answer
from alia_judge.annotation.asked import check_items
from alia_judge.annotation.guideline_test import (
    TestDiffers,
    TestPaper,
    go_again,
    next_test_item,
    rate_test_item,
    test_results,
)
from alia_judge.annotation.page import criterion_shown, parts_shown
from alia_judge.annotation.room_file import FILE, ROOM, TABLES, RoomFile
from alia_judge.annotation.tokens import person_of, token_for
from alia_judge.errors import UsageError
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.ratings.readers.sheet import LINE_FIELDS, SCHEMA
from alia_judge.records import Item

__all__ = ["NotOnScale", "NotTheirs", "Role", "Room", "RoomProgress", "TestDiffers"]

Role = Literal["rater", "organiser"]

#: Places of an item that are taken: rated, or held by somebody and not yet free again.
_TAKEN = "(i.done + (SELECT count(*) FROM places t WHERE t.item = i.id AND t.state = 'held' AND t.expires > :now))"
#: A free item for a person: what is urgent, then what fewest have rated; of those, of a language and system of which
#: this person has seen the smallest share; and then in an order of their own.
_FREE = f"""
WITH own AS (
  SELECT s.stratum, count(*) AS n FROM places p JOIN items s ON s.id = p.item WHERE p.person = :person
  GROUP BY s.stratum
), strata AS (SELECT stratum, count(*) AS n FROM items GROUP BY stratum)
SELECT i.id FROM items i JOIN strata ON strata.stratum = i.stratum LEFT JOIN own ON own.stratum = i.stratum
WHERE {_TAKEN} < i.wanted AND NOT EXISTS (SELECT 1 FROM places p WHERE p.item = i.id AND p.person = :person)
ORDER BY i.urgent DESC, {_TAKEN}, coalesce(own.n, 0) * 1.0 / strata.n, shuffled(:person, i.id) LIMIT 1
"""  # nosec B608


class NotTheirs(UsageError):  # noqa: N818 - what the server answers
    """The place is none of this person's."""


@dataclass(frozen=True, kw_only=True)
class RoomProgress:
    """How far a room has come.

    Parameters
    ----------
    items, complete
        How many there are, and how many have all the ratings that are wanted.
    per_item
        How many ratings were wanted of each when it was made; further rounds raise that of some.
    ratings, wanted
        How many count, and how many there shall be.
    people
        What each person has done, by name: ``rated`` (what counts), ``extra`` (late, and kept) and ``skipped``.
    forgotten
        How many people were forgotten, whose ratings are gone.
    """

    items: int
    complete: int
    per_item: int
    ratings: int
    wanted: int
    people: Mapping[str, Mapping[str, int]]
    forgotten: int


class Room(RoomFile):
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
        organisers: Sequence[str] = ("organiser",),
        test: TestPaper | None = None,
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
            The people, by name; exports call them by a pseudonym.
        per_item
            How many of them rate each item.
        language
            Of the page's own words.
        organisers
            Who may see the organisers' pages, and decide; their names stand beside their decisions.
        test
            What everybody answers before they rate.
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
        heads = [name.strip() for name in organisers if name.strip()]
        twice = [name for name, times in Counter([*names, *heads]).items() if times > 1]
        if twice:
            raise UsageError(
                f"annotator {twice[0]!r} comes twice; give each once, organisers under a name of their own"
            )
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
            "schema": ROOM,
            "per_item": str(per_item),
            "hold": str(float(hold)),
            "language": language,
            "key": secrets.token_hex(32),
            "criteria": json.dumps({name: rubric.to_dict() for name, rubric in criteria.items()}),
        }
        people = [(name, f"p-{secrets.token_hex(4)}", "rater") for name in names]
        people += [(name, name, "organiser") for name in heads]
        path = target / FILE
        path.touch(mode=0o600)  # it holds the key that signs links, and who is who
        with closing(sqlite3.connect(path)) as database, database:
            database.executescript(TABLES)
            database.executemany("INSERT INTO people (name, pseudonym, role) VALUES (?, ?, ?)", people)
            database.executemany(
                "INSERT INTO items (item_id, item, stratum, wanted) VALUES (?, ?, ?, ?)",
                [(item.item_id, _written(item), f"{item.language}|{item.system}", per_item) for item in there],
            )
            if test is not None:
                database.executemany(
                    "INSERT INTO test_items (item_id, item, agreed) VALUES (?, ?, ?)",
                    [(item.item_id, _written(item), json.dumps(agreed)) for item, agreed in test.rows()],
                )
            # Last, and in the same transaction: half a room is none.
            database.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())
        return cls(target, clock=clock)

    def tokens(self, days: float, *, role: Role = "rater") -> dict[str, str]:
        """The token of everybody's link, good for so many days."""
        expires = self._clock() + 86400 * days
        people = self._database.execute("SELECT name, id, links FROM people WHERE role = ? ORDER BY id", (role,))
        return {name: token_for(number, expires, self._facts.key, revoked=links) for name, number, links in people}

    def person(self, token: str, *, role: Role = "rater") -> int | None:
        """The person of a token; None where it is not of this room and role, has expired or was revoked."""

        def revoked(person: int) -> int | None:
            row = self._database.execute(
                "SELECT links FROM people WHERE id = ? AND role = ?", (person, role)
            ).fetchone()
            return None if row is None else int(row[0])

        return person_of(token, self._facts.key, self._clock(), revoked=revoked)

    def revoke(self, name: str) -> None:
        """End every link that a person, or an organiser, has; new ones are good.

        Raises
        ------
        UsageError
            If there is no such person.
        """
        with self._transaction():
            self._number(name)
            self._database.execute("UPDATE people SET links = links + 1 WHERE name = ?", (name,))

    def pseudonyms(self) -> dict[str, str]:
        """What exports call each person, by name: the key, which is the organiser's alone."""
        return dict(self._database.execute("SELECT name, pseudonym FROM people WHERE role = 'rater' ORDER BY id"))

    def next_for(self, person: int) -> dict[str, Any] | None:
        """An item for this person, whose place is kept for them from now on; None where there is none.

        It is the one they hold, else what was asked for first, else one that fewest people have rated, balanced over
        languages and systems and otherwise in an order of the person's own. A place that nobody filled in time is free
        again; who comes back to it while it is free has it again. Where there is a guideline test, its items come
        before any other.

        Raises
        ------
        TestDiffers
            If they answered the guideline test, and too much of it differs from what was agreed.
        """
        with self._transaction():
            paper = next_test_item(
                self._database, person, shuffle=self._shuffled, criteria=self._facts.criteria, language=self.language
            )
        if paper is not None:
            return {**self._shown(paper.place, paper.item_id, paper.item), "test": paper.position, "rated": 0}
        now = self._clock()
        given = {"person": person, "now": now}
        with self._transaction():
            self._promote(now)
            row = self._database.execute(
                "SELECT p.id, p.item FROM places p JOIN items i ON i.id = p.item WHERE p.person = :person AND "  # nosec B608
                f"p.state = 'held' AND (p.expires > :now OR {_TAKEN} < i.wanted) ORDER BY p.expires DESC LIMIT 1",
                given,
            ).fetchone()
            if row is None:
                free = self._database.execute(_FREE, given).fetchone()
                if free is None:
                    return None
                row = (secrets.token_urlsafe(12), free[0])
                self._database.execute(
                    "INSERT INTO places (id, item, person, expires) VALUES (?, ?, ?, ?)", (*row, person, now)
                )
            self._database.execute("UPDATE places SET expires = ? WHERE id = ?", (now + self._facts.hold, row[0]))
        place, item = row
        item_id, text = self._database.execute("SELECT item_id, item FROM items WHERE id = ?", (item,)).fetchone()
        rated = self._database.execute(
            "SELECT count(*) FROM places WHERE person = ? AND state != 'held'", (person,)
        ).fetchone()[0]
        return {**self._shown(place, item_id, text), "rated": rated}

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
            with self._transaction():
                kept = rate_test_item(self._database, person, place, said, self._facts.criteria, at=self._at())
            if kept is None:
                raise NotTheirs("this assignment is not yours")
            return kept
        given = json.dumps(checked_answer(said, self._facts.criteria))
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
            self._database.execute("INSERT INTO said (place, given, at) VALUES (?, ?, ?)", (place, given, self._at()))
            skips = bool(json.loads(given)["skipped"])
            if state == "rated":  # what counted gives its place back, and takes it again unless it is skipped now
                self._database.execute("UPDATE items SET done = done - 1 WHERE id = ?", (item,))
            free = state == "rated" or (state == "held" and expires > now) or self._is_free(item, now)
            state = "skipped" if skips else "rated" if free else "extra"
            self._database.execute("UPDATE places SET state = ? WHERE id = ?", (state, place))
            if state == "rated":
                self._database.execute("UPDATE items SET done = done + 1 WHERE id = ?", (item,))
        return "new" if last is None else "changed"

    def test_again(self, person: int) -> None:
        """Give somebody who failed the guideline test another go."""
        with self._transaction():
            go_again(self._database, person)

    def tested(self) -> dict[str, dict[str, Any]]:
        """How each person who began the guideline test did: ``go``, ``right``, ``of``, ``passed`` (None: not done)."""
        return test_results(self._database, self._facts.criteria)

    def ask_for(self, wanted: Mapping[str, int]) -> int:
        """A further round: so many more ratings of each of these items, before anything else; the first named first.

        Returns
        -------
        int
            How many ratings are wanted that were not before: of no item more than there are people.

        Raises
        ------
        UsageError
            If an item is not in the room.
        """
        more = 0
        with self._transaction():
            people = self._database.execute("SELECT count(*) FROM people WHERE role = 'rater'").fetchone()[0]
            top = self._database.execute("SELECT coalesce(max(urgent), 0) FROM items").fetchone()[0]
            for place, (item_id, n) in enumerate(wanted.items()):
                row = self._database.execute(
                    "SELECT id, wanted, done FROM items WHERE item_id = ?", (item_id,)
                ).fetchone()
                if row is None:
                    raise UsageError(f"there is no item {item_id!r} in this room; name its items, as it was made of")
                # An item whose ratings are not there yet has some of them coming.
                most = min(max(row[1], row[2] + n), people)
                more += most - row[1]
                self._database.execute(
                    "UPDATE items SET wanted = ?, urgent = ? WHERE id = ?", (most, top + len(wanted) - place, row[0])
                )
        return more

    def progress(self) -> RoomProgress:
        """How far it has come."""
        rows = self._database.execute(
            "SELECT w.name, p.state, count(p.id) FROM people w LEFT JOIN places p ON p.person = w.id "
            "WHERE w.role = 'rater' GROUP BY w.id, p.state ORDER BY w.id"
        )
        people: dict[str, dict[str, int]] = {}
        for name, state, count in rows:
            done = people.setdefault(name, {"rated": 0, "extra": 0, "skipped": 0})
            if state in done:
                done[state] = count
        items, complete, ratings, wanted = self._database.execute(
            "SELECT count(*), coalesce(sum(done >= wanted), 0), coalesce(sum(done), 0), coalesce(sum(wanted), 0) "
            "FROM items"
        ).fetchone()
        forgotten = self._database.execute("SELECT value FROM facts WHERE name = 'forgotten'").fetchone()
        return RoomProgress(
            items=items,
            complete=complete,
            per_item=self._facts.per_item,
            ratings=ratings,
            wanted=wanted,
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
            row = (self._number(name, "rater"),)
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
            self._database.execute("DELETE FROM test_said WHERE person = ?", row)
            self._database.execute("DELETE FROM people WHERE id = ?", row)
            self._database.execute(
                "INSERT INTO facts VALUES ('forgotten', '1') ON CONFLICT (name) DO UPDATE SET value = value + 1"
            )
        self._database.execute("VACUUM")
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(answers)

    def export(self, *, names: bool = False) -> list[dict[str, Any]]:
        """Every rating as `load_ratings` reads it, a line an item and person, in the order in which they were given.

        Parameters
        ----------
        names
            Whether people are called by their names; by their pseudonyms otherwise.
        """
        called = "w.name" if names else "w.pseudonym"
        rows = self._database.execute(
            f"SELECT s.given, s.at, p.state, i.item_id, {called} FROM said s JOIN places p ON p.id = s.place "  # nosec B608
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

    def write(self, path: str | os.PathLike[str], *, names: bool = False) -> int:
        """Write `export` as JSON lines, atomically; gives how many."""
        lines = self.export(names=names)
        write_atomic(Path(path), "".join(dumps(line, indent=None) + "\n" for line in lines))
        return len(lines)

    def _number(self, name: str, *roles: Role) -> int:
        rows = {
            who: number
            for who, number, role in self._database.execute("SELECT name, id, role FROM people ORDER BY id")
            if role in (roles or ("rater", "organiser"))
        }
        if name not in rows:
            known = ", ".join(rows)
            raise UsageError(f"there is nobody called {name!r} in this room; there are: {known or 'nobody'}")
        return int(rows[name])

    def _is_free(self, item: int, now: float) -> bool:
        (free,) = self._database.execute(
            f"SELECT {_TAKEN} < i.wanted FROM items i WHERE i.id = :item",  # nosec B608
            {"item": item, "now": now},
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

    def _shown(self, place: str, item_id: str, text: str) -> dict[str, Any]:
        fields = json.loads(text)
        shown = Item.from_fields(item_id, fields)
        return {
            "assignment": place,
            "item_id": item_id,
            "item": fields,
            "criteria": [criterion_shown(*pair, self._facts.language) for pair in self._facts.criteria.items()],
            "parts": parts_shown(shown, self._facts.language),
        }


def _written(item: Item) -> str:
    return json.dumps({**item.fields(), "language": item.language})
