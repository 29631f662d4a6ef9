"""The grader of promptfoo: by itself, and in the real promptfoo where that is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from alia_judge.errors import ModelError, UsageError
from alia_judge.integrations.promptfoo import promptfoo_grader
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Scale

PROMPTFOO = shutil.which(os.environ.get("PROMPTFOO", "promptfoo"))


def grade(judge: Any, output: Any, variables: dict[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
    given = {"rubric": "not read", "output": output, "question": "¿Cuándo?", **(variables or {})}
    return promptfoo_grader(judge, **settings)("not read", {"config": {"basePath": "."}}, {"vars": given})


def test_an_output_is_graded_from_0_to_1(artifact: str, openai_server: Any) -> None:
    graded = grade(artifact, "<<answer:4>> Mañana.")
    assert graded["output"]["score"] == pytest.approx(0.75, abs=0.05)
    assert graded["output"]["pass"] is True
    assert graded["metadata"]["score"] == pytest.approx(4.0, abs=0.2)
    assert graded["output"]["reason"].startswith("Utilidad 3.9")
    paid = openai_server.stats()["requests"]
    assert grade(artifact, "<<answer:4>> Mañana.")["output"] == graded["output"]
    assert openai_server.stats()["requests"] == paid


@pytest.mark.usefixtures("artifact")
def test_the_best_end_of_a_reversed_scale_is_1() -> None:
    judge = Judge(Rubric(criterion="Errores", scale=Scale.ordinal(1, 5, reverse=True), language="es"), "openai/judge")
    graded = grade(judge, "<<answer:1>>", pass_at=2)
    assert graded["output"]["score"] == pytest.approx(1.0, abs=0.1)
    assert graded["output"]["pass"] is True
    assert grade(judge, "<<answer:3>>", pass_at=2)["output"]["pass"] is False


def test_what_is_not_scored_is_an_error_and_no_zero(artifact: str) -> None:
    with pytest.raises(ModelError, match="unscored: no_score"):
        grade(artifact, "<<do:chatter>> Aquí.")


def test_a_variable_without_a_place_is_refused(artifact: str) -> None:
    with pytest.raises(UsageError, match="inputs has 'canal'"):
        grade(artifact, "<<answer:4>>", {"canal": "web"})
    assert grade(artifact, "<<answer:4>>", {"canal": "web"}, columns={"context": "canal"})["output"]["pass"] is True


@pytest.mark.skipif(PROMPTFOO is None, reason="promptfoo is not installed; see docs/integrations.md")
def test_an_evaluation_in_promptfoo_keeps_one_process(artifact: str, tmp_path: Path) -> None:
    (tmp_path / "judge.py").write_text(
        "import os, pathlib\n"
        "from alia_judge.integrations.promptfoo import promptfoo_grader\n"
        f"call_api = promptfoo_grader({artifact!r}, columns={{'ignore': ['said']}})\n"
        f"with pathlib.Path({str(tmp_path / 'starts')!r}).open('a') as starts: starts.write(f'{{os.getpid()}} ')\n"
    )
    config = {
        "prompts": ["{{said}}"],
        "providers": ["echo"],
        "commandLineOptions": {"grader": "file://judge.py"},
        "defaultTest": {"assert": [{"type": "llm-rubric", "value": "Utilidad", "threshold": 0.6}]},
        "tests": [
            {"vars": {"said": "<<answer:4>> Mañana.", "question": "¿Cuándo?"}},
            {"vars": {"said": "<<answer:2>> No sé.", "question": "¿Cuánto?"}},
            {"vars": {"said": "<<do:chatter>> Aquí.", "question": "¿Dónde?"}},
        ],
    }
    (tmp_path / "promptfooconfig.json").write_text(json.dumps(config))
    told = {"PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1", "PROMPTFOO_CONFIG_DIR": str(tmp_path)}
    told["PROMPTFOO_PYTHON"] = sys.executable
    subprocess.run(
        [str(PROMPTFOO), "eval", "-c", "promptfooconfig.json", "-o", "out.json", "--no-cache", "--no-progress-bar"],
        cwd=tmp_path,
        env={**os.environ, **told},
        check=False,  # it exits with 100 where an output fails
        capture_output=True,
        timeout=300,
    )
    out = json.loads((tmp_path / "out.json").read_text())["results"]
    rows = sorted(out["results"], key=lambda row: row["testIdx"])
    assert [row["success"] for row in rows] == [True, False, False]
    assert [row["score"] for row in rows[:2]] == pytest.approx([0.75, 0.25], abs=0.05)
    assert "unscored: no_score" in json.dumps(rows[2])
    assert out["stats"]["errors"] == 1  # counted apart from failures
    assert len((tmp_path / "starts").read_text().split()) == 1
