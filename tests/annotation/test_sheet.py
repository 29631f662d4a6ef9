"""A sheet as it is made: who gets which items in which order, and what its page holds."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from alia_judge.annotation import make_sheet, rated_items
from alia_judge.annotation.wording import page_words
from alia_judge.errors import DataError, UsageError
from alia_judge.judging.rubrics.builtin import builtin_rubric
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.judging.rubrics.wording import LANGUAGES
from alia_judge.ratings import load_ratings
from alia_judge.records import Item, Scale, Turn

HELPFUL = {"helpfulness": builtin_rubric("helpfulness", "es")}
ITEMS = [Item(item_id=f"i{n}", prompt=f"¿{n}?", response=f"Respuesta {n}.", system=f"s{n % 2}") for n in range(20)]
HOSTILE = "</script><img src=x onerror=alert(1)><!--\u2028\u202e&lt;\x00\ud83d"


def data(html: str) -> Any:
    (found,) = re.findall(r'<script type="application/json" id="data">(.*)</script>\n<script>', html)
    return json.loads(found)


def test_everybody_gets_the_same_items_in_an_order_of_their_own() -> None:
    sheets = [make_sheet(ITEMS, HELPFUL, annotator=who, n_items=10) for who in ("ana", "ana", "jon")]
    ids = [[item.item_id for item in sheet.items] for sheet in sheets]
    assert ids[0] == ids[1] != ids[2]
    assert sorted(ids[0]) == sorted(ids[2])
    assert sheets[0].digest == sheets[1].digest != sheets[2].digest
    other = make_sheet(ITEMS, HELPFUL, annotator="ana", n_items=10, seed=1)
    assert sorted(item.item_id for item in other.items) != sorted(ids[0])


@pytest.mark.parametrize("seed", range(5))
def test_half_of_the_sheet_lies_before_a_repeat_and_known_items_are_among_the_others(seed: int) -> None:
    known = [Item(item_id=f"k{n}", response="Conocida.") for n in range(3)]
    sheet = make_sheet(ITEMS, HELPFUL, annotator="ana", again=4, known=known, seed=seed)
    ids = [item.item_id for item in sheet.items]
    assert len(ids) == 27
    twice = {one for one in ids if ids.count(one) == 2}
    assert len(twice) == 4
    for one in twice:
        first, second = (at for at, other in enumerate(ids) if other == one)
        assert second - first >= 23 // 2
    assert {"k0", "k1", "k2"} <= set(ids)
    assert [one["again"] for one in data(sheet.html())["items"]].count(True) == 4


def test_the_page_does_not_say_which_system_wrote_what() -> None:
    items = [Item(item_id="a", response="Sí.", system="the-system", group="g", extra={"note": "an-extra"})]
    html = make_sheet(items, HELPFUL, annotator="ana").html()
    assert "the-system" not in html
    assert "an-extra" not in html


def test_no_text_of_the_data_stands_in_the_page_as_markup() -> None:
    plain = make_sheet([Item(item_id="a", response="x")], HELPFUL, annotator="x").html()
    words = HOSTILE.replace("\ud83d", "")  # half a character is no part of a rubric that can be read
    rubric = Rubric(
        criterion=words,
        scale=Scale.nominal([words, "b"]),
        instructions=words,
        anchors={0: words},
        language="es",
    )
    item = Item(
        item_id=HOSTILE, prompt=HOSTILE, context=HOSTILE, response=HOSTILE, language=HOSTILE,
        turns=(Turn(role=HOSTILE, text=HOSTILE),),
    )  # fmt: skip
    html = make_sheet([item], {HOSTILE: rubric}, annotator=HOSTILE).html()
    html.encode("utf-8")  # half a character can be written
    for tag in ("<script", "</script", "<img", "<!--"):
        assert html.count(tag) == plain.count(tag), tag
    assert "\u2028" not in html[html.index("<script") :]
    assert data(html)["items"][0]["item_id"] == HOSTILE


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_has_every_sentence_in_every_language(language: str) -> None:
    words, english = page_words(language), page_words("en")
    assert words.keys() == english.keys()
    assert words["reasons"].keys() == english["reasons"].keys()
    for name, sentence in english.items():
        if isinstance(sentence, str):
            assert sorted(re.findall(r"{\w+}", words[name])) == sorted(re.findall(r"{\w+}", sentence)), name
    keys = [key for key, _ in words["key_list"] if len(key) == 1]
    assert keys == [key for key, _ in english["key_list"] if len(key) == 1]
    sheet = make_sheet(ITEMS, {"tone": builtin_rubric("tone", language)}, annotator="ana")
    assert f'<html lang="{language}">' in sheet.html()


@pytest.mark.parametrize(
    ("items", "more", "said"),
    [
        ([], {}, "nothing to rate"),
        (ITEMS[:2], {"n_items": 3}, "3 items are wanted and there are 2"),
        (ITEMS[:2], {"again": 2}, "again must be from 0 to half of the 2 items, got 2"),
        ([ITEMS[0], ITEMS[0]], {}, r"'i0'.* comes twice"),
        (ITEMS[:2], {"known": ITEMS[:1]}, "among both"),
        ([Item(item_id="a", responses=("x", "y"))], {}, "list of candidates"),
        ([Item(item_id="a", response=" ")], {}, "no response to rate"),
        (ITEMS, {"annotator": " "}, "annotator is empty"),
        (ITEMS, {"language": "fr"}, "'fr'"),
    ],
)
def test_what_cannot_be_asked_is_refused(items: list[Item], more: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make_sheet(items, HELPFUL, **{"annotator": "ana", **more})
    with pytest.raises(UsageError, match="at least one criterion"):
        make_sheet(ITEMS, {}, annotator="ana")


def test_what_came_back_is_put_beside_the_items() -> None:
    said = load_ratings([{"item_id": f"i{n}", "annotator_id": "ana", "tone": n + 1} for n in range(3)])
    turns = (Turn(role="user", text="Hola"),)
    items = [Item(item_id="i0", response="r", turns=turns, system="s", extra={"zone": "north"}), *ITEMS[1:]]
    ratings = rated_items(items, said)
    assert [item.item_id for item in ratings.items()] == ["i0", "i1", "i2"]
    first = ratings.items()[0]
    assert (first.turns, first.system, first.extra["zone"]) == (turns, "s", "north")
    assert ratings.fingerprint != said.fingerprint
    with pytest.raises(DataError, match=r"'i2', which is none of the items \(1 of 3"):
        rated_items(items[:2], said)
    with pytest.raises(UsageError, match="comes twice"):
        rated_items([*items, items[0]], said)
