"""`log_search` and `log_judge`: a search as an MLflow run, and a published judge as an MLflow model."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow

from alia_judge._messages import message
from alia_judge.compiling.compiler import CompiledJudge
from alia_judge.errors import UsageError, expect
from alia_judge.evaluation import EvaluationResult
from alia_judge.publishing import read_published
from alia_judge.reporting import evaluation_page, write_figures, write_page
from alia_judge.stats import Estimate

__all__ = ["log_judge", "log_search"]

#: MLflow copies it into the model and runs it where the model is loaded.
_MODEL = Path(__file__).with_name("_mlflow_model.py")


def log_search(
    tuned: CompiledJudge,
    *,
    evaluation: EvaluationResult | None = None,
    artifact: str | os.PathLike[str] | None = None,
) -> None:
    """Write a search into the active MLflow run: parameters, figures, its curve, its result, the report and the judge.

    Parameters
    ----------
    tuned
        What `compile_judge` gave. Its configuration, objective, budget and study are the run's parameters; each figure
        is a metric with ``.low`` and ``.high`` beside it, and the curve of the search has the paid calls as its step.
        What it found, in words, is the run's description where the run has none.
    evaluation
        What `evaluate_judge` found on held-out items, as metrics, and as ``report.html`` with its figures.
    artifact
        The folder in which the judge was published; it is kept below ``judge/``.

    Raises
    ------
    UsageError
        If `tuned` is something else, or no run is active.

    Examples
    --------
    >>> with mlflow.start_run():  # doctest: +SKIP
    ...     log_search(tuned, evaluation=result, artifact="my-judge")
    """
    expect("tuned", tuned, CompiledJudge, "what compile_judge gives")
    active = mlflow.active_run()
    if active is None:
        raise UsageError(message("no MLflow run is active; write it within: with mlflow.start_run(): ..."))
    if "mlflow.note.content" not in active.data.tags:
        mlflow.set_tag("mlflow.note.content", str(tuned.summary))
    result = tuned.result
    mlflow.log_params(dict(_parameters(tuned)))
    for point in result.curve:
        found = {
            "search.value": point.value,
            "search.low": point.low,
            "search.high": point.high,
            "search.gain": point.gain,
        }
        mlflow.log_metrics(_finite(found), step=point.calls)
    figures = {
        "calls.paid": result.paid,
        "calls.per_item": result.deployed.stack.calls_per_item,
        "cost": math.nan if result.cost is None else result.cost,
        "found": float(result.found),
        **_metrics("single.dev", result.single.dev),
        **_metrics("deployed.dev", result.deployed.dev),
    }
    if evaluation is not None:
        for name, value in _held_out(evaluation):
            figures |= _metrics(name, value) if isinstance(value, Estimate) else {name: value}
    mlflow.log_metrics(_finite(figures))
    mlflow.log_dict(result.to_dict(), "search.json")
    if evaluation is not None:
        with tempfile.TemporaryDirectory() as folder:
            page = evaluation_page(evaluation, compiled=result)
            mlflow.log_artifact(str(write_page(page, Path(folder) / "report.html")))
            for figure in write_figures(page, Path(folder)):
                mlflow.log_artifact(str(figure), "figures")
    if artifact is not None:
        mlflow.log_artifacts(os.fspath(artifact), "judge")


def log_judge(artifact: str | os.PathLike[str], name: str = "judge", **options: Any) -> Any:
    """Write a published judge as an MLflow model, which `mlflow.pyfunc.load_model` and ``mlflow models serve`` take.

    No code and no object of this process is pickled: the model keeps the folder's JSON and text and a file that loads
    them. Its ``predict`` takes a frame with the columns of an item (``prompt``, ``response`` ...) and gives ``score``,
    ``unscored`` and, of a judge of several criteria, a column for each.

    Parameters
    ----------
    artifact
        The folder of a published judge.
    name
        What the model is called.
    **options
        As for `mlflow.pyfunc.log_model` (``registered_model_name=``).

    Raises
    ------
    ArtifactError
        If the folder holds no published judge, or was changed.

    Examples
    --------
    >>> log_judge("my-judge", registered_model_name="helpfulness")  # doctest: +SKIP
    """
    read_published(artifact)
    return mlflow.pyfunc.log_model(
        name=name, python_model=str(_MODEL), artifacts={"judge": os.fspath(artifact)}, **options
    )


def _parameters(tuned: CompiledJudge) -> Iterator[tuple[str, Any]]:
    """Names and values; a value is at most 500 characters, as older stores of MLflow's take."""
    result = tuned.result
    stated = {
        "objective": result.objective, "budget": result.budget, "study": result.study, "stopped": result.stopped,
        "single": result.single.configuration.name, "deployed": result.deployed.stack.name,
        "signature": result.signature,
    }  # fmt: skip
    for name, value in {**stated, **result.single.configuration.parameters}.items():
        if isinstance(value, (str, int, float, bool)):
            yield name, str(value)[:500]


def _held_out(evaluation: EvaluationResult) -> Iterator[tuple[str, Any]]:
    for criterion, found in evaluation.criteria.items():
        prefix = "held_out" if len(evaluation.criteria) == 1 else f"held_out.{_plain(criterion)}"
        judge = found.judges.get(evaluation.subject or "") or next(iter(found.judges.values()))
        yield f"{prefix}.coverage", judge.coverage
        for statistic, value in judge.correlation.get("item", {}).items():
            yield f"{prefix}.{statistic}", value
        if judge.share_of_ceiling is not None:
            yield f"{prefix}.share_of_ceiling", judge.share_of_ceiling


def _metrics(name: str, estimate: Estimate) -> dict[str, float]:
    return {name: estimate.value, f"{name}.low": estimate.low, f"{name}.high": estimate.high}


def _finite(figures: dict[str, float]) -> dict[str, float]:
    """What is undefined is no metric: MLflow would draw a NaN as a point."""
    return {name: float(value) for name, value in figures.items() if math.isfinite(value)}


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "_-. /" else "_" for letter in name)
