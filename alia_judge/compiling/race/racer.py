"""Which verdicts to pay for next.

Every decision is a function of the verdicts there are, the budget and the seed, and of nothing else: a search that was
killed decides the same when it is resumed, and several processes on one study need no leader.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.constraints.tracker import ConstraintTracker
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.race.posterior import posterior_draws
from alia_judge.compiling.verdict_table import VerdictTable

__all__ = ["Plan", "Racer", "Standing", "Step"]

Floats = NDArray[np.float64]

#: Share of the budget for screening, and for the references; the rest is for the race.
_SCREENING = 0.3
_REFERENCES = 0.35
#: Fewest items a candidate is screened on, and most that screening alone is worth.
_SCREENING_DEPTH = (8, 24)
#: Items of references for each reference: both grow with the root of what they may cost.
_ITEMS_PER_REFERENCE = 12.0
#: In choosing references, how much a candidate's own correlation makes up for being like another.
_MERIT = 0.5
_FEWEST_REFERENCES = 3
#: A reference may cost this many times what is usual: it is there to be compared with, not to win.
_MOST_PLACES = 2.0
#: From one rung of the race to the next, items are multiplied by this much.
_GROWTH = 3


@dataclass(frozen=True, kw_only=True)
class Step:
    """Verdicts to pay for: `candidate` on the items at places `start` to `stop` of the order."""

    candidate: int
    start: int
    stop: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a budget is laid out before any verdict is seen.

    Parameters
    ----------
    pool
        Candidates to screen, shape (p,).
    screening
        Items each of them is screened on.
    references
        How many references to pick.
    horizon
        Items each reference is judged on.
    rungs
        Depth of each rung of the race, and how many candidates besides the references are to reach it.
    """

    pool: NDArray[np.intp]
    screening: int
    references: int
    horizon: int
    rungs: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Standing:
    """What is believed of the candidates at one moment.

    Parameters
    ----------
    mean
        Posterior mean of each candidate's objective, shape (m,); NaN before screening.
    best
        The candidate to name if the search ended now: the best posterior mean among those judged on at least half as
        many items as the most judged one. None before any verdict.
    gain
        Expected gain in the objective from knowing the contenders fully: an upper bound on what more calls can bring.
    references
        Candidates picked as references, shape (r,).
    horizon
        Number of items the objective is drawn on.
    draws
        Of each candidate's objective, shape (d, m).
    priority
        In which order candidates deserve calls, shape (m,): as their means, unless there are further objectives.
    wins
        In how many draws each candidate is the best, or among those of which none is better in everything, shape (m,).
    """

    mean: Floats
    best: int | None
    gain: float
    references: NDArray[np.intp]
    horizon: int
    draws: Floats
    priority: Floats
    wins: NDArray[np.intp]


class Racer:
    """Races candidates: screens many on few items, judges a diverse few on many, then settles who wins.

    Parameters
    ----------
    objective, target
        What is maximised; the target in the order in which items are judged.
    expense
        Share of the budget that one call of each candidate costs, shape (m,).
    seed
        Of every random decision.
    tracker
        Constraints and further objectives; None where there are none.
    pool
        Candidates that may get calls, by index; None for all of them.
    """

    def __init__(
        self,
        objective: Objective,
        target: Target,
        expense: Floats,
        seed: int,
        tracker: ConstraintTracker | None = None,
        pool: Sequence[int] | None = None,
    ) -> None:
        self._objective, self._target, self._expense, self._seed = objective, target, expense, seed
        self._tracker = tracker
        eligible = np.ones(len(expense), dtype=np.bool_)
        if tracker is not None:
            eligible = ~tracker.barred(VerdictTable(len(expense), len(target), 0))
        if pool is not None:
            eligible &= np.isin(np.arange(len(expense)), pool)
        self.plan = _plan(expense, len(target.values), seed, eligible)
        #: Share of the budget that is gone for calls whose verdicts nobody has.
        self.set_aside = 0.0

    def spent(self, table: VerdictTable) -> float:
        """Share of the budget that is spent or committed."""
        return self.set_aside + float(self._expense @ table.charged.sum(axis=1))

    def next_steps(self, table: VerdictTable, standing: Standing | None = None) -> list[Step]:
        """What to pay for next, best first; empty when the budget is spent or nothing is left to learn.

        Steps of one list do not depend on one another's outcome and may run at once. While another process still owes
        verdicts that the next decision rests on, there is nothing to pay for either.
        """
        left = 1.0 - self.spent(table)
        screening = [
            Step(candidate=int(candidate), start=int(reached), stop=self.plan.screening)
            for candidate in self.plan.pool
            if (reached := table.reach[candidate]) < self.plan.screening
        ]
        if screening or (table.depth[self.plan.pool] < self.plan.screening).any():
            return self._within(screening, left)
        standing = standing or self.standing(table)
        chosen = standing.references
        references = [
            Step(candidate=int(candidate), start=int(reached), stop=self.plan.horizon)
            for candidate in chosen
            if (reached := table.reach[candidate]) < self.plan.horizon
        ]
        if references or (table.depth[chosen] < self.plan.horizon).any():
            return self._within(references, left)
        for depth, places in self.plan.rungs:
            race = self._rung(table, standing, depth, places)
            if race is not None:
                return self._within(race, left)
        return self._within(self._contenders(table, standing), left) or self._within(
            self._deepen(table, standing), left
        )

    def standing(self, table: VerdictTable) -> Standing:
        """What is believed now."""
        depth = table.depth
        references = self._references(table)
        settled = references[depth[references] >= self.plan.horizon]
        horizon = int(depth[settled].min()) if len(settled) else int(depth.max())
        rng = np.random.default_rng([self._seed, int(table.known.sum())])
        draws = posterior_draws(table, self._target, self._objective, settled, horizon, rng)
        if self._tracker is not None:
            draws[:, self._tracker.barred(table)] = np.nan
        known = ~np.isnan(draws).all(axis=0)
        mean = np.full(len(depth), np.nan)
        if not known.any():
            return Standing(
                mean=mean,
                best=None,
                gain=math.nan,
                references=references,
                horizon=horizon,
                draws=draws,
                priority=mean,
                wins=np.zeros(len(depth), dtype=np.intp),
            )
        filled = np.where(np.isnan(draws), -np.inf, draws)
        mean[known] = draws[:, known].mean(axis=0)
        serious = known & (depth >= depth[known].max() / 2)
        return Standing(
            mean=mean,
            best=int(np.argmax(np.where(serious, mean, -np.inf))),
            gain=float(filled.max(axis=1).mean() - mean[known].max()),
            references=references,
            horizon=horizon,
            draws=draws,
            priority=mean if self._tracker is None else self._tracker.priority(mean, table),
            wins=(
                np.bincount(filled.argmax(axis=1), minlength=len(depth))
                if self._tracker is None
                else self._tracker.wins(draws, table)
            ),
        )

    def _references(self, table: VerdictTable) -> NDArray[np.intp]:
        """Candidates with much to say that are unlike one another, by their verdicts on the screening items."""
        pool = self.plan.pool[table.depth[self.plan.pool] >= self.plan.screening]
        affordable = pool[self._places(pool) <= _MOST_PLACES]
        pool = affordable if len(affordable) >= self.plan.references else pool
        if self._tracker is not None:
            keeping = pool[~self._tracker.barred(table)[pool]]
            pool = keeping if len(keeping) >= self.plan.references else pool
        if not len(pool) or not self.plan.references:
            return np.empty(0, dtype=np.intp)
        items = np.arange(self.plan.screening)
        merit = np.nan_to_num(self._objective.rows(table.reading[pool][:, items], self._target.take(items)))
        likeness = _likeness(table.score[pool][:, items])
        picked = [int(np.argmax(merit))]
        while len(picked) < min(self.plan.references, len(pool)):
            nearest = likeness[:, picked].max(axis=1) - _MERIT * np.abs(merit)
            nearest[picked] = np.inf
            picked.append(int(np.argmin(nearest)))
        return np.asarray(pool[picked])

    def _rung(self, table: VerdictTable, standing: Standing, depth: int, places: int) -> list[Step] | None:
        """Promote the best by posterior mean to `depth`; None once the rung is full, none while others judge for it."""
        runners = np.setdiff1d(self.plan.pool, standing.references)
        there = runners[table.reach[runners] >= depth]
        free = places - float(self._places(there).sum())
        below = runners[table.reach[runners] < depth]
        below = below[~np.isnan(standing.mean[below])] if self._tracker is not None else below
        ranked = below[np.argsort(-np.nan_to_num(standing.priority[below], nan=-np.inf), kind="stable")]
        promoted = []
        for candidate, taken in zip(ranked, self._places(ranked), strict=True):
            if taken <= free:
                promoted.append(candidate)
                free -= taken
        if promoted:
            return [Step(candidate=int(one), start=int(table.reach[one]), stop=depth) for one in promoted]
        return [] if (table.depth[there] < depth).any() else None

    def _places(self, candidates: NDArray[np.intp]) -> Floats:
        """How many places of a rung each takes: one, or more as it is dearer than is usual."""
        return np.maximum(self._expense[candidates] / float(np.median(self._expense[self.plan.pool])), 1.0)

    def _contenders(self, table: VerdictTable, standing: Standing) -> list[Step]:
        """Those that win in some draw and are not judged on the whole horizon yet, most wins first."""
        wins = standing.wins
        open_ = table.reach < standing.horizon
        order = np.argsort(-wins, kind="stable")
        chosen = [int(candidate) for candidate in order if wins[candidate] and open_[candidate]]
        return [
            Step(
                candidate=candidate,
                start=int(table.reach[candidate]),
                stop=int(min(standing.horizon, _GROWTH * max(table.reach[candidate], 1))),
            )
            for candidate in chosen
        ]

    def _deepen(self, table: VerdictTable, standing: Standing) -> list[Step]:
        """Nobody can win any more on these items: take the settled candidates to more items, then settle others."""
        n_items = table.shape[1]
        reach = table.reach
        settled = np.flatnonzero(reach >= standing.horizon)
        short = settled[reach[settled] < n_items]
        if len(short):
            left = 1.0 - self.spent(table)
            more = max(1, int(left / max(float(self._expense[short].sum()), 1e-300)))
            stop = min(n_items, int(reach[short].min()) + more)
            return [Step(candidate=int(c), start=int(reach[c]), stop=stop) for c in short if reach[c] < stop]
        others = np.flatnonzero((reach < n_items) & ~np.isnan(standing.mean))
        order = others[np.argsort(-standing.mean[others], kind="stable")]
        return [Step(candidate=int(c), start=int(reach[c]), stop=n_items) for c in order[:1]]

    def _within(self, steps: list[Step], left: float) -> list[Step]:
        """The steps that fit what is left of the budget; the first that does not is cut short."""
        affordable = []
        for step in steps:
            most = int(left / self._expense[step.candidate] + 1e-9)
            stop = min(step.stop, step.start + most)
            if stop > step.start:
                affordable.append(Step(candidate=step.candidate, start=step.start, stop=stop))
                left -= (stop - step.start) * float(self._expense[step.candidate])
        return affordable


def _plan(expense: Floats, n_items: int, seed: int, eligible: NDArray[np.bool_]) -> Plan:
    """Lay the budget out over the eligible candidates; see the module's constants."""
    everything = np.flatnonzero(eligible)
    if float(expense[everything].sum()) * n_items <= 1.0 + 1e-9:
        return Plan(pool=everything, screening=n_items, references=len(everything), horizon=n_items)
    shallow, deep = (min(depth, n_items) for depth in _SCREENING_DEPTH)
    pool, committed = [], 0.0
    for candidate in np.random.default_rng([seed, 0]).permutation(len(expense)):
        if eligible[candidate] and committed + shallow * expense[candidate] <= _SCREENING:
            pool.append(int(candidate))
            committed += shallow * float(expense[candidate])
    if not pool:
        pool = [int(np.argmin(np.where(eligible, expense, np.inf)))]
    chosen = np.array(pool, dtype=np.intp)
    screening = min(deep, max(shallow, int(_SCREENING / max(float(expense[chosen].sum()), 1e-300))))
    typical = float(np.median(expense[chosen]))
    left = 1.0 - screening * float(expense[chosen].sum())
    calls = left * _REFERENCES / (1 - _SCREENING) / typical
    references = int(np.clip(math.sqrt(max(calls, 0.0) / _ITEMS_PER_REFERENCE), _FEWEST_REFERENCES, len(pool)))
    horizon = min(n_items, int(calls / max(references, 1)) + screening)
    if horizon == n_items:
        references = int(np.clip(calls // n_items, 1, len(pool)))
    race = left / typical - references * (horizon - screening)
    return Plan(
        pool=chosen,
        screening=screening,
        references=references,
        horizon=horizon,
        rungs=_rungs(screening, horizon, race, len(pool) - references),
    )


def _rungs(screening: int, horizon: int, calls: float, runners: int) -> tuple[tuple[int, int], ...]:
    """Rungs up to the horizon, each for the same number of calls (successive halving; Jamieson and Talwalkar 2016)."""
    depths = [screening]
    while depths[-1] * _GROWTH < horizon:
        depths.append(depths[-1] * _GROWTH)
    steps = list(zip(depths, [*depths[1:], horizon], strict=True))
    share = calls / len(steps)
    rungs = []
    for below, depth in steps:
        runners = min(runners, int(share / (depth - below))) if depth > below else 0
        if runners:
            rungs.append((depth, runners))
    return tuple(rungs)


def _likeness(scores: Floats) -> Floats:
    """Absolute correlation between candidates' scores on common items, shape (m, m); unscored is the mean."""
    known = ~np.isnan(scores)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    centred = np.where(known, scores - np.where(known, scores, 0.0).sum(axis=1, keepdims=True) / count, 0.0)
    length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    unit = centred / np.where(length > 0, length, 1.0)
    return np.asarray(np.abs(unit @ unit.T))
