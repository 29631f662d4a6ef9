"""Judges that MLflow's and autorubric's optimisers make, for `peers_live`; each tool is imported where it is used."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import dspy
import numpy as np

__all__ = ["autorubric_improve", "mlflow_align", "simba_settings"]

Floats = np.ndarray


def simba_settings(requests: int, items: int, demos: int) -> dict[str, Any]:
    """One step of SIMBA that fits the requests.

    It samples every item of a batch twice, writes three candidates, tries each on the batch, and tries the best and the
    judge it began with on all `items`.
    """
    batch = max(2, min(items, (requests - 2 * items) // 5 - 1))
    return {"bsize": batch, "num_candidates": 2, "max_steps": 1, "max_demos": demos, "num_threads": 1}


def mlflow_align(task: Any, demos: int) -> Callable[[Sequence[Any]], Floats]:
    """MLflow's `align` with its SIMBA optimiser, which maximises exact agreement.

    The judge is MLflow's own, of the same rubric: the model writes an object of a point of the scale and its reasons,
    in at most as many tokens as a peer may write. It is sampled while it learns, since SIMBA learns from what differs
    between samples, and asked at temperature 0 afterwards. MLflow 3.18 or later: earlier ones lose the judge's settings
    where they align it. Its default optimiser, MemAlign, is no peer here: it needs a model of embeddings as well.
    """
    os.environ.update(
        MLFLOW_ENABLE_ASYNC_TRACE_LOGGING="false",
        OPENAI_API_BASE=task.address,
        OPENAI_API_KEY="none",
    )
    import mlflow
    from mlflow.entities import AssessmentSource
    from mlflow.genai.judges import make_judge
    from mlflow.genai.judges.optimizers import SIMBAAlignmentOptimizer

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    points = tuple(f"{point:g}" for point in task.judge.scale.points)

    def judge(instructions: str, temperature: float) -> Any:
        return make_judge(
            name="quality",
            instructions=instructions,
            model=f"openai:/{task.model}",
            feedback_value_type=Literal[points],
            inference_params={"temperature": temperature, "max_tokens": task.tokens},
        )

    with tempfile.TemporaryDirectory() as folder:
        mlflow.set_tracking_uri(f"sqlite:///{Path(folder) / 'traces.db'}")
        mlflow.set_experiment(
            experiment_id=mlflow.create_experiment("peers", artifact_location=Path(folder, "files").as_uri())
        )
        for response, score in _rated(task):
            with mlflow.start_span("reply") as span:
                span.set_inputs({"question": ""})
                span.set_outputs(response)
            people = AssessmentSource(source_type="HUMAN", source_id="people")
            mlflow.log_feedback(trace_id=span.trace_id, name="quality", value=str(round(score)), source=people)
        traces = mlflow.search_traces(return_type="list")
        settings = simba_settings(task.requests, len(traces), demos)
        optimiser = SIMBAAlignmentOptimizer(
            model=f"openai:/{task.model}",
            batch_size=settings.pop("bsize"),
            seed=task.seed + 42,
            simba_kwargs={**settings, "prompt_model": task.writer},
        )
        with dspy.context(max_errors=10**6, adapter=dspy.JSONAdapter()):
            aligned = judge(_rubric_text(task) + "\n\nRespuesta: {{ outputs }}", 1.0).align(traces, optimiser)
    settled = judge(aligned.instructions, 0.0)

    def score(items: Sequence[Any]) -> Floats:
        said = []
        for item in items:
            try:
                said.append(float(settled(outputs=item.response).value))
            except Exception:  # noqa: BLE001 - an answer that MLflow cannot read is an item without a score
                said.append(np.nan)
        return np.array(said)

    return score


def autorubric_improve(task: Any) -> Callable[[Sequence[Any]], Floats]:
    """autorubric's `improve_rubric` on grading errors (its strategy ``held_out``).

    Its grader answers met or unmet and asks about one criterion at a time, so the rubric is one criterion for each
    point but the lowest, "at least as good as this", and a score the share of them that is met. As many items to learn
    on are taken as the requests pay for twice, beside one revision.
    """
    from autorubric import Criterion, CriterionVerdict, LLMConfig, Rubric
    from autorubric.dataset import DataItem, RubricDataset
    from autorubric.graders import CriterionGrader
    from autorubric.meta import improve_rubric

    rubric = task.judge.rubric
    steps = sorted(rubric.anchors)[1:]
    criteria = [
        Criterion(
            name=f"{rubric.criterion} {point:g}",
            weight=1.0,
            requirement=f"{rubric.instructions} Al menos: {rubric.anchors[point]}",
        )
        for point in steps
    ]
    model = {"model": f"openai/{task.model}", "api_base": task.address, "api_key": "none", "max_retries": 1}
    reader = LLMConfig(**model, temperature=0.0, max_tokens=task.tokens, max_parallel_requests=1)
    writer = LLMConfig(**model, temperature=1.0, max_tokens=4 * task.tokens)
    taken = _rated(task)[: max(1, (task.requests - 1) // (2 * len(steps)))]
    known = [
        DataItem(
            submission=response,
            description="",
            ground_truth=[CriterionVerdict.MET if score >= point else CriterionVerdict.UNMET for point in steps],
        )
        for response, score in taken
    ]
    start = Rubric(criteria)
    improved = asyncio.run(
        improve_rubric(
            start,
            rubric.criterion,
            eval_llm=reader,
            revision_llm=writer,
            validation_data=RubricDataset(prompt=rubric.criterion, rubric=start, items=known),
            max_iterations=2,
            strategy="held_out",
            save_artifacts=False,
            show_progress=False,
        )
    )

    def score(items: Sequence[Any]) -> Floats:
        async def graded() -> list[float]:
            grader = CriterionGrader(judge_model_config=reader)
            reports = [
                await improved.best_rubric.grade(item.response, grader, query=rubric.criterion) for item in items
            ]
            return [np.nan if one.score is None else float(one.score) for one in reports]

        low, high = task.judge.scale.points[0], task.judge.scale.points[-1]
        return low + (high - low) * np.array(asyncio.run(graded()))

    return score


def _rated(task: Any) -> list[tuple[str, float]]:
    """The responses to learn and to choose on, with people's scores."""
    return [
        (item.response, float(score))
        for split in (task.train, task.dev)
        for item, score in zip(split.items, split.scale.oriented(split.target), strict=True)
    ]


def _rubric_text(task: Any) -> str:
    """What the judge is told, but for its last two paragraphs: how texts are marked, and the form of an answer."""
    return "\n\n".join(task.judge.messages(response="")[0]["content"].split("\n\n")[:-2])
