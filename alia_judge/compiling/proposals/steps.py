"""Evaluation steps that a model writes for a search: once, kept where the study is, and tried beside going without."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import optuna

from alia_judge._messages import joined, message
from alia_judge._record import Record
from alia_judge.compiling.proposals.metering import metered
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.compiling.spent import Spent
from alia_judge.compiling.study.study import SearchStudy
from alia_judge.compiling.study.tasks import OnceTasks
from alia_judge.errors import ModelError
from alia_judge.judging.question.steps import with_steps
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.resolve import resolve_lm

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge

__all__ = ["StepsReport", "with_written_steps"]


@dataclass(frozen=True, kw_only=True, eq=False)
class StepsReport(Record):
    """What became of having steps written.

    Parameters
    ----------
    author
        Who wrote.
    written
        For how many rubrics there are steps now that had none.
    calls, cost
        Calls of the author's model, part of those paid, and their dollars; None where nobody says.
    why
        All that in a sentence.
    """

    author: str
    written: int
    calls: int
    cost: float | None
    why: str

    @property
    def spent(self) -> Spent:
        """What the author's model took."""
        return Spent(calls=self.calls, cost=math.nan if self.cost is None else self.cost)


def with_written_steps(
    space: SearchSpace, judge: Judge, lm: Any, storage: optuna.storages.BaseStorage
) -> tuple[SearchSpace, StepsReport]:
    """The space with a variant of each rubric that has no steps, with those that a model writes for it.

    Rubrics that differ in style alone share their steps; the style that leaves steps out has no variant, and there is
    one more with them as a checklist. What was written for a rubric stays in the storage: whoever searches with it
    again, now or later, has the same.

    Parameters
    ----------
    space
        The space.
    judge
        Gives the rubric where the space names none.
    lm
        Who writes: a `dspy.LM`, or a name that `resolve_lm` knows. A rubric for which it writes no list of steps stays
        as it is.
    storage
        Where the study is.
    """
    model = resolve_lm(lm) if isinstance(lm, str) else lm
    author = str(model.model)
    tasks = OnceTasks(SearchStudy(storage, f"steps by {author}", {"steps_by": author}, ()))
    rubrics = space.rubrics or (() if space.rubrics_by_language else (judge.rubric,))
    steps: dict[Rubric, tuple[str, ...]] = {}
    spent, refused = [], []
    for base in dict.fromkeys(replace(rubric, style="anchored") for rubric in rubrics if not rubric.steps):
        result = tasks.once(f"steps of {base.fingerprint}", f"steps of {base.criterion}", partial(_write, base, model))
        spent.append(Spent.of(result))
        refused += [result["why"]] if result["why"] else []
        if result["steps"]:
            steps[base] = tuple(result["steps"])
    variants: dict[Rubric, None] = {}
    for rubric in rubrics:
        found = steps.get(replace(rubric, style="anchored"))
        if found and not rubric.steps:
            styles = ["checklist"] if rubric.style == "terse" else [rubric.style, "checklist"]
            variants |= {replace(rubric, steps=found, style=style): None for style in styles}  # type: ignore[arg-type]
    total = Spent.total(spent)
    why = message(
        "{author} wrote steps for {n} of {got} rubrics without any",
        author=author,
        n=len(steps),
        got=len(steps) + len(refused),
    )
    report = StepsReport(
        author=author,
        written=len(steps),
        calls=total.calls,
        cost=None if math.isnan(total.cost) else total.cost,
        why=message("{why} ({refused})", why=why, refused=joined(refused, "; ")) if refused else why,
    )
    return replace(space, rubrics=(*rubrics, *variants)), report


def _write(rubric: Rubric, lm: Any, again: bool) -> dict[str, Any]:  # noqa: ARG001 - what a lost attempt took is unknown
    with metered() as meter:
        try:
            steps, why = with_steps(rubric, lm).steps, None
        except ModelError as error:
            steps, why = (), str(error)
    cost = None if math.isnan(meter.spent.cost) else meter.spent.cost
    return {"steps": list(steps), "why": why, "calls": meter.spent.calls, "cost": cost}
