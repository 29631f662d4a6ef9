"""Columns called alike are criteria together, also those that hardly anybody, or nobody, ticked."""

from __future__ import annotations

import random
from typing import Any

import pytest

from alia_judge.ratings import load_ratings

PEOPLE = ("ana", "jon", "eva")


def boxes(names: list[str], *, item: str, who: str, seed: int = 3) -> list[dict[str, Any]]:
    """A row for each item and person; the last two boxes are ticked once and never."""
    draw = random.Random(seed)
    rows = []
    for n in range(12):
        often = [draw.random() < 0.5 for _ in names]
        for person in PEOPLE:
            ticked = [int(one if draw.random() < 0.8 else not one) for one in often]
            ticked[-2:] = [int(n == 4 and person == "jon"), 0]
            rows.append({item: f"m-{n:02d}", who: person} | dict(zip(names, ticked, strict=True)))
    return rows


@pytest.mark.parametrize(
    ("item", "who", "names"),
    [
        ("post_id", "user_id", [f"category_{n}" for n in (1, 2, 3, 4, 5, 9999)]),
        ("mensaje", "anotadora", [f"tema_{n}" for n in range(1, 7)]),
        ("missatge", "avaluadora", ["es_ofensiu", "es_urgent", "es_clar", "es_ironic", "es_spam"]),
        ("mezua", "ebaluatzailea", [f"gaia_{n}" for n in range(1, 6)]),
        ("mensaxe", "avaliador", ["leva_queixa", "leva_insulto", "leva_pregunta", "leva_datos", "leva_ironia"]),
    ],
)
def test_boxes_of_one_family_are_criteria_though_nobody_ticked_some(item: str, who: str, names: list[str]) -> None:
    ratings = load_ratings(boxes(names, item=item, who=who))
    assert sorted(ratings.criteria) == sorted(names)
    assert (len(ratings.item_table), len(ratings.annotators), len(ratings)) == (12, 3, 36 * len(names))


def test_facts_of_the_item_that_are_numbered_stay_its_attributes() -> None:
    rows = [
        row | {f"topic_{k}": int((int(row["id"][2:]) + k) % 4 == 0) for k in (1, 2, 3)} | {"topic_4": 0}
        for row in (
            {"id": f"m-{n:02d}", "rater": person, "score": 1 + (n * k + n) % 5}
            for n in range(12)
            for k, person in enumerate(PEOPLE, start=1)
        )
    ]
    ratings = load_ratings(rows)
    assert ratings.criteria == ("rating",)
    assert (len(ratings.item_table), len(ratings)) == (12, 36)


def test_a_box_that_says_something_of_the_person_is_none_of_the_others() -> None:
    draw = random.Random(3)
    rows = [
        {"item": f"d{n}", "rater": who, "is_native": int(who == "ana"), "is_spam": draw.randint(0, 1)}
        | {"is_rude": draw.randint(0, 1)}
        for n in range(12)
        for who in PEOPLE
    ]
    assert load_ratings(rows).criteria == ("is_rude", "is_spam")


def test_a_number_that_is_the_same_in_many_rows_is_no_criterion_though_it_stands_between_two() -> None:
    draw = random.Random(3)
    rows = [
        {"item": f"d{n}", "rater": who, "fluency": draw.randint(1, 5), "round": 1, "clarity": draw.randint(1, 5)}
        for n in range(12)
        for who in PEOPLE
    ]
    assert load_ratings(rows).criteria == ("clarity", "fluency")
