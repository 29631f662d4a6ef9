"""``alia-judge room``: made, its links, and what comes out of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from served_room import rooms_left_closed

from alia_judge.annotation.room import Room
from alia_judge.annotation.room_decisions import RoomDecisions
from alia_judge.ratings import load_ratings


@pytest.fixture(autouse=True)
def rooms(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with rooms_left_closed(monkeypatch):
        yield


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [f"c{n},¿Qué {n}?,La respuesta número {n}.,es,s{n % 2}" for n in range(3)]
    path = tmp_path / "conversations.csv"
    path.write_text("item_id,prompt,response,language,system\n" + "\n".join(rows) + "\n", "utf-8")
    (tmp_path / "people.txt").write_text("ana\n\njon, el de Irún\n", "utf-8")
    return path


def test_from_a_table_and_names_to_ratings(
    run: Callable[..., Any], read: Callable[[Path], Any], table: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "room"
    done = run("room", "create", table, folder, "--criterion", "tone", "--per-item", 2, "--annotators",
               tmp_path / "people.txt", "--json", tmp_path / "made.json")  # fmt: skip
    assert done.code == 0, done.err
    made = read(tmp_path / "made.json")
    assert (made["items"], made["annotators"], made["per_item"], made["language"]) == (3, 2, 2, "es")
    done = run("room", "links", folder, "--base", "https://rooms.example.org/")
    links = dict(csv.reader(done.out.splitlines()))
    assert list(links) == ["ana", "jon, el de Irún"]
    room = Room(folder)
    for link in links.values():
        assert link.startswith("https://rooms.example.org/#/")
        person = room.person(link.rsplit("/", 1)[-1])
        assert person is not None
        while (task := room.next_for(person)) is not None:
            room.rate(person, task["assignment"], {"values": {"tone": 3}, "seconds": 2})
    room.close()
    done = run("room", "export", folder, "--out", tmp_path / "ratings.jsonl")
    assert done.code == 0, done.err
    first = json.loads((tmp_path / "ratings.jsonl").read_text("utf-8").split("\n")[0])
    assert {"item_id", "annotator_id", "tone", "comment", "seconds"} <= first.keys()
    assert len(load_ratings(tmp_path / "ratings.jsonl")) == 6
    done = run("merge", table, tmp_path / "ratings.jsonl", "--out", tmp_path / "all.csv")
    assert done.code == 0, done.err
    assert {item.system for item in load_ratings(tmp_path / "all.csv").items()} == {"s0", "s1"}
    # Exports have pseudonyms; who is who is told to the organiser alone.
    key = dict(csv.reader(run("room", "key", folder).out.splitlines()))
    assert list(key) == list(links)
    assert set(load_ratings(tmp_path / "ratings.jsonl").annotators) == set(key.values())
    assert run("room", "export", folder, "--names", "--out", tmp_path / "named.jsonl").code == 0
    assert set(load_ratings(tmp_path / "named.jsonl").annotators) == set(links)


def test_status_and_forget(run: Callable[..., Any], read: Callable[[Path], Any], table: Path, tmp_path: Path) -> None:
    folder = tmp_path / "room"
    create = ("room", "create", table, folder, "--criterion", "tone", "--per-item", 2, "--annotators")
    assert run(*create, tmp_path / "people.txt").code == 0
    done = run("room", "status", folder)
    assert (done.code, "0 of 3 items have their 2 ratings" in done.out) == (0, True)
    room = Room(folder)
    for shift, token in enumerate(room.tokens(1).values()):
        person = room.person(token)
        assert person is not None
        while (task := room.next_for(person)) is not None:
            value = 1 + int(task["item_id"][1:]) + shift % 2
            room.rate(person, task["assignment"], {"values": {"tone": value}, "seconds": 2})
    room.close()
    done = run("room", "status", folder, "--json", tmp_path / "s.json")
    assert done.code == 0, done.err
    assert "tone: alpha" in done.out
    assert "no reason to stop" in done.out
    status = read(tmp_path / "s.json")
    assert (status["complete"], status["people"]["ana"]["rated"], status["forgotten"]) == (3, 3, 0)
    assert status["alpha"]["tone"]["statistic"] == "krippendorff_alpha"
    done = run("room", "forget", folder, "ana")
    assert (done.code, "ana: 3 answers deleted, and the link" in done.out) == (0, True)
    done = run("room", "status", folder)
    assert "forgotten on request: 1 of the people" in done.out
    assert "no item can have 2 ratings any more: 1 people are left" in done.out
    assert run("room", "forget", folder, "ana").code == 2


def test_what_it_refuses(run: Callable[..., Any], table: Path, tmp_path: Path) -> None:
    create = ("room", "create", table, tmp_path / "room", "--criterion", "tone", "--annotators")
    done = run(*create, tmp_path / "people.txt", "--per-item", 3)
    assert (done.code, "from 1 to the number of people (2), got 3" in done.err) == (2, True)
    (tmp_path / "latin.txt").write_bytes("Begoña\n".encode("latin-1"))
    done = run(*create, tmp_path / "latin.txt", "--per-item", 1)
    assert (done.code, "no UTF-8 at byte 4" in done.err) == (1, True)
    assert not (tmp_path / "room").exists()
    for words in (("serve", tmp_path), ("links", tmp_path), ("export", tmp_path, "--out", tmp_path / "r.jsonl")):
        done = run("room", *words)
        assert (done.code, "no room.sqlite; expected a folder" in done.err) == (1, True)
    assert run("room", "links", tmp_path, "--base", "rooms.example.org").code == 2
    assert run("room", "export", tmp_path, "--out", tmp_path / "r.csv").code == 2


def _rated(table: Path, folder: Path, run: Callable[..., Any], *more: Any, per_item: int = 1) -> Room:
    create = ("room", "create", table, folder, "--criterion", "tone", "--per-item", per_item, "--annotators")
    done = run(*create, table.parent / "people.txt", *more)
    assert done.code == 0, done.err
    room = Room(folder)
    for person in (1, 2):
        while (task := room.next_for(person)) is not None and "test" not in task:
            n = int(task["item_id"][1:])
            said = {"skipped": "other"} if n == 23 else {"values": {"tone": 1 + n % 5}, "seconds": 2}
            room.rate(person, task["assignment"], said)
    return room


def test_further_rounds(run: Callable[..., Any], read: Callable[[Path], Any], table: Path, tmp_path: Path) -> None:
    room = _rated(table, tmp_path / "room", run)
    done = run("room", "ask", tmp_path / "room", "--gate", "--json", tmp_path / "asked.json")
    assert (done.code, "3 items come first; 3 more ratings are wanted" in done.out) == (0, True), done.err
    assert read(tmp_path / "asked.json")["items"] == {"c0": 1, "c1": 1, "c2": 1}
    assert (room.progress().wanted, room.progress().complete) == (6, 0)
    (tmp_path / "named.csv").write_text("item_id,wanted\nc2,1\n", "utf-8")
    assert "1 items come first; 0 more" in run("room", "ask", tmp_path / "room", "--items", tmp_path / "named.csv").out
    first = room.next_for(1) or room.next_for(2)
    assert first is not None
    assert first["item_id"] == "c2"
    assert run("room", "ask", tmp_path / "room", "--reliability", 2).code == 0
    done = run("room", "ask", tmp_path / "room", "--judges", 2)
    assert (done.code, "0 judges scored tone" in done.err) == (2, True)
    (tmp_path / "scores.csv").write_text(
        "item_id,judge,score\nc0,a,1\nc1,a,2\nc2,a,3\nc0,b,1\nc1,b,3\nc2,b,2\n", "utf-8"
    )
    done = run("room", "scores", tmp_path / "room", tmp_path / "scores.csv")
    assert (done.code, "6 scores of 2 judges" in done.out) == (0, True), done.err
    done = run("room", "ask", tmp_path / "room", "--judges", 2, "--json", tmp_path / "asked.json")
    assert done.code == 0, done.err
    assert set(read(tmp_path / "asked.json")["items"]) <= {"c1", "c2"}  # where they differ
    for wrong in ((), ("--gate", "--judges", 2), ("--gate", "--criterion", "x"), ("--items", tmp_path / "scores.csv")):
        assert run("room", "ask", tmp_path / "room", *wrong).code in (0, 2)
    assert run("room", "ask", tmp_path / "room").code == 2
    (tmp_path / "named.csv").write_text("item_id,wanted\nc2,none\n", "utf-8")
    done = run("room", "ask", tmp_path / "room", "--items", tmp_path / "named.csv")
    assert (done.code, "named.csv:2: wanted is 'none'" in done.err) == (2, True)


def test_decisions_reach_the_benchmark_and_answers_the_rubric(
    run: Callable[..., Any], table: Path, tmp_path: Path
) -> None:
    room = _rated(table, tmp_path / "room", run, "--organiser", "marta", per_item=2)
    decided = RoomDecisions(tmp_path / "room")
    marta = room.person(room.tokens(1, role="organiser")["marta"], role="organiser")
    assert marta is not None
    decided.decide(
        marta, "c1", kind="adjudication", action="fix", criterion="tone", value=5, reason="two read too fast"
    )
    wrong = decided.decide(marta, "c2", kind="validation", action="drop", reason="cut off")
    decided.undo(wrong)
    question = decided.decide(marta, "c0", kind="look", action="ask", criterion="tone", reason="Is irony a tone?")
    done = run("room", "rubric", tmp_path / "room", "--criterion", "tone", "--out", tmp_path / "tone.yaml")
    assert (done.code, "no question about tone was answered yet" in done.err) == (2, True)
    decided.answer(question, "Irony counts against it.")
    done = run("room", "rubric", tmp_path / "room", "--criterion", "tone", "--out", tmp_path / "tone.yaml")
    assert done.code == 0, done.err
    assert "Irony counts against it." in (tmp_path / "tone.yaml").read_text("utf-8")
    assert run("rubric", "check", tmp_path / "tone.yaml").code == 0
    done = run("room", "decisions", tmp_path / "room", "--out", tmp_path / "d.csv")
    assert (done.code, "1 decisions" in done.out) == (0, True), done.err
    assert (tmp_path / "d.csv").read_bytes() == (tmp_path / "room" / "decisions.csv").read_bytes()
    room.write(tmp_path / "r.jsonl")
    ratings = load_ratings(tmp_path / "r.jsonl").decide(tmp_path / "d.csv")
    assert ratings.adjudicated == {"tone": {"c1": 5.0}}
    assert ratings.decisions[0].by == "marta"


def test_a_set_is_built_of_what_was_kept_and_its_datasheet_says_so(run: Callable[..., Any], tmp_path: Path) -> None:
    rows = [f"c{n},¿Qué {n}?,Respuesta {n * 7919} número {n}.,es" for n in range(24)]
    (tmp_path / "there.csv").write_text("item_id,prompt,response,language\n" + "\n".join(rows) + "\n", "utf-8")
    (tmp_path / "people.txt").write_text("ana\njon\n", "utf-8")
    room = _rated(tmp_path / "there.csv", tmp_path / "room", run, per_item=2)  # all but c23, which both skip
    decided = RoomDecisions(tmp_path / "room")
    head = room.person(room.tokens(1, role="organiser")["organiser"], role="organiser")
    assert head is not None
    decided.decide(head, "c1", kind="adjudication", action="fix", criterion="tone", value=1, reason="too kind")
    decided.decide(head, "c2", kind="validation", action="drop", reason="cut off")
    decided.decide(head, "c23", kind="validation", action="drop", reason="nobody rated it, and nobody shall")
    assert run("room", "export", tmp_path / "room", "--out", tmp_path / "r.jsonl").code == 0
    merged = run("merge", tmp_path / "there.csv", tmp_path / "r.jsonl", "--out", tmp_path / "all.csv")
    assert merged.code == 0, merged.err
    done = run("build", tmp_path / "all.csv", "--criterion", "tone", "--scale", "1-5", "--decisions",
               tmp_path / "room" / "decisions.csv", "--no-gate", "--out", tmp_path / "set")  # fmt: skip
    assert done.code == 0, done.err
    sheet = (tmp_path / "set" / "README.md").read_text("utf-8")
    assert "| item | c1 | fix | tone=1 | too kind | organiser |" in sheet
    assert "| item | c2 | drop |  | cut off | organiser |" in sheet
    assert "c23" not in sheet
    assert "and for 1 of 22 items the value that people decided on" in sheet


def test_links_of_organisers_and_what_is_revoked(run: Callable[..., Any], table: Path, tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text(
        "item_id,response,annotator_id,tone\nt1,Hola.,agreed,3\nt2,Adiós.,agreed,5\n", "utf-8"
    )
    room = _rated(table, tmp_path / "room", run, "--organiser", "marta", "--test", tmp_path / "test.csv")
    assert room.export() == []  # the test comes first
    done = run("room", "links", tmp_path / "room", "--organisers", "--base", "https://r.example")
    (row,) = csv.reader(done.out.splitlines())
    assert row[0] == "marta"
    assert row[1].startswith("https://r.example/organise#/")
    token = row[1].rsplit("/", 1)[-1]
    assert room.person(token, role="organiser") is not None
    assert run("room", "revoke", tmp_path / "room", "marta").code == 0
    assert room.person(token, role="organiser") is None
    assert run("room", "revoke", tmp_path / "room", "nobody").code == 2
    (tmp_path / "wrong.csv").write_text(
        "item_id,response,annotator_id,tone\nt1,Hola.,agreed,\nt2,Adiós.,agreed,5\n", "utf-8"
    )
    create = ("room", "create", table, tmp_path / "other", "--criterion", "tone", "--per-item", 1, "--annotators")
    done = run(*create, tmp_path / "people.txt", "--test", tmp_path / "wrong.csv")
    assert (done.code, "has no answer on tone" in done.err) == (2, True), done.err
