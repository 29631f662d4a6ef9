from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alia_judge.judging.answer.parsing import parse_answer
from alia_judge.records import Scale

LIKERT = Scale.ordinal(1, 5)
#: What may stand between two numbers that are put up for choice.
ALTERNATIVES = (
    " or ",
    " o ",
    " edo ",
    " ou ",
    " to ",
    "-",
    "–",
    " / ",
    "~",
    ", maybe ",
    ", quizá ",
    "; ",
    " y ",
    " eta ",
    "\n",
    " ",
)
#: The scale's own range, and a share of its highest point, which hold no second score.
RANGE_OR_SHARE = {
    *((one, 5.0, "/") for one in (1.0, 2.0, 3.0, 4.0)),
    *((1.0, 5.0, between) for between in ("-", "–", "to", "y", "eta")),
}


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
        ("Tiene 3 aciertos y 2 errores", "no_score"),
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


@pytest.mark.parametrize(
    "text",
    [
        # Denied, or a bound.
        *("not 4", "Score: not 4", "no es un 4", "I would not give it a 5", "Not 5.", "The score cannot be 5."),
        *(
            "La puntuación no es 4.",
            "The score isn't 4",
            "Ez da 4",
            "Non é un 4",
            "It would be a 5. But it is too long.",
        ),
        *(">4", "<4", "≥4", "Score: >3", "score >= 4", "3 < score < 5", "less than 3", "Score: at least 3", "más de 3"),
        *("a score below 4", "gutxienez 3", "4+", "4-", "Score: 4+"),
        # A choice.
        *("between 3 and 4", "Score: 3 to 4", "Score: 3~4", "Score: 3, maybe 4", "Score: 3 but could be 4"),
        *("Score: **3** or **4**", "4 ,5", "4 . 5", "4 3", "1 2 3 4 5", "(1) (2) (3) (4) (5)", "1: 3", "1) 4", "4\n5"),
        *("cuatro o cinco", "cuatro, cinco", "Cuatro (5)", "Puntuación: cuatro (5)", "lau edo bost", "a) 4 b) 3"),
        # Between two points.
        *("4 y medio", "Score: 4 and a half", "3½", "4'5", "4’5", "4·5", "4,5", "cuatro y medio", "lau eta erdi"),
        # A count, a price, a name, an exponent, a year.
        *("It has 4 errors.", "4 errores y ninguna explicación", "The text has 4 paragraphs and is well written."),
        *("Resultado: 3 errores", "Result: 2 of the 3 claims are supported", "Respuesta: en 3 días", "Score: 3 errors"),
        *("$4", "4€", "4 %", "GPT-4", "v1.4", "1e-3", "4e0", "nº 4", "Item 3 of 5: good", "Respuesta 2: mala"),
        *("Nota 2: el texto", "Nota: el texto tiene 2 errores", "In 2024 it was good.", "good⁴", "10²"),
        # Invisible characters part no digits; what was thought is not said.
        *("4\u200b5", "<think>Score: 3</think>", "<think>\n3\n", "Score: 3, I thought.</think>"),
    ],
)
def test_a_number_that_is_no_score_is_never_taken_for_one(text: str) -> None:
    assert parse_answer(text, LIKERT).score is None


@pytest.mark.parametrize(
    "text",
    [
        *("4️⃣", "④", "٤", "४", "\u200bScore:\u200b 4", "4\u202e", "$4$", "\\boxed{4}", "[RESULT] 4", "Rating: [[4]]"),
        *("<score>4</score>", "Score: <4>", "4<|im_end|>", "Score: 4</s>", "> 4", "| Score | 4 |", "Score -> 4"),
        *("<think>Score: 3, or 5?</think>\n4", "It may be 3.\n</think>\n\n4", "Score (1 = bad, 5 = good): 4"),
        *("Score (out of 5): 4", "Puntuación final (sobre 5): 4", "It is not a 5, it is a 4", "The score is 4, not 5."),
        *("4, porque 5 sería demasiado", "Score: 4. I considered 3 and 5.", "Le pongo un 4 porque tiene 2 errores"),
        *(
            "four out of five",
            "cuatro sobre cinco",
            "quatre de cinc",
            "bostetik lau",
            "5etik 4 da",
            "4 bat emango nioke",
        ),
        *("4 ⭐", "Score: 4⭐⭐⭐⭐\nClear.", "4 \ufffd"),
        *("Cuatro (4)", "Score: 4 stars", "I'd rate this a 4 since it is clear.", "Score: 4 La respuesta es clara"),
    ],
)
def test_a_score_is_found_beside_what_is_none(text: str) -> None:
    parsed = parse_answer(text, LIKERT)
    assert parsed.score == 4.0
    assert parsed.start == 0 or text[parsed.start] in "4④٤४clqf"


def test_labels_beside_one_another_are_ambiguous() -> None:
    scale = Scale.nominal(["bien", "regular", "mal"])
    assert parse_answer("**Regular.**", scale).score == 1.0
    assert parse_answer("Mal, porque no responde.", scale).score == 2.0
    assert parse_answer("Regular, tirando a mal", scale).reason == "ambiguous"
    assert [parse_answer(text, scale).score for text in ("muy bien", "no está bien", "bien o mal", "bien/mal")] == [
        None
    ] * 4
    graded = Scale.ordinal(1, 5, labels=["muy mal", "mal", "regular", "bien", "muy bien"])
    assert parse_answer("Muy bien, porque saluda.", graded).score == 5.0
    assert parse_answer("mal, pero no muy mal", graded).reason == "ambiguous"
    assert parse_answer("no, yes", Scale.binary()).reason == "ambiguous"


def test_no_is_an_answer_and_i_cannot_is_a_refusal() -> None:
    assert parse_answer("No, it does not.", Scale.binary()).score == 0.0
    assert parse_answer("No, I can't judge this.", Scale.binary()).reason == "refusal"
    assert parse_answer("No, no puedo.", Scale.binary()).reason == "refusal"


def test_per_cents_and_thousands() -> None:
    hundred = Scale.continuous(0, 100)
    assert parse_answer("Score: 80%", hundred).score == 80.0
    assert parse_answer("80%", Scale.continuous(0, 1)).score is None
    assert parse_answer("1,000", hundred).reason == "ambiguous"
    assert parse_answer("87.125", hundred).score == 87.125
    assert parse_answer("Score: .75", Scale.continuous(0, 1)).score == 0.75


def test_a_dash_before_a_scale_with_negative_points_is_ambiguous() -> None:
    scale = Scale.ordinal(-2, 2)
    assert parse_answer("Score: -1", scale).score == -1.0
    assert parse_answer("Score -1", scale).score == -1.0
    assert parse_answer("Score - 1", scale).reason == "ambiguous"
    assert parse_answer("Score - 4", LIKERT).score == 4.0


def test_what_names_a_choice_is_one_only_where_it_was_asked_for() -> None:
    pair = Scale(kind="ordinal", points=(0, 1, 2))
    assert parse_answer("Response 2 is better", pair, named=True).score == 2.0
    assert parse_answer("Response 1 is better than response 2", pair, named=True).reason == "ambiguous"
    assert parse_answer("Response 2 is better", LIKERT).score is None


@given(st.sampled_from(LIKERT.points), st.sampled_from(LIKERT.points), st.sampled_from(ALTERNATIVES), st.booleans())
def test_two_different_numbers_are_never_one_score(one: float, other: float, between: str, announced: bool) -> None:
    parsed = parse_answer(f"{'Score: ' if announced else ''}{one:g}{between}{other:g}", LIKERT)
    first_announced = announced and between == "\n"  # the second line is no part of what was announced
    assert parsed.score is None or one == other or first_announced or (one, other, between.strip()) in RANGE_OR_SHARE


@given(st.floats(-1000, 1000, allow_nan=False).map(lambda value: round(value, 2)), st.sampled_from([".", ","]))
def test_a_number_is_read_as_it_was_written_or_not_at_all(value: float, point: str) -> None:
    text = f"{value:.2f}".replace(".", point)
    scale = Scale.continuous(0, 100)
    parsed = parse_answer(text, scale)
    assert parsed.score == (value if scale.contains(value) else None)


def test_both_points_of_two_are_no_answer() -> None:
    assert parse_answer("0/1", Scale.binary()).reason == "ambiguous"
    assert parse_answer("[0/1]", Scale.nominal(["bill", "fault"])).reason == "ambiguous"
    assert parse_answer("1/1", Scale.binary()).score == 1.0


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("2 > 1", 2.0),
        ("1 > 2", 1.0),
        ("2 < 1", None),
        ("1 < 2", None),
        ("1 is worse", None),
        ("Response 1 loses.", None),
        ("La 2 es peor", None),
        ("2, since 1 is worse", 2.0),
        ("2 because response 1 loses the thread", None),
        ("Neither", None),
        ("1 or 2", None),
        ("Ez bata ez bestea", None),
        ("Not 1", None),
    ],
)
def test_of_a_pair_the_one_that_is_said_to_lose_has_not_won(text: str, score: float | None) -> None:
    assert parse_answer(text, Scale.ordinal(1, 2), named=True).score == score
