"""``judge.align`` in the real MLflow, a search as a run of its, and a published judge as a model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mlflow.genai", reason="MLflow is not part of the test environment; see docs/integrations.md")

import mlflow
import numpy as np
import pandas as pd
from mlflow.entities import AssessmentSource
from mlflow.genai.judges import make_judge

import alia_judge as aj
from alia_judge.errors import ArtifactError, GateRefused, UsageError
from alia_judge.integrations.mlflow import AlignmentOptimizer, log_judge, log_search

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("artifact")]  # MLflow deprecates its own

WORDS = "Is {{ outputs }} of use to who asked {{ inputs }}? Rate it from 1 to 5."


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


@pytest.fixture
def tracking(database: str, request: pytest.FixtureRequest) -> str:
    mlflow.set_tracking_uri(database)
    mlflow.set_experiment(request.node.name)
    return database


def traces(n: int = 40, *, noise: float = 0.5, session: bool = False, seed: int = 0) -> list[Any]:
    """Traces that two people rated; what the server will answer stands in the response."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(n):
        true = int(rng.integers(1, 6))
        with mlflow.start_span("chat") as span:
            span.set_inputs({"question": f"¿Pregunta {number}?"})
            span.set_outputs(f"<<answer:{true}>> Respuesta {number}.")
            mlflow.update_current_trace(metadata={"mlflow.trace.session": f"s{number}"})
        made.append((span.trace_id, true))
    mlflow.flush_trace_async_logging()
    for number, (trace, true) in enumerate(made):
        for who in ("ana", "jon"):
            value = int(np.clip(round(true + rng.normal(0, noise)), 1, 5))
            about = {"metadata": {"mlflow.trace.session": f"s{number}"}} if session else {}
            person = AssessmentSource(source_type="HUMAN", source_id=who)
            mlflow.log_feedback(trace_id=trace, name="usefulness", value=value, source=person, **about)
    return list(mlflow.search_traces(return_type="list", max_results=n))


def judge(words: str = WORDS, model: str = "openai:/judge") -> Any:
    return make_judge(name="usefulness", instructions=words, model=model, feedback_value_type=int)


def optimizer(**options: Any) -> Any:
    space = aj.SearchSpace(
        layouts=("chat", "single"), reasonings=("none", "after")
    )  # the server reads the first answer
    return AlignmentOptimizer(budget=aj.Budget(calls=60), storage=":memory:", space=space, **options)


def test_a_judge_is_aligned_held_out_published_and_registered(
    tracking: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rated = traces()
    aligning = optimizer(artifact=tmp_path / "aligned")
    aligned = judge().align(rated, aligning)
    found = aligning.aligned
    assert found.audit.criteria["usefulness"].n_annotators == 2
    assert found.tuned.result.paid <= 60
    held_out = found.evaluation.judge(found.evaluation.subject, "usefulness")
    assert held_out.correlation["item"]["spearman"].value > 0.6
    assert set(found.benchmark.assignment.values()) == {"train", "dev", "test"}
    feedback, scored = aligned(inputs={"question": "¿Cuándo?"}, outputs="<<answer:5>> Mañana.")
    assert (feedback.name, scored.value, feedback.value > 4) == ("usefulness", True, True)
    assert aligned.instructions.count("{{") == 0
    result = mlflow.genai.evaluate(
        data=[{"inputs": {"question": "q"}, "outputs": "<<answer:1>> No."}], scorers=[aligned]
    )
    assert result.metrics["usefulness/mean"] < 2.5
    monkeypatch.setenv("MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS", "true")
    aligned.register()
    experiment = "test_a_judge_is_aligned_held_out_published_and_registered"
    elsewhere = (
        f"import mlflow; mlflow.set_tracking_uri({tracking!r}); mlflow.set_experiment({experiment!r})\n"
        "from mlflow.genai.scorers import get_scorer\n"
        "print(get_scorer(name='usefulness')(inputs={'question': 'q'}, outputs='<<answer:5>>')[0].value)"
    )
    done = subprocess.run([sys.executable, "-c", elsewhere], capture_output=True, text=True, check=True)
    assert float(done.stdout.split()[-1]) > 4


@pytest.mark.usefixtures("tracking")
def test_a_judge_of_sessions_is_aligned_too() -> None:
    words = "Is the help in {{ conversation }} of use? Rate it from 1 to 5."
    aligned = optimizer().align(judge(words), traces(session=True))
    session = mlflow.search_traces(return_type="list", max_results=1)
    assert aligned.is_session_level_scorer
    assert aligned(session=session)[1].value is True
    with pytest.raises(UsageError, match="AlignmentOptimizer\\(artifact=FOLDER\\)"):
        aligned.register()


@pytest.mark.usefixtures("tracking")
def test_reviewers_who_do_not_agree_are_refused_before_anything_is_asked(openai_server: Any) -> None:
    with pytest.raises(GateRefused, match="gate=False"):
        optimizer().align(judge(), traces(noise=50.0))
    assert openai_server.stats()["requests"] == 0


@pytest.mark.usefixtures("tracking")
def test_what_cannot_be_aligned_says_why() -> None:
    rated = traces(30)
    with pytest.raises(UsageError, match="only MLflow can ask; name another, AlignmentOptimizer\\(lm="):
        optimizer().align(judge(model="endpoints:/somewhere"), rated)
    with pytest.raises(UsageError, match="usefulness"):
        optimizer().align(make_judge(name="tone", instructions=WORDS, model="openai:/judge"), rated)


@pytest.mark.usefixtures("tracking")
def test_a_search_is_a_run(tmp_path: Path) -> None:
    aligning = optimizer(artifact=tmp_path / "aligned")
    judge().align(traces(), aligning)
    found = aligning.aligned
    with pytest.raises(UsageError, match="no MLflow run is active"):
        log_search(found.tuned)
    with mlflow.start_run() as active:
        log_search(found.tuned, evaluation=found.evaluation, artifact=found.artifact)
    run = mlflow.get_run(active.info.run_id)
    assert run.data.params["objective"] == "spearman"
    assert run.data.tags["mlflow.note.content"] == str(found.tuned.summary)
    assert run.data.metrics["calls.paid"] == found.tuned.result.paid
    assert run.data.metrics["deployed.dev"] == pytest.approx(found.tuned.deployed.dev.value)
    low, value = run.data.metrics["held_out.spearman.low"], run.data.metrics["held_out.spearman"]
    assert low < value <= 1
    client = mlflow.MlflowClient()
    steps = [point.step for point in client.get_metric_history(active.info.run_id, "search.value")]
    assert steps == [point.calls for point in found.tuned.result.curve]
    kept = {one.path for one in client.list_artifacts(active.info.run_id)}
    assert {"report.html", "figures", "judge", "search.json"} <= kept


@pytest.mark.usefixtures("tracking")
def test_a_published_judge_is_a_model_without_a_pickle(artifact: str, tmp_path: Path) -> None:
    with mlflow.start_run():
        model = log_judge(artifact)
    loaded = mlflow.pyfunc.load_model(model.model_uri)
    rows = pd.DataFrame(
        {"prompt": ["a", "a", "b"], "response": ["<<answer:4>>", "<<answer:4>>", "<<do:chatter>>"]}, index=[7, 8, 9]
    )
    scores = loaded.predict(rows)
    assert list(scores.index) == [7, 8, 9]
    assert scores["score"][7] == scores["score"][8] == pytest.approx(4.0, abs=0.2)
    assert scores["unscored"][9] == "no_score"
    folder = Path(mlflow.artifacts.download_artifacts(model.model_uri))
    assert not list(folder.rglob("*.pkl"))
    with pytest.raises(ArtifactError):
        log_judge(tmp_path)
