"""From verdicts to judges: the best single configuration, the best stack, and how good they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from alia_judge.compiling.constraints.constraint import ConstraintReport
from alia_judge.compiling.constraints.judge_measures import Prober
from alia_judge.compiling.constraints.tracker import Aims
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.race.learning_set import LearningSet
from alia_judge.compiling.race.racer import Standing
from alia_judge.compiling.selection.common_items import Desk, Field
from alia_judge.compiling.selection.front import front_of
from alia_judge.compiling.selection.judges import Deployed, Single
from alia_judge.compiling.selection.pareto import ParetoFront
from alia_judge.compiling.selection.permutation import permutation_p_value
from alia_judge.compiling.selection.single import choose_single, named_single
from alia_judge.compiling.selection.stack import Workbench, choose_stack
from alia_judge.compiling.space.build import calls_of
from alia_judge.compiling.verdict_table import Evidence
from alia_judge.errors import AliaJudgeError, BudgetError, ModelError
from alia_judge.records import Configuration

__all__ = ["Conclusion", "Ending"]


class Ending:
    """A search that has ended: what there is to conclude from, under one bound or another.

    It takes no call, but for measures that ask a judge.

    Parameters
    ----------
    evidence, standing
        What the search ended with.
    configurations
        The candidates.
    learning
        The items.
    objective
        What was maximised.
    aims
        Constraints and further objectives.
    module
        Makes the judge to be called, for measures that need it.
    prober
        Takes the measures that ask it.

    Raises
    ------
    BudgetError
        If there are too few verdicts to name anything.
    ModelError
        If no verdict has a score, or all of a configuration's are the same.
    """

    def __init__(
        self,
        evidence: Evidence,
        standing: Standing,
        configurations: Sequence[Configuration],
        learning: LearningSet,
        objective: Objective,
        *,
        aims: Aims | None = None,
        module: Callable[[Single | Deployed], Any] | None = None,
        prober: Prober | None = None,
    ) -> None:
        if standing.best is None:
            raise _nothing_to_name(evidence)
        settled = np.flatnonzero(evidence.depth >= standing.horizon)
        self._desk = Desk(evidence, learning, objective, standing.horizon, configurations, aims, module, prober)
        if aims is not None:
            keeping = settled[~aims.barred(evidence)[settled]]
            settled = keeping if len(keeping) else settled
        self._mean = standing.mean
        self._best = standing.best
        self._workbench = Workbench(self._desk, settled)
        self._narrowed: dict[int, tuple[Workbench, Field]] = {}

    def conclude(self, *, deploy_calls: int | None, surface: bool) -> Conclusion:
        """The judges to deploy, fitted on every verdict that was paid for and estimated on held-out groups.

        Parameters
        ----------
        deploy_calls
            Most calls an item; None for no bound.
        surface
            Whether the stack may read surface features.
        """
        desk, aims = self._desk, self._desk.aims
        workbench, singles = self._within(deploy_calls)
        stacks = choose_stack(desk, workbench, singles, deploy_calls, surface=surface)
        report, front = None, None
        if aims is not None and aims.constraints:
            barred = aims.barred_findings(desk.evidence, [one.name for one in desk.configurations])
            report = ConstraintReport(
                single=singles.choice.findings,
                deployed=stacks.choice.findings,
                excluded=singles.excluded | stacks.excluded | barred,
            )
        if aims is not None and aims.pareto:
            front = front_of(desk, aims, singles, stacks)
        return Conclusion(
            single=named_single(singles),
            deployed=stacks.judge(stacks.choice.row),  # type: ignore[arg-type]  # a field of stacks holds stacks
            constraints=report,
            front=front,
            p_value=self._p_value,
        )

    @cached_property
    def _singles(self) -> Field:
        return choose_single(self._desk, self._workbench.settled, self._best)

    def _within(self, calls: int | None) -> tuple[Workbench, Field]:
        """The candidates that take so many calls an item at most by themselves, and which of them is named."""
        each = np.array([calls_of(one) for one in self._desk.configurations])
        if calls is None or each.max() <= calls:
            return self._workbench, self._singles
        if calls not in self._narrowed:
            mean = np.where(each <= calls, self._mean, np.nan)
            if np.isnan(mean).all():
                raise BudgetError(
                    f"no configuration of at most {calls} calls an item was judged; allow more calls an item"
                )
            best = self._best if each[self._best] <= calls else int(np.nanargmax(mean))
            settled = self._workbench.settled[each[self._workbench.settled] <= calls]
            settled = settled if len(settled) else np.array([best])
            self._narrowed[calls] = Workbench(self._desk, settled), choose_single(self._desk, settled, best)
        return self._narrowed[calls]

    @cached_property
    def _p_value(self) -> float:
        desk, features = self._desk, np.concatenate(self._workbench.features, axis=1)
        return permutation_p_value(features, desk.target, desk.folds, desk.objective, desk.fresh)


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """The judges of a search.

    Parameters
    ----------
    single, deployed
        The best judge of one configuration, and of several.
    constraints
        What became of the constraints; None where there were none.
    front
        The judges of which none is better in everything; None where one objective was asked for.
    p_value
        Of all settled verdicts together, against permuted targets (`permutation_p_value`).
    """

    single: Single
    deployed: Deployed
    constraints: ConstraintReport | None
    front: ParetoFront | None
    p_value: float


def _nothing_to_name(evidence: Evidence) -> AliaJudgeError:
    """Why no configuration could be compared with another."""
    known, scored = int(evidence.known.sum()), np.isfinite(evidence.score)
    if known and not scored.any():
        return ModelError(
            f"none of {known} verdicts has a score; see what the models answer with: alia-judge models check MODEL, "
            "or score a few items"
        )
    judged = scored.sum(axis=1) > 1
    with np.errstate(invalid="ignore"):
        spread = np.nanmax(evidence.score[judged], axis=1) - np.nanmin(evidence.score[judged], axis=1)
    if judged.any() and not spread.any():
        return ModelError(
            f"every configuration gives all items one score, over {known} verdicts: such scores rank nothing; try "
            "other models or rubrics, or a scale with more points"
        )
    return BudgetError("the budget paid for too few verdicts to compare any two configurations; allow more calls")
