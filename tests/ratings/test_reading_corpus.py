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


for _name in ("_signature", "reading_corpus", "reading"):
    _module(_name)
MADE = list(sys.modules["reading_corpus"].corpus(2))


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.name)
def test_it_is_read_right_at_once(made: object, tmp_path: Path) -> None:
    assert sys.modules["reading"].outcome(made, tmp_path) == "right"


def test_there_are_enough_of_them() -> None:
    assert len(list(sys.modules["reading_corpus"].corpus(3))) >= 60
