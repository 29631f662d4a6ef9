"""`JudgeOptimizer`: the search behind DSPy's optimizer contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import dspy
import numpy as np

from alia_judge._messages import message
from alia_judge.benchmark.split import Split, SplitName
from alia_judge.compiling.budget import Budget
from alia_judge.compiling.compiler import CompiledJudge, compile_judge
from alia_judge.compiling.objective.objective import Objective, Statistic
from alia_judge.compiling.options import Deployment, Proposals, Resampling, SearchOptions, from_former_names
from alia_judge.compiling.race.search import SearchProgress
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.records import Item

__all__ = ["JudgeOptimizer"]

#: What a judge is shown of an item, and what else an example may have.
_SHOWN = ("prompt", "response", "context", "reference", "response_b", "responses", "turns", "trace")
_BESIDE = ("item_id", "group", "system", "language", "score", "comments")


class JudgeOptimizer(dspy.teleprompt.Teleprompter):  # type: ignore[misc]
    """Optimizes a `Judge` as DSPy's optimizers do, but for a statistic of the whole set.

    A DSPy metric scores one example at a time, and the mean of it cannot tell whether the judge puts the examples in
    the right order. This optimizer therefore takes no metric: examples carry the consensus of people as ``score``.

    Parameters
    ----------
    budget
        What may be spent.
    space, objective, options, deployment, proposals, resampling, storage, study, seed, progress
        As for `compile_judge`.
    former
        Options by the names that they had before 0.2, with a `DeprecationWarning`.

    Examples
    --------
    >>> optimizer = JudgeOptimizer(budget=Budget(calls=300), storage=":memory:")
    >>> tuned = optimizer.compile(judge, trainset=examples)  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        budget: Budget,
        space: SearchSpace | None = None,
        objective: Objective | Statistic | None = None,
        options: SearchOptions | None = None,
        deployment: Deployment | None = None,
        proposals: Proposals | None = None,
        resampling: Resampling | None = None,
        storage: str | None = None,
        study: str | None = None,
        seed: int = 0,
        progress: Callable[[SearchProgress], None] | None = None,
        **former: Any,
    ) -> None:
        super().__init__()
        self.budget, self.space, self.objective = budget, space, objective
        self.options, self.deployment, self.proposals = from_former_names(
            "JudgeOptimizer", former, options, deployment, proposals
        )
        self.resampling, self.storage, self.study = resampling, storage, study
        self.seed, self.progress = seed, progress
        self.compiled: CompiledJudge | None = None

    def compile(
        self,
        student: Judge,
        *,
        trainset: Sequence[Any],
        teacher: Any | None = None,
        valset: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> Judge:
        """Find the best judge of one configuration.

        Parameters
        ----------
        student
            The judge to start from; it is left as it is.
        trainset, valset
            Examples with ``response`` and what else a judge is shown of an item (``prompt``, ``context``,
            ``reference``, ``turns``, ``trace``, ``response_b``, ``responses``), ``score`` (the consensus of people, on
            the scale of the rubric) and, where they have them, ``item_id``, ``group``, ``system`` and ``language``.
        teacher
            Not used.

        Returns
        -------
        Judge
            A new judge. All that was found is in `compiled`.

        Raises
        ------
        UsageError
            If the student is no `Judge`, an example has no score or an input that no judge is shown, or an unknown
            option is given.
        """
        if kwargs:
            raise UsageError(message("JudgeOptimizer.compile knows no option {names}", names=", ".join(sorted(kwargs))))
        if teacher is not None:
            raise UsageError(
                message("JudgeOptimizer learns from people's scores, not from a teacher; leave teacher out")
            )
        if not isinstance(student, Judge):
            raise UsageError(
                message(
                    "JudgeOptimizer optimizes a Judge, got {kind}; wrap the rubric in a Judge",
                    kind=type(student).__name__,
                )
            )
        self.compiled = compile_judge(
            student,
            train=_split("train", student, trainset),
            dev=None if not valset else _split("dev", student, valset),
            space=self.space,
            budget=self.budget,
            objective=self.objective,
            options=self.options,
            deployment=self.deployment,
            proposals=self.proposals,
            resampling=self.resampling,
            storage=self.storage,
            study=self.study,
            seed=self.seed,
            progress=self.progress,
        )
        return self.compiled.judge


def _split(name: SplitName, judge: Judge, examples: Sequence[Any]) -> Split:
    missing = [place for place, example in enumerate(examples) if example.get("score") is None]
    if missing:
        raise UsageError(
            message(
                "{name} example {missing} has no score; give each the consensus of people as 'score'",
                name=name,
                missing=missing[0],
            )
        )
    scale = judge.scale
    target = scale.oriented(np.array([float(example["score"]) for example in examples]))
    return Split(
        name=name,
        criterion=judge.rubric.criterion,
        scale=scale,
        items=tuple(_item(f"{name}-{place}", example) for place, example in enumerate(examples)),
        target=target,
        target_se=np.full(len(examples), np.nan),
        values=scale.oriented(target)[None, :],
    )


def _item(default: str, example: Any) -> Item:
    try:
        inputs = set(example.inputs().keys())
    except ValueError:  # nothing was said to be one
        inputs = set()
    unknown = sorted(inputs - {*_SHOWN, *_BESIDE})
    if unknown:
        raise UsageError(
            message(
                "{default} has the input {unknown!r}, which no judge is shown; inputs are {shown}: "
                "rename it, or leave it out of with_inputs",
                default=default,
                unknown=unknown[0],
                shown=", ".join(_SHOWN),
            )
        )
    shown = {field: example[field] for field in _SHOWN if example.get(field) is not None}
    beside = {field: example.get(field) for field in ("group", "system", "language")}
    return Item.from_fields(str(example.get("item_id") or default), {**shown, **beside})
