"""`Budget`: what a search may spend."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, SupportsIndex

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.compiling.spent import Spent
from alia_judge.errors import UsageError, expect

__all__ = ["FEWEST_BY_DEFAULT", "Budget", "DeployCalls", "most_calls"]

#: Dollars that pay for nothing, where all of them are spent: a budget has some.
_TRIFLE = 1e-12

#: Most calls an item, once deployed: a number, ``"all"`` for no bound, or None for the default.
DeployCalls = int | Literal["all"] | None
#: Most calls an item where nobody says: and of those no more than the figure shows to be worth it.
FEWEST_BY_DEFAULT = 5


def most_calls(deploy_calls: DeployCalls) -> int | None:
    """The bound on calls an item; None is no bound.

    Raises
    ------
    UsageError
        If it is below 1 or another word than ``"all"``.
    """
    if deploy_calls == "all":
        return None
    if deploy_calls is None:
        return FEWEST_BY_DEFAULT
    if isinstance(deploy_calls, bool) or not isinstance(deploy_calls, int) or deploy_calls < 1:
        raise UsageError(
            message(
                "deploy_calls must be at least 1, or 'all' for no bound, got {deploy_calls!r}",
                deploy_calls=deploy_calls,
            )
        )
    return deploy_calls


@dataclass(frozen=True, kw_only=True, eq=False)
class Budget(Record):
    """What a search may spend: calls, and money where the source can price a call.

    A call is a verdict asked for the first time; one that a store already holds is free. The budget bounds the whole
    study: a resumed search goes on with what is left.

    Parameters
    ----------
    calls
        Most calls to send: of verdicts, of which one may take several, and of whoever proposes, writes or probes. A
        call that fails and is tried again is one more. A question that a server refuses in its present form, and that
        is put otherwise, is the same call.
    cost
        Most money to spend, in US dollars; None for no bound. It binds where the source has prices, or else as calls
        tell what they cost: then the first request of a model may go beyond it.

    Raises
    ------
    UsageError
        If `calls` is below 1 or `cost` is not positive.

    Examples
    --------
    >>> Budget(calls=4000).to_dict()
    {'calls': 4000, 'cost': None}
    """

    calls: int
    cost: float | None = None

    def __post_init__(self) -> None:
        expect("calls", self.calls, SupportsIndex, "a number of calls")
        expect("cost", self.cost, (int, float, type(None)), "US dollars")
        if self.calls < 1:
            raise UsageError(message("a budget needs at least 1 call, got {calls}", calls=self.calls))
        if self.cost is not None and not (self.cost > 0 and math.isfinite(self.cost)):
            raise UsageError(
                message("a budget's cost must be a positive number of dollars, got {cost}", cost=self.cost)
            )

    def part(self, share: float, *, less: Iterable[Spent] = ()) -> Budget:
        """A share of it, less what is spent on other things; at least one call, and a trifle of money."""
        beside = Spent.total(less)
        calls = max(1, int(self.calls * share) - beside.calls)
        if self.cost is None:
            return Budget(calls=calls)
        known = 0.0 if math.isnan(beside.cost) else beside.cost
        return Budget(calls=calls, cost=max(self.cost * share - known, _TRIFLE))
