"""A sheet in a real browser: people rate, are interrupted, change their minds, save, and go on elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe import serious_findings
from browser import Browser

from alia_judge.annotation import Sheet, make_sheet
from alia_judge.judging.rubrics.builtin import builtin_rubric
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.judging.rubrics.wording import LANGUAGES
from alia_judge.ratings import load_ratings
from alia_judge.records import Item, Scale, Turn

pytestmark = pytest.mark.chromium

#: What would show that a text ran.
RAN = "document.title = 'ran'"
HOSTILE = (
    f'</script><script>{RAN}</script><img src=x onerror="{RAN}"><svg onload="{RAN}"> \u202eabc\u2066 \u2028 '
    f'<style>body {{ display: none }}</style><a href="javascript:{RAN}">x</a> {{{{ 7 * 7 }}}} \x00'
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as opened:
        yield opened


def made(n: int, annotator: str, language: str = "es", criteria: tuple[str, ...] = ("helpfulness",)) -> Sheet:
    said = (Turn(role="user", text="Hola, ¿qué tal?"), Turn(role="assistant", text="Bien. ¿En qué le ayudo?"),
            Turn(role="user", text="¿Por qué ha subido mi factura?"))  # fmt: skip
    items = [
        Item(item_id=f"i{k}", turns=said, response="La factura incluye un servicio. " * (1 + k % 5), context="Tarifa.",
             language="es")
        for k in range(n)
    ]  # fmt: skip
    return make_sheet(
        items, {name: builtin_rubric(name, language) for name in criteria}, annotator=annotator, language=language
    )


def heading(browser: Browser) -> str:
    return str(browser.run("document.querySelector('h1').textContent"))


def saved(browser: Browser, folder: Path, sheet: Sheet) -> Path:
    """What the page saves when it is told to by key."""
    browser.download_to(folder)
    browser.press("s", ctrl=True)
    path = folder / f"ratings-{sheet.annotator}-{sheet.digest[:8]}.jsonl"
    # Chromium reserves the name with an empty file, and then puts the whole one in its place.
    browser.wait_for(lambda: path.is_file() and path.stat().st_size)
    return path


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_ten_items_by_keyboard_without_a_network(browser: Browser, tmp_path: Path) -> None:
    sheet = made(10, "keys", criteria=("helpfulness", "tone"))
    page = sheet.write(tmp_path / "keys.html")
    browser.cut_network()
    browser.show(page)
    browser.press("Enter")
    for n in range(10):
        assert heading(browser) == f"Caso {n + 1} de 10"
        browser.press(str(1 + n % 5))
        browser.press(str(5 - n % 5))
        browser.press("Enter")
    assert "los 10 casos" in browser.run("document.querySelector('main').textContent")
    ratings = load_ratings(saved(browser, tmp_path, sheet))
    assert ratings.annotators == ("keys",)
    assert ratings.scales == dict.fromkeys(("helpfulness", "tone"), Scale.ordinal(1, 5))
    for name, value in (("helpfulness", lambda n: 1 + n % 5), ("tone", lambda n: 5 - n % 5)):
        found = ratings.of(name).set_index("item_id")["value"].to_dict()
        assert found == {item.item_id: float(value(n)) for n, item in enumerate(sheet.items)}
    assert set(ratings.table["sheet"]) == {sheet.digest}
    assert (ratings.table["seconds"].astype(float) >= 0).all()


def test_one_item_by_finger_at_the_width_of_a_telephone(browser: Browser, tmp_path: Path) -> None:
    sheet = made(2, "finger")
    browser.show(sheet.write(tmp_path / "finger.html"), width=390)
    browser.tap("main button")
    browser.tap("[data-criterion] label:nth-of-type(4)")
    assert browser.run("document.querySelector(':checked').value") == "4"
    small = browser.run(
        "[...document.querySelectorAll('button, label.point')].filter((one) => one.checkVisibility())"
        ".map((one) => one.getBoundingClientRect().height).filter((height) => height < 44)"
    )
    assert small == []
    browser.tap("#next")
    assert heading(browser) == "Caso 2 de 2"
    (line,) = lines(saved(browser, tmp_path, sheet))
    assert (line["item_id"], line["values"]) == (sheet.items[0].item_id, {"helpfulness": 4})


def test_a_half_done_sheet_goes_on_after_a_reload_and_on_another_machine(browser: Browser, tmp_path: Path) -> None:
    sheet = made(3, "half")
    page = sheet.write(tmp_path / "half.html")
    browser.show(page)
    for key in ("Enter", "2", "Enter", "c"):
        browser.press(key)
    browser.type("Dudo.")

    def opened_again() -> bool:
        browser.show(page)
        return heading(browser) == "Caso 2 de 3"

    browser.wait_for(opened_again)  # closed and opened; Chromium hands over what is kept a moment later
    assert browser.run("document.getElementById('comment').value") == "Dudo."
    path = saved(browser, tmp_path, sheet)
    with Browser() as elsewhere:
        elsewhere.show(page)
        elsewhere.give_file("#file", path)
        elsewhere.wait_for(lambda: heading(elsewhere) == "Caso 2 de 3")
        assert elsewhere.run("document.getElementById('comment').value") == "Dudo."
        elsewhere.press("5")
        elsewhere.press("Enter")
        elsewhere.press("1")
        (tmp_path / "there").mkdir()
        ratings = load_ratings(saved(elsewhere, tmp_path / "there", sheet))
    by_item = ratings.of("helpfulness").set_index("item_id")["value"].to_dict()
    assert [by_item[item.item_id] for item in sheet.items] == [2.0, 5.0, 1.0]


def test_a_file_of_something_else_changes_nothing(browser: Browser, tmp_path: Path) -> None:
    sheet, other = made(2, "one"), made(2, "other")
    browser.show(other.write(tmp_path / "other.html"))
    browser.press("Enter")
    browser.press("3")
    theirs = saved(browser, tmp_path, other)
    (tmp_path / "rubbish.jsonl").write_text('{"a": 1}\n[]\n')
    browser.show(sheet.write(tmp_path / "one.html"))
    for path, said in ((theirs, "es de otra hoja"), (tmp_path / "rubbish.jsonl", "no es de los que guarda")):
        browser.give_file("#file", path)
        browser.wait_for(lambda said=said: said in browser.run("document.getElementById('said').textContent"))
        assert browser.run("document.getElementById('progress').value") == 0


def test_undo_skip_and_comment(browser: Browser, tmp_path: Path) -> None:
    sheet = made(3, "mind")
    browser.show(sheet.write(tmp_path / "mind.html"))
    for key in ("Enter", "2", "4", "u"):  # 2, then 4, which is taken back
        browser.press(key)
    assert browser.run("document.querySelector('.point :checked').value") == "2"
    browser.press("c")
    browser.type("s 5 u")  # letters and digits of a comment are no keys
    browser.run("document.activeElement.blur()")
    browser.press("Enter")
    browser.press("s")
    browser.press("3")
    browser.press("Enter")
    assert heading(browser) == "Caso 3 de 3"
    browser.press("s")
    browser.press("Escape")
    browser.press("5")
    first, second, third = lines(saved(browser, tmp_path, sheet))
    assert (first["values"], first["comment"]) == ({"helpfulness": 2}, "s 5 u")
    assert (second["values"], second["skipped"]) == ({}, "broken")
    assert (third["values"], third["skipped"]) == ({"helpfulness": 5}, "")
    ratings = load_ratings(tmp_path / f"ratings-mind-{sheet.digest[:8]}.jsonl")
    assert (len(ratings), ratings.left_out) == (2, {"skipped items": 1})


def test_a_pause_counts_as_a_minute_at_most_and_a_hidden_page_not_at_all(browser: Browser, tmp_path: Path) -> None:
    sheet = made(2, "time")
    browser.show(sheet.write(tmp_path / "time.html"))
    browser.run("(() => { let now = 1e6; performance.now = () => now; window.later = (s) => { now += 1000 * s } })()")
    browser.press("Enter")
    for seconds, then in ((10, "pointermove"), (3600, "pointermove"), (5, "blur"), (500, "focus"), (7, "keydown")):
        browser.run(
            f"later({seconds}); dispatchEvent(new Event('{then}'))" if then != "keydown" else f"later({seconds})"
        )
    browser.press("4")
    (line,) = lines(saved(browser, tmp_path, sheet))
    assert line["seconds"] == 10 + 60 + 5 + 7


def test_two_tabs_of_one_sheet_lose_nothing(browser: Browser, tmp_path: Path) -> None:
    sheet = made(3, "tabs")
    page = sheet.write(tmp_path / "tabs.html")
    browser.show(page)
    browser.press("Enter")
    browser.press("2")
    # What another tab does: it has taken up what is kept, and rates the third item.
    browser.run(
        f"(() => {{ const key = 'alia-judge sheet {sheet.digest}'; const all = JSON.parse(localStorage.getItem(key));"
        "all.records[2] = {values: {helpfulness: 1}, comment: '', skipped: '', at: '2026-01-01', revision: 9};"
        "localStorage.setItem(key, JSON.stringify(all)); dispatchEvent(new StorageEvent('storage', {key})) })()"
    )
    browser.press("Enter")
    browser.press("3")
    assert [line["values"]["helpfulness"] for line in lines(saved(browser, tmp_path, sheet))] == [2, 3, 1]


def test_a_browser_that_keeps_nothing_says_so(browser: Browser, tmp_path: Path) -> None:
    browser.show(made(1, "private").write(tmp_path / "private.html"))
    browser.run("window.own = Storage.prototype.setItem; Storage.prototype.setItem = () => { throw new Error('full') }")
    browser.press("Enter")
    browser.press("4")
    assert "no guarda nada" in browser.run("document.getElementById('kept').textContent")
    browser.run("Storage.prototype.setItem = window.own")  # or the next page could not be opened without a question


def test_hostile_texts_are_shown_and_never_run(browser: Browser, tmp_path: Path) -> None:
    item = Item(
        item_id="x", prompt=HOSTILE, context=HOSTILE, response=HOSTILE, turns=(Turn(role=HOSTILE, text=HOSTILE),)
    )
    rubric = Rubric(criterion=HOSTILE, scale=Scale.nominal([HOSTILE, "b"]), instructions=HOSTILE, language="en")
    sheet = make_sheet([item], {HOSTILE: rubric}, annotator=f"ana {HOSTILE}")
    browser.show(sheet.write(tmp_path / "hostile.html"))
    title = browser.run("document.title")
    browser.press("Enter")
    browser.press("1")
    assert browser.run("document.title") == title != "ran"
    assert browser.run("document.querySelectorAll('img, svg, a, main style, main script').length") == 0
    assert "onerror" in browser.run("document.querySelector('.rated .text').textContent")
    # Even markup that did get in would find its scripts, styles and addresses forbidden.
    for markup in (
        "box.innerHTML = '<img src=x onerror=\"document.title = 1\">'",
        "box.setAttribute('onclick', 'document.title = 2'); box.click()",
        "const script = document.createElement('script'); script.text = 'document.title = 3'; box.append(script)",
    ):
        tried = f"(() => {{ const box = document.body.appendChild(document.createElement('p')); {markup} }})()"
        assert (
            browser.run(f"(() => {{ try {{ {tried}; return 'went' }} catch {{ return 'refused' }} }})()") == "refused"
        )
    assert browser.run("document.title") == title
    refused = "fetch('https://example.org').then(() => 'fetched', () => 'refused')"
    assert browser.run(refused) == "refused"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_fits_every_width_in_both_themes(browser: Browser, tmp_path: Path, language: str) -> None:
    for width, theme in (
        (360, "light"),
        (390, "dark"),
        (768, "light"),
        (1000, "dark"),
        (1600, "light"),
        (1600, "dark"),
    ):
        sheet = made(2, f"w{width}{theme}", language, ("helpfulness", "tone"))
        browser.show(sheet.write(tmp_path / "fits.html"), width=width, theme=theme)  # type: ignore[arg-type]
        for keys in ("", ("Enter", "4"), ("s",), ("Enter", "Enter")):
            for key in keys:
                browser.press(key)
            assert browser.overflow() == 0, (width, keys)
            # Behind an open dialog everything is dimmed.
            assert browser.faint(within="dialog" if "s" in keys else "body") == [], (width, theme, keys)


def test_a_screen_reader_is_told_what_everything_is(browser: Browser, tmp_path: Path) -> None:
    sheet = made(2, "reader", criteria=("helpfulness", "tone"))
    browser.show(sheet.write(tmp_path / "reader.html"))
    browser.press("Enter")
    tree = browser.accessible()
    named = {(one["role"], one["name"]) for one in tree}
    for expected in (
        ("heading", "Caso 1 de 2"),
        ("group", "Utilidad"),
        ("button", "Siguiente"),
        ("textbox", "Comentario (opcional)"),
        ("progressbar", "Casos hechos"),
        ("region", "Qué hay que valorar"),
    ):
        assert expected in named
    assert any(role == "radio" and name.startswith("4 Le da lo que necesita") for role, name in named)
    nameless = [one for one in tree if one["role"] in ("button", "radio", "textbox", "progressbar") and not one["name"]]
    assert nameless == []
    assert browser.run("document.activeElement.tagName") == "H1"  # what changed is read out
    stops = []
    for _ in range(9):
        browser.press("Tab")
        stops.append(
            browser.run("document.activeElement.id || document.activeElement.name || document.activeElement.tagName")
        )
    # The conversation, then each criterion once, the comment, and on.
    assert [stop for stop in stops if stop != "SUMMARY"][:5] == [
        "criterion-0",
        "criterion-1",
        "comment",
        "BUTTON",
        "next",
    ]


def test_labels_numbers_and_pairs(browser: Browser, tmp_path: Path) -> None:
    item = Item(item_id="a", prompt="¿Qué?", response="Así.", response_b="No sé.")
    kinds = {
        "preference": Scale.pairwise(),
        "class": Scale.nominal(["queja", "duda"]),
        "grade": Scale.continuous(0, 10),
    }
    criteria = {name: Rubric(criterion=name, scale=scale, language="es") for name, scale in kinds.items()}
    sheet = make_sheet([item], criteria, annotator="kinds")
    browser.show(sheet.write(tmp_path / "kinds.html"))
    for key in ("Enter", "3", "2"):
        browser.press(key)
    browser.type("12")
    browser.press("Enter")
    assert "no es un número" in browser.run("document.getElementById('said').textContent")
    browser.run("document.querySelector('input[type=number]').value = ''")
    browser.run("document.querySelector('input[type=number]').focus()")
    browser.type("7.5")
    browser.press("Enter")
    assert heading(browser) == "Final"
    ratings = load_ratings(saved(browser, tmp_path, sheet))
    found = {name: ratings.of(name)["value"].tolist() for name in kinds}
    assert found == {"preference": [1.0], "class": [1.0], "grade": [7.5]}
    assert ratings.scales == kinds


def test_axe_finds_nothing_serious_on_any_page_of_a_sheet(browser: Browser, tmp_path: Path) -> None:
    page = made(2, "axe", criteria=("helpfulness", "tone")).write(tmp_path / "axe.html")
    for width, theme in ((360, "dark"), (1280, "light")):
        browser.show(page, width=width, theme=theme)  # type: ignore[arg-type]
        assert serious_findings(browser) == []
        browser.press("Enter")
        assert heading(browser).startswith("Caso 1")
        assert serious_findings(browser) == []
        browser.press("s")
        assert serious_findings(browser) == []
        browser.press("Escape")
        browser.run("localStorage.clear()")
