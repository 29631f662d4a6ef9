"""Every public name has an example in its docstring, and the example runs; a server on loopback answers for models."""

from __future__ import annotations

import doctest
import sys
from pathlib import Path
from typing import Any

import pytest

import alia_judge

NAMES = sorted(set(alia_judge.__all__) - {"__version__"})


def _examples(name: str) -> list[doctest.DocTest]:
    """The examples of a public function or class and of what the class defines itself."""
    found = getattr(alia_judge, name)
    module = sys.modules[found.__module__]
    tests = doctest.DocTestFinder(exclude_empty=True).find(found, name, module=module, globs=dict(vars(module)))
    return [test for test in tests if test.examples]


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_has_an_example_that_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, openai_server: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", "the-loopback-server-asks-for-none")
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    examples = _examples(name)
    assert examples, f"{name} has no example"
    for test in examples:
        runner.run(test)
    assert not runner.failures, capsys.readouterr().out
