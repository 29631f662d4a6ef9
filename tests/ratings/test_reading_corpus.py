"""Every made-up file of the reading benchmark is read as what it was made of."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

_BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, _BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


for _name in ("_signature", "reading_corpus", "reading_strangers", "reading"):
    _module(_name)
MADE = list(sys.modules["reading_corpus"].corpus(2))
STRANGERS = [made for held in (False, True) for made in sys.modules["reading_strangers"].strangers(held=held)]
#: Files that cannot be told without a word from their author: people a row and items a column, or the other way round.
ASKED = dict.fromkeys(("spss_export", "lists_by_criterion_and_item", "levels"), "asks, good")


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.name)
def test_it_is_read_right_at_once(made: object, tmp_path: Path) -> None:
    assert sys.modules["reading"].outcome(made, tmp_path) == "right"


@pytest.mark.parametrize("made", STRANGERS, ids=lambda made: made.name)
def test_a_strangers_file_is_read_right_or_asked_about_with_advice_that_works(made: object, tmp_path: Path) -> None:
    assert sys.modules["reading"].outcome(made, tmp_path) == ASKED.get(made.name, "right")  # type: ignore[attr-defined]


def test_there_are_enough_of_them() -> None:
    assert len(list(sys.modules["reading_corpus"].corpus(3))) >= 60
