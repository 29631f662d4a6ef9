"""The Inspect scorer in a real evaluation of Inspect's, over its mock model."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("inspect_ai", reason="Inspect is not part of the test environment; see docs/integrations.md")

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import Sample
from inspect_ai.log import read_eval_log
from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, ModelOutput, ModelUsage, get_model
from inspect_ai.solver import generate, multiple_choice

from alia_judge.integrations.inspect import inspect_scorer
from alia_judge.judging.kinds import CriteriaJudge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.publishing import load_judge, read_published
from alia_judge.records import Scale

# Inspect's own code warns of what it deprecates itself.
pytestmark = pytest.mark.filterwarnings("ignore")


# With their tokens counted, for Inspect would count them with a vocabulary from the network.
USAGE = ModelUsage(input_tokens=3, output_tokens=3, total_tokens=6)


def evaluated(scorer: Any, samples: list[Sample], said: list[str], logs: Path, solver: Any = None) -> Any:
    outputs = [ModelOutput.from_content("mockllm/model", text).model_copy(update={"usage": USAGE}) for text in said]
    (log,) = evaluate(
        Task(dataset=samples, solver=solver or generate(), scorer=scorer),
        model=get_model("mockllm/model", custom_outputs=outputs),
        max_connections=1,
        log_dir=str(logs),
        display="none",
    )
    assert log.status == "success", log.error
    return log


def asked(openai_server: Any) -> str:
    """The last question that the judge was asked."""
    return str(openai_server.stats()["last"])


def test_an_evaluation_with_a_published_judge(artifact: str, tmp_path: Path, openai_server: Any) -> None:
    said = ["<<answer:4>> Mañana.", "<<answer:2>> No sé.", "<<do:chatter>> Aquí."]
    samples = [Sample(input=question, target="Mañana.") for question in ("¿Cuándo?", "¿Cuánto?", "¿Dónde?")]
    log = evaluated(inspect_scorer(artifact, name="utilidad"), samples, said, tmp_path / "logs")
    (scores,) = log.results.scores
    # What is unscored is no number, and no part of the mean.
    assert scores.metrics["mean"].value == pytest.approx(3.0, abs=0.2)
    assert scores.unscored_samples == 1
    first = log.samples[0].scores["utilidad"]
    assert first.answer == said[0]
    assert "openai/judge" in first.metadata["model"]
    assert log.samples[2].scores["utilidad"].metadata["unscored"] == "no_score"
    assert log.samples[2].scores["utilidad"].explanation.startswith("unscored: no_score")
    paid = openai_server.stats()["requests"]
    evaluated(inspect_scorer(artifact), samples, said, tmp_path / "logs")
    assert openai_server.stats()["requests"] == paid  # nothing is paid for twice


def test_the_log_names_the_judge_and_makes_the_scorer_again(artifact: str, tmp_path: Path) -> None:
    log = evaluated(inspect_scorer(artifact), [Sample(input="¿Cuándo?")], ["<<answer:4>> Mañana."], tmp_path / "logs")
    (told,) = log.eval.scorers
    assert told.name == "judge"
    assert told.options["judge"] == str(Path(artifact).resolve())
    assert told.options["digest"] == read_published(artifact).manifest.digest
    done = subprocess.run(
        [str(Path(sys.executable).with_name("inspect")), "score", log.location, "--scorer", "alia_judge/judge",
         "-S", f"judge={artifact}", "--action", "overwrite", "--output-file", str(tmp_path / "again.eval")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    again = read_eval_log(str(tmp_path / "again.eval"))
    assert again.results.scores[0].metrics["mean"].value == pytest.approx(4.0, abs=0.2)


def test_the_judge_is_shown_context_and_earlier_turns(artifact: str, tmp_path: Path, openai_server: Any) -> None:
    turns = [
        ChatMessageUser(content="Hola, soy Ana"),
        ChatMessageAssistant(content="Dígame"),
        ChatMessageUser(content="¿Cuándo viene?"),
    ]
    sample = Sample(input=turns, target="-", metadata={"context": "De 9 a 11", "hechos": "no visto"})
    evaluated(inspect_scorer(artifact), [sample], ["<<answer:4>>"], tmp_path / "logs")
    assert all(text in asked(openai_server) for text in ("Hola, soy Ana", "Dígame", "¿Cuándo viene?", "De 9 a 11"))
    assert "no visto" not in asked(openai_server)
    evaluated(inspect_scorer(artifact, columns={"context": "hechos"}), [sample], ["<<answer:3>>"], tmp_path / "logs")
    assert "no visto" in asked(openai_server)


def test_a_letter_as_target_is_the_choice_it_names(artifact: str, tmp_path: Path, openai_server: Any) -> None:
    sample = Sample(input="¿Cuándo?", choices=["Hoy mismo", "Mañana a las nueve"], target="B")
    scorer = inspect_scorer(artifact, reference=True)
    evaluated(scorer, [sample], ["<<answer:4>> ANSWER: B"], tmp_path / "logs", multiple_choice())
    fenced = asked(openai_server)
    assert fenced.count("Mañana a las nueve") == 2  # in what the model was asked, and as the reference


def test_each_criterion_of_several_has_its_mean(artifact: str, tmp_path: Path) -> None:
    scale = Scale.ordinal(1, 5)
    rubrics = [Rubric(criterion=name, scale=scale) for name in ("claridad", "tono")]
    judge = CriteriaJudge(Rubric(criterion="calidad", scale=scale), rubrics, lm=load_judge(artifact).lm)
    log = evaluated(inspect_scorer(judge), [Sample(input="¿?", target="-")], ["<<do:chatter>>"], tmp_path / "logs")
    value = log.samples[0].scores["criteria"].value
    assert list(value) == ["calidad", "claridad", "tono"]
    assert all(math.isnan(one) for one in value.values())
