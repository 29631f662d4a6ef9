"""What came of people's ratings (their mean, the majority, the gold label) stands beside them and is nobody's."""

from __future__ import annotations

import random
import statistics
from collections import Counter
from typing import Any

import pytest

from alia_judge.errors import DataError
from alia_judge.ratings import load_ratings

LABELS = {
    "en": ("Positive", "Neutral", "Negative"),
    "es": ("Positivo", "Neutro", "Negativo"),
    "eu": ("Positiboa", "Neutroa", "Negatiboa"),
}


def labelled(language: str, people: list[str]) -> list[dict[str, Any]]:
    draw = random.Random(language)
    words = LABELS[language]
    rows = []
    for n in range(20):
        right = draw.choice(words)
        given = {who: right if draw.random() < 0.7 else draw.choice(words) for who in people}
        rows.append({"id": n, "text": f"Un mensaje bastante largo, el número {n}, de un cliente", **given})
    return rows


def most(row: dict[str, Any], people: list[str]) -> str:
    return Counter(row[who] for who in people).most_common(1)[0][0]


@pytest.mark.parametrize(("language", "name"), [("en", "majority"), ("es", "mayoría"), ("eu", "gehiengoa")])
def test_what_most_said_is_left_out_and_named(language: str, name: str) -> None:
    people = [f"A{k}" for k in range(1, 6)]
    ratings = load_ratings([row | {name: most(row, people)} for row in labelled(language, people)])
    assert ratings.annotators == tuple(people)
    assert len(ratings) == 100
    assert [role.read_as for role in ratings.roles if role.column == name] == ["nothing"]


@pytest.mark.parametrize("language", LABELS)
def test_a_gold_label_that_is_not_what_most_said_is_asked_about_with_the_people_first(language: str) -> None:
    people = [f"A{k}" for k in range(1, 6)]
    rows = [
        row | {"Gold": LABELS[language][n % 3], "majority": most(row, people), "n_agree": 3 + n % 3}
        for n, row in enumerate(labelled(language, people))
    ]
    with pytest.raises(DataError, match="`Gold` is called like what came of") as caught:
        load_ratings(rows)
    first = str(caught.value).split("tried on this file): ")[1].split(" | ")[0]
    assert "'annotators': 'A1,A2,A3,A4,A5'}: reads 20 items by 5 people (100 ratings" in first


@pytest.mark.parametrize("names", [("agents", "events", "world"), ("tono", "trato", "claridad")])
def test_means_and_deviations_beside_a_column_for_each_person_and_criterion(names: tuple[str, ...]) -> None:
    draw = random.Random(5)
    rows = []
    for n in range(20):
        worth = {name: draw.randint(1, 5) for name in names}
        row: dict[str, Any] = {"url": f"https://example.org/song/{n}", "year": 1990 + n % 7}
        given = {
            (w, c): min(5, max(1, worth[c] + draw.choice((-1, 0, 0, 1)))) for w in ("A1", "A2", "A3") for c in names
        }
        row |= {f"Final {c.upper()}": statistics.median(given[w, c] for w in ("A1", "A2", "A3")) for c in names}
        row |= {f"{c} mean": round(statistics.mean(given[w, c] for w in ("A1", "A2", "A3")), 2) for c in names}
        row |= {f"{c} std": round(statistics.pstdev(given[w, c] for w in ("A1", "A2", "A3")), 2) for c in names}
        for w in ("A1", "A2", "A3"):
            row[f"{w} average"] = round(statistics.mean(given[w, c] for c in names), 2)
            row |= {f"{w} {c}": given[w, c] for c in names}
        rows.append(row)
    ratings = load_ratings(rows)
    assert ratings.annotators == ("A1", "A2", "A3")
    assert ratings.criteria == tuple(sorted(names))
    assert (len(ratings.item_table), len(ratings)) == (20, 180)


def test_a_column_called_a_result_among_two_people_is_asked_about() -> None:
    rows = [{"id": n, "ana": 1 + n % 5, "jon": 1 + (n + n // 4) % 5, "final": 1 + (n * 3) % 5} for n in range(20)]
    with pytest.raises(DataError, match="`final` is called like what came of"):
        load_ratings(rows)
