"""Every example runs, as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).resolve().parents[1] / "examples").glob("*.py"))
#: What keeps the ones that ask the real embedded model short.
SHORT = {"02_compile_a_judge": ["--calls", "12"], "03_use_with_dspy": ["--calls", "12"]}


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(example, marks=[pytest.mark.embedded, pytest.mark.slow] if example.stem in SHORT else [])
        for example in EXAMPLES
    ],
    ids=lambda example: example.stem,
)
def test_example(example: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(example), *SHORT.get(example.stem, [])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
