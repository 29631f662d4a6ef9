"""Names and places by spaCy: a pipeline made here, since the trained ones are no dependency."""

from __future__ import annotations

from pathlib import Path

import pytest

from alia_judge.errors import MissingExtraError, UsageError
from alia_judge.text.names import NameFinder
from alia_judge.text.personal_data import find_personal_data, redact


def test_without_spacy_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "spacy", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'alia-judge\[names\]'"):
        NameFinder("es_core_news_sm")


def test_names_and_places_are_found_beside_numbers(tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy")
    pipeline = spacy.blank("es")
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PER", "pattern": "Ana Vega"}, {"label": "LOC", "pattern": "calle Mayor 3"}])
    pipeline.to_disk(tmp_path / "pipeline")
    finder = NameFinder(str(tmp_path / "pipeline"))
    text = "Soy Ana Vega, de la calle Mayor 3, 612 345 678."
    assert redact(text, names=finder) == "Soy [name], de la [place], [telephone]."
    # Longer than spaCy takes at once.
    pipeline.max_length = finder._pipeline.max_length = 100
    assert len(find_personal_data("Soy Ana Vega. " * 30, names=finder)) == 30


def test_what_recognises_no_entities_is_refused(tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy")
    spacy.blank("es").to_disk(tmp_path / "blank")
    with pytest.raises(UsageError, match="recognises no entities; give one with a component 'ner'"):
        NameFinder(str(tmp_path / "blank"))
    with pytest.raises(UsageError, match="there is no spaCy pipeline 'nope'; install one"):
        NameFinder("nope")
