"""Every example runs, as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = sorted((Path(__file__).resolve().parents[1] / "examples").glob("*.py"))
#: The ones that ask a model; here a real loopback server answers, elsewhere the embedded model.
ASKING = ("02_compile_a_judge", "03_use_with_dspy")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_example(example: Path, tmp_path: Path, openai_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "the-loopback-server-asks-for-none")
    asked = ["--model", "openai/judge-model", "--api-base", openai_server.base_url]
    done = subprocess.run(
        [sys.executable, str(example), *(asked if example.stem in ASKING else [])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
