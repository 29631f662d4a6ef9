"""`Feasibility`: which judges keep to the constraints of a search, on the items its figures rest on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.compiling.constraints.constraint import Constraint, ConstraintCheck
from alia_judge.compiling.constraints.judge_measures import Prober
from alia_judge.compiling.constraints.measures import (
    Finalist,
    JudgeMeasure,
    Measure,
    MeasureInputs,
    measure_name,
    measure_rows,
)
from alia_judge.compiling.objective.objective import Objective
from alia_judge.stats.estimate import Estimate

__all__ = ["Choice", "Feasibility", "choose"]

Floats = NDArray[np.float64]

_LEVEL = 0.95
#: A callable is asked about so many judges at most: it may ask a model, and nobody counts what.
_MOST_MEASURED = 5


class Feasibility:
    """Measures judges on common items, with intervals that resample groups.

    Parameters
    ----------
    inputs
        The judges' scores of the items.
    draws
        Items of each resample, as `BootstrapComparison.draws`.
    n_groups
        Groups the items come from.
    """

    def __init__(self, inputs: MeasureInputs, draws: Sequence[NDArray[np.intp]], n_groups: int) -> None:
        self._inputs, self._draws, self._n_groups = inputs, draws, n_groups
        self._kept: dict[str, tuple[Floats, Floats]] = {}

    def checks(self, constraints: Sequence[Constraint], row: int) -> tuple[ConstraintCheck, ...]:
        """Whether one judge keeps to each constraint that verdicts can tell about."""
        found = []
        for constraint in constraints:
            if constraint.is_measured_on_judges:
                continue
            value, again = self._figures(constraint.measure)
            excess = constraint.excess(again[:, row])
            known = excess[~np.isnan(excess)]
            probability = float(np.mean(known <= 0)) if len(known) else 0.5
            unknown = bool(np.isnan(value[row]))
            holds = not unknown and float(constraint.excess(value)[row]) <= 0 and probability >= constraint.assurance
            found.append(
                ConstraintCheck(
                    constraint=constraint.told(),
                    figure=self.estimate(constraint.measure, row),
                    probability=probability,
                    holds=holds,
                )
            )
        return tuple(found)

    def estimate(self, measure: Measure, row: int) -> Estimate:
        """One judge's figure with its interval."""
        value, again = self._figures(measure)
        known = again[~np.isnan(again[:, row]), row]
        low, high = np.quantile(known, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2]) if len(known) else (np.nan, np.nan)
        billed = measure in ("cost", "latency")
        unknown = message("nobody says what a call takes") if billed else message("a constant side, or too few items")
        return Estimate(
            statistic=measure.statistic if isinstance(measure, Objective) else measure_name(measure),
            value=float(value[row]),
            low=float(low),
            high=float(high),
            level=_LEVEL,
            method="mean of the calls" if billed else "percentile bootstrap over groups",
            n=self._inputs.scores.shape[1],
            groups=self._n_groups,
            settings={"objective": measure.name} if isinstance(measure, Objective) else {},
            why=unknown if np.isnan(value[row]) else None,
        )

    def _figures(self, measure: Measure) -> tuple[Floats, Floats]:
        """Every judge's figure, shape (a,), and on each resample, shape (b, a)."""
        name = measure_name(measure)
        if name not in self._kept:
            value, _ = measure_rows(measure, self._inputs)
            if measure in ("cost", "latency"):
                self._kept[name] = value, value[None, :]
            else:
                again = [measure_rows(measure, self._inputs.take(drawn))[0] for drawn in self._draws]
                self._kept[name] = value, np.stack(again)
        return self._kept[name]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which of several judges is named.

    Parameters
    ----------
    row
        The judge. Where none keeps to every constraint, it is the one that would be named without them.
    checks
        What was found of it.
    excluded
        What was found of those that were not named because of a constraint, by row.
    """

    row: int
    checks: tuple[ConstraintCheck, ...]
    excluded: Mapping[int, tuple[ConstraintCheck, ...]]


def choose(
    rows: Sequence[int],
    best: Callable[[Sequence[int]], int],
    constraints: Sequence[Constraint],
    feasibility: Feasibility,
    finalist: Callable[[int], Finalist],
    prober: Prober | None = None,
) -> Choice:
    """The best judge among those that keep to every constraint.

    Parameters
    ----------
    rows
        The judges.
    best
        Which of some judges is the best.
    constraints, feasibility
        The constraints, and what verdicts say of them.
    finalist
        Makes the judge that a measure taken on judges gets.
    prober
        Takes those that the budget pays for.
    """
    found = {row: feasibility.checks(constraints, row) for row in rows}
    own = [constraint for constraint in constraints if constraint.is_measured_on_judges]
    allowed = [row for row in rows if all(check.holds for check in found[row])]
    excluded = {row: found[row] for row in rows if row not in allowed}
    counted = all(isinstance(one.measure, JudgeMeasure) for one in own)
    for _ in range(len(allowed) if counted else min(len(allowed), _MOST_MEASURED)):
        row = best(allowed)
        named = finalist(row) if own else None
        checks = found[row] + tuple(_measured_on_judge(one, named, prober) for one in own if named is not None)
        if all(check.holds for check in checks):
            return Choice(row=row, checks=checks, excluded=excluded)
        excluded[row] = checks
        allowed.remove(row)
    row = best(rows)
    return Choice(row=row, checks=excluded.pop(row, found[row]), excluded=excluded)


def _measured_on_judge(constraint: Constraint, finalist: Finalist, prober: Prober | None) -> ConstraintCheck:
    """Whether a judge keeps to a constraint that takes the judge itself to measure; what is unknown does not."""
    measure = constraint.measure
    if isinstance(measure, JudgeMeasure) and prober is not None:
        figure = prober.take(measure, finalist)
        error = np.array([figure.standard_error])
        reached = np.array([figure.value])
        probability = float(constraint.probability(reached, error)[0])
        kept = not np.isnan(figure.value) and float(constraint.excess(reached)[0]) <= 0
        return ConstraintCheck(
            constraint=constraint.told(),
            figure=figure,
            probability=probability,
            holds=bool(kept and probability >= constraint.assurance),
        )
    value = float(measure(finalist)) if callable(measure) else float("nan")
    return ConstraintCheck(
        constraint=constraint.told(),
        figure=Estimate(
            statistic=constraint.name,
            value=value,
            low=float("nan"),
            high=float("nan"),
            level=_LEVEL,
            method="as measured by the caller",
            n=0,
            groups=0,
            why=message("it was measured and not estimated")
            if not np.isnan(value)
            else message("the measure gave no number"),
        ),
        probability=float(constraint.excess(np.array([value]))[0] <= 0),
        holds=bool(constraint.excess(np.array([value]))[0] <= 0),
    )
