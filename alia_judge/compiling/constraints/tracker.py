"""`ConstraintTracker`: what a search looks at besides its objective, while it is under way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.compiling.constraints.constraint import Constraint, ConstraintCheck
from alia_judge.compiling.constraints.measures import (
    JudgeMeasure,
    Measure,
    MeasureInputs,
    either_way,
    measure_name,
    measure_rows,
    prefers_low,
)
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.verdict_table import VerdictTable
from alia_judge.errors import UsageError
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.pareto import layers, non_dominated
from alia_judge.text.surface import SURFACE_FEATURES

__all__ = ["ConstraintTracker"]

Floats = NDArray[np.float64]

#: A candidate that keeps to a constraint with less probability than this gets no more calls.
_HOPELESS = 0.05
_WORDS = SURFACE_FEATURES.index("words")


class ConstraintTracker:
    """Constraints and further objectives of a search, on the evidence there is.

    Parameters
    ----------
    constraints
        Bounds to keep to.
    pareto
        Further objectives: the search then spends on whoever may be on the front.
    target, surface
        Of all learning items, in their order.
    prices
        Price of one call of each candidate, shape (m,); NaN where it is found out by calling.

    Raises
    ------
    UsageError
        If no candidate can keep to the bound on cost.
    """

    def __init__(
        self,
        constraints: Sequence[Constraint],
        pareto: Sequence[Measure],
        target: Target,
        surface: Floats,
        prices: Floats,
    ) -> None:
        self.constraints, self.pareto = tuple(constraints), tuple(pareto)
        #: Those of the further objectives that verdicts tell about, while the search is under way.
        self._seen = [one for one in pareto if not isinstance(one, JudgeMeasure)]
        self._checked = [one for one in constraints if not one.is_measured_on_judges]
        self._target, self.length, self._prices = target, surface[:, _WORDS], prices
        for constraint in self._checked:
            if constraint.measure == "cost" and (constraint.excess(prices) > 0).all():
                raise UsageError(
                    message(
                        "no candidate keeps to {constraint}: the cheapest costs {cheapest:g} a call; allow more, or "
                        "add a cheaper model",
                        constraint=constraint,
                        cheapest=np.min(prices),
                    )
                )

    def cost(self, table: VerdictTable) -> Floats:
        """Dollars an item of each candidate, shape (m,): its price, or what its calls have cost on average."""
        return np.where(np.isnan(self._prices), table.mean_cost, self._prices)

    def barred(self, table: VerdictTable) -> NDArray[np.bool_]:
        """Candidates that all but certainly break some constraint, shape (m,); none where that would be all."""
        barred = np.zeros(len(self._prices), dtype=np.bool_)
        for constraint in self._checked:
            value, error = self._measured(constraint.measure, table)
            barred |= constraint.probability(value, error) < _HOPELESS
        known = table.known.any(axis=1) if table.known.any() else np.ones(len(barred), dtype=np.bool_)
        return barred & ~barred[known].all()

    def barred_checks(self, table: VerdictTable, names: Sequence[str]) -> dict[str, tuple[ConstraintCheck, ...]]:
        """What the barred candidates broke, by name, on the items they were judged on."""
        found: dict[str, tuple[ConstraintCheck, ...]] = {}
        barred = np.flatnonzero(self.barred(table))
        for constraint in self._checked:
            value, error = self._measured(constraint.measure, table, barred)
            probability = constraint.probability(value, error)
            for place in np.flatnonzero(probability < _HOPELESS):
                candidate = int(barred[place])
                figure = Estimate(
                    statistic=measure_name(constraint.measure),
                    value=float(value[place]),
                    n=int(table.depth[candidate]),
                ).with_error(float(error[place]), level=0.95, method="normal, on the items judged")
                check = ConstraintCheck(
                    constraint=constraint.told(), figure=figure, probability=float(probability[place]), holds=False
                )
                found[names[candidate]] = (*found.get(names[candidate], ()), check)
        return found

    def excess(self, candidate: int, table: VerdictTable) -> dict[str, float]:
        """By how much one candidate is beyond each bound, as Optuna keeps constraints; without what is unknown."""
        found = {}
        for constraint in self._checked:
            value, _ = self._measured(constraint.measure, table, np.array([candidate]))
            found[constraint.name] = float(constraint.excess(value)[0])
        return {name: value for name, value in found.items() if not np.isnan(value)}

    def figures(self, candidate: int, table: VerdictTable) -> dict[str, float]:
        """One candidate's further objectives as they stand, by name; without what is unknown."""
        found = {measure_name(one): self._measured(one, table, np.array([candidate]))[0][0] for one in self._seen}
        return {name: float(value) for name, value in found.items() if not np.isnan(value)}

    def priority(self, mean: Floats, table: VerdictTable) -> Floats:
        """In which order candidates deserve calls, shape (m,), highest first; `mean` is the objective as believed."""
        if not self._seen:
            return mean
        number = layers(self._values(mean, table)).astype(np.float64)
        # Within a layer the objective decides: squeezed into less than the step between layers.
        within = np.argsort(np.argsort(np.nan_to_num(mean, nan=-np.inf))) / len(mean)
        return np.where(np.isnan(mean), np.nan, within - number)

    def wins(self, draws: Floats, table: VerdictTable) -> NDArray[np.intp]:
        """In how many draws each candidate is the best, or on the front, shape (m,)."""
        if not self._seen:
            filled = np.where(np.isnan(draws), -np.inf, draws)
            return np.bincount(filled.argmax(axis=1), minlength=draws.shape[1])
        others = self._values(np.zeros(draws.shape[1]), table)[:, 1:]
        fronts = np.stack([non_dominated(np.column_stack([draw, others])) for draw in draws])
        return np.asarray(fronts.sum(axis=0), dtype=np.intp)

    def _values(self, mean: Floats, table: VerdictTable) -> Floats:
        """The objective and the further ones, higher is better, shape (m, 1 + k); what is unknown counts as worst."""
        columns = [mean]
        for measure in self._seen:
            value, _ = self._measured(measure, table)
            value = np.abs(value) if either_way(measure) else value
            columns.append(np.nan_to_num(-value if prefers_low(measure) else value, nan=-1e300))
        return np.stack(columns, axis=1)

    def _measured(
        self, measure: Measure, table: VerdictTable, candidates: NDArray[np.intp] | None = None
    ) -> tuple[Floats, Floats]:
        """Each candidate's figure on the items it has judged, and its error."""
        chosen = np.arange(table.shape[0]) if candidates is None else candidates
        value, error = np.full(len(chosen), np.nan), np.full(len(chosen), np.nan)
        depth = table.depth[chosen]
        cost, seconds = self.cost(table)[chosen], table.mean_seconds[chosen]
        if measure in ("cost", "latency"):
            return (cost if measure == "cost" else seconds), np.zeros(len(chosen))
        for level in np.unique(depth[depth > 0]):
            at = np.flatnonzero(depth == level)
            items = np.arange(level)
            inputs = MeasureInputs(
                scores=table.score[chosen[at], :level],
                judged=table.known[chosen[at], :level],
                target=self._target.take(items),
                length=self.length[items],
                cost=cost[at],
                seconds=seconds[at],
            )
            value[at], error[at] = measure_rows(measure, inputs)
        return value, error
