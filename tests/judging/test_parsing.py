from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alia_judge.judging.parsing import parse_answer
from alia_judge.records import Scale

LIKERT = Scale.ordinal(1, 5)


@pytest.mark.parametrize(
    "text",
    [
        "4",
        " 4\n",
        "**4**",
        "4.",
        "4.0",
        "4,0",
        "４",
        "- 4",
        "(4)",
        "Score: 4",
        "**Score:** 4",
        "Final score: 4 (2 errors in 24 lines)",
        "The answer is 4.",
        "Rating = 4",
        "4/5",
        "4 / 5",
        "4 out of 5",
        "4 de 5",
        "4 sobre 5",
        "5etik 4",
        "On a scale from 1 to 5, I give it a 4.",
        "En una escala de 1 a 5: 4",
        "1-5: 4",
        "Puntuación: 4",
        "La puntuación es 4.",
        "Puntuació: 4",
        "Puntuazioa: 4",
        "Puntuazioa 4 da.",
        "Nota: 4 puntos",
        "4\n\nThe text has 2 errors and 24 lines.",
        "4. It repeats itself in 2 places.",
        "It repeats itself in 2 places.\n\n4",
        "It has 3 parts and 2 errors.\nScore: 4",
        "1. It is clear.\n2. It is short.\n3. It is right.\n\nScore: 4",
        "1. It is clear.\n2. It is short.\n4",
        "I'm afraid this is only a 4.",
        "four",
        "Four.",
        "cuatro",
        "**Cuatro**, porque es claro.",
        "Puntuación: cuatro",
        "quatre",
        "lau",
        "Puntuazioa: lau",
        "catro",
        "Score: 4\nScore: 4",
    ],
)
def test_a_score_is_read_in_whatever_dress(text: str) -> None:
    assert parse_answer(text, LIKERT).score == 4.0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("7", "off_scale"),
        ("0", "off_scale"),
        ("-4", "off_scale"),
        ("4.5", "off_scale"),
        ("4,5", "off_scale"),
        ("Score: 10", "off_scale"),
        ("zehn? ten", "no_score"),
        ("ten", "off_scale"),
        ("3 or 4", "ambiguous"),
        ("3-4", "ambiguous"),
        ("Score: 3/4", "ambiguous"),
        ("entre 3 y 4", "ambiguous"),
        ("Score: 4\nFinal score: 3", "ambiguous"),
        ("Tiene 3 aciertos y 2 errores", "ambiguous"),
        ("NaN", "no_score"),
        ("Score: nan", "no_score"),
        ("inf", "no_score"),
        ("80%", "no_score"),
        ("The response is clear and polite.", "no_score"),
        ("La respuesta es clara.", "no_score"),
        ("v4", "no_score"),
        ("one of the best texts I have read", "no_score"),
        ("I'm sorry, but I can't help with that.", "refusal"),
        ("As an AI, I do not rate people.", "refusal"),
        ("Lo siento, no puedo valorar este texto.", "refusal"),
        ("Ho sento, no puc avaluar aquest text.", "refusal"),
        ("Sentitzen dut, ezin dut testu hau baloratu.", "refusal"),
        ("Síntoo, non podo valorar este texto.", "refusal"),
    ],
)
def test_what_is_no_score_has_its_reason(text: str, reason: str) -> None:
    parsed = parse_answer(text, LIKERT)
    assert (parsed.score, parsed.reason) == (None, reason)


def test_a_missing_score_is_put_down_to_the_token_limit_where_there_was_one() -> None:
    assert parse_answer("The response is", LIKERT, truncated=True).reason == "truncated"
    assert parse_answer("", LIKERT, truncated=True).reason == "truncated"


def test_a_list_that_broke_off_is_no_score_but_an_explained_one_is() -> None:
    assert parse_answer("1. The response is coher", LIKERT, truncated=True).reason == "truncated"
    assert parse_answer("1. The response is incoherent.", LIKERT).score == 1.0


def test_a_truncated_answer_with_a_score_is_scored() -> None:
    assert parse_answer("Score: 4. The resp", LIKERT, truncated=True).score == 4.0


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("yes", 1.0),
        ("Yes.", 1.0),
        ("No, it does not.", 0.0),
        ("Answer: no", 0.0),
        ("1", 1.0),
        ("Sí", 1.0),
        ("bai", 1.0),
        ("ez", 0.0),
        ("Non.", 0.0),
        ("yes and no", None),
        ("It is not clear whether there is no error", None),
    ],
)
def test_yes_and_no_in_five_languages(text: str, score: float | None) -> None:
    assert parse_answer(text, Scale.binary()).score == score


def test_labels_keep_the_users_words() -> None:
    scale = Scale.nominal(["Avería", "Factura", "Baja del servicio"])
    assert parse_answer("factura", scale).score == 1.0
    assert parse_answer("Respuesta: Baja del servicio.", scale).score == 2.0
    assert parse_answer("Portabilidad", scale).reason == "no_score"


def test_two_digits_negative_points_and_continuous_scales() -> None:
    assert parse_answer("10", Scale.ordinal(1, 10)).score == 10.0
    assert parse_answer("10/10", Scale.ordinal(1, 10)).score == 10.0
    assert parse_answer("-1", Scale.ordinal(-1, 1)).score == -1.0
    assert parse_answer("−1", Scale.ordinal(-1, 1)).score == -1.0
    assert parse_answer("Score: 0.75", Scale.continuous(0, 1)).score == 0.75
    assert parse_answer("1.2", Scale.continuous(0, 1)).reason == "off_scale"


def test_the_place_of_the_score_is_given() -> None:
    text = "There are 2 parts.\nScore: 4/5"
    assert text[parse_answer(text, LIKERT).start] == "4"


@given(st.text(max_size=200), st.booleans())
def test_any_text_gives_a_point_of_the_scale_or_a_reason(text: str, truncated: bool) -> None:
    parsed = parse_answer(text, LIKERT, truncated=truncated)
    assert (parsed.score is None) != (parsed.reason is None)
    assert parsed.score is None or parsed.score in LIKERT.points


def test_ten_thousand_characters_of_reasoning_are_read_in_no_time() -> None:
    text = "El texto dice 3 cosas y calla 2. " * 300 + "\nPuntuación: 4"
    assert parse_answer(text, LIKERT).score == 4.0
