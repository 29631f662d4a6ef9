"""What the pages for annotators say, in each language a rubric can be written in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

__all__ = ["organiser_words", "page_words"]


def page_words(language: str) -> Mapping[str, Any]:
    """The sentences of ``wording.yaml`` in one of its languages, by name."""
    return _written("wording.yaml")[language]


def organiser_words(language: str) -> Mapping[str, Any]:
    """Those of ``organiser.yaml``."""
    return _written("organiser.yaml")[language]


@cache
def _written(name: str) -> Mapping[str, Mapping[str, Any]]:
    text = (files("alia_judge.annotation") / name).read_text("utf-8")
    return MappingProxyType({language: MappingProxyType(words) for language, words in yaml.safe_load(text).items()})
