"""The package as a whole: its public names, and how light it is to import."""

from __future__ import annotations

import ast
import builtins
import importlib
import re
import subprocess
import sys
from functools import cache
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


def test_scores_of_a_file_are_evaluated_without_dspy() -> None:
    code = "import alia_judge.evaluation, sys; print([m for m in ('dspy', 'litellm') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert loaded == "[]"


@cache
def _modules() -> dict[Path, ast.Module]:
    root = Path(alia_judge.__file__).parent
    return {path: ast.parse(path.read_text("utf-8")) for path in sorted(root.rglob("*.py"))}


def test_no_two_classes_have_one_name() -> None:
    places: dict[str, list[str]] = {}
    for path, tree in _modules().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(path.name)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_package_hides_a_module_behind_a_name_that_it_exports() -> None:
    hidden = []
    for path, tree in _modules().items():
        if path.name != "__init__.py":
            continue
        beside = {one.stem for one in path.parent.glob("*.py")} | {
            one.parent.name for one in path.parent.glob("*/*.py")
        }
        imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        hidden += [
            f"{path.parent.name}.{alias.asname or alias.name}"
            for node in imported
            for alias in node.names
            if (alias.asname or alias.name) in beside and node.module != f"alia_judge.{path.parent.name}"
        ]
    assert hidden == []


@pytest.mark.parametrize(
    ("package", "old", "new"),
    [
        ("stats", "Disagreement", "DisagreementBreakdown"),
        ("evaluation", "Watch", "WatchedFigure"),
        ("runner", "Panel", "Composite"),
    ],
)
def test_what_was_renamed_goes_on_under_its_old_name(package: str, old: str, new: str) -> None:
    module = importlib.import_module(f"alia_judge.{package}")
    with pytest.warns(DeprecationWarning, match=f"{package}.{old} is now alia_judge.{package}.{new}"):
        assert getattr(module, old) is getattr(module, new)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = module.nonsense


#: Raised and caught in one module, or by Python's own convention.
_NOT_FOR_USERS = {
    "_json.py": {"TypeError"},  # what `json` itself raises for a value without a JSON form
    "options.py": {"TypeError"},  # an unexpected keyword argument, as of any function
    "connections.py": {
        "ValueError",
        "OSError",
        "ConnectionError",
    },  # the runner makes unscored verdicts of them
    "artifact.py": {"ValueError"},  # an `ArtifactError` is made of it where it is caught
    "storage.py": {"AssertionError"},  # unreachable
    "testing.py": {"AssertionError"},  # a suite fails as a test does
    "single.py": {"TypeError"},  # unreachable
}


def test_every_error_that_is_ours_is_an_alia_judge_error() -> None:
    """``except AliaJudgeError`` catches them all: no module raises one of Python's own at a user."""
    builtin = {
        name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, Exception)
    }
    builtin -= {"AttributeError", "StopIteration", "NotImplementedError"}
    found = []
    for path, tree in _modules().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
                continue
            name = getattr(node.exc.func, "id", "")
            if name in builtin - _NOT_FOR_USERS.get(path.name, set()):
                found.append(f"{path.name}:{node.lineno} {name}")
    assert found == []


def test_records_raise_our_errors_too() -> None:
    with pytest.raises(alia_judge.AliaJudgeError, match="at least 2 points"):
        alia_judge.Scale.ordinal(1, 1)
    with pytest.raises(alia_judge.AliaJudgeError, match="either a score or a reason"):
        alia_judge.Verdict()
    with pytest.raises(alia_judge.AliaJudgeError, match="a message needs a role"):
        alia_judge.Item.from_messages("a", [{"content": "x"}])


def test_what_other_packages_do_not_export_is_touched_in_one_place() -> None:
    """DSPy's own modules in one file, and of Optuna's private attributes the cached storage of a study alone."""
    inside = re.compile(r"^\s*(?:from|import) dspy\.(?:clients|_vendor|dsp|utils)\b", re.MULTILINE)
    private = re.compile(r"\b(?:_trial_id|_study_id)\b|optuna\.\w*\._|from optuna\.[\w.]*\._")
    texts = {
        path.relative_to(Path(alia_judge.__file__).parent).as_posix(): path.read_text("utf-8")
        for path in Path(alia_judge.__file__).parent.rglob("*.py")
    }
    assert [name for name, text in texts.items() if inside.search(text)] == ["models/dspy_internals.py"]
    assert [name for name, text in texts.items() if private.search(text)] == []
