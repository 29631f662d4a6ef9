"""``alia-judge room``: made, its links, and what comes out of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alia_judge.annotation.room import Room
from alia_judge.ratings import load_ratings


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
