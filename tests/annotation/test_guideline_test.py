"""The guideline test: who does not rate as was agreed is told what differs, and rates nothing yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alia_judge.annotation.guideline_test import TestPaper
from alia_judge.annotation.room import NotOnScale, Room, TestDiffers
from alia_judge.errors import UsageError
from alia_judge.judging.rubrics.builtin import builtin_rubric
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Item, Scale

CRITERIA = {
    "helpfulness": builtin_rubric("helpfulness", "es"),
    "kind": Rubric(criterion="Clase", scale=Scale.nominal(["queja", "duda"]), language="es"),
}


def _items(n: int = 5, **more: Any) -> list[Item]:
    agreed = {"helpfulness": 3, "kind": "duda", **more}
    return [Item(item_id=f"t{place}", response=f"Texto {place}.", extra=agreed) for place in range(n)]


def _room(folder: Path) -> Room:
    there = [Item(item_id=f"i{n}", response="R.") for n in range(2)]
    paper = TestPaper.of(_items(), CRITERIA)
    return Room.create(folder, there, CRITERIA, annotators=["ana", "jon"], per_item=1, language="es", test=paper)


def _answer(room: Room, *answers: tuple[int, str]) -> list[str]:
    places: list[str] = []
    for helpfulness, kind in answers:
        task = room.next_for(1)
        assert task is not None
        assert task["test"] == {"n": len(places) + 1, "of": 5}
        assert room.rate(1, task["assignment"], {"values": {"helpfulness": helpfulness, "kind": kind}}) == "new"
        places.append(task["assignment"])
    return places


def test_who_agrees_goes_on_to_the_items(tmp_path: Path) -> None:
    room = _room(tmp_path / "r")
    _answer(
        room, (3, "duda"), (4, "duda"), (2, "duda"), (3, "duda"), (5, "duda")
    )  # one point off is right, two are not
    task = room.next_for(1)
    assert task is not None
    assert (task["item_id"][0], "test" in task) == ("i", False)
    assert room.export() == []  # what the test was answered is no rating
    assert room.tested() == {"ana": {"go": 1, "right": 9, "of": 10, "passed": True}}
    other = room.next_for(2)
    assert other is not None
    assert other["test"] == {"n": 1, "of": 5}  # everybody has their own


def test_who_differs_is_told_where_and_may_go_again(tmp_path: Path) -> None:
    room = _room(tmp_path / "r")
    places = _answer(room, (5, "queja"), (3, "duda"), (1, "duda"), (3, "duda"), (3, "duda"))
    for _ in range(2):
        with pytest.raises(TestDiffers, match="7 of 10 answers of the guideline test are as agreed; 80% are") as found:
            room.next_for(1)
    told = sorted((one["criterion"], one["yours"], one["agreed"]) for one in found.value.differs)
    assert told == [("Clase", "queja", "duda"), ("Utilidad", "1", "3"), ("Utilidad", "5", "3")]
    assert all(one["parts"][0]["text"].startswith("Texto ") for one in found.value.differs)
    with pytest.raises(NotOnScale, match="the test was answered"):
        room.rate(1, places[0], {"values": {"helpfulness": 3, "kind": "duda"}})
    room.test_again(1)
    room.test_again(1)  # an impatient finger
    assert room.tested()["ana"] == {"go": 2, "right": 0, "of": 10, "passed": None}
    _answer(room, *[(3, "duda")] * 5)
    task = room.next_for(1)
    assert task is not None
    assert "test" not in task
    assert room.tested()["ana"]["passed"] is True
    assert room.forget("ana") == 0
    assert room.tested() == {}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"kind": ""}, r"item 't0'.* has no answer on kind; give every item the agreed one, in a column called kind"),
        ({"helpfulness": None}, "has no answer on helpfulness"),
        ({"helpfulness": "9"}, "'9' is no value of helpfulness; give one on the scale asked"),
    ],
)
def test_a_test_without_an_agreed_answer_is_refused(more: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        TestPaper.of(_items(2, **more), CRITERIA)
