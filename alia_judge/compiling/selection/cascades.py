"""Which cascade to deploy: whom to ask first, whom to pass items on to, and which to leave to people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.compiling.objective.comparison import BootstrapComparison
from alia_judge.compiling.selection.cascading import Cascading, too_low
from alia_judge.compiling.selection.common_items import CommonItems
from alia_judge.compiling.selection.stack import StackCandidates
from alia_judge.compiling.space.build import calls_of
from alia_judge.compiling.stack.candidates import Deployable
from alia_judge.compiling.stack.cascade import Cascade, Stage
from alia_judge.compiling.stack.cascade_point import CascadePoint
from alia_judge.compiling.stack.doubt import Doubt, signals
from alia_judge.errors import UsageError
from alia_judge.records import Judgments
from alia_judge.stats.clustered import clustered_mean
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.kernels import spearman_rows
from alia_judge.stats.risk import controlled_threshold

__all__ = ["choose_cascade"]

Floats = NDArray[np.float64]

#: First stages of so many members are tried, among the candidates up to each of so many prices.
_FIRST, _PRICES = (1, 2, 3), 4
#: Shares of the items that are passed on.
_SHARES = tuple(np.arange(1, 10) / 10)
#: So many points of the curve are shown at most.
_MOST_POINTS = 12


@dataclass(frozen=True, kw_only=True, eq=False)
class _Row:
    """One cascade on the learning items: its held-out scores and doubts, and what it takes."""

    first: Deployable
    last: Deployable | None
    passed: NDArray[np.bool_]
    scores: Floats
    doubts: Floats
    stages: tuple[Stage, ...]
    calls: float
    cost: float

    @property
    def taken(self) -> float:
        """Dollars an item, or calls where a price is not known."""
        return self.calls if math.isnan(self.cost) else self.cost


def choose_cascade(
    common: CommonItems,
    candidates: StackCandidates,
    most: int | None,
    wanted: Cascading,
    prices: Floats,
    *,
    surface: bool,
) -> tuple[Cascade, tuple[CascadePoint, ...]]:
    """The cascade to deploy, and the curve it was chosen from.

    The curve is of those that reproduce the largest stack best for what they cost. With a bound on the cost the most
    expensive within it is deployed, else the cheapest that agrees with people within a standard error of the best.

    Parameters
    ----------
    most
        Most calls an item, of all stages together; None for no bound.
    wanted
        What is asked of it.
    prices
        Dollars a verdict of each candidate, shape (m,); NaN where unknown.
    surface
        Whether stacks read surface features.

    Raises
    ------
    UsageError
        If no stack can be made, or none is within the bound on the cost.
    """
    stacks = candidates.stacks(most, surface=surface)
    if not stacks:
        raise UsageError(
            message("no stack takes {most} calls an item or fewer, so there is no cascade; allow more calls", most=most)
        )
    every = _rows(common, candidates, stacks, prices, wanted, most, surface=surface)
    # How well a cascade reproduces the largest stack is known far better than how well it agrees with people.
    alike = np.nan_to_num(spearman_rows(np.stack([row.scores for row in every]), stacks[-1].held_out), nan=-1.0)
    rows = _front(every, alike, wanted.cost)
    readings = common.fitted_readings(np.stack([row.scores for row in rows]))
    comparison = common.compare(readings)
    whole = np.nan_to_num(common.objective.rows(readings, common.target), nan=-np.inf)
    chosen = _chosen(rows, whole, comparison, wanted.cost)
    kept = [_left_to_people(common, row, wanted) for row in rows]
    with_people = [
        np.where(judged, row.scores, common.target.values) for row, (_, judged) in zip(rows, kept, strict=True)
    ]
    people = common.compare(common.fitted_readings(np.stack(with_people)))
    fresh = common.fresh

    def share(of: NDArray[np.bool_], statistic: str) -> Estimate:
        return clustered_mean(of[fresh].astype(np.float64), common.target.groups[fresh], statistic=statistic)

    points = []
    for place, (row, (_, judged)) in enumerate(zip(rows, kept, strict=True)):
        wrong = judged & (np.abs(row.scores - common.target.values) > wanted.tolerance)
        point = CascadePoint(
            first=_named(row.first),
            then="" if row.last is None else _named(row.last),
            calls=row.calls,
            cost=row.cost,
            passed_on=share(row.passed, message("passed on")),
            agreement=comparison.estimate(place),
            to_people=None if wanted.risk is None else share(~judged, message("to people")),
            wrong=None if wanted.risk is None else share(wrong, "wrong"),
            with_people=None if wanted.risk is None else people.estimate(place),
            deployed=place == chosen,
        )
        points.append(point)
    cascade = Cascade(
        stages=rows[chosen].stages,
        people_from=kept[chosen][0],
        risk=wanted.risk,
        tolerance=None if wanted.risk is None else wanted.tolerance,
        point=points[chosen],
    )
    return cascade, tuple(points)


def _rows(
    common: CommonItems,
    candidates: StackCandidates,
    stacks: Sequence[Deployable],
    prices: Floats,
    wanted: Cascading,
    most: int | None,
    *,
    surface: bool,
) -> list[_Row]:
    """Every stack by itself, and every pair of a cheap one and the largest with each threshold."""
    each = np.array([calls_of(one) for one in common.configurations], dtype=np.float64)

    def takes(members: set[int]) -> tuple[float, float]:
        asked = [int(candidates.pool[one]) for one in members]
        return float(each[asked].sum()), float(prices[asked].sum())

    largest = stacks[-1]
    rows = []
    nobody = np.zeros(common.n, dtype=np.bool_)
    for one in stacks if wanted.stages else [largest]:
        calls, cost = takes(set(one.members))
        off, doubts, _ = _doubted(common, candidates, one)
        rows.append(
            _Row(
                first=one,
                last=None,
                passed=nobody,
                scores=one.held_out,
                doubts=doubts,
                stages=(Stage(stack=one.stack, off=off),),
                calls=calls,
                cost=cost,
            )
        )
    if not wanted.stages:
        return rows
    last_off, last_doubts, _ = _doubted(common, candidates, largest)
    for first in _firsts(candidates, prices, surface=surface):
        if set(first.members) >= set(largest.members):
            continue
        calls, cost = takes(set(first.members))
        more_calls, more_cost = takes(set(largest.members) - set(first.members))
        if most is not None and calls + more_calls > most:
            continue
        off, doubts, told = _doubted(common, candidates, first)
        scores = _tied_as(first, largest)
        moves, moved = Doubt.of(told, np.abs(largest.held_out - scores), common.folds)
        for share in _SHARES:
            passes_from = float(np.quantile(moved, 1 - share))
            passed = moved >= passes_from
            part = float(passed.mean())
            rows.append(
                _Row(
                    first=first,
                    last=largest,
                    passed=passed,
                    scores=np.where(passed, largest.held_out, scores),
                    doubts=np.where(passed, last_doubts, doubts),
                    stages=(
                        Stage(stack=first.stack, off=off, moves=moves, passes_from=passes_from),
                        Stage(stack=largest.stack, off=last_off),
                    ),
                    calls=calls + part * more_calls,
                    cost=cost + part * more_cost,
                )
            )
    return rows


def _firsts(candidates: StackCandidates, prices: Floats, *, surface: bool) -> list[Deployable]:
    """Small stacks of the candidates up to each price."""
    own = prices[candidates.settled]
    known = np.unique(own[~np.isnan(own)])
    levels = [math.inf] if len(known) < 2 else np.quantile(known, np.arange(1, _PRICES + 1) / _PRICES).tolist()
    found: dict[frozenset[int], Deployable] = {}
    for level in dict.fromkeys(levels):
        among = np.flatnonzero(np.isnan(own) | (own <= level)) if math.isfinite(level) else np.arange(len(own))
        for one in candidates.small(max(_FIRST), among.tolist(), surface=surface):
            if len(one.members) in _FIRST:
                found.setdefault(frozenset(one.members), one)
    return list(found.values())


def _doubted(common: CommonItems, candidates: StackCandidates, one: Deployable) -> tuple[Doubt, Floats, Floats]:
    """How far a stack's scores may be off: fitted, held out, and by what it is told."""
    judged: list[Judgments] = [common.judgments(int(candidates.pool[member])) for member in one.members]
    told = signals(one.stack, judged, one.held_out)
    doubt, held_out = Doubt.of(told, np.abs(common.target.values - one.held_out), common.folds)
    return doubt, held_out, told


def _tied_as(first: Deployable, last: Deployable) -> Floats:
    """The first stack's held-out scores with ties at the top where the last one's are, as `Cascade` makes them."""
    if last.stack.ceiling is None:
        return first.held_out
    top = last.held_out.max()
    tied = first.held_out >= (math.inf if first.stack.ceiling is None else first.held_out.max() - 1e-12)
    return np.asarray(np.where(tied, top, np.minimum(first.held_out, top)))


def _left_to_people(common: CommonItems, row: _Row, wanted: Cascading) -> tuple[float, NDArray[np.bool_]]:
    """Up to which doubt judges keep an item, and which they keep, shape (n,).

    The items that were chosen by their targets are no sample of what comes: the threshold rests on the others.
    """
    if wanted.risk is None:
        return math.inf, np.ones(common.n, dtype=np.bool_)
    fresh = common.fresh
    threshold = controlled_threshold(
        row.doubts[fresh],
        np.abs(row.scores - common.target.values)[fresh] > wanted.tolerance,
        common.target.groups[fresh],
        wanted.risk,
    )
    return threshold, row.doubts <= threshold


def _front(rows: Sequence[_Row], alike: Floats, cost: float | None) -> list[_Row]:
    """The rows that are more alike than everything cheaper, the cheapest first; so many that they can be shown."""
    front: list[int] = []
    for place in sorted(range(len(rows)), key=lambda one: (rows[one].taken, -alike[one])):
        if not front or alike[place] > alike[front[-1]]:
            front.append(place)
    shown = set(np.linspace(0, len(front) - 1, min(_MOST_POINTS, len(front))).round().astype(int).tolist())
    within = [number for number, place in enumerate(front) if cost is not None and rows[place].taken <= cost + 1e-12]
    return [rows[front[number]] for number in sorted(shown | set(within[-1:]))]


def _chosen(rows: Sequence[_Row], agreement: Floats, comparison: BootstrapComparison, cost: float | None) -> int:
    """Which row of the curve to deploy."""
    if cost is not None:
        within = [place for place, row in enumerate(rows) if row.taken <= cost + 1e-12]
        if not within:
            raise too_low(cost, rows[0].taken, dollars=not math.isnan(rows[0].cost))
        return within[-1]
    best = int(np.argmax(agreement))
    error = np.nanstd(comparison.replicates[:, [best]] - comparison.replicates, axis=0)
    return int(np.flatnonzero(agreement[best] - agreement <= error)[0])


def _named(one: Deployable) -> str:
    names = [member.name for member in one.stack.configurations]
    return " + ".join(names) if len(names) < 3 else message("{names} and {n} more", names=names[0], n=len(names) - 1)
