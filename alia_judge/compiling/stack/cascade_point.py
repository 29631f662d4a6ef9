"""`CascadePoint`: what a cascade costs, how well it agrees, and what it leaves to people."""

from __future__ import annotations

import math
from dataclasses import dataclass

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.stats.estimate import Estimate

__all__ = ["CascadePoint"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CascadePoint(Record):
    """A point of the curve: what a cascade costs, how well it agrees, and what is left to people.

    Scores and doubts are of groups that were held out; where an item is passed on, and whether it goes to people, was
    fitted to all of them, and nothing is corrected for having been picked: a little is too good.

    Parameters
    ----------
    first, then
        Whom it asks of every item, and of those that are passed on; `then` is empty for a stack without a cascade.
    calls, cost
        Calls and dollars an item, on average; the dollars are NaN where a price is not known.
    passed_on
        Share of the items that the second stage is asked about.
    agreement
        The objective where judges score every item.
    to_people
        Share of the items that goes to people for the stated risk; None where none does.
    wrong
        Share of all items that judges score and are off by more than the tolerance.
    with_people
        The objective of both together, an item that goes to people having their rating.
    deployed
        Whether this is the one.
    """

    first: str
    then: str
    calls: float
    cost: float
    passed_on: Estimate
    agreement: Estimate
    to_people: Estimate | None = None
    wrong: Estimate | None = None
    with_people: Estimate | None = None
    deployed: bool = False

    @property
    def cells(self) -> dict[str, str]:
        """What there is to say of it, by what it is; nothing of people where none is left to them."""
        dollars: dict[str, str] = (
            {} if math.isnan(self.cost) else {message("dollars a thousand"): f"{1000 * self.cost:.3g}"}
        )
        people: dict[str, str] = (
            {}
            if self.to_people is None
            else {
                message("to people"): _share(self.to_people),
                message("scored and off"): _share(self.wrong),
                message("agreement with people's"): str(self.with_people),
            }
        )
        return {
            message("first"): self.first,
            message("then"): self.then,
            message("passed on"): _share(self.passed_on) if self.then else "",
            message("calls"): f"{self.calls:.2f}",
            **dollars,
            message("agreement"): str(self.agreement),
            **people,
        }

    def __str__(self) -> str:
        return ", ".join(f"{name}: {said}" for name, said in self.cells.items() if said)


def _share(share: Estimate | None) -> str:
    if share is None:
        return ""
    between = "" if math.isnan(share.low) else f" [{max(share.low, 0):.0%}, {min(share.high, 1):.0%}]"
    return f"{share.value:.0%}{between}"
