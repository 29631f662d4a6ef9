"""The organisers' side of a room: what they see, what they decide, and that nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe import serious_findings
from browser import Browser
from served_room import Served, made, served

from alia_judge.annotation.room import Room
from alia_judge.annotation.room_decisions import RoomDecisions
from alia_judge.annotation.wording import organiser_words
from alia_judge.evaluation.scores import read_scores
from alia_judge.judging.rubrics.wording import LANGUAGES
from alia_judge.ratings import load_decisions, load_ratings
from alia_judge.records import Scale

HOSTILE = "</script><img src=x onerror=\"document.title = 'ran'\"> \u202e"
FIX = {"item_id": "i5", "kind": "adjudication", "criterion": "helpfulness", "action": "fix", "reason": "x"}
VIEWS = ("progress", "adjudication", "look", "validation", "questions", "decisions")


def rated(folder: Path, *, items: int = 30, comment: str = "Falta el importe.") -> Room:
    """Two people who agree but for i1 (5 and 1) and i2 (2 and 5); a judge who agrees with them but for i3."""
    room = Room(made(folder, items=items, people=2, per_item=2, text="Una respuesta."))
    for person in (1, 2):
        while (task := room.next_for(person)) is not None:
            n = int(task["item_id"][1:])
            value = {1: (5, 1), 2: (2, 5)}.get(n, (1 + n % 5,) * 2)[person - 1]
            said = {"values": {"helpfulness": value}, "comment": comment if n == 1 else "", "seconds": 4.0}
            room.rate(person, task["assignment"], said)
    scores = {f"i{n}": 1 + n % 5 for n in range(items)} | {"i3": 1}
    rows = [{"item_id": item, "judge": "gpt", "score": score} for item, score in scores.items()]
    decided = RoomDecisions(folder)
    decided.give_scores(read_scores(rows, scales={"helpfulness": Scale.ordinal(1, 5)}))
    decided.close()
    return room


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("organised") / "room"
    rated(folder).close()
    with served(folder) as running:
        yield running


def test_the_words_are_there_in_every_language() -> None:
    def names(words: Any) -> Any:
        return {name: names(below) for name, below in words.items()} if hasattr(words, "items") else None

    wanted = names(organiser_words("en"))
    for language in LANGUAGES:
        assert names(organiser_words(language)) == wanted, language


def test_only_an_organiser_is_told_anything(room: Served) -> None:
    paths = ("standing", "cases/adjudication", "item?item_id=i1", "decided")
    for token in ("", "x", room.tokens["p0"]):
        for path in paths:
            assert room.ask(f"/api/organise/{path}", token=token)[0] == 401
        body = {"item_id": "i1", "kind": "validation", "action": "drop", "reason": "x"}
        assert room.ask("/api/organise/decide", token=token, body=body)[0] == 401
    assert room.ask("/api/next", token=room.head)[0] == 401
    for path in paths:
        status, said, headers = room.ask(f"/api/organise/{path}", token=room.head)
        assert (status, headers["Cache-Control"]) == (200, "no-store")
        assert not any(name in str(said) for name in ("'p0'", "'p1'")), path  # pseudonyms alone
    status, html, headers = room.ask("/organise")
    assert (status, "frame-ancestors 'none'" in headers["Content-Security-Policy"]) == (200, True)
    assert "script-src 'sha256-" in headers["Content-Security-Policy"]
    assert "onclick" not in html
    for path in ("cases/nope", "item?item_id=nope", "nope"):
        assert room.ask(f"/api/organise/{path}", token=room.head)[0] == 404


def test_progress_says_what_a_look_at_agreement_is_worth(room: Served) -> None:
    told = room.ask("/api/organise/standing", token=room.head)[1]
    assert (told["ratings"], told["wanted"], told["complete"], told["items"]) == (60, 60, 30, 30)
    (one,) = told["criteria"]
    assert (one["any_time"]["n"], one["enough"], one["gate"]["passed"]) == (30, pytest.approx(1 / 3), True)
    # The usual interval is above what the gate asks; the one for whoever looks often is not yet.
    assert one["alpha"]["low"] > one["enough"] > one["any_time"]["low"]
    assert one["means"] == "tempting"
    assert [look["n"] for look in one["looks"]][-1] == 30
    assert [person["rated"] for person in told["people"]] == [30, 30]
    assert all(person["agrees"]["helpfulness"]["reliability"] > 0.5 for person in told["people"])


def test_disputes_and_second_looks_are_the_items_they_should_be(room: Served) -> None:
    cases = room.ask("/api/organise/cases/adjudication", token=room.head)[1]["cases"]
    assert [(one["item_id"], one["apart"]) for one in cases] == [("i1", 1.0), ("i2", 0.75)]
    assert sorted(said["value"] for said in cases[0]["opinions"]) == ["1", "5"]
    assert {said["comment"] for said in cases[0]["opinions"]} == {"Falta el importe."}
    assert sum(cases[0]["model"].values()) == pytest.approx(1)
    assert "score" not in cases[0]  # the judge's is not there
    looks = room.ask("/api/organise/cases/look", token=room.head)[1]["cases"]
    assert (looks[0]["item_id"], looks[0]["judge"], looks[0]["score"], looks[0]["consensus"]) == ("i3", "gpt", "1", "4")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("decide", {"item_id": "nope", "kind": "validation", "action": "drop", "reason": "x"}),
        ("decide", {"item_id": "i5", "kind": "validation", "action": "delete", "reason": "x"}),
        ("decide", {"item_id": "i5", "kind": "validation", "action": "drop", "reason": " "}),
        ("decide", {"item_id": "i5", "kind": "validation", "action": "fix", "value": "no", "reason": "x"}),
        ("decide", {"item_id": "i5", "kind": "adjudication", "action": "keep", "reason": "x"}),
        ("decide", {"item_id": 5, "kind": "adjudication", "action": "keep", "reason": "x"}),
        ("decide", {**FIX, "value": 6}),
        ("decide", {**FIX, "value": "high"}),
        ("undo", {"id": 99}),
        ("undo", {"id": True}),
        ("answer", {"id": 99, "answer": "x"}),
        ("undo", {"id": 10**30}),
        ("decide", {"item_id": "\ud83d", "kind": "validation", "action": "drop", "reason": "x"}),
        ("decide", {**FIX, "value": 10**400}),
        ("verdict", {"item_id": "i5", "criterion": "nope"}),
        ("verdict", {"item_id": "i5", "criterion": ["helpfulness"]}),
        ("verdict", {"item_id": "\ud83d", "criterion": "helpfulness"}),
    ],
)
def test_what_is_no_decision_is_refused(room: Served, path: str, body: dict[str, Any]) -> None:
    status, said, _ = room.ask(f"/api/organise/{path}", token=room.head, body=body)
    assert (status, bool(said["error"])) == (422, True)
    assert room.ask("/api/organise/decided", token=room.head)[1]["decided"] == []
    for raw in (b"[1]", b"[" * 60_000):
        assert room.ask(f"/api/organise/{path}", token=room.head, raw=raw)[0] == 400


def test_what_is_decided_is_a_layer_and_can_be_undone(tmp_path: Path) -> None:
    folder = tmp_path / "room"
    rated(folder).close()
    decided, room = RoomDecisions(folder), Room(folder)
    head = room.person(next(iter(room.tokens(1, role="organiser").values())), role="organiser")
    assert head is not None
    before = room.export()
    fixed = {"kind": "adjudication", "criterion": "helpfulness", "action": "fix", "value": 4}
    first = decided.decide(head, "i1", **fixed, reason="Leyó otra factura.")
    assert decided.show_verdict(head, "i2", "helpfulness") == {"gpt": "3"}
    decided.decide(head, "i2", **fixed, reason="Sí.\ud83d")
    decided.decide(head, "i3", kind="look", criterion="helpfulness", action="keep", judge="gpt", reason="No leyó.")
    decided.decide(head, "i4", kind="validation", action="fix", value="language=ca", reason="És català.")
    decided.decide(head, "i5", kind="validation", action="drop", reason="Cortado.")
    assert room.export() == before
    there = load_decisions(folder / "decisions.csv")
    assert [(one.id, one.action, one.value) for one in there] == [
        ("i1", "fix", "helpfulness=4"), ("i2", "fix", "helpfulness=4"), ("i3", "keep", ""),
        ("i4", "fix", "language=ca"), ("i5", "drop", ""),
    ]  # fmt: skip
    assert [one.reason for one in there[:3]] == [
        "Leyó otra factura.", "Sí.? (the judge's verdict was seen)",
        "the judge gpt is wrong: No leyó. (the judge's verdict was seen)",
    ]  # fmt: skip
    assert {one.by for one in there} == {"organiser"}
    room.write(tmp_path / "r.jsonl")
    ratings = load_ratings(tmp_path / "r.jsonl").decide(folder / "decisions.csv")
    assert ratings.adjudicated == {"helpfulness": {"i1": 4.0, "i2": 4.0}}
    assert len(ratings.items()) == 29
    decided.undo(first)
    with pytest.raises(ValueError, match="no decision 1 to undo"):
        decided.undo(first)
    assert [one.id for one in load_decisions(folder / "decisions.csv")] == ["i2", "i3", "i4", "i5"]
    assert decided._database.execute("SELECT count(*) FROM decided").fetchone() == (5,)  # undone, and still there


def test_what_is_shown_is_computed_again_with_other_scores(tmp_path: Path) -> None:
    rated(tmp_path / "room", items=4).close()
    decided = RoomDecisions(tmp_path / "room")
    before = decided.version()
    rows = [{"item_id": f"i{n}", "judge": "gpt", "score": 5} for n in range(4)]
    decided.give_scores(read_scores(rows, scales={"helpfulness": Scale.ordinal(1, 5)}))
    assert decided.version() != before
    assert decided.version() == decided.version()


@pytest.mark.chromium
def test_two_people_and_an_adjudicator_in_one_room(tmp_path: Path) -> None:
    folder = made(tmp_path / "room", items=2, people=2, per_item=2, text=HOSTILE)

    def wait(text: str) -> None:
        browser.wait_for(lambda: text in browser.run("document.body.innerText"))

    with served(folder) as running, Browser() as browser:
        for name, key in (("p0", "1"), ("p1", "5")):
            browser.open(f"{running.address}/#/{running.tokens[name]}", width=390)
            for n in range(2):
                wait("Valora esta respuesta")
                browser.wait_for(lambda: not browser.run("!!document.querySelector('[data-criterion] input:checked')"))
                browser.press(key)
                browser.press("Enter")
                wait(f"Valorados: {n + 1}" if n == 0 else "no hay ningún caso para ti")
            browser.open("about:blank")
        browser.open(f"{running.address}/organise#/{running.head}", width=1600)
        wait("4 de 4 valoraciones; 2 de 2 casos")
        wait("Aún no se")
        browser.tap("#tab-adjudication")
        wait("En disputa: 1 de 2")
        assert browser.run("document.title") == "Organización"
        assert "Nadie" not in browser.run("document.body.innerText")
        # By keyboard alone from here: a value, why, and on.
        browser.run("document.querySelector('input[value=\"=2\"]').focus()")
        browser.press(" ")
        browser.run("document.getElementById('reason').focus()")
        browser.press("Tab")
        browser.press("Enter")
        wait("Di por qué.")
        browser.type("Una leyó otra factura.")
        browser.press("Tab")
        browser.press("Enter")
        wait("Guardado, también en decisions.csv.")
        wait("En disputa: 2 de 2")
        browser.run("[...document.querySelectorAll('button')].find((one) => one.textContent === 'Anterior').click()")
        wait("Decidido: helpfulness: 2. Una leyó otra factura. (organiser)")
        (found,) = load_decisions(folder / "decisions.csv")
        assert (found.action, found.value, found.by) == ("fix", "helpfulness=2", "organiser")
        browser.run("[...document.querySelectorAll('button')].find((one) => one.textContent === 'Deshacer').click()")
        wait("Se ha deshecho.")
        assert (folder / "decisions.csv").read_text("utf-8").count("\n") == 1


@pytest.mark.chromium
def test_every_view_at_every_width_has_no_serious_finding_of_axe(room: Served) -> None:
    with Browser() as browser:
        for width, theme in ((360, "dark"), (1600, "light")):
            browser.open(f"{room.address}/organise#/{room.head}", width=width, theme=theme)  # type: ignore[arg-type]
            for view in VIEWS:
                browser.wait_for(lambda view=view: browser.run(f"!!document.getElementById('tab-{view}')"))
                browser.run(f"document.getElementById('tab-{view}').click()")
                browser.wait_for(lambda: "Un momento" not in browser.run("document.getElementById('main').innerText"))
                assert browser.overflow() == 0, (view, width)
                assert browser.faint() == [], (view, width)
                assert serious_findings(browser) == [], (view, width)
            browser.open("about:blank")
        # The second look that was opened showed a verdict, and that is written down.
        assert RoomDecisions(room.folder)._database.execute("SELECT count(*) FROM shown").fetchone()[0] > 0
        browser.open(f"{room.address}/organise#/{room.head}", width=360)
        browser.wait_for(lambda: browser.run("!!document.getElementById('tab-adjudication')"))
        browser.run("document.getElementById('tab-adjudication').click()")
        browser.wait_for(lambda: "En disputa: 1 de 2" in browser.run("document.body.innerText"))
        told = browser.accessible()
        for role, name in (
            ("heading", "En disputa: 1 de 2"), ("navigation", "Organización"), ("region", "Decisión"),
            ("table", "Qué dijeron las personas"), ("textbox", "Motivo"), ("button", "Guardar la decisión"),
        ):  # fmt: skip
            assert any(one["role"] == role and name in one["name"] for one in told), (role, name)
        browser.open("about:blank")
        browser.open(f"{room.address}/#/{room.tokens['p0']}", width=360)
        browser.wait_for(lambda: "no hay ningún caso" in browser.run("document.body.innerText"))
        assert serious_findings(browser) == []
        browser.open("about:blank")
        browser.open(f"{room.address}/organise#/{room.tokens['p0']}")
        browser.wait_for(lambda: "no es de organización" in browser.run("document.body.innerText"))
