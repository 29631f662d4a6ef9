from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """Makes banks with a known truth."""
    return _beside("made_bank")


@pytest.fixture(scope="session")
def workers() -> ModuleType:
    """Runs searches in processes of their own."""
    return _beside("workers")


def _beside(name: str) -> ModuleType:
    """A helper module beside this file: tests are no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
