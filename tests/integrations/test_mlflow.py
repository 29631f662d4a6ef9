"""The MLflow scorer in a real evaluation of MLflow's."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("mlflow.genai", reason="MLflow is not part of the test environment; see docs/integrations.md")

import mlflow

from alia_judge.integrations.mlflow import mlflow_scorer

# MLflow's own code warns of what it deprecates itself.
pytestmark = pytest.mark.filterwarnings("ignore")


def test_an_evaluation_with_a_published_judge(artifact: str, tmp_path: Path) -> None:
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    mlflow.set_experiment("judges")
    rows = [
        {"inputs": {"question": "¿Cuándo?"}, "outputs": "<<answer:4>> Mañana."},
        {"inputs": {"question": "¿Cuánto?"}, "outputs": "<<answer:2>> No sé."},
        {"inputs": {"question": "¿Dónde?"}, "outputs": "<<do:chatter>> Aquí."},
    ]
    result = mlflow.genai.evaluate(data=rows, scorers=[mlflow_scorer(artifact)])
    # What is unscored is no number, and no part of the mean.
    assert result.metrics["Utilidad/mean"] == pytest.approx(3.0, abs=0.2)
    table = result.result_df
    assert sorted(value for value in table["Utilidad/value"] if value == value and value is not None) == pytest.approx(
        [2.0, 4.0], abs=0.3
    )


def test_feedback_says_who_judged_and_why_there_is_no_score(artifact: str) -> None:
    scorer = mlflow_scorer(artifact, name="utilidad")
    scored = scorer(inputs={"question": "¿Cuándo?"}, outputs="<<answer:4>>")
    assert scored.name == "utilidad"
    assert scored.value == pytest.approx(4.0, abs=0.2)
    assert scored.source.source_type == "LLM_JUDGE"
    assert "openai/judge" in scored.source.source_id
    unscored = scorer(inputs={"question": "¿Cuándo?"}, outputs="<<do:chatter>>")
    assert unscored.value is None
    assert unscored.error.error_code == "NO_SCORE"
