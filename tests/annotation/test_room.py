"""A room's file: every item by exactly so many people, whatever they do and whenever they do it."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from alia_judge.annotation.asked import check_items
from alia_judge.annotation.room import NotOnScale, NotTheirs, Room
from alia_judge.annotation.room_decisions import RoomDecisions
from alia_judge.annotation.tokens import person_of, token_for
from alia_judge.errors import DataError, UsageError
from alia_judge.judging.rubrics.builtin import builtin_rubric
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.ratings import load_ratings
from alia_judge.records import Item, Scale

CRITERIA = {
    "helpfulness": builtin_rubric("helpfulness", "es"),
    "kind": Rubric(criterion="Clase", scale=Scale.nominal(["queja", "duda"]), language="es"),
}
SAID = {"values": {"helpfulness": 4, "kind": "duda"}, "comment": "", "seconds": 3.5}


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def made(folder: Path, clock: Clock, *, items: int = 4, people: int = 3, per_item: int = 2, **more: Any) -> Room:
    there = [Item(item_id=f"i{n}", prompt=f"¿{n}?", response=f"R{n}.", system="the-system") for n in range(items)]
    names = [f"p{n}" for n in range(1, people + 1)]
    given = {"annotators": names, "per_item": per_item, "language": "es", "hold": 600, **more}
    return Room.create(folder, there, CRITERIA, clock=clock, **given)


def by_item(room: Room) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in room.export(names=True):
        if not line["skipped"] and not line["extra"]:
            found.setdefault(line["item_id"], []).append(line["annotator_id"])
    return found


@pytest.mark.parametrize("seed", range(4))
def test_every_item_is_rated_by_exactly_so_many_people(tmp_path: Path, clock: Clock, seed: int) -> None:
    """People come in any order, drop out, come back late, send twice, skip; until nobody is given anything."""
    room = made(tmp_path / "room", clock, items=9, people=6, per_item=3)
    chance = random.Random(seed)
    open_places: list[tuple[int, str]] = []
    sent = set()
    for _ in range(600):
        person = chance.randint(1, 6)
        clock.now += chance.choice((1, 1, 1, 200, 900))
        task = room.next_for(person)
        if task is not None and (person, task["assignment"]) not in open_places:
            open_places.append((person, task["assignment"]))
        if open_places and chance.random() < 0.7:
            who, place = chance.choice(open_places)
            assert room.rate(who, place, SAID) == ("same" if place in sent else "new")
            sent.add(place)
    for person in [*range(1, 7), *range(1, 7)]:
        while (task := room.next_for(person)) is not None:
            room.rate(person, task["assignment"], SAID)
            sent.add(task["assignment"])
    found = by_item(room)
    assert {item: len(people) for item, people in found.items()} == {f"i{n}": 3 for n in range(9)}
    assert all(len(set(people)) == 3 for people in found.values())
    assert len(room.export(names=True)) == len(sent)  # none lost, none doubled


def test_a_place_is_held_for_its_time_and_given_on_then(tmp_path: Path, clock: Clock) -> None:
    room = made(tmp_path / "room", clock, items=1, people=3, per_item=1)
    first = room.next_for(1)
    assert first is not None
    assert first["item"] == {"prompt": "¿0?", "response": "R0.", "language": None}
    assert "the-system" not in json.dumps(first)
    again = room.next_for(1)
    assert again is not None
    assert again["assignment"] == first["assignment"]  # a reload, a second tab
    assert room.next_for(2) is None
    clock.now += 601
    second = room.next_for(2)
    assert second is not None
    assert room.next_for(1) is None  # given on
    assert room.rate(1, first["assignment"], SAID) == "new"  # late: kept, and marked
    assert room.rate(2, second["assignment"], SAID) == "new"
    assert [(line["annotator_id"], line["extra"]) for line in room.export(names=True)] == [("p1", True), ("p2", False)]


def test_a_late_rating_counts_where_the_place_was_not_given_on_or_is_free_again(tmp_path: Path, clock: Clock) -> None:
    room = made(tmp_path / "room", clock, items=1, people=3, per_item=1)
    first = room.next_for(1)
    clock.now += 5000
    room.rate(1, first["assignment"], SAID)  # type: ignore[index]
    assert by_item(room) == {"i0": ["p1"]}

    other = made(tmp_path / "other", clock, items=1, people=3, per_item=1)
    first = other.next_for(1)
    clock.now += 601
    second = other.next_for(2)
    other.rate(1, first["assignment"], SAID)  # type: ignore[index]
    other.rate(2, second["assignment"], {"skipped": "language"})  # type: ignore[index]
    assert other.next_for(3) is None  # the late one has taken the place
    assert by_item(other) == {"i0": ["p1"]}


def test_a_change_of_mind_counts_once_and_the_first_answer_stays_on_disk(tmp_path: Path, clock: Clock) -> None:
    room = made(tmp_path / "room", clock, items=1, people=2, per_item=2)
    place = room.next_for(1)["assignment"]  # type: ignore[index]
    assert [room.rate(1, place, {**SAID, "comment": comment}) for comment in ("a", "a", "b", "a")] == [
        "new", "same", "changed", "changed"
    ]  # fmt: skip
    (line,) = room.export(names=True)
    assert (line["comment"], line["extra"]) == ("a", False)
    assert room._database.execute("SELECT count(*) FROM said").fetchone() == (3,)
    room.rate(1, place, {"skipped": "other"})
    assert by_item(room) == {}


def test_what_people_said_is_read_back_with_its_scales(tmp_path: Path, clock: Clock) -> None:
    room = made(tmp_path / "room", clock)
    for person in (1, 2, 3) * 8:
        if (task := room.next_for(person)) is not None:
            room.rate(person, task["assignment"], {**SAID, "comment": "Ojalá.\u2028\n\ud83d"})
    assert room.write(tmp_path / "r.jsonl") == 8
    first = json.loads((tmp_path / "r.jsonl").read_text("utf-8").split("\n")[0])
    assert (first["helpfulness"], first["kind"], first["seconds"]) == (4, "duda", 3.5)
    ratings = load_ratings(tmp_path / "r.jsonl")
    pseudonyms = room.pseudonyms()
    assert list(pseudonyms) == ["p1", "p2", "p3"]
    assert (len(ratings), ratings.annotators) == (16, tuple(sorted(pseudonyms.values())))
    assert not any(name in ratings.annotators for name in pseudonyms)
    assert ratings.scales == {name: rubric.scale for name, rubric in CRITERIA.items()}


def test_nobody_answers_for_somebody_else(tmp_path: Path, clock: Clock) -> None:
    room = made(tmp_path / "room", clock)
    place = room.next_for(1)["assignment"]  # type: ignore[index]
    for who, which in ((2, place), (1, "no-such-place"), (1, "' OR 1=1 --")):
        with pytest.raises(NotTheirs):
            room.rate(who, which, SAID)
    assert room.export(names=True) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"values": {"helpfulness": 6, "kind": "duda"}},
        {"values": {"helpfulness": 4.5, "kind": "duda"}},
        {"values": {"helpfulness": True, "kind": "duda"}},
        {"values": {"helpfulness": float("nan"), "kind": "duda"}},
        {"values": {"helpfulness": None, "kind": "duda"}},
        {"values": {"helpfulness": [4], "kind": "duda"}},
        {"values": {"helpfulness": 4, "kind": "other"}},
        {"values": {"helpfulness": 4}},
        {"values": {"helpfulness": 4, "kind": "duda", "more": 1}},
        {"values": [4]},
        {"comment": "x" * 10_001},
        {"comment": 3},
        {"seconds": -1},
        {"seconds": float("inf")},
        {"seconds": 10**400},
        {"values": {"helpfulness": 10**400, "kind": "duda"}},
        {"seconds": "3"},
        {"skipped": "because"},
        {"skipped": ["other"]},
    ],
)
def test_what_is_no_rating_is_refused_and_nothing_is_kept(
    tmp_path: Path, clock: Clock, changed: dict[str, Any]
) -> None:
    room = made(tmp_path / "room", clock)
    place = room.next_for(1)["assignment"]  # type: ignore[index]
    with pytest.raises(NotOnScale):
        room.rate(1, place, {**SAID, **changed})
    assert room.export(names=True) == []


def test_links_are_signed_and_expire(tmp_path: Path, clock: Clock) -> None:
    room, other = made(tmp_path / "room", clock), made(tmp_path / "other", clock)
    tokens = room.tokens(days=2)
    assert [room.person(token) for token in tokens.values()] == [1, 2, 3]
    token = tokens["p1"]
    assert other.person(token) is None
    changed = ("A" if token[5] != "A" else "B").join((token[:5], token[6:]))
    for wrong in ("", "x", token[:-2], token + "AA", changed, "é", token_for(99, clock.now + 9, room._facts.key)):
        assert room.person(wrong) is None, wrong
    clock.now += 2 * 86400
    assert room.person(token) is None
    assert person_of(token_for(1, 10, b"k"), b"k", 9) == 1


def test_links_are_revoked_and_each_role_has_its_own(tmp_path: Path, clock: Clock) -> None:
    room = made(tmp_path / "room", clock, organisers=["jefa"])
    before, head = room.tokens(days=1), room.tokens(days=1, role="organiser")
    assert list(head) == ["jefa"]
    assert room.person(head["jefa"]) is None  # an organiser's link rates nothing
    assert room.person(head["jefa"], role="organiser") is not None
    assert room.person(before["p1"], role="organiser") is None
    room.revoke("p1")
    assert [room.person(token) for token in before.values()] == [None, 2, 3]
    assert room.person(room.tokens(days=1)["p1"]) == 1
    room.revoke("jefa")
    assert room.person(head["jefa"], role="organiser") is None
    with pytest.raises(UsageError, match="nobody called 'x'"):
        room.revoke("x")
    with pytest.raises(UsageError, match="nobody called 'jefa'"):
        room.forget("jefa")


def test_a_further_round_raises_what_is_wanted_of_named_items_and_comes_first(tmp_path: Path, clock: Clock) -> None:
    room = made(tmp_path / "room", clock, items=4, people=3, per_item=1)
    assert room.ask_for({"i2": 1, "i1": 9}) == 2  # i2 has its one coming; of i1 no more than there are people
    order = []
    for person in (1, 2, 3) * 4:
        if (task := room.next_for(person)) is not None:
            order.append(task["item_id"])
            room.rate(person, task["assignment"], SAID)
    assert {item: len(people) for item, people in by_item(room).items()} == {"i0": 1, "i1": 3, "i2": 1, "i3": 1}
    assert order[:2] == ["i2", "i1"]
    assert room.progress().complete == 4
    assert room.ask_for({"i0": 1}) == 1  # a round after everything is done
    found = [room.next_for(person) for person in (1, 2, 3)]
    assert [task["item_id"] for task in found if task is not None] == ["i0"]
    with pytest.raises(UsageError, match="no item 'nope'"):
        room.ask_for({"nope": 1})


def test_languages_and_systems_are_balanced_from_the_first_item_on(tmp_path: Path, clock: Clock) -> None:
    there = [
        Item(item_id=f"{tag}{n}", response="R.", language=tag, system=f"s{n % 2}")
        for tag, size in (("es", 40), ("eu", 20))
        for n in range(size)
    ]
    room = Room.create(tmp_path / "r", there, CRITERIA, annotators=["a", "b"], per_item=2, language="es", clock=clock)
    for person in (1, 2):
        seen = []
        for _ in range(12):
            task = room.next_for(person)
            assert task is not None
            seen.append(task["item_id"])
            room.rate(person, task["assignment"], SAID)
        systems = Counter((item[:2], int(item[2:]) % 2) for item in seen)
        assert systems == {("es", 0): 4, ("es", 1): 4, ("eu", 0): 2, ("eu", 1): 2}


def test_a_server_whose_clock_jumps_loses_and_doubles_nothing(tmp_path: Path, clock: Clock) -> None:
    room = made(tmp_path / "room", clock, items=3, people=2, per_item=1)
    for jump in (-86400, 7200, -3600):
        task = room.next_for(1)
        assert task is not None
        clock.now += jump
        assert room.rate(1, task["assignment"], SAID) == "new"
        assert room.rate(1, task["assignment"], SAID) == "same"
    assert {item: len(people) for item, people in by_item(room).items()} == {"i0": 1, "i1": 1, "i2": 1}
    assert room.next_for(2) is None


@pytest.mark.parametrize("item", [Item(item_id="i0", response="again"), Item(item_id="x", responses=("a", "b"))])
def test_what_a_page_cannot_ask_about_is_refused(tmp_path: Path, item: Item) -> None:
    there = [Item(item_id="i0", response="R."), item]
    with pytest.raises(UsageError, match=r"comes twice|list of candidates"):
        Room.create(tmp_path / "r", there, CRITERIA, annotators=["ana"], per_item=1, language="es")
    with pytest.raises(UsageError, match="at least one criterion"):
        Room.create(tmp_path / "r", there[:1], {}, annotators=["ana"], per_item=1, language="es")


def test_the_file_is_its_owners_alone(tmp_path: Path, clock: Clock) -> None:
    made(tmp_path / "room", clock).close()
    assert stat.S_IMODE((tmp_path / "room" / "room.sqlite").stat().st_mode) == 0o600


def test_a_file_that_is_no_room_is_let_go_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *given, **more: opened.append(connect(*given, **more)) or opened[-1])
    (tmp_path / "room.sqlite").write_text("rubbish, and more than a page of it" * 200)
    with pytest.raises(DataError, match="this is no room"):
        Room(tmp_path)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"per_item": 4}, "from 1 to the number of people"),
        ({"annotators": ["ana", "ana"]}, "annotator 'ana' comes twice"),
        ({"items": 0}, "nothing to rate"),
    ],
)
def test_a_room_that_cannot_be_is_refused_and_leaves_nothing(
    tmp_path: Path, clock: Clock, more: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        made(tmp_path / "room", clock, **more)
    assert not (tmp_path / "room").exists()
    with pytest.raises(DataError, match=r"no room\.sqlite"):
        Room(tmp_path / "room")
    (tmp_path / "room.sqlite").write_text("rubbish, and more than a page of it" * 200)
    with pytest.raises(DataError, match="this is no room"):
        Room(tmp_path)
    with pytest.raises(UsageError, match="not empty"):
        made(tmp_path, clock)
    with pytest.raises(UsageError, match="'comment', as a column of the export"):
        Room.create(
            tmp_path / "x",
            [Item(item_id="a", response="b")],
            {"comment": CRITERIA["helpfulness"]},
            annotators=["ana"],
            per_item=1,
            language="es",
        )


KILLED = """
import sys
from alia_judge.annotation.room import Room
room = Room(sys.argv[1])
for person in (1, 2, 3):
    while (task := room.next_for(person)) is not None:
        room.rate(person, task["assignment"], {"values": {"helpfulness": 4, "kind": "duda"}})
        print(task["assignment"], flush=True)
"""


def test_what_was_told_to_be_kept_is_there_after_a_kill(tmp_path: Path, clock: Clock) -> None:
    room = made(tmp_path / "room", clock, items=300)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "room")], stdout=subprocess.PIPE, text=True, env=os.environ
    )
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(40)]
    process.send_signal(signal.SIGKILL)
    told += [line.strip() for line in process.stdout if line.endswith("\n")]
    process.communicate()
    kept = {row[0] for row in room._database.execute("SELECT place FROM said")}
    assert set(told) <= kept
    assert len(kept) - len(told) <= 1  # the one that was kept and not yet told of
    assert room._database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    counts = Counter(line["item_id"] for line in room.export(names=True))
    done = dict(room._database.execute("SELECT item_id, done FROM items WHERE done > 0"))
    assert counts == done


def test_who_asks_for_it_is_forgotten_to_the_last_byte(tmp_path: Path, clock: Clock) -> None:
    room = made(tmp_path / "room", clock, items=3, people=3)
    tokens = room.tokens(1)
    for name in ("p1", "p2"):
        person = room.person(tokens[name])
        assert person is not None
        while (task := room.next_for(person)) is not None:
            room.rate(person, task["assignment"], {**SAID, "comment": f"secreto de {name}"})
    before = room.progress()
    assert (before.items, before.complete, before.per_item, before.forgotten) == (3, 3, 2, 0)
    assert (before.ratings, before.wanted) == (6, 6)
    assert before.people == {
        "p1": {"rated": 3, "extra": 0, "skipped": 0},
        "p2": {"rated": 3, "extra": 0, "skipped": 0},
        "p3": {"rated": 0, "extra": 0, "skipped": 0},
    }
    with pytest.raises(UsageError, match="there is nobody called 'ana' in this room; there are: p1, p2, p3"):
        room.forget("ana")
    assert room.forget("p1") == 3
    assert room.person(tokens["p1"]) is None
    assert {line["annotator_id"] for line in room.export(names=True)} == {"p2"}
    after = room.progress()
    assert (after.complete, list(after.people), after.forgotten) == (0, ["p2", "p3"], 1)
    third = room.person(tokens["p3"])
    assert third is not None
    assert room.next_for(third) is not None  # the places are free again
    room.close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "room").iterdir())
    assert b"secreto de p2" in kept
    assert b"secreto de p1" not in kept


def test_what_came_late_and_counts_after_all_is_another_version(tmp_path: Path, clock: Clock) -> None:
    room = made(tmp_path / "room", clock, items=1, per_item=1)
    late = room.next_for(1)
    clock.now += 700
    assert late is not None
    assert room.next_for(2) is not None
    room.rate(1, late["assignment"], SAID)
    decided = RoomDecisions(tmp_path / "room")
    before = decided.version()
    clock.now += 700
    assert room.next_for(3) is None  # the late one counts now
    assert decided.version() != before


def test_images_that_people_will_not_see_are_told() -> None:
    seen = Item(item_id="a", prompt=["¿Qué es?", {"type": "image", "data": b"GIF89a"}], response="Un punto.")
    with pytest.warns(UserWarning, match="1 items come with images, which a page does not show"):
        check_items([seen, Item(item_id="b", response="Hola.")])
