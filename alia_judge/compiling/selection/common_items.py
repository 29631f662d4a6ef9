"""`CommonItems`: the items every settled candidate was judged on, and how judges are compared there."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.constraints.constraint import ConstraintCheck
from alia_judge.compiling.constraints.feasibility import Choice, Feasibility, choose
from alia_judge.compiling.constraints.judge_measures import Prober
from alia_judge.compiling.constraints.measures import Finalist, MeasureInputs
from alia_judge.compiling.constraints.tracker import ConstraintTracker
from alia_judge.compiling.objective.comparison import BootstrapComparison
from alia_judge.compiling.objective.criteria import criteria_of
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.race.learning_set import BALANCED_ITEMS, LearningSet
from alia_judge.compiling.selection.held_out import FEWEST_TO_FIT, held_out_readouts
from alia_judge.compiling.selection.judges import Deployed, Single
from alia_judge.compiling.verdict_table import VerdictTable
from alia_judge.records import Configuration, Judgments

__all__ = ["CommonItems", "Contenders"]

Floats = NDArray[np.float64]

#: Figures leave out the items that were chosen by their targets where so many others are left.
_FRESH = 30


@dataclass(frozen=True, kw_only=True, eq=False)
class Contenders:
    """Judges of one kind on common items, and which of them is named."""

    comparison: BootstrapComparison
    scores: Floats
    feasibility: Feasibility | None
    choice: Choice
    judge: Callable[[int], Single | Deployed]
    name: Callable[[int], str]
    finalist: Callable[[int], Finalist] | None = None

    @property
    def excluded(self) -> dict[str, tuple[ConstraintCheck, ...]]:
        """What was excluded and would else be better than what was named, or is unknown; by name, best first."""
        value, found = self.comparison.value, self.choice.excluded
        unknown = {row for row in found if any(math.isnan(one.figure.value) for one in found[row])}
        told = [row for row in found if row in unknown or not value[row] <= value[self.choice.row]]
        return {self.name(row): found[row] for row in sorted(told, key=lambda row: -value[row])}


class CommonItems:
    """The items that every settled candidate was judged on, and how to estimate on them."""

    def __init__(
        self,
        table: VerdictTable,
        learning: LearningSet,
        objective: Objective,
        horizon: int,
        configurations: Sequence[Configuration],
        tracker: ConstraintTracker | None,
        module: Callable[[Single | Deployed], Any] | None,
        prober: Prober | None = None,
        *,
        n_resamples: int = 200,
        seed: int = 0,
    ) -> None:
        self.table, self.learning, self.objective, self.n = table, learning, objective, horizon
        self.configurations, self.tracker, self._module = configurations, tracker, module
        self.prober, self._n_resamples, self._seed = prober, n_resamples, seed
        self.target = learning.target.take(np.arange(horizon))
        self.folds = learning.folds(horizon)
        enough = horizon - BALANCED_ITEMS >= _FRESH
        self.fresh = np.arange(BALANCED_ITEMS if enough else 0, horizon)
        unquoted = self.fresh[~np.isin(self.target.groups[self.fresh], list(learning.quoted))]
        if len(unquoted) >= _FRESH:
            self.fresh = unquoted
        #: Of several criteria, the same items with the verdicts on each.
        self.parts: dict[str, CommonItems] = {}
        for name, part in learning.parts.items():
            self.parts[name] = copy.copy(self)
            self.parts[name].table, self.parts[name].learning = table.parts[name], part
            self.parts[name].objective, self.parts[name].parts = criteria_of(objective)[name], {}
            self.parts[name].target = part.target.take(np.arange(horizon))

    @property
    def can_fit(self) -> bool:
        """Whether there is enough to fit a readout to, and an order to fit."""
        return self.n >= FEWEST_TO_FIT and self.learning.scale.ordered

    def judgments(self, candidate: int) -> Judgments:
        """The candidate's verdicts on the items, as its source gave them; with what its calls said beside them."""
        probabilities = self.table.probabilities[candidate, : self.n].astype(np.float64)

        def verdicts(score: Floats, probabilities: Floats, parts: dict[str, Judgments]) -> Judgments:
            return Judgments(
                item_ids=tuple(item.item_id for item in self.learning.items[: self.n]),
                probabilities=probabilities,
                score=score,
                reasons=tuple("no_score" if np.isnan(value) else None for value in score),
                parts=parts,
            )

        others = {
            name: verdicts(scores[candidate, : self.n], np.full_like(probabilities, np.nan), {})
            for name, scores in self.table.beside.items()
        }
        return verdicts(self.learning.scale.oriented(self.table.score[candidate, : self.n]), probabilities, others)

    def scores(self, candidates: NDArray[np.intp]) -> Floats:
        """The candidates' own scores, shape (a, n); with the criteria as the last axis where there are several."""
        if self.parts:
            return np.stack([one.scores(candidates) for one in self.parts.values()], axis=-1)
        return self.table.score[candidates, : self.n]

    def held_out_readouts(self, candidates: NDArray[np.intp]) -> Floats | None:
        """Scores by readouts fitted without the item's group, shaped as `scores`; None where none can be fitted."""
        if self.parts:
            read = {name: one.held_out_readouts(candidates) for name, one in self.parts.items()}
            if all(one is None for one in read.values()):
                return None
            each = [self.parts[name].scores(candidates) if one is None else one for name, one in read.items()]
            return np.stack(each, axis=-1)
        if not self.can_fit:
            return None
        judged = [self.judgments(int(one)) for one in candidates]
        return held_out_readouts(judged, self.learning.scale, self.target, self.folds)

    def readings(self, candidates: NDArray[np.intp]) -> Floats:
        """What the objective reads of the candidates' own verdicts, shape (a, n)."""
        return self.table.reading[candidates, : self.n]

    def fitted_readings(self, scores: Floats) -> Floats:
        """The same of scores that fitted readouts gave, shape (a, n)."""
        return self.objective.readings_of_scores(scores, self.target)

    def compare(self, readings: Floats) -> BootstrapComparison:
        """Compare readings of the items, shape (a, n), on those that no target chose."""
        return BootstrapComparison(
            readings[:, self.fresh],
            self.target.take(self.fresh),
            self.objective,
            resamples=self._n_resamples,
            seed=self._seed,
        )

    def compare_each(self, readings: Floats) -> dict[str, BootstrapComparison]:
        """The same for each criterion, where there are several."""
        return {name: one.compare(readings[..., place]) for place, (name, one) in enumerate(self.parts.items())}

    def taken(self, members: Sequence[Sequence[int]]) -> tuple[Floats, Floats]:
        """Dollars and seconds an item of judges that ask these candidates one after another, shape (a,) each."""
        cost = np.full(len(self.configurations), np.nan) if self.tracker is None else self.tracker.cost(self.table)
        seconds = self.table.mean_seconds
        asked = [list(one) for one in members]
        return np.array([cost[one].sum() for one in asked]), np.array([seconds[one].sum() for one in asked])

    def contenders(
        self,
        comparison: BootstrapComparison,
        scores: Floats,
        judged: NDArray[np.bool_],
        members: Sequence[Sequence[int]],
        best: Callable[[Sequence[int]], int],
        judge: Callable[[int], Single | Deployed],
        name: Callable[[int], str],
    ) -> Contenders:
        """Which judge to name, by scores of shape (a, n), and `members`, the candidates that each asks."""
        rows = list(range(len(scores)))
        if self.tracker is None:
            choice = Choice(row=best(rows), checks=(), excluded={})
            return Contenders(
                comparison=comparison, scores=scores, feasibility=None, choice=choice, judge=judge, name=name
            )
        cost, seconds = self.taken(members)
        inputs = MeasureInputs(
            scores=self._whole(scores)[:, self.fresh],
            judged=judged[:, self.fresh],
            target=self.target.take(self.fresh),
            length=self.tracker.length[self.fresh],
            cost=cost,
            seconds=seconds,
        )
        feasibility = Feasibility(inputs, comparison.draws, len(np.unique(inputs.target.groups)))

        def finalist(row: int) -> Finalist:
            asked = tuple(self.configurations[member] for member in members[row])
            # Surface features alone are no judge to be asked.
            module = None if self._module is None or not asked else self._module(judge(row))
            return Finalist(configurations=asked, judge=module)

        choice = choose(rows, best, self.tracker.constraints, feasibility, finalist, self.prober)
        return Contenders(
            comparison=comparison,
            scores=scores,
            feasibility=feasibility,
            choice=choice,
            judge=judge,
            name=name,
            finalist=finalist,
        )

    def _whole(self, scores: Floats) -> Floats:
        """Scores as one, of several criteria: their mean level, on the scale of the whole."""
        if not self.parts:
            return scores
        levels = [
            (scores[..., place] - one.learning.scale.low) / (one.learning.scale.high - one.learning.scale.low)
            for place, one in enumerate(self.parts.values())
            if one.learning.scale.ordered
        ]
        scale = self.learning.scale
        return np.asarray(scale.low + np.mean(levels, axis=0) * (scale.high - scale.low))
