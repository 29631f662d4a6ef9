"""Every public name has an example in its docstring, and the example runs; a server on loopback answers for models."""

from __future__ import annotations

import doctest
import inspect
import sys
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


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_a_public_name_has_an_example_that_runs(
    package: str,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    openai_server: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", "the-loopback-server-asks-for-none")
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    examples = _examples(package, name)
    assert examples, f"{name} has no example"
    for test in examples:
        runner.run(test)
    assert not runner.failures, capsys.readouterr().out
