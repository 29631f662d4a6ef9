"""`Prober`: measures that take the judge itself, on judges that would be named, for calls that were set aside."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from alia_judge._json import jsonable
from alia_judge._messages import message
from alia_judge.compiling.budget import Budget
from alia_judge.compiling.constraints.constraint import Constraint
from alia_judge.compiling.constraints.measures import Finalist, JudgeMeasure, Measure
from alia_judge.compiling.space.build import calls_of
from alia_judge.compiling.spent import Spent
from alia_judge.compiling.study.tasks import OnceTasks
from alia_judge.errors import UsageError
from alia_judge.records import Item
from alia_judge.runner import Progress, VerdictStore
from alia_judge.stats.estimate import Estimate

__all__ = ["Prober", "probing_reserve"]

#: Most of the budget that is set aside, and for how many judges of one call an item that is enough.
_RESERVE = 0.2
_JUDGES = 10
#: How the keys of its tasks begin.
_KEY = "measure "


class Prober:
    """Takes measures on judges, each once, and counts what that costs.

    Parameters
    ----------
    tasks
        Where results are kept: a search that is started again pays for none of them.
    items
        Learning items, in the order in which they are judged: the first are those that every finalist has judged.
    store
        Where verdicts are kept.
    budget
        The whole budget.
    spent
        What the search has spent of it.
    """

    def __init__(
        self,
        tasks: OnceTasks,
        items: Sequence[Item],
        store: VerdictStore | None,
        budget: Budget,
        spent: Callable[[], Spent],
    ) -> None:
        self._tasks, self._items, self._store, self._budget, self._search = tasks, items, store, budget, spent
        self._taken: dict[str, Estimate] = {}
        self._known: set[tuple[str, str]] = set()

    @property
    def spent(self) -> Spent:
        """What measuring has taken so far, by whichever process and under whichever bound on what is deployed."""
        return Spent.total(map(Spent.of, self._tasks.results(_KEY)))

    def take(self, measure: JudgeMeasure, finalist: Finalist) -> Estimate:
        """The figure of a judge; undefined, with the reason, where it cannot be had."""
        judge = finalist.judge
        if judge is None:
            alone = not finalist.configurations
            return _unknown(
                measure, message("no model is asked: surface features alone") if alone else message("no model to ask")
            )
        key = _key(measure, judge, self._items)
        if key not in self._taken:
            done = self._tasks.read(key)
            if done is None and (why := self._too_expensive(measure, finalist)):
                return _unknown(measure, why)
            result = done or self._tasks.once(
                key, message("{name} of a finalist", name=measure.name), partial(self._ask, measure, judge)
            )
            self._taken[key] = Estimate.from_dict(result["figure"])
            self._known |= {(measure.name, one.key) for one in finalist.configurations}
        return self._taken[key]

    def _ask(self, measure: JudgeMeasure, judge: Any, again: bool) -> Mapping[str, Any]:
        runs: list[Progress] = []
        figure = measure.take(judge, self._items, store=self._store, ended=runs.append)
        # Changed items that are there already were paid for by an attempt that did not come to its end.
        recovered = sum(run.replayed for run in runs[1:]) if again else 0
        return {
            "figure": figure.to_dict(),
            "calls": sum(run.paid for run in runs) + recovered,
            "cost": jsonable(math.fsum(run.cost for run in runs if run.paid)),
        }

    def _too_expensive(self, measure: JudgeMeasure, finalist: Finalist) -> str | None:
        """Why the calls that are left do not pay for it; what members of it were asked before is free."""
        fresh = [one for one in finalist.configurations if (measure.name, one.key) not in self._known]
        needed = sum(map(calls_of, fresh)) * min(measure.items, len(self._items))
        search, own = self._search(), self.spent
        left = max(self._budget.calls - search.calls - own.calls, 0)
        if needed > left:
            return message(
                "it takes up to {needed} calls to measure, and {left} of the budget are left", needed=needed, left=left
            )
        if self._budget.cost is not None and search.cost + own.cost >= self._budget.cost:
            return message("the money is spent")
        return None


def probing_reserve(constraints: Sequence[Constraint], pareto: Sequence[Measure], budget: Budget) -> Spent:
    """Calls and dollars to set aside for measures that take the judge itself: a fifth of the budget at most.

    Raises
    ------
    UsageError
        If that does not pay for a single judge.
    """
    measures = {
        measure.name: measure
        for measure in (*(one.measure for one in constraints), *pareto)
        if isinstance(measure, JudgeMeasure)
    }
    if not measures:
        return Spent()
    once = sum(measure.items for measure in measures.values())
    calls = min(int(_RESERVE * budget.calls), once * _JUDGES)
    if calls < once:
        raise UsageError(
            message(
                "{measures}: measuring one judge takes {once} calls, and a fifth of {calls} is set "
                "aside for it; allow at least {ceil} calls, or fewer items",
                measures=", ".join(measures),
                once=once,
                calls=budget.calls,
                ceil=math.ceil(once / _RESERVE),
            )
        )
    cost = 0.0 if budget.cost is None else budget.cost * calls / budget.calls
    return Spent(calls=calls, cost=cost)


def _key(measure: JudgeMeasure, judge: Any, items: Sequence[Item]) -> str:
    parts = [
        measure.to_dict(),
        dict(judge.configuration().parameters),
        None if getattr(judge, "readout", None) is None else judge.readout.to_dict(),
        judge.lm_identity(),
        [item.digest() for item in items[: measure.items]],
    ]
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return f"{_KEY}{measure.name} {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _unknown(measure: JudgeMeasure, why: str) -> Estimate:
    return Estimate.undefined(measure.name, why)
