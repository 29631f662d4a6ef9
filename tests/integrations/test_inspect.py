"""The Inspect scorer in a real evaluation of Inspect's, over its mock model."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("inspect_ai", reason="Inspect is not part of the test environment; see docs/integrations.md")

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model

from alia_judge.integrations.inspect import inspect_scorer

# Inspect's own code warns of what it deprecates itself.
pytestmark = pytest.mark.filterwarnings("ignore")


def test_an_evaluation_with_a_published_judge(artifact: str, tmp_path: Path) -> None:
    said = ["<<answer:4>> Mañana.", "<<answer:2>> No sé.", "<<do:chatter>> Aquí."]
    # With their tokens counted, for Inspect would count them with a vocabulary from the network.
    usage = ModelUsage(input_tokens=3, output_tokens=3, total_tokens=6)
    outputs = [ModelOutput.from_content("mockllm/model", text) for text in said]
    model = get_model("mockllm/model", custom_outputs=[one.model_copy(update={"usage": usage}) for one in outputs])
    samples = [Sample(input=question, target="Mañana.") for question in ("¿Cuándo?", "¿Cuánto?", "¿Dónde?")]
    (log,) = evaluate(
        Task(dataset=samples, scorer=inspect_scorer(artifact)),
        model=model,
        max_connections=1,
        log_dir=str(tmp_path / "logs"),
        display="none",
    )
    assert log.status == "success", log.error
    (scores,) = log.results.scores
    # What is unscored is no number, and no part of the mean.
    assert scores.metrics["mean"].value == pytest.approx(3.0, abs=0.2)
    assert scores.unscored_samples == 1
    first = log.samples[0].scores["alia_judge"]
    assert first.answer == said[0]
    assert "openai/judge" in first.metadata["model"]
    assert log.samples[2].scores["alia_judge"].metadata["unscored"] == "no_score"
