"""The examples as they stand, in the real tools; that of Ray is in test_ray."""

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


@needs("inspect_ai")
def test_inspect(artifact: str, openai_server: Any, tmp_path: Path) -> None:
    """As an OpenAI-compatible server: the provider needs openai 3.4, which LiteLLM does not allow for."""
    words = [sys.executable, str(EXAMPLES / "score_in_inspect.py"), artifact, "--model", "openai-api/loop/model"]
    environment = {"LOOP_API_KEY": "k", "LOOP_BASE_URL": openai_server.base_url}
    told = run(tmp_path, *words, "--items", "3", environment=environment)
    assert "judge {'mean': " in told, told
    assert "0 of 3 unscored" in told


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
