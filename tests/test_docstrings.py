"""Every public name has an example in its docstring, and all examples run; a server on loopback answers for models."""

from __future__ import annotations

import doctest
import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import alia_judge
from alia_judge import evaluation, reporting, stats

#: What the reference documents: every public name of the library, and of its documented parts.
NAMES = sorted(
    {
        (package.__name__, name)
        for package in (alia_judge, evaluation, reporting, stats)
        for name in package.__all__
        if inspect.isclass(found := getattr(package, name)) or inspect.isfunction(found)
    }
)


def _examples(package: str, name: str) -> list[doctest.DocTest]:
    """The examples of a public function or class and of what the class defines itself."""
    found = getattr(sys.modules[package], name)
    module = sys.modules[found.__module__]
    tests = doctest.DocTestFinder(exclude_empty=True).find(found, name, module=module, globs=dict(vars(module)))
    return [test for test in tests if test.examples]


ROOT = Path(alia_judge.__file__).parent
#: Modules with examples, but for those that need a tool which only some have.
MODULES = sorted(
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in ROOT.rglob("*.py")
    if ">>> " in path.read_text("utf-8") and "integrations" not in path.parts
)


@pytest.fixture
def failures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, openai_server: Any, capsys: pytest.CaptureFixture[str]
) -> Callable[[list[doctest.DocTest]], str]:
    """What examples print where they fail, run where there is a model and nothing else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", "the-loopback-server-asks-for-none")
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)

    def run(tests: list[doctest.DocTest]) -> str:
        for test in tests:
            runner.run(test)
        shown = capsys.readouterr().out
        return shown if runner.failures else ""

    return run


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_a_public_name_has_an_example_that_runs(
    package: str, name: str, failures: Callable[[list[doctest.DocTest]], str]
) -> None:
    examples = _examples(package, name)
    assert examples, f"{name} has no example"
    assert not failures(examples)


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_what_is_not_public_run(name: str, failures: Callable[[list[doctest.DocTest]], str]) -> None:
    module = importlib.import_module(name)
    public = {getattr(sys.modules[package], one) for package, one in NAMES}
    shown = {f"{one.__module__}.{one.__qualname__}" for one in public}
    tests = doctest.DocTestFinder(exclude_empty=True).find(module, name, globs=dict(vars(module)))
    own = [test for test in tests if not any(test.name == one or test.name.startswith(f"{one}.") for one in shown)]
    assert not failures([test for test in own if test.examples])
