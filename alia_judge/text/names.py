"""`NameFinder`: names of people and places, by a spaCy pipeline that the user installs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from alia_judge._messages import message
from alia_judge._optional import require
from alia_judge.errors import UsageError

__all__ = ["FoundName", "NameFinder"]

#: Labels of entities in spaCy's pipelines, which are not named alike in all languages.
_LABELS: dict[str, Literal["name", "place"]] = {
    "PER": "name",
    "PERSON": "name",
    "LOC": "place",
    "GPE": "place",
    "FAC": "place",
}


@dataclass(frozen=True, kw_only=True)
class FoundName:
    """A name of a person or a place in a text, as of ``text[start:end]``."""

    kind: Literal["name", "place"]
    start: int
    end: int


class NameFinder:
    """Finds names of people, and places, which addresses are made of.

    Parameters
    ----------
    model
        Name or folder of an installed spaCy pipeline that recognises entities, ``"es_core_news_sm"``.

    Raises
    ------
    MissingExtraError
        If spaCy is not installed (``pip install 'alia-judge[names]'``).
    UsageError
        If there is no such pipeline, or it recognises no entities.
    """

    def __init__(self, model: str) -> None:
        spacy = require("spacy", extra="names", purpose="Finding names and places")
        try:
            self._pipeline: Any = spacy.load(model, exclude=["tagger", "parser", "lemmatizer", "attribute_ruler"])
        except OSError as error:
            raise UsageError(
                message(
                    "there is no spaCy pipeline {model!r}; install one (python -m spacy download "
                    "es_core_news_md), or give the folder of one",
                    model=model,
                )
            ) from error
        if not {"ner", "entity_ruler", "span_ruler"} & set(self._pipeline.pipe_names):
            raise UsageError(
                message(
                    "the spaCy pipeline {model!r} recognises no entities; give one with a component 'ner'", model=model
                )
            )
        self.model = model

    def find(self, text: str) -> Iterator[FoundName]:
        """The names and places in a text, in order."""
        # spaCy refuses longer texts; entities do not reach over a line, so that it can be cut there.
        for start, part in _parts(text, self._pipeline.max_length):
            for entity in self._pipeline(part).ents:
                kind = _LABELS.get(entity.label_)
                if kind is not None:
                    yield FoundName(kind=kind, start=start + entity.start_char, end=start + entity.end_char)


def _parts(text: str, longest: int) -> Iterator[tuple[int, str]]:
    start = 0
    while start < len(text):
        end = min(start + longest, len(text))
        if end < len(text):
            cut = max(text.rfind("\n", start, end), text.rfind(" ", start, end))
            end = cut + 1 if cut > start else end
        yield start, text[start:end]
        start = end
