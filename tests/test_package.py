"""The package as a whole: its public names, and how light it is to import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import alia_judge

HEAVY = ("dspy", "litellm", "optuna", "pandas", "datasets", "pyarrow", "scipy", "matplotlib", "numpy")


@pytest.mark.parametrize("name", alia_judge.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(alia_judge, name) is not None


def test_type_checkers_and_the_interpreter_see_the_same_names() -> None:
    tree = ast.parse(Path(alia_judge.__file__).read_text("utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    typed = {
        alias.name: str(node.module).removeprefix("alia_judge.")
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert typed == alia_judge._HOME
    assert sorted({*typed, "__version__"}) == sorted(alia_judge.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = alia_judge.nonsense


@pytest.mark.parametrize("module", ["alia_judge", "alia_judge.cli"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    code = f"import {module}, sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert loaded == "[]"
