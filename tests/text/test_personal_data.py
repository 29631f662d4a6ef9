from __future__ import annotations

import pytest

from alia_judge.text.personal_data import find_personal_data, redact


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Llame al 612345678 o al 944 12 34 56", ["telephone", "telephone"]),
        ("+34 612 345 678 y 0034 944.123.456", ["telephone", "telephone"]),
        ("From abroad: +44 20 7946 0958", ["telephone"]),
        ("mi móvil: 600/123/456, o 600-12-34-56", ["telephone", "telephone"]),
        ("Tel.612345678, (+34) 612 345 678, wa.me/34612345678", ["telephone"] * 3),
        ("612345678/944123456; 612 345 678 / 944 123 456", ["telephone"] * 4),
        ("Llame gratis al 900 123 456", ["telephone"]),
        ("6 1 2 3 4 5 6 7 8", ["telephone"]),
        ("799 123 456", []),  # no plan has it
        ("mi correo: ana.lopez+x@mail.example.org.", ["e-mail"]),
        ("ES91 2100 0418 4502 0005 1332 y ES9121000418450200051332", ["IBAN", "IBAN"]),
        ("la cuenta es91-2100-0418-45-0200051332 de siempre", ["IBAN"]),
        ("ES92 2100 0418 4502 0005 1332", []),  # wrong check digits
        ("12345678Z 12345678-Z 12.345.678-Z 12345678z", ["DNI"] * 4),
        ("12345678A", []),  # the letter is Z
        ("NIE X1234567L, x-1.234.567-l, no X1234567A", ["NIE", "NIE"]),
        ("CIF B12345674, A-58818501, ESQ2826000H; no B12345675", ["CIF"] * 3),
        ("4111 1111 1111 1111 y 3782 822463 10005", ["card", "card"]),
        ("4111 1111 1111 1112", []),
        ("ICCID 8934071179000000123, 8934 0711 7900 0000 0125", ["ICCID", "ICCID"]),
        ("AT+CCID: 8934071179000000123F", ["ICCID"]),
        # Fifteen digits with Luhn's check digit, but no issuer's.
        ("IMEI 356938035643809, 35-693803-564380-9", []),
        # Amounts, dates, references, hours, speeds, addresses and short numbers are nobody's.
        ("Le cobramos 612,34 € el 12/05/2024 a las 14:30, pedido 2024-000123", []),
        ("Marque el 1004 o el 112; ticket 123456789; 900 MB por 29,90 €", []),
        ("pedido 612345678; comanda número 612345678; 612345678 eskaera; order no. 612345678", []),
        ("del 01/02/2024 al 03/04/2024 son 1.234.567,89 €; 612 / 830 / 960 megas", []),
        ("192.168.100.100, 41.403389, 00:1A:2B:3C:4D:5E, ZTEG61234567", []),
    ],
)
def test_personal_data_are_found_and_numbers_that_are_not_are_left_alone(text: str, kinds: list[str]) -> None:
    assert [datum.kind for datum in find_personal_data(text)] == kinds


def test_what_is_found_is_the_datum_and_nothing_beside_it() -> None:
    text = "Soy Ana (+34 612 345 678) y pago con ES91 2100 0418 4502 0005 1332 desde 2024."
    found = [text[datum.start : datum.end] for datum in find_personal_data(text)]
    assert found == ["+34 612 345 678", "ES91 2100 0418 4502 0005 1332"]


def test_redaction_leaves_the_rest_as_it_is_and_nothing_to_find() -> None:
    text = "Soy Ana, 612 345 678 (12345678Z), ana@example.org. Adiós"
    assert redact(text) == "Soy Ana, [telephone] ([DNI]), [e-mail]. Adiós"
    assert find_personal_data(redact(text)) == []


@pytest.mark.parametrize("unit", ["1", "1 ", "12 ", "45 ", "612-", "6/", "a@", "a.", "A1", "X1234567", "ES91 2100 "])
def test_a_long_text_of_what_looks_like_something_ends(unit: str) -> None:
    # Each took time with the square of the length; a quadratic search of these would take hours.
    find_personal_data(unit * (200_000 // len(unit)))
