"""`Room`: who rates what, and what they said, in one SQLite file: every item by exactly so many people."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from alia_judge._json import dumps, write_atomic
from alia_judge._messages import message
from alia_judge.annotation.answer import NotOnScale, checked_answer
from alia_judge.annotation.guideline_test import (
    TestDiffers,
    TestPaper,
    go_again,
    next_test_item,
    rate_test_item,
    test_results,
)
from alia_judge.annotation.page import criterion_shown, parts_shown
from alia_judge.annotation.places import give_place, is_free
from alia_judge.annotation.progress import RoomProgress, progress_of
from alia_judge.annotation.room_file import RoomFile
from alia_judge.annotation.room_making import make_room
from alia_judge.annotation.tokens import person_of, token_for
from alia_judge.errors import UsageError
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.ratings.readers.sheet import SCHEMA
from alia_judge.records import Item

__all__ = ["NotOnScale", "NotTheirs", "Role", "Room", "RoomProgress", "TestDiffers"]

Role = Literal["rater", "organiser"]


class NotTheirs(UsageError):  # noqa: N818 - what the server answers
    """The place is none of this person's."""


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
        make_room(
            Path(folder),
            items,
            criteria,
            annotators=annotators,
            per_item=per_item,
            language=language,
            organisers=organisers,
            test=test,
            hold=hold,
        )
        return cls(folder, clock=clock)

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
        with self._transaction():
            given = give_place(self._database, person, now=now, until=now + self._facts.hold)
        if given is None:
            return None
        place, item = given
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
        if not place.isascii():  # none of ours, and half of a character is nothing that can be looked for
            raise NotTheirs("this assignment is not yours")
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
            free = state == "rated" or (state == "held" and expires > now) or is_free(self._database, item, now=now)
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
                    raise UsageError(
                        message(
                            "there is no item {item_id!r} in this room; name its items, as it was made of",
                            item_id=item_id,
                        )
                    )
                # An item whose ratings are not there yet has some of them coming.
                most = min(max(row[1], row[2] + n), people)
                more += most - row[1]
                self._database.execute(
                    "UPDATE items SET wanted = ?, urgent = ? WHERE id = ?", (most, top + len(wanted) - place, row[0])
                )
        return more

    def progress(self) -> RoomProgress:
        """How far it has come."""
        return progress_of(self._database, self._facts.per_item)

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
            raise UsageError(
                message(
                    "there is nobody called {name!r} in this room; there are: {known}",
                    name=name,
                    known=known or message("nobody"),
                )
            )
        return int(rows[name])

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
