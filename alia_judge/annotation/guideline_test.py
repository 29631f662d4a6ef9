"""The guideline test: items with agreed answers that everybody rates first; who fails is told what differs."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from alia_judge._messages import message, message_of
from alia_judge.annotation.answer import NotOnScale, checked_answer, value_on
from alia_judge.annotation.asked import check_items
from alia_judge.annotation.page import parts_shown
from alia_judge.errors import UsageError
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Item, Scale
from alia_judge.text.printable import drawable

__all__ = ["TestDiffers", "TestPaper", "TestPlace", "go_again", "next_test_item", "rate_test_item", "test_results"]

#: The share of the answers that must be right.
_ENOUGH = 0.8
#: On an ordered scale of so many points, one point off is right.
_FINE = 5


class TestDiffers(UsageError):  # noqa: N818 - what the server answers
    """Somebody answered the test, and too much of it differs from what was agreed.

    Parameters
    ----------
    right, of
        How many answers are right, and how many there are.
    differs
        What was answered otherwise: ``parts`` of the item, ``criterion``, ``yours`` and ``agreed``, in words.
    """

    __test__ = False

    def __init__(self, right: int, of: int, differs: list[dict[str, Any]]) -> None:
        super().__init__(f"{right} of {of} answers of the guideline test are as agreed; {_ENOUGH:.0%} are needed")
        self.right, self.of, self.differs = right, of, differs


@dataclass(frozen=True, kw_only=True)
class TestPaper:
    """Items, and what was agreed about each.

    Parameters
    ----------
    items
        Each once.
    agreed
        For each of `items`, the value on each criterion.
    """

    __test__ = False

    items: tuple[Item, ...]
    agreed: tuple[Mapping[str, float | str], ...]

    @classmethod
    def of(cls, items: Iterable[Item], criteria: Mapping[str, Rubric]) -> TestPaper:
        """The test that items make which have a further column for each criterion: the agreed answer.

        Raises
        ------
        UsageError
            If an item has none on a criterion, or one that is not on its scale; or a page cannot ask about it.
        """
        there = tuple(items)
        check_items(there)
        agreed = []
        for item in there:
            said: dict[str, float | str] = {}
            for name, rubric in criteria.items():
                value = item.extra.get(name)
                if value is None or not str(value).strip():
                    raise UsageError(
                        message(
                            "the test's {called} has no answer on {name}; give every item the agreed one, in a "
                            "column called {name}",
                            called=item.called,
                            name=name,
                        )
                    )
                try:
                    said[name] = value_on(rubric.scale, value, name)
                except NotOnScale as error:
                    raise UsageError(
                        message(
                            "the test's {called}: {error}; give one on the scale asked",
                            called=item.called,
                            error=message_of(error),
                        )
                    ) from error
            agreed.append(said)
        return cls(items=there, agreed=tuple(agreed))

    def rows(self) -> Iterator[tuple[Item, Mapping[str, float | str]]]:
        """Each item with its answers."""
        return zip(self.items, self.agreed, strict=True)


@dataclass(frozen=True, kw_only=True)
class TestPlace:
    """An item of the test that somebody is to answer; `position` says ``n`` of ``of``."""

    __test__ = False

    place: str
    item_id: str
    item: str
    position: Mapping[str, int]


def next_test_item(
    database: sqlite3.Connection,
    person: int,
    *,
    shuffle: Callable[[int, int], int],
    criteria: Mapping[str, Rubric],
    language: str,
) -> TestPlace | None:
    """What this person has still to answer; None where there is no test, or they passed it.

    Raises
    ------
    TestDiffers
        If they answered all of it and did not pass.
    """
    rows = _go(database, person)
    if not rows:
        items = [number for (number,) in database.execute("SELECT id FROM test_items")]
        if not items:
            return None
        _deal(database, person, 1, items)
        rows = _go(database, person)
    waiting = [row for row in rows if row[3] is None]
    if not waiting:
        right, of, differs = _compared(rows, criteria, language)
        if right < _ENOUGH * of:
            raise TestDiffers(right, of, differs)
        return None
    place, item_id, item, _, _, _ = min(waiting, key=lambda row: shuffle(person, row[5]))
    n = len(rows) - len(waiting) + 1
    return TestPlace(place=place, item_id=item_id, item=item, position={"n": n, "of": len(rows)})


def rate_test_item(
    database: sqlite3.Connection,
    person: int,
    place: str,
    said: Mapping[str, Any],
    criteria: Mapping[str, Rubric],
    *,
    at: str,
) -> Literal["new", "same", "changed"] | None:
    """Keep an answer to the test; None where the place is none of this person's.

    Raises
    ------
    NotOnScale
        If it is no answer, or all of the test was answered.
    """
    row = database.execute("SELECT given FROM test_said WHERE id = ? AND person = ?", (place, person)).fetchone()
    if row is None:
        return None
    given = json.dumps(checked_answer(said, criteria))
    if row[0] == given:
        return "same"
    rows = _go(database, person)
    if place not in {one[0] for one in rows} or all(one[3] is not None for one in rows):
        raise NotOnScale("the test was answered; what was answered stays")
    database.execute("UPDATE test_said SET given = ?, at = ? WHERE id = ?", (given, at, place))
    return "new" if row[0] is None else "changed"


def go_again(database: sqlite3.Connection, person: int) -> None:
    """Give this person the whole test once more, where all of it was answered."""
    rows = _go(database, person)
    if rows and all(row[3] is not None for row in rows):
        go = database.execute("SELECT max(go) FROM test_said WHERE person = ?", (person,)).fetchone()[0]
        _deal(database, person, go + 1, [row[5] for row in rows])


def test_results(database: sqlite3.Connection, criteria: Mapping[str, Rubric]) -> dict[str, dict[str, Any]]:
    """Of each person who began the test, by name: which ``go`` it is, ``right`` of ``of`` answers, and ``passed``."""
    found = {}
    people = database.execute(
        "SELECT w.name, w.id, max(t.go) FROM people w JOIN test_said t ON t.person = w.id GROUP BY w.id ORDER BY w.id"
    ).fetchall()
    for name, person, go in people:
        rows = _go(database, person)
        right, of, _ = _compared([row for row in rows if row[3] is not None], criteria, "en")
        whole = all(row[3] is not None for row in rows)
        found[name] = {"go": go, "right": right, "of": len(rows) * len(criteria), "passed": None}
        if whole:
            found[name]["passed"] = right >= _ENOUGH * of
    return found


test_results.__test__ = False  # type: ignore[attr-defined]  # no test of pytest's


def _deal(database: sqlite3.Connection, person: int, go: int, items: list[int]) -> None:
    rows = [(secrets.token_urlsafe(12), person, go, item) for item in items]
    database.executemany("INSERT INTO test_said (id, person, go, item) VALUES (?, ?, ?, ?)", rows)


def _go(database: sqlite3.Connection, person: int) -> list[tuple[str, str, str, str | None, str, int]]:
    """The person's last go: place, item id, item, what was answered, what was agreed, number."""
    return database.execute(
        "SELECT s.id, i.item_id, i.item, s.given, i.agreed, i.id FROM test_said s JOIN test_items i ON i.id = s.item "
        "WHERE s.person = ? AND s.go = (SELECT max(go) FROM test_said l WHERE l.person = s.person) ORDER BY i.id",
        (person,),
    ).fetchall()


def _compared(
    rows: list[tuple[str, str, str, str | None, str, int]], criteria: Mapping[str, Rubric], language: str
) -> tuple[int, int, list[dict[str, Any]]]:
    right, differs = 0, []
    for _, item_id, item, given, agreed, _ in rows:
        said, wanted = json.loads(given or "{}"), json.loads(agreed)
        for name, rubric in criteria.items():
            value = said.get("values", {}).get(name)
            if value is not None and _is_right(rubric.scale, value, wanted[name]):
                right += 1
                continue
            differs.append(
                {
                    "item_id": item_id,
                    "parts": parts_shown(Item.from_fields(item_id, json.loads(item)), language, asks=False),
                    "criterion": drawable(rubric.criterion),
                    "yours": "" if value is None else _word(rubric.scale, value),
                    "agreed": _word(rubric.scale, wanted[name]),
                }
            )
    return right, len(rows) * len(criteria), differs


def _is_right(scale: Scale, given: float | str, agreed: float | str) -> bool:
    one, other = scale.parse(given), scale.parse(agreed)
    if one is None or other is None:
        return False
    if scale.kind == "continuous":
        return abs(one - other) <= (scale.high - scale.low) / 10
    if not scale.ordered or len(scale.points) < _FINE:
        return one == other
    return abs(scale.points.index(one) - scale.points.index(other)) <= 1


def _word(scale: Scale, value: float | str) -> str:
    point = scale.parse(value)
    return str(value) if point is None else drawable(scale.label(point))
