"""``alia-judge export``: the prompt of a published judge, as a file and on the screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alia_judge.cli import main
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.builtin import builtin_rubric
from alia_judge.publishing import publish_judge


@pytest.fixture
def artifact(tmp_path: Path) -> str:
    return publish_judge(Judge(builtin_rubric("helpfulness", "es"), "openai/judge"), tmp_path / "judge")


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as done:
        main(["export", *words])
    return int(done.value.code or 0)


def test_a_file_has_messages_with_places_and_what_is_lost(
    artifact: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "prompt.json"
    assert run(artifact, "--to", "prompt", "--out", str(out), "--field", "response", "--field", "context") == 0
    written = json.loads(out.read_text("utf-8"))
    assert written["schema"] == "alia-judge/prompt/1"
    (prompt,) = written["prompts"]
    assert "{{context}}" in prompt["messages"][-1]["content"]
    assert prompt["settings"]["temperature"] == 0.0
    assert "1 prompt in" in (told := capsys.readouterr().out)
    assert written["lost"][0][:40] in told


def test_without_a_file_it_is_shown(artifact: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(artifact, "--to", "prompt") == 0
    assert "{{response}}" in capsys.readouterr().out


def test_another_form_is_wrong_usage(artifact: str) -> None:
    assert run(artifact, "--to", "onnx") == 2
    assert run(artifact, "--to", "prompt", "--field", "turns") == 2
