"""The examples for MLflow and promptfoo, as they stand, in the real tools. Nobody runs those for Inspect and Ray."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "integrations"
PROMPTFOO = shutil.which(os.environ.get("PROMPTFOO", "promptfoo"))


def needs(module: str) -> Any:
    """Skip where the tool is not installed."""
    missing = importlib.util.find_spec(module) is None
    return pytest.mark.skipif(missing, reason=f"{module} is not installed; see docs/integrations.md")


def run(folder: Path, *words: str, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        list(words), cwd=folder, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs("mlflow")
@pytest.mark.usefixtures("artifact")
def test_mlflow(tmp_path: Path) -> None:
    words = [sys.executable, str(EXAMPLES / "align_in_mlflow.py"), "--model", "openai:/judge", "--calls", "120"]
    told = run(tmp_path, *words)
    assert "held out:" in told
    assert (tmp_path / "aligned-judge" / "judge.json").is_file()


@pytest.mark.skipif(PROMPTFOO is None, reason="promptfoo is not installed; see docs/integrations.md")
def test_promptfoo(artifact: str, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES / "promptfoo", tmp_path / "promptfoo")
    environment = {"JUDGE": artifact, "PROMPTFOO_PYTHON": sys.executable, "PROMPTFOO_DISABLE_TELEMETRY": "1",
                   "PROMPTFOO_DISABLE_UPDATE": "1", "PROMPTFOO_CONFIG_DIR": str(tmp_path)}  # fmt: skip
    done = subprocess.run(
        [str(PROMPTFOO), "eval", "--no-cache", "-o", "out.json"], cwd=tmp_path / "promptfoo",
        env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    out = (tmp_path / "promptfoo" / "out.json").read_text()
    assert '"errors": 0' in out, done.stdout + done.stderr
