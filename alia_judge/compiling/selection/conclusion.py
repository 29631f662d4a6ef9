"""From verdicts to judges: the best single configuration, the best stack, and how good they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.compiling.budget import DeployCalls, most_calls
from alia_judge.compiling.constraints.constraint import ConstraintReport
from alia_judge.compiling.constraints.judge_measures import Prober
from alia_judge.compiling.constraints.tracker import ConstraintTracker
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.race.learning_set import LearningSet
from alia_judge.compiling.race.racer import Standing
from alia_judge.compiling.selection.cascades import choose_cascade
from alia_judge.compiling.selection.cascading import Cascading, refuse_cascade
from alia_judge.compiling.selection.common_items import CommonItems, Contenders
from alia_judge.compiling.selection.front import front_of
from alia_judge.compiling.selection.judges import Deployed, Single
from alia_judge.compiling.selection.pareto import ParetoFront
from alia_judge.compiling.selection.single import choose_single, named_single
from alia_judge.compiling.selection.stack import StackCandidates, choose_stack
from alia_judge.compiling.space.build import calls_of
from alia_judge.compiling.verdict_table import VerdictTable
from alia_judge.errors import AliaJudgeError, BudgetError, ModelError
from alia_judge.records import Configuration
from alia_judge.stats._threads import ONE_THREAD

__all__ = ["Conclusion", "FinalSelection"]


class FinalSelection:
    """A search that has ended: what there is to conclude from, under one bound or another.

    It takes no call, but for measures that ask a judge.

    Parameters
    ----------
    table, standing
        What the search ended with.
    configurations
        The candidates.
    learning
        The items.
    objective
        What was maximised.
    tracker
        Constraints and further objectives.
    module
        Makes the judge to be called, for measures that need it.
    prober
        Takes the measures that ask it.
    prices
        Dollars a verdict of each candidate, shape (m,), for cascades; NaN where unknown, None where all are.
    n_resamples, n_permutations, seed
        Behind the figures: see `Resampling`.

    Raises
    ------
    BudgetError
        If there are too few verdicts to name anything.
    ModelError
        If no verdict has a score, or all of a configuration's are the same.
    """

    def __init__(
        self,
        table: VerdictTable,
        standing: Standing,
        configurations: Sequence[Configuration],
        learning: LearningSet,
        objective: Objective,
        *,
        tracker: ConstraintTracker | None = None,
        module: Callable[[Single | Deployed], Any] | None = None,
        prober: Prober | None = None,
        prices: NDArray[np.float64] | None = None,
        n_resamples: int = 200,
        n_permutations: int = 199,
        seed: int = 0,
    ) -> None:
        if standing.best is None:
            raise _nothing_to_name(table)
        settled = np.flatnonzero(table.depth >= standing.horizon)
        self._common = CommonItems(
            table,
            learning,
            objective,
            standing.horizon,
            configurations,
            tracker,
            module,
            prober,
            n_resamples=n_resamples,
            seed=seed,
        )
        if tracker is not None:
            keeping = settled[~tracker.barred(table)[settled]]
            settled = keeping if len(keeping) else settled
        self._mean, self._n_permutations, self._seed = standing.mean, n_permutations, seed
        self._best = standing.best
        told = table.mean_cost
        self._prices = told if prices is None else np.where(np.isnan(prices), told, prices)
        self._candidates = StackCandidates(self._common, settled)
        self._narrowed: dict[int, tuple[StackCandidates, Contenders]] = {}

    def conclude(self, *, deploy_calls: DeployCalls, surface: bool, cascading: Cascading | None = None) -> Conclusion:
        """The judges to deploy, fitted on every verdict that was paid for and estimated on held-out groups.

        Parameters
        ----------
        deploy_calls
            Most calls an item; ``"all"`` for no bound, None for the fewest that are worth it: of five at most,
            or of as many as the single judge takes by itself.
        surface
            Whether the stack may read surface features.
        cascading
            What is asked of a cascade; None deploys none.

        Raises
        ------
        UsageError
            If no cascade can be made as it is asked for.
        """
        common, tracker = self._common, self._common.tracker
        if cascading is not None:
            refuse_cascade(common.learning.scale, several=bool(common.parts), held=tracker is not None)
        most = most_calls(deploy_calls)
        candidates, singles = self._within(None if deploy_calls is None else most)
        if deploy_calls is None and most is not None:  # a candidate that takes more by itself was asked for
            most = max(most, calls_of(named_single(singles).configuration))
        with ONE_THREAD:
            stacks = choose_stack(common, candidates, singles, most, surface=surface, fewest=deploy_calls is None)
            deployed: Deployed = stacks.judge(stacks.choice.row)  # type: ignore[assignment]  # a field of stacks
            if cascading is not None:
                cascade, curve = choose_cascade(common, candidates, most, cascading, self._prices, surface=surface)
                figure = next(one.agreement for one in curve if one.deployed)
                deployed = replace(deployed, stack=cascade, dev=figure, cascades=curve)
        report, front = None, None
        if tracker is not None and tracker.constraints:
            barred = tracker.barred_checks(common.table, [one.name for one in common.configurations])
            report = ConstraintReport(
                single=singles.choice.checks,
                deployed=stacks.choice.checks,
                excluded=singles.excluded | stacks.excluded | barred,
            )
        if tracker is not None and tracker.pareto:
            front = front_of(common, tracker, singles, stacks)
        return Conclusion(
            single=named_single(singles),
            deployed=deployed,
            constraints=report,
            front=front,
            p_value=self._p_value,
        )

    @cached_property
    def _singles(self) -> Contenders:
        return self._chosen(self._candidates, self._best)

    def _chosen(self, candidates: StackCandidates, best: int) -> Contenders:
        with ONE_THREAD:
            return choose_single(self._common, candidates.settled, best, candidates.predictions)

    def _within(self, calls: int | None) -> tuple[StackCandidates, Contenders]:
        """The candidates that take so many calls an item at most by themselves, and which of them is named."""
        each = np.array([calls_of(one) for one in self._common.configurations])
        if calls is None or each.max() <= calls:
            return self._candidates, self._singles
        if calls not in self._narrowed:
            mean = np.where(each <= calls, self._mean, np.nan)
            if np.isnan(mean).all():
                raise BudgetError(
                    message(
                        "no configuration of at most {calls} calls an item was judged; allow more calls an item",
                        calls=calls,
                    )
                )
            best = self._best if each[self._best] <= calls else int(np.nanargmax(mean))
            settled = self._candidates.settled[each[self._candidates.settled] <= calls]
            settled = settled if len(settled) else np.array([best])
            narrowed = StackCandidates(self._common, settled)
            self._narrowed[calls] = narrowed, self._chosen(narrowed, best)
        return self._narrowed[calls]

    @cached_property
    def _p_value(self) -> float:
        figures = self._candidates.permuted_figures(n_permutations=self._n_permutations, seed=self._seed)
        figures = np.nan_to_num(figures, nan=-np.inf)
        return float(np.mean(figures >= figures[0]))


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
        Of all settled verdicts together, against permuted targets (`permuted_figures`).
    """

    single: Single
    deployed: Deployed
    constraints: ConstraintReport | None
    front: ParetoFront | None
    p_value: float


def _nothing_to_name(table: VerdictTable) -> AliaJudgeError:
    """Why no configuration could be compared with another."""
    known, scored = int(table.known.sum()), np.isfinite(table.score)
    if known and not scored.any():
        return ModelError(
            message(
                "none of {known} verdicts has a score; see what the models answer with: alia-judge "
                "models check MODEL, or score a few items",
                known=known,
            )
        )
    judged = scored.sum(axis=1) > 1
    with np.errstate(invalid="ignore"):
        spread = np.nanmax(table.score[judged], axis=1) - np.nanmin(table.score[judged], axis=1)
    if judged.any() and not spread.any():
        return ModelError(
            message(
                "every configuration gives all items one score, over {known} verdicts: such scores "
                "rank nothing; try other models or rubrics, or a scale with more points",
                known=known,
            )
        )
    return BudgetError(
        message("the budget paid for too few verdicts to compare any two configurations; allow more calls")
    )
