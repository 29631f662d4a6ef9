"""From verdicts to judges: the best single configuration, the best stack, and how good they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.admission import Admission, Choice, choose
from alia_judge.compiling.aims import Aims
from alia_judge.compiling.constraint import ConstraintReport, Finding
from alia_judge.compiling.deployable import Deployable, stacks_of, surface_alone
from alia_judge.compiling.estimation import Contest
from alia_judge.compiling.evidence import Evidence
from alia_judge.compiling.held_out import FEWEST_TO_FIT, held_out_readouts
from alia_judge.compiling.learning import BALANCED_ITEMS, LearningSet
from alia_judge.compiling.measures import Finalist, Ground, Measure, measure_name, prefers_low
from alia_judge.compiling.named_judges import Deployed, Single
from alia_judge.compiling.objective import Objective
from alia_judge.compiling.pareto import ParetoFront, ParetoPoint, non_dominated
from alia_judge.compiling.racing import Standing
from alia_judge.compiling.stacking import single_stack, verdict_features
from alia_judge.compiling.surface_model import fit_surface
from alia_judge.errors import BudgetError
from alia_judge.judging.readouts import Expected, Readout, make_readout
from alia_judge.records import Configuration, Judgments
from alia_judge.stats.estimate import Estimate

__all__ = ["Conclusion", "conclude"]

Floats = NDArray[np.float64]

#: Figures leave out the items that were chosen by their targets where so many others are left.
_FRESH = 30
#: Standard errors of a difference that make it a clear one.
_CLEARLY = 2.0
#: Calls an item up to which the trade-off is drawn one by one where there is no bound.
_CURVE_CALLS = 8


def conclude(
    evidence: Evidence,
    standing: Standing,
    configurations: Sequence[Configuration],
    learning: LearningSet,
    objective: Objective,
    *,
    deploy_calls: int | None,
    surface: bool,
    aims: Aims | None = None,
    module: Callable[[Single | Deployed], Any] | None = None,
) -> Conclusion:
    """The judges to deploy, fitted on every verdict that was paid for and estimated on held-out groups.

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
    deploy_calls
        Most calls an item; None for no bound.
    surface
        Whether the stack may read surface features.
    aims
        Constraints and further objectives.
    module
        Makes the judge to be called, for measures that need it.

    Raises
    ------
    BudgetError
        If there are too few verdicts to name anything.
    """
    if standing.best is None:
        raise BudgetError("the budget paid for too few verdicts to compare any two configurations; allow more calls")
    settled = np.flatnonzero(evidence.depth >= standing.horizon)
    desk = _Desk(evidence, learning, objective, standing.horizon, configurations, aims, module)
    if aims is not None:
        keeping = settled[~aims.barred(evidence)[settled]]
        settled = keeping if len(keeping) else settled
    singles = _singles(desk, settled, standing.best)
    stacks = _stacks(desk, settled, singles, deploy_calls, surface)
    report, front = None, None
    if aims is not None and aims.constraints:
        barred = aims.barred_findings(evidence, [one.name for one in configurations])
        report = ConstraintReport(
            single=singles.choice.findings,
            deployed=stacks.choice.findings,
            excluded=singles.excluded | stacks.excluded | barred,
        )
    if aims is not None and aims.pareto:
        front = _front(desk, aims, singles, stacks)
    return Conclusion(
        single=_named_single(singles),
        deployed=stacks.judge(stacks.choice.row),  # type: ignore[arg-type]  # a field of stacks holds stacks
        constraints=report,
        front=front,
    )


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
    """

    single: Single
    deployed: Deployed
    constraints: ConstraintReport | None
    front: ParetoFront | None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Field:
    """Judges of one kind on common items, and which of them is named."""

    contest: Contest
    scores: Floats
    admission: Admission | None
    choice: Choice
    judge: Callable[[int], Single | Deployed]
    name: Callable[[int], str]

    @property
    def excluded(self) -> dict[str, tuple[Finding, ...]]:
        """What was excluded that would else have been better than what was named, by name, best first."""
        value = self.contest.value
        better = [row for row in self.choice.excluded if not value[row] <= value[self.choice.row]]
        return {self.name(row): self.choice.excluded[row] for row in sorted(better, key=lambda row: -value[row])}


class _Desk:
    """The items that every settled candidate was judged on, and how to estimate on them."""

    def __init__(
        self,
        evidence: Evidence,
        learning: LearningSet,
        objective: Objective,
        horizon: int,
        configurations: Sequence[Configuration],
        aims: Aims | None,
        module: Callable[[Single | Deployed], Any] | None,
    ) -> None:
        self.evidence, self.learning, self.objective, self.n = evidence, learning, objective, horizon
        self.configurations, self.aims, self._module = configurations, aims, module
        self.target = learning.target.take(np.arange(horizon))
        self.folds = learning.folds(horizon)
        enough = horizon - BALANCED_ITEMS >= _FRESH
        self._fresh = np.arange(BALANCED_ITEMS if enough else 0, horizon)
        unquoted = self._fresh[~np.isin(self.target.groups[self._fresh], list(learning.quoted))]
        if len(unquoted) >= _FRESH:
            self._fresh = unquoted

    def judgments(self, candidate: int) -> Judgments:
        """The candidate's verdicts on the items, as its source gave them."""
        scale = self.learning.scale
        score = scale.oriented(self.evidence.score[candidate, : self.n])
        return Judgments(
            item_ids=tuple(item.item_id for item in self.learning.items[: self.n]),
            probabilities=self.evidence.probabilities[candidate, : self.n].astype(np.float64),
            score=score,
            reasons=tuple("no_score" if np.isnan(value) else None for value in score),
        )

    def readings(self, candidates: NDArray[np.intp]) -> Floats:
        """What the objective reads of the candidates' own verdicts, shape (a, n)."""
        return self.evidence.reading[candidates, : self.n]

    def fitted_readings(self, scores: Floats) -> Floats:
        """The same of scores that fitted readouts gave, shape (a, n)."""
        return self.objective.readings_of_scores(scores, self.target)

    def contest(self, readings: Floats) -> Contest:
        """Compare readings of the items, shape (a, n), on those that no target chose."""
        return Contest(readings[:, self._fresh], self.target.take(self._fresh), self.objective)

    def taken(self, members: Sequence[Sequence[int]]) -> tuple[Floats, Floats]:
        """Dollars and seconds an item of judges that ask these candidates one after another, shape (a,) each."""
        cost = np.full(len(self.configurations), np.nan) if self.aims is None else self.aims.cost(self.evidence)
        seconds = self.evidence.mean_seconds
        asked = [list(one) for one in members]
        return np.array([cost[one].sum() for one in asked]), np.array([seconds[one].sum() for one in asked])

    def field(
        self,
        contest: Contest,
        scores: Floats,
        judged: NDArray[np.bool_],
        members: Sequence[Sequence[int]],
        best: Callable[[Sequence[int]], int],
        judge: Callable[[int], Single | Deployed],
        name: Callable[[int], str],
    ) -> _Field:
        """Which judge to name, by scores of shape (a, n), and `members`, the candidates that each asks."""
        rows = list(range(len(scores)))
        if self.aims is None:
            choice = Choice(row=best(rows), findings=(), excluded={})
            return _Field(contest=contest, scores=scores, admission=None, choice=choice, judge=judge, name=name)
        cost, seconds = self.taken(members)
        ground = Ground(
            scores=scores[:, self._fresh],
            judged=judged[:, self._fresh],
            target=self.target.take(self._fresh),
            length=self.aims.length[self._fresh],
            cost=cost,
            seconds=seconds,
        )
        admission = Admission(ground, contest.draws, len(np.unique(ground.target.groups)))

        def finalist(row: int) -> Finalist:
            named = judge(row)
            return Finalist(
                configurations=tuple(self.configurations[member] for member in members[row]),
                judge=None if self._module is None else self._module(named),
            )

        choice = choose(rows, best, self.aims.constraints, admission, finalist)
        return _Field(contest=contest, scores=scores, admission=admission, choice=choice, judge=judge, name=name)


def _singles(desk: _Desk, settled: NDArray[np.intp], best: int) -> _Field:
    """The best expected score, or the best fitted readout where that is better by more than a standard error.

    The rule is Breiman's (1984, section 3.4.3): on few groups a readout is easily taken for better than it is.

    The best of each is chosen on all items. Those that were chosen by their targets make every figure too good, but not
    one judge better than another, and twice as many items choose better than the fresh ones alone. Its figure is of the
    fresh.
    """
    candidates = settled if best in settled else np.append(settled, best)
    expected = desk.readings(candidates)
    read = (
        held_out_readouts(
            [desk.judgments(int(one)) for one in candidates], desk.learning.scale, desk.target, desk.folds
        )
        if desk.n >= FEWEST_TO_FIT
        else None
    )
    readings = expected if read is None else np.concatenate([expected, desk.fitted_readings(read)])
    contest = desk.contest(readings)
    whole = desk.objective.rows(readings, desk.target)
    n = len(candidates)

    def best_of(rows: Sequence[int]) -> int:
        return max(rows, key=lambda row: -np.inf if np.isnan(whole[row]) else whole[row])

    def leader(rows: Sequence[int]) -> int:
        plain, fitted = [row for row in rows if row < n], [row for row in rows if row >= n]
        if not plain or not fitted:
            return best_of(rows)
        simple, challenger = best_of(plain), best_of(fitted)
        error = float(np.nanstd(contest.replicates[:, challenger] - contest.replicates[:, simple]))
        return simple if whole[challenger] - whole[simple] <= error else challenger

    def judge(row: int) -> Single:
        place = row % n
        return Single(
            configuration=desk.configurations[int(candidates[place])],
            readout=_fit_readout(desk, int(candidates[place]), fitted=row >= n),
            dev=contest.estimate(row, among=range(len(readings)), of="configurations and readouts"),
            expected=contest.estimate(place),
        )

    def name(row: int) -> str:
        return desk.configurations[int(candidates[row % n])].name + (", ridge" if row >= n else "")

    own = desk.evidence.score[candidates, : desk.n]
    known = desk.evidence.known[candidates, : desk.n]
    return desk.field(
        contest,
        own if read is None else np.concatenate([own, read]),
        known if read is None else np.concatenate([known, known]),
        [[int(one)] for one in candidates] * (1 if read is None else 2),
        leader,
        judge,
        name,
    )


def _fit_readout(desk: _Desk, candidate: int, *, fitted: bool) -> Readout:
    scale = desk.learning.scale
    if not fitted:
        return Expected(scale=scale)
    return make_readout("ridge", scale).fit(desk.judgments(candidate), scale.oriented(desk.target.values))


def _stacks(desk: _Desk, settled: NDArray[np.intp], singles: _Field, deploy_calls: int | None, surface: bool) -> _Field:
    """The stacks that are allowed, and what they must beat: the single judge, or surface features where they are read.

    The largest is deployed if it does better on held-out groups, and else what it must beat. The figures of stacks of
    different sizes are too close for their order to mean anything.
    """
    learning = desk.learning
    rivals = [_as_stack(desk, singles)]
    if surface:
        model, held_out = fit_surface(learning.surface, learning.target.values, learning.folds(len(learning)))
        rivals.append(surface_alone(model, held_out[: desk.n], learning.scale))
    stacks = stacks_of(
        [desk.configurations[int(candidate)] for candidate in settled],
        [verdict_features(desk.judgments(int(candidate)), learning.scale) for candidate in settled],
        learning.scale,
        desk.target.values,
        desk.folds,
        most=min(deploy_calls or _CURVE_CALLS, len(settled)),
        everything=deploy_calls is None or deploy_calls >= len(settled),
        beside=rivals[1] if surface else None,
    )
    options = [*rivals, *stacks]
    scores = np.stack([option.held_out for option in options])
    contest = desk.contest(desk.fitted_readings(scores))
    # The single judge was picked as the best of many, and its figure says so.
    figures = [_named_single(singles).dev, *(contest.estimate(place) for place in range(1, len(options)))]
    tradeoff: dict[int, Estimate] = {}
    for option, figure in zip(options, figures, strict=True):
        calls = len(option.members)
        if calls not in tradeoff or figure.value > tradeoff[calls].value:
            tradeoff[calls] = figure
    # On all items, not the fresh ones alone: what chose the first items favours nobody here, and a figure on more of
    # them is less noisy.
    whole = desk.objective.rows(desk.fitted_readings(scores), desk.target)
    whole[0] -= contest.value[0] - figures[0].value

    # Where surface features may be read, a judge that does not read them must be clearly better than they are.
    first = len(rivals) - 1
    if surface and whole[0] - whole[1] > _CLEARLY * np.nanstd(contest.replicates[:, 0] - contest.replicates[:, 1]):
        first = 0

    def best(rows: Sequence[int]) -> int:
        largest, ahead = max(rows), first if first in rows else min(rows)
        return largest if ahead == largest or whole[largest] > whole[ahead] else ahead

    return desk.field(
        contest,
        scores,
        np.ones(scores.shape, dtype=np.bool_),
        [
            [one if row < len(rivals) else int(settled[one]) for one in option.members]
            for row, option in enumerate(options)
        ],
        best,
        lambda row: Deployed(stack=options[row].stack, dev=figures[row], tradeoff=dict(sorted(tradeoff.items()))),
        lambda row: f"{options[row].stack.name} of {options[row].stack.calls_per_item} calls",
    )


def _named_single(singles: _Field) -> Single:
    named = singles.judge(singles.choice.row)
    if not isinstance(named, Single):
        raise TypeError(f"a field of singles holds singles, got {type(named).__name__}")
    return named


def _as_stack(desk: _Desk, singles: _Field) -> Deployable:
    """The single judge that was named, as one that may be deployed."""
    named = _named_single(singles)
    candidate = next(place for place, one in enumerate(desk.configurations) if one == named.configuration)
    return Deployable(
        stack=single_stack(named.configuration, named.readout, desk.learning.scale),
        held_out=singles.scores[singles.choice.row],
        members=(candidate,),
    )


def _front(desk: _Desk, aims: Aims, singles: _Field, stacks: _Field) -> ParetoFront:
    """The singles and stacks that keep to the constraints and of which none is better in everything."""
    points, values = [], []
    for field in (singles, stacks):
        admission = field.admission
        if admission is None:
            continue
        for row in range(len(field.contest.value)):
            if row in field.choice.excluded:
                continue
            named = field.judge(row)
            if isinstance(named, Deployed) and named.stack.readout is not None:
                continue  # the single judge, which is among the singles
            figures = {desk.objective.name: field.contest.estimate(row)}
            figures |= {measure_name(measure): admission.estimate(measure, row) for measure in aims.pareto}
            points.append((field, row, figures))
            values.append([figures[desk.objective.name].value, *(_gain(one, figures) for one in aims.pareto)])
    on_front = np.flatnonzero(non_dominated(np.array(values, dtype=np.float64)))
    ranked = sorted(on_front, key=lambda place: -values[place][0])
    directions = {measure_name(one): "minimize" if prefers_low(one) else "maximize" for one in aims.pareto}
    return ParetoFront(
        objectives={desk.objective.name: "maximize"} | directions,
        points=tuple(
            ParetoPoint(judge=field.judge(row), figures=figures)
            for field, row, figures in (points[place] for place in ranked)
        ),
    )


def _gain(measure: Measure, figures: Mapping[str, Estimate]) -> float:
    """A figure turned so that more is better."""
    value = figures[measure_name(measure)].value
    value = abs(value) if measure == "length_bias" else value
    return -value if prefers_low(measure) else value
