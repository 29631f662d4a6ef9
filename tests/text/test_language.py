from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from alia_judge.errors import UsageError
from alia_judge.text.language import LANGUAGES, detect_language, detect_languages, language_named, language_tag

REPLIES = json.loads((Path(__file__).parents[1] / "reference" / "telecom_replies.json").read_text("utf-8"))["replies"]


def test_short_replies_in_five_languages_are_told_and_none_wrongly() -> None:
    found = {(language, text): detect_language(text) for language, texts in REPLIES.items() for text in texts}
    assert len(found) == 50
    assert [text for (language, text), told in found.items() if told not in (language, None)] == []
    # The other two could be Spanish, Galician or Portuguese.
    assert sum(told is None for told in found.values()) <= 2


def test_many_texts_are_told_as_one_by_one() -> None:
    texts = [text for texts in REPLIES.values() for text in texts]
    texts += [text[:n] for text in texts[:20] for n in (0, 1, 7)] + [" ".join(texts[::9]), "ÀÇÒ", "\ud83d", "今日は 12"]
    assert detect_languages(texts) == [detect_language(text) for text in texts]
    assert detect_languages([]) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Hemos comprobado que su línea funciona bien y que el cargo de la factura es correcto, no se devuelve."),
        ("ca", "Hem comprovat que la seva línia funciona bé i que el càrrec de la factura és correcte."),
        ("eu", "Zure linea ondo dabilela egiaztatu dugu eta fakturako kargua zuzena da, beraz ez dugu itzuliko."),
        ("gl", "Comprobamos que a súa liña funciona ben e que o cargo da factura é correcto, así que non se devolve."),
        ("en", "We have checked that your line works and that the charge on the bill is right, so it stays."),
        ("pt", "Obrigado pela sua mensagem, não se preocupe, ligamos amanhã."),
        ("de", "Vielen Dank für Ihre Nachricht, wir melden uns morgen bei Ihnen."),
        ("ja", "お問い合わせありがとうございます。"),
        ("ca", "LA SEVA LÍNIA ESTÀ TALLADA PER IMPAGAMENT"),
        (None, "Router ZTE H298A, 600 Mb, 29,90 €/mes, IMEI 3589, SIM, APN, WPA2, 5 GHz, 4G LTE."),
        (None, "612345678"),
        (None, "Sí, claro."),
        (None, "\ud83d"),  # half of an emoji
        (None, ""),
    ],
)
def test_languages_are_told_or_left_in_doubt(language: str | None, text: str) -> None:
    assert detect_language(text) == language


def test_a_long_text_is_told_by_its_beginning() -> None:
    spanish = "Su factura se cobrará el lunes que viene. " * 30
    assert detect_language(spanish + "We have refunded the charge. " * 3000) == "es"


@pytest.mark.parametrize(
    ("tag", "names"),
    [
        ("es", "castellano Español SPANISH castellà gaztelania spa es Castelán"),
        ("ca", "catalán Català catalan valenciano katalana cat"),
        ("eu", "euskera Euskara vasco basque eus"),
        ("gl", "gallego galego GALEGO galician glg"),
        ("en", "inglés anglès ingelesa English eng"),
        ("pt", "portugués portuguese"),
    ],
)  # fmt: skip
def test_names_that_people_give_are_tags(tag: str, names: str) -> None:
    assert tag in LANGUAGES
    assert {language_tag(name) for name in names.split()} == {tag}
    assert language_named(names.split()[0]) == tag


def test_regions_are_kept_and_what_names_no_language_stays_as_it_is() -> None:
    assert language_tag("es_MX") == "es-MX"
    assert language_tag("spa-AR") == "es-AR"
    assert language_tag("Español (España)") == "es"
    assert language_tag("ja") == "ja"
    assert language_tag("tres por cuatro") == "tres por cuatro"  # "por" is Portuguese's code, and no name
    with pytest.raises(UsageError, match="no language is called 'klingonés'; give a name such as castellano"):
        language_named("klingonés")


def test_the_model_is_loaded_by_the_first_text_and_not_on_import() -> None:
    code = "import sys, alia_judge, alia_judge.ratings, alia_judge.checks; print('py3langid' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
