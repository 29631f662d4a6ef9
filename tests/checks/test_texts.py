"""What checks read in texts: personal data, languages, likeness, orders to the judge."""

from __future__ import annotations

import pytest

from alia_judge.checks import find_personal_data, redact, redact_ratings, run_checks
from alia_judge.checks.language import guess_language
from alia_judge.checks.near_duplicates import near_duplicates
from alia_judge.ratings import load_ratings


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Llame al 612345678 o al 944 12 34 56", ["telephone", "telephone"]),
        ("+34 612 345 678 y 0034 944.123.456", ["telephone", "telephone"]),
        ("From abroad: +44 20 7946 0958", ["telephone"]),
        ("mi correo: ana.lopez+x@mail.example.org.", ["e-mail"]),
        ("ES91 2100 0418 4502 0005 1332 y ES9121000418450200051332", ["IBAN", "IBAN"]),
        ("ES92 2100 0418 4502 0005 1332", []),  # wrong check digits
        ("12345678Z 12345678-Z 12.345.678-Z", ["DNI", "DNI", "DNI"]),
        ("12345678A", []),  # the letter is Z
        ("NIE X1234567L, no X1234567A", ["NIE"]),
        ("4111 1111 1111 1111", ["card"]),
        ("4111 1111 1111 1112", []),
        # Amounts, dates, references, hours and short numbers are nobody's.
        ("Le cobramos 612,34 € el 12/05/2024 a las 14:30, pedido 2024-000123", []),
        ("Marque el 1004 o el 112; ticket 123456789; 900 MB por 29,90 €", []),
        ("Llame gratis al 900 123 456", ["telephone"]),
    ],
)
def test_personal_data_are_found_and_numbers_that_are_not_are_left_alone(text: str, kinds: list[str]) -> None:
    assert [datum.kind for datum in find_personal_data(text)] == kinds


def test_redaction_leaves_the_rest_as_it_is_and_nothing_to_find() -> None:
    text = "Soy Ana, 612 345 678 (12345678Z), ana@example.org. Adiós"
    assert redact(text) == "Soy Ana, [telephone] ([DNI]), [e-mail]. Adiós"
    assert find_personal_data(redact(text)) == []
    ratings = load_ratings([{"item": "a", "score": 1, "response": text, "prompt": text}, {"item": "b", "score": 2}])
    redacted = redact_ratings(ratings)
    assert redacted.items()[0].response == redacted.items()[0].prompt == redact(text)
    assert ratings.items()[0].response == text
    assert run_checks(redacted, only=["AJ022"])[0].status == "clean"


def test_findings_do_not_repeat_the_personal_data() -> None:
    ratings = load_ratings([{"item": "a", "score": 1, "response": "612 345 678"}, {"item": "b", "score": 2}])
    (outcome,) = run_checks(ratings, only=["AJ022"])
    assert outcome.findings[0].message == "1 times telephone in 1 items"
    assert "612" not in str(outcome.findings[0].to_dict())


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Hemos comprobado que su línea funciona bien y que el cargo de la factura es correcto, no se devuelve."),
        ("ca", "Hem comprovat que la seva línia funciona bé i que el càrrec de la factura és correcte."),
        ("eu", "Zure linea ondo dabilela egiaztatu dugu eta fakturako kargua zuzena da, beraz ez dugu itzuliko."),
        ("gl", "Comprobamos que a súa liña funciona ben e que o cargo da factura é correcto, así que non se devolve."),
        ("en", "We have checked that your line works and that the charge on the bill is right, so it stays."),
        (None, "Router ZTE H298A, 600 Mb, 29,90 €/mes, IMEI 3589, SIM, APN, WPA2, 5 GHz, 4G LTE."),
        (None, "Sí, claro."),
    ],
)  # fmt: skip
def test_the_languages_of_the_sample_are_told_apart(language: str | None, text: str) -> None:
    assert guess_language(text) == language


def test_near_duplicates_are_those_of_all_pairs() -> None:
    base = [f"palabra{n} uno dos t{n} cuatro cinco s{n} siete ocho nueve{n} diez once doce trece{n}" for n in range(40)]
    texts = [*base, base[3].replace("doce", "quince"), base[7].upper() + "!"]
    found = {(a, b) for a, b, _ in near_duplicates(texts, threshold=0.7)}
    sets = [
        {tuple(words[k : k + 2]) for k in range(len(words) - 1)}
        for words in (text.lower().strip("!").split() for text in texts)
    ]
    every = {
        (a, b)
        for a in range(len(texts))
        for b in range(a + 1, len(texts))
        if len(sets[a] & sets[b]) / len(sets[a] | sets[b]) >= 0.7
    }
    assert found == every
    assert (7, 41) in found
