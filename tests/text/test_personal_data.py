from __future__ import annotations

import pytest

from alia_judge.text.personal_data import find_personal_data, redact


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
