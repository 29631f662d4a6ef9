"""Forms in which people tell of themselves hold no ratings of items; their questions are items only on one scale."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from alia_judge.errors import DataError
from alia_judge.ratings import load_ratings

FORMS: dict[str, tuple[dict[str, list[Any]], list[str], list[str]]] = {
    "es": (
        {"Edad": [22, 31, 45], "Estado civil": ["Soltero", "Casada"], "Código postal": [48001, 28004]},
        [
            "Me siento feliz con mi vida",
            "Tus relaciones familiares hoy",
            "Mi vida social diaria",
            "Tu salud en general",
        ],
        ["Cambiaría de casa si pudiera", "Pasaría más tiempo con mi familia"],
    ),
    "en": (
        {"Age": [22, 31, 45], "Gender": ["Woman", "Man"], "Native language": ["Basque", "Spanish"]},
        ["I feel at home here", "My family and friends", "Your free time today", "Your health in general"],
        ["I would move if I could", "I would work fewer hours"],
    ),
    "ca": (
        {"Edat": [22, 31, 45], "Gènere": ["dona", "home"]},
        ["Soc feliz amb la meva vida", "La meva salut general", "Els meus amics propers", "La meva feina actual"],
        ["Jo canviaria de casa", "Jo treballaria menys hores"],
    ),
    "gl": (
        {"Idade": [22, 31, 45], "Xénero": ["muller", "home"]},
        ["A miña saúde en xeral", "O meu tempo libre", "A miña vida social", "O meu traballo actual"],
        ["Cambiaría a miña casa", "Pasaría tempo coa miña familia"],
    ),
    "eu": (
        {"Adina": [22, 31, 45], "Generoa": ["emakumea", "gizona"]},
        ["Nire bizitzarekin pozik nago", "Nire osasuna oro har", "Nire lagunak eta familia", "Nire lana gaur egun"],
        ["Nire etxea aldatuko nuke", "Nire denbora libre gehiago"],
    ),
}


def form(language: str) -> list[dict[str, Any]]:
    facts, statements, choices = FORMS[language]
    draw = random.Random(language)
    return [
        {name: draw.choice(values) for name, values in facts.items()}
        | {name: draw.randint(0, 10) for name in statements}
        | {name: draw.choice(("sí", "no")) for name in choices}
        for _ in range(14)
    ]


@pytest.mark.parametrize("language", FORMS)
def test_answers_about_oneself_are_no_ratings_and_items_only_on_one_scale(language: str) -> None:
    facts, statements, choices = FORMS[language]
    with pytest.raises(DataError, match="answers to questions about themselves") as caught:
        load_ratings(form(language))
    offered = re.findall(r"columns=(\{.*?\}): reads (\d+) items by (\d+) people", str(caught.value))
    assert offered
    for said, items, people in offered:
        assert "'items':" in said
        assert "item_id" not in said
        assert not any(fact in said for fact in facts)
        assert any(name in said for name in statements) != any(name in said for name in choices)
        assert (int(items), int(people)) in ((len(statements), 14), (len(choices), 14))


@pytest.mark.parametrize("language", FORMS)
def test_what_the_user_says_of_a_form_is_read(language: str) -> None:
    _, statements, _ = FORMS[language]
    ratings = load_ratings(form(language), columns={"items": statements})
    assert (len(ratings.item_table), len(ratings.annotators), len(ratings)) == (4, 14, 56)


def test_a_form_that_rates_answers_is_read_though_it_asks_for_age_and_gender() -> None:
    draw = random.Random(2)
    rows = [
        {"Timestamp": f"3/{p + 1}/2026 10:00:00", "Age": draw.choice((22, 31, 45)), "Gender": draw.choice("wm")}
        | {f"In your opinion, how helpful is answer {q}?": draw.randint(1, 5) for q in range(1, 7)}
        for p in range(9)
    ]
    ratings = load_ratings(rows)
    assert (len(ratings.item_table), len(ratings.annotators), len(ratings)) == (6, 9, 54)


def test_codes_of_questions_on_many_scales_are_items_of_one_scale_at_most() -> None:
    draw = random.Random(4)
    rows = [
        {"id": p, "submitdate": f"2026-03-0{p} 10:00:00", "lastpage": 9, "startlanguage": "es"}
        | {f"P{q}": draw.choice(("Sí", "No", f"otra {q}")) for q in range(1, 9)}
        | {f"P9[A{k}]": draw.randint(1, 5) for k in range(1, 6)}
        | {f"P10[A{k}]": draw.choice(("Muy DA", "DA", "DSA", "Muy DSA")) for k in range(1, 5)}
        | {f"P11S{k}": draw.randint(0, 90) for k in range(1, 9)}
        for p in range(1, 8)
    ]
    with pytest.raises(DataError) as caught:
        load_ratings(rows)
    assert "item_id': '" not in str(caught.value)
    assert "'criteria'" not in str(caught.value)
    ratings = load_ratings(rows, columns={"items": [f"P9[A{k}]" for k in range(1, 6)]})
    assert (len(ratings.item_table), len(ratings.annotators), len(ratings)) == (5, 7, 35)


@pytest.mark.parametrize(
    ("four", "ten"), [("(out of 4)", "(out of 10)"), ("(sobre 4)", "(sobre 10)"), ("(0-4)", "(0-10)")]
)
def test_columns_that_say_they_are_on_different_scales_are_asked_about(four: str, ten: str) -> None:
    draw, rows = random.Random(3), []
    for n in range(30):
        away = n // 3 in (2, 7)
        right = draw.randint(0, 4)
        row = {"Tarea": ("Factura", "Roaming", "Fibra")[n % 3], f"Aciertos {four}": right, f"Fallos {four}": 4 - right}
        row |= {"Pistas": draw.randint(0, 2), "Dudas": draw.randint(0, 3), f"Dificultad {ten}": draw.randint(0, 10)}
        row |= {"Por qué": f"palabras que confunden {n}", "Tiempo": f"{1 + n % 4}:{10 + n}"}
        rows.append({name: "-" if away and name != "Tarea" else cell for name, cell in row.items()})
    with pytest.raises(DataError, match="say that they are on different scales"):
        load_ratings(rows)


def test_numbers_of_questions_are_no_scales() -> None:
    draw = random.Random(5)
    rows = [{"persona": f"p{p}"} | {f"P{q}-{q + 1}": draw.randint(1, 5) for q in range(8)} for p in range(9)]
    try:
        told = str(load_ratings(rows).roles)
    except DataError as error:
        told = str(error)
    assert "different scales" not in told
