from __future__ import annotations

import pytest

from alia_judge.text.language import guess_language


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
