"""`AlignmentOptimizer`: the search of this library behind MLflow's ``judge.align``."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlflow.genai.judges.base import AlignmentOptimizer as MlflowOptimizer
from mlflow.genai.judges.base import Judge as MlflowJudge
from mlflow.genai.judges.base import JudgeField
from mlflow.genai.scorers.base import ScorerKind
from pydantic import PrivateAttr

from alia_judge._messages import message
from alia_judge.benchmark import Benchmark, RatingsAudit, audit_ratings, build_benchmark
from alia_judge.compiling.budget import Budget
from alia_judge.compiling.compiler import CompiledJudge, compile_judge
from alia_judge.compiling.objective.objective import Objective, Statistic
from alia_judge.compiling.options import Deployment, Proposals, Resampling, SearchOptions
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.errors import GateRefused, UsageError
from alia_judge.evaluation import EvaluationResult, evaluate_judge
from alia_judge.integrations._asked import AskedJudge
from alia_judge.integrations.mlflow import feedback_on, mlflow_scorer
from alia_judge.judging.judge import Judge
from alia_judge.judging.prompt.prompt import render_rubric
from alia_judge.judging.rubrics.importers import rubric_from_mlflow
from alia_judge.models.resolve import resolve_lm
from alia_judge.publishing import publish_judge
from alia_judge.ratings import load_ratings
from alia_judge.ratings.readers.mlflow_assessments import session_item, trace_item
from alia_judge.ratings.tool_records import Columns, item_from
from alia_judge.records import Scale
from alia_judge.text.language import detect_language

__all__ = ["Aligned", "AlignedJudge", "AlignmentOptimizer"]

#: MLflow's words for who answers that are no provider of a model.
_NOT_A_MODEL = ("databricks", "endpoints", "gateway")


@dataclass(frozen=True, kw_only=True)
class Aligned:
    """What an alignment found.

    Parameters
    ----------
    audit
        How well the reviewers agree, and what a judge can reach.
    benchmark
        Whose traces were learnt from, and whose were held out.
    tuned
        The search and the judges that it names.
    evaluation
        The deployed judge on the traces that were held out, beside the judge as it was given.
    artifact
        Where it is published; None where no place was named.
    """

    audit: RatingsAudit
    benchmark: Benchmark
    tuned: CompiledJudge
    evaluation: EvaluationResult
    artifact: str | None


class AlignmentOptimizer(MlflowOptimizer):  # type: ignore[misc]
    """Aligns an MLflow judge with its reviewers, for a statistic of the whole set, with figures on held-out traces.

    The agreement of the reviewers is measured before anything is asked. Reviewers who disagree too much are refused.
    Sessions are never on both sides of a split. ``judge.align(traces, optimizer)`` is MLflow's way to call it; MLflow
    refuses judges of whole sessions there, which ``optimizer.align(judge, traces)`` takes.

    Parameters
    ----------
    budget
        What may be spent on the search; the held-out figure costs a call an item of each deployed configuration, and
        one of the judge as it was given, besides.
    lm
        Which model answers; None is the judge's own (``openai:/gpt-4o-mini``).
    artifact
        Where to publish the aligned judge, with its held-out figures: a folder, or ``hf://ORG/NAME``. A judge that is
        published can be registered.
    scale
        What the values are, where neither the judge's `feedback_value_type` nor the ratings say it.
    gate
        Whether reviewers who disagree too much are refused.
    columns
        Where the keys of inputs and outputs do not say which field of an item they are, as in `mlflow_scorer`.
    splits
        Shares for train, dev and test.
    space, objective, options, deployment, proposals, resampling, storage, seed
        As for `compile_judge`.

    Attributes
    ----------
    aligned
        What the last alignment found; None before.

    Examples
    --------
    >>> optimizer = AlignmentOptimizer(budget=Budget(calls=600), artifact="my-judge")  # doctest: +SKIP
    >>> judge.align(traces, optimizer).register()  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        budget: Budget,
        lm: Any = None,
        artifact: str | os.PathLike[str] | None = None,
        scale: Scale | str | None = None,
        gate: bool = True,
        columns: Columns | None = None,
        splits: Sequence[float] = (0.5, 0.2, 0.3),
        space: SearchSpace | None = None,
        objective: Objective | Statistic | None = None,
        options: SearchOptions | None = None,
        deployment: Deployment | None = None,
        proposals: Proposals | None = None,
        resampling: Resampling | None = None,
        storage: str | None = None,
        seed: int = 0,
    ) -> None:
        self.lm, self.artifact, self.scale, self.gate, self.columns = lm, artifact, scale, gate, columns
        self.splits, self.seed = splits, seed
        self._search: Mapping[str, Any] = {
            "budget": budget, "space": space, "objective": objective, "options": options, "deployment": deployment,
            "proposals": proposals, "resampling": resampling, "storage": storage, "seed": seed,
        }  # fmt: skip
        self.aligned: Aligned | None = None

    def align(self, judge: Any, traces: Sequence[Any]) -> AlignedJudge:
        """The judge that agrees best with the reviewers.

        Parameters
        ----------
        judge
            What `mlflow.genai.judges.make_judge` made: its instructions are the rubric, its name the criterion.
        traces
            Traces with people's feedback under the judge's name, on traces or on sessions.

        Raises
        ------
        DataError
            If the traces hold no feedback that can be read.
        UsageError
            If none of it is under the judge's name, or the judge's model cannot be asked.
        GateRefused
            If the reviewers disagree too much.
        """
        name, whole = judge.name, bool(judge.is_session_level_scorer)
        ratings = load_ratings(list(traces), scales=None if self.scale is None else {name: self.scale})
        ratings = ratings.select(criteria=[name])
        audit = audit_ratings(ratings, name, checks=False, seed=self.seed)
        if (found := audit.criteria[name].gate).refuses and self.gate:
            raise GateRefused(
                message(
                    "{name}: {reason} AlignmentOptimizer(gate=False) goes on all the same",
                    name=name,
                    reason=found.reason,
                )
            )
        benchmark = build_benchmark(ratings, criterion=name, splits=tuple(self.splits), audit=audit, seed=self.seed)
        rubric = rubric_from_mlflow(
            judge.instructions,
            name=name,
            scale=benchmark.scale,
            language=detect_language(judge.instructions) or "en",
        )
        given = Judge(rubric, self._model(judge), subject="conversation" if whole else "response")
        tuned = compile_judge(given, train=benchmark.train, dev=benchmark.dev, **self._search)
        evaluation = evaluate_judge(tuned, benchmark.test, baseline=given)
        artifact = None if self.artifact is None else publish_judge(tuned, self.artifact, evaluation=evaluation)
        self.aligned = Aligned(audit=audit, benchmark=benchmark, tuned=tuned, evaluation=evaluation, artifact=artifact)
        return AlignedJudge.of(judge, self.aligned, self.columns)

    def _model(self, judge: Any) -> Any:
        if self.lm is not None:
            return resolve_lm(self.lm)
        provider, separator, model = str(getattr(judge, "model", "")).partition(":/")
        if not separator or provider in _NOT_A_MODEL:
            raise UsageError(
                message(
                    "the judge's model is {provider}{separator}{model}, which only MLflow can ask; name "
                    "another, AlignmentOptimizer(lm='openai/gpt-4o-mini')",
                    provider=provider,
                    separator=separator,
                    model=model,
                )
            )
        options = {
            "api_base": getattr(judge, "_base_url", None),
            "headers": getattr(judge, "_extra_headers", None),
            **(getattr(judge, "_inference_params", None) or {}),
        }
        return resolve_lm(
            f"{provider}/{model.lstrip('/')}", **{key: value for key, value in options.items() if value is not None}
        )


class AlignedJudge(MlflowJudge):  # type: ignore[misc]
    """What an alignment deploys, as a judge of MLflow's: it gives feedback as the scorer of `mlflow_scorer` does."""

    _asked: AskedJudge = PrivateAttr()
    _given: Any = PrivateAttr()
    _artifact: str | None = PrivateAttr(default=None)
    _columns: Any = PrivateAttr(default=None)

    @classmethod
    def of(cls, given: Any, aligned: Aligned, columns: Columns | None) -> AlignedJudge:
        """The aligned form of the judge `given`."""
        judge = cls(name=given.name, description=given.description, aggregations=given.aggregations)
        judge._asked = AskedJudge(aligned.tuned.module)
        judge._given, judge._artifact, judge._columns = given, aligned.artifact, columns
        return judge

    @property
    def kind(self) -> Any:
        """A class of its own: registered is the scorer of the published judge."""
        return ScorerKind.CLASS

    @property
    def instructions(self) -> str:
        """The rubric of the first configuration that is asked."""
        return render_rubric(self._asked.judge.rubric)

    @property
    def model(self) -> str:
        """The models that are asked."""
        return self._asked.model

    @property
    def feedback_value_type(self) -> Any:
        """That of the judge as it was given."""
        return self._given.feedback_value_type

    @property
    def is_session_level_scorer(self) -> bool:
        """Whether whole sessions are judged."""
        return bool(self._given.is_session_level_scorer)

    def get_input_fields(self) -> list[JudgeField]:
        """Those of the judge as it was given."""
        return list(self._given.get_input_fields())

    def __call__(
        self,
        *,
        inputs: Any = None,
        outputs: Any = None,
        expectations: Any = None,
        trace: Any = None,
        session: Sequence[Any] | None = None,
    ) -> list[Any]:
        """Feedback on one response, a trace, or a session of traces; see `mlflow_scorer`."""
        if session is not None:
            item = session_item([trace.to_dict() for trace in session])
        elif outputs is None and trace is not None:
            item = trace_item(trace.to_dict())
        else:
            item = item_from(inputs, outputs, expectations, columns=self._columns)
        return feedback_on(self._asked, item, self.name)

    def register(self, **options: Any) -> Any:
        """Register the scorer of the published judge; the options are those of MLflow's ``Scorer.register``.

        Raises
        ------
        UsageError
            If it was not published, or judges whole sessions.
        """
        if self._artifact is None:
            raise UsageError(
                message(
                    "a judge in memory cannot be registered, for nobody else has it; align with "
                    "AlignmentOptimizer(artifact=FOLDER)"
                )
            )
        if self.is_session_level_scorer:
            raise UsageError(message("a judge of sessions cannot be registered; load_judge(FOLDER) has it elsewhere"))
        return mlflow_scorer(Path(self._artifact), name=self.name, columns=self._columns).register(**options)
