"""`Cascading`: what is asked of a cascade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alia_judge._advice import advice
from alia_judge._messages import message
from alia_judge.errors import UsageError

if TYPE_CHECKING:  # the command line reads its flags by way of this
    from alia_judge.records import Scale

__all__ = ["Cascading", "refuse_cascade"]


@dataclass(frozen=True, kw_only=True)
class Cascading:
    """What is asked of a cascade.

    Parameters
    ----------
    stages
        Whether a cheaper stack may be asked first.
    risk
        Share of all items that judges may score and be off by more than the tolerance; None leaves none to people.
    tolerance
        In points of the scale.
    cost
        Most dollars an item on average, or calls where no price is known; None for the fewest that are worth it.
    """

    stages: bool = True
    risk: float | None = None
    tolerance: float = 1.0
    cost: float | None = None


def refuse_cascade(scale: Scale, *, several: bool, held: bool) -> None:
    """Refuse a cascade where there can be none.

    Parameters
    ----------
    scale
        Of the ratings.
    several
        Whether there are several criteria.
    held
        Whether judges are held to constraints, or are points of a front.

    Raises
    ------
    UsageError
        If it is asked for all the same.
    """
    leave = f"leave out {advice(python='cascade= and risk=', command='--cascade and --risk')}"
    if held:
        cost = advice(python="Deployment(cost=)", command="--item-cost")
        raise UsageError(
            message(
                "a cascade is held to no constraint and is no point of a front; {leave}, or the "
                "constraints and the front ({cost} bounds what a cascade costs)",
                leave=leave,
                cost=cost,
            )
        )
    if several:
        raise UsageError(message("a cascade passes items on by the score of one criterion; {leave}", leave=leave))
    if scale.has_labels:
        raise UsageError(message("a cascade reads scores, and these are labels; {leave}", leave=leave))
