"""A published judge on the loopback server of these tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.publishing import publish_judge
from alia_judge.records import Scale


@pytest.fixture
def artifact(tmp_path: Path, openai_server: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """A judge of a criterion "Utilidad" whose answer is told in the response: ``<<answer:4>>``, ``<<do:refusal>>``."""
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)
    rubric = Rubric(criterion="Utilidad", scale=Scale.ordinal(1, 5), language="es")
    return publish_judge(Judge(rubric, "openai/judge"), tmp_path / "judge")
