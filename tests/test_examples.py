"""Every example runs, in a process that has imported what it takes."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = sorted((Path(__file__).resolve().parents[1] / "examples").glob("*.py"))
#: The ones that ask a model; here a real loopback server answers, elsewhere the embedded model.
ASKING = ("02_compile_a_judge", "03_use_with_dspy")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_example(
    example: Path,
    tmp_path: Path,
    openai_server: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "the-loopback-server-asks-for-none")
    asked = ["--model", "openai/judge-model", "--api-base", openai_server.base_url]
    monkeypatch.setattr(sys, "argv", [str(example), *(asked if example.stem in ASKING else [])])
    runpy.run_path(str(example), run_name="__main__")
    assert capsys.readouterr().out
