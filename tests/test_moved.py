"""Names of version 0.1.0 open as what they are now, with a warning that says where that is."""

from __future__ import annotations

import importlib
import sys

import pytest

from alia_judge._moved import MOVED


@pytest.mark.parametrize("old", sorted(MOVED))
def test_an_old_module_is_the_new_one(old: str) -> None:
    sys.modules.pop(f"alia_judge.{old}", None)
    with pytest.warns(DeprecationWarning, match=f"alia_judge.{old} is now alia_judge.{MOVED[old]}"):
        found = importlib.import_module(f"alia_judge.{old}")
    new = importlib.import_module(f"alia_judge.{MOVED[old]}")
    assert found is new
    assert new.__name__ == f"alia_judge.{MOVED[old]}" == new.__spec__.name


@pytest.mark.parametrize("old", sorted(MOVED))
def test_an_old_module_hides_nothing_that_its_package_exports(old: str) -> None:
    package, _, name = f"alia_judge.{old}".rpartition(".")
    assert name not in getattr(importlib.import_module(package), "__all__", ())


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("judging.prompt", "render"),
        ("judging.question", "Question"),
        ("compiling.space", "SearchSpace"),
        ("compiling.objective", "Objective"),
        ("compiling.study", "SearchStudy"),
        ("evaluation.slices", "Slice"),
    ],
)
def test_a_name_of_a_module_that_is_a_package_now(package: str, name: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"{name} is now"):
        getattr(importlib.import_module(f"alia_judge.{package}"), name)
    with pytest.raises(AttributeError, match="nowhere"):
        importlib.import_module(f"alia_judge.{package}").nowhere  # noqa: B018


def test_what_never_was_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("alia_judge.judging.nowhere")
