"""The MLflow scorer in a real evaluation of MLflow's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mlflow.genai", reason="MLflow is not part of the test environment; see docs/integrations.md")

import mlflow
from mlflow.entities import AssessmentSource

from alia_judge.errors import DataError, UsageError
from alia_judge.integrations.mlflow import mlflow_scorer
from alia_judge.judging.kinds import CriteriaJudge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.publishing import load_judge
from alia_judge.ratings import load_ratings
from alia_judge.records import Scale

# MLflow's own code warns of what it deprecates itself.
pytestmark = pytest.mark.filterwarnings("ignore")

ROWS = [
    {"inputs": {"question": "¿Cuándo?"}, "outputs": "<<answer:4>> Mañana."},
    {"inputs": {"question": "¿Cuánto?"}, "outputs": {"respuesta": "<<answer:2>> No sé."}},
    {"inputs": {"question": "¿Dónde?"}, "outputs": "<<do:chatter>> Aquí."},
]


@pytest.fixture
def tracking(tmp_path: Path) -> str:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("judges")
    return uri


def test_an_evaluation_with_a_published_judge(artifact: str, tracking: str, openai_server: Any) -> None:
    result = mlflow.genai.evaluate(data=ROWS, scorers=[mlflow_scorer(artifact)])
    # What is unscored is no number, and no part of the mean; its share is told.
    assert result.metrics["Utilidad/mean"] == pytest.approx(3.0, abs=0.2)
    assert result.metrics["Utilidad_scored/mean"] == pytest.approx(2 / 3)
    mlflow.flush_trace_async_logging()
    assert len(mlflow.search_traces(return_type="list")) == len(ROWS)  # the judge's own calls are no rows
    table = result.result_df
    assert sorted(value for value in table["Utilidad/value"] if value == value and value is not None) == pytest.approx(
        [2.0, 4.0], abs=0.3
    )
    paid = openai_server.stats()["requests"]
    mlflow.genai.evaluate(data=ROWS, scorers=[mlflow_scorer(artifact)])
    assert openai_server.stats()["requests"] == paid  # nothing is paid for twice


def test_feedback_says_who_judged_and_why_there_is_no_score(artifact: str) -> None:
    scorer = mlflow_scorer(artifact, name="utilidad")
    scored, share = scorer(inputs={"question": "¿Cuándo?"}, outputs="<<answer:4>>")
    assert (scored.name, share.name, share.value) == ("utilidad", "utilidad_scored", True)
    assert scored.value == pytest.approx(4.0, abs=0.2)
    assert scored.rationale is None  # the number itself is no reason
    assert scored.source.source_type == "LLM_JUDGE"
    assert "openai/judge" in scored.source.source_id
    unscored, share = scorer(inputs={"question": "¿Cuándo?"}, outputs="<<do:chatter>>")
    assert (unscored.value, share.value) == (None, False)
    assert unscored.error.error_code == "NO_SCORE"


def test_a_row_that_holds_what_no_judge_is_shown_is_refused(artifact: str) -> None:
    with pytest.raises(UsageError, match="inputs has 'canal'"):
        mlflow_scorer(artifact)(inputs={"question": "q", "canal": "web"}, outputs="<<answer:4>>")
    told = mlflow_scorer(artifact, columns={"context": "canal"})
    assert told(inputs={"question": "q", "canal": "web"}, outputs="<<answer:4>>")[0].value == pytest.approx(4, abs=0.2)


def test_a_registered_scorer_is_read_back_in_another_process(
    artifact: str, tracking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS", "true")
    mlflow_scorer(artifact, name="utilidad").register()
    again = (
        "import mlflow; from mlflow.genai.scorers import get_scorer\n"
        f"mlflow.set_tracking_uri({tracking!r}); mlflow.set_experiment('judges')\n"
        "scorer = get_scorer(name='utilidad')\n"
        "print(round(scorer(inputs={'question': 'q'}, outputs='<<answer:4>> Mañana.')[0].value))"
    )
    done = subprocess.run([sys.executable, "-c", again], capture_output=True, text=True, check=False)
    assert done.stdout.strip().splitlines()[-1:] == ["4"], done.stderr


def test_a_judge_in_memory_is_not_registered(artifact: str, tracking: str) -> None:
    scorer = mlflow_scorer(load_judge(artifact))
    assert scorer(inputs="q", outputs="<<answer:4>>")[0].value == pytest.approx(4, abs=0.2)
    with pytest.raises(UsageError, match="a judge in memory cannot be registered"):
        scorer.register()


def test_each_criterion_of_several_is_told(artifact: str) -> None:
    scale = Scale.ordinal(1, 5)
    rubrics = [Rubric(criterion=name, scale=scale) for name in ("claridad", "tono")]
    whole = Rubric(criterion="calidad", scale=scale)
    judge = CriteriaJudge(whole, rubrics, lm=load_judge(artifact).lm)
    names = [one.name for one in mlflow_scorer(judge)(inputs="q", outputs="<<do:chatter>>")]
    assert names == [f"{name}{end}" for name in ("calidad", "claridad", "tono") for end in ("", "_scored")]


def test_assessments_of_a_live_experiment_are_ratings(tracking: str) -> None:
    for n in range(4):
        with mlflow.start_span("chat") as span:
            span.set_inputs({"question": f"¿Cuándo {n}?"})
            span.set_outputs({"content": f"Mañana {n}.", "role": "assistant"})
        mlflow.flush_trace_async_logging()
        for who, score in (("ana", 1 + n), ("jon", 4 - n)):
            source = AssessmentSource(source_type="HUMAN", source_id=who)
            mlflow.log_feedback(trace_id=span.trace_id, name="tono", value=score, source=source)
        judge = AssessmentSource(source_type="LLM_JUDGE", source_id="gpt")
        mlflow.log_feedback(trace_id=span.trace_id, name="tono", value=1, source=judge)
    ratings = load_ratings("mlflow:judges")
    assert (len(ratings), ratings.annotators, ratings.criteria) == (8, ("ana", "jon"), ("tono",))
    assert {(one.prompt, one.response) for one in ratings.items()} == {
        (f"¿Cuándo {n}?", f"Mañana {n}.") for n in range(4)
    }
    assert ratings.left_out == {"feedback of judges and code": 4}
    traces = mlflow.search_traces(return_type="list")
    assert load_ratings(traces).fingerprint == ratings.fingerprint
    with pytest.raises(DataError, match="there is no experiment 'nowhere'"):
        load_ratings("mlflow:nowhere")
