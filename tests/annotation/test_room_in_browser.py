"""A room in real browsers: two windows, the back button, longer without a network than places are kept, the test."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
from axe import serious_findings
from browser import Browser
from served_room import CRITERIA, Served, made, served

from alia_judge.annotation.guideline_test import TestPaper
from alia_judge.annotation.room import Room
from alia_judge.annotation.room_decisions import RoomDecisions
from alia_judge.evaluation.scores import read_scores
from alia_judge.ratings import load_decisions
from alia_judge.records import Item, Scale

pytestmark = pytest.mark.chromium


def wait(browser: Browser, text: str) -> None:
    browser.wait_for(lambda: text in browser.run("document.body.innerText"))


def press_button(browser: Browser, text: str) -> None:
    browser.run(f"[...document.querySelectorAll('button')].find((one) => one.textContent === '{text}').click()")


def is_open(browser: Browser) -> bool:
    """Whether an item is there that has no value yet."""
    return bool(browser.run("!!find('next') && !document.querySelector('[data-criterion] input:checked')"))


def leave(browser: Browser, by: str) -> None:
    """Go to another page of the history, once this call has been answered."""
    browser.run(f"window.isLeft = true; setTimeout(() => {by}, 50); true")
    browser.wait_for(browser._has_loaded)


def answer(browser: Browser, key: str) -> None:
    browser.wait_for(lambda: is_open(browser))
    browser.press(key)
    browser.press("Enter")


def test_two_windows_and_the_back_button_double_nothing(tmp_path: Path) -> None:
    folder = made(tmp_path / "room", items=2, people=1, per_item=1)
    with served(folder) as running, Browser() as one, Browser() as other:
        link = f"{running.address}/#/{running.tokens['p0']}"
        one.open(link)
        other.open(link)
        for window in (one, other):
            wait(window, "Valora esta respuesta")
        assert serious_findings(one) == []
        answer(one, "4")
        wait(one, "Valorados: 1")
        answer(other, "2")  # the same item, in the window that was left open: a change of mind
        wait(other, "Valorados: 1")
        leave(one, "history.back()")
        assert one.run("location.href") == "about:blank"
        leave(one, "history.forward()")
        wait(one, "Valorados: 1")
        answer(one, "5")
        wait(one, "no hay ningún caso para ti")
        answer(other, "5")
        wait(other, "no hay ningún caso para ti")
    lines = Room(folder).export()
    assert sorted(line["helpfulness"] for line in lines) == [2, 5]
    assert len({line["item_id"] for line in lines}) == 2


def test_an_answer_given_offline_longer_than_the_place_was_kept_is_there_and_marked(tmp_path: Path) -> None:
    folder = made(tmp_path / "room", items=1, people=2, per_item=1, hold=1.0)
    with served(folder) as running, Browser() as browser:
        browser.open(f"{running.address}/#/{running.tokens['p0']}")
        wait(browser, "Valora esta respuesta")
        browser.cut_network()
        answer(browser, "4")
        wait(browser, "aún no en el servidor")
        time.sleep(1.1)
        status, task, _ = running.ask("/api/next", token=running.tokens["p1"])
        assert status == 200
        body = {"assignment": task["assignment"], "values": {"helpfulness": 1}}
        assert running.ask("/api/ratings", token=running.tokens["p1"], body=body)[0] == 201
        browser.restore_network()
        press_button(browser, "Volver a intentarlo")
        wait(browser, "no hay ningún caso para ti")
    lines = Room(folder).export(names=True)
    assert {(line["annotator_id"], line["helpfulness"], line["extra"]) for line in lines} == {
        ("p0", 4, True), ("p1", 1, False)
    }  # fmt: skip


def test_who_fails_the_guideline_test_reads_what_differs_and_takes_it_again(tmp_path: Path) -> None:
    items = [Item(item_id=f"t{n}", response=f"Prueba {n}.", extra={"helpfulness": 1}) for n in range(2)]
    paper = TestPaper.of(items, CRITERIA)
    folder = made(tmp_path / "room", items=1, people=1, per_item=1, test=paper)
    with served(folder) as running, Browser() as browser:
        browser.open(f"{running.address}/#/{running.tokens['p0']}", width=390, theme="dark")
        wait(browser, "Prueba de la guía: 1 de 2")
        answer(browser, "5")
        wait(browser, "Prueba de la guía: 2 de 2")
        answer(browser, "1")
        wait(browser, "Coinciden 1 de 2 respuestas")
        assert browser.run("document.querySelectorAll('.differs').length") == 1
        wait(browser, "La tuya: 5. La acordada: 1.")
        assert (browser.overflow(), browser.faint(), serious_findings(browser)) == (0, [], [])
        press_button(browser, "Repetir la prueba")
        for n in (1, 2):
            wait(browser, f"Prueba de la guía: {n} de 2")
            answer(browser, "1")
        wait(browser, "Valorados: 0")
        answer(browser, "3")
        wait(browser, "no hay ningún caso para ti")
    assert [line["item_id"] for line in Room(folder).export()] == ["i0"]


def _looked_at(folder: Path) -> contextlib.AbstractContextManager[Served]:
    room = Room(made(folder, items=8, people=2, per_item=2))
    for person in (1, 2):
        while (task := room.next_for(person)) is not None:
            value = 1 + int(task["item_id"][1:]) % 5
            room.rate(person, task["assignment"], {"values": {"helpfulness": value}, "seconds": 2})
    rows = [{"item_id": f"i{n}", "judge": "gpt", "score": 5 if n == 0 else 1 + n % 5} for n in range(8)]
    decided = RoomDecisions(folder)
    decided.give_scores(read_scores(rows, scales={"helpfulness": Scale.ordinal(1, 5)}))
    decided.close()
    room.close()
    return served(folder)


def test_a_second_look_becomes_a_question_its_answer_the_next_rubric_and_an_item_is_fixed(tmp_path: Path) -> None:
    folder = tmp_path / "room"
    with _looked_at(folder) as running, Browser() as browser:
        browser.open(f"{running.address}/organise#/{running.head}", width=1280)
        wait(browser, "16 de 16 valoraciones")
        browser.tap("#tab-look")
        wait(browser, "gpt: 5")
        wait(browser, "Las personas juntas: 1")
        browser.tap("input[value=ask]")
        wait(browser, "¿Qué debería aclarar la guía?")
        assert browser.run("document.querySelector('.points').hidden") is True
        browser.run("find('reason').focus()")
        browser.type("¿Cuenta el tono?")
        press_button(browser, "Guardar la decisión")
        wait(browser, "Guardado")
        browser.tap("#tab-questions")
        wait(browser, "¿Cuenta el tono?")
        browser.run("document.querySelector('textarea').focus()")
        browser.type("El tono no cuenta.")
        press_button(browser, "Guardar la respuesta")
        wait(browser, "Respondido: El tono no cuenta.")
        browser.tap("#tab-validation")
        wait(browser, "Casos: 1 de 8")
        browser.tap("input[value=fix]")
        browser.run("document.querySelector('select').value = 'language'")
        browser.run("find('value').focus()")
        browser.type("ca")
        browser.run("find('reason').focus()")
        browser.type("És català.")
        press_button(browser, "Guardar la decisión")
        wait(browser, "Casos: 2 de 8")
        browser.cut_network()
        browser.tap("input[value=drop]")
        browser.run("find('reason').focus()")
        browser.type("Cortado.")
        press_button(browser, "Guardar la decisión")
        wait(browser, "No se ha guardado nada.")
        browser.restore_network()
        press_button(browser, "Guardar la decisión")
        wait(browser, "Casos: 3 de 8")
        browser.tap("#tab-decisions")
        wait(browser, "Cortado.")
        assert browser.overflow() == 0
    assert [(one.action, one.value) for one in load_decisions(folder / "decisions.csv")] == [
        ("fix", "language=ca"), ("drop", "")
    ]  # fmt: skip
    assert RoomDecisions(folder).next_rubric("helpfulness").steps[-1] == "El tono no cuenta."
