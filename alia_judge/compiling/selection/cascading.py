"""`Cascading`: what is asked of a cascade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alia_judge._advice import advice
from alia_judge._messages import message
from alia_judge.errors import UsageError

if TYPE_CHECKING:  # the command line reads its flags by way of this, without numpy
    import numpy as np
    from numpy.typing import NDArray

    from alia_judge.records import Scale

__all__ = ["Cascading", "refuse_cascade", "refuse_cost", "too_low"]


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
    leave = message("leave out {advice}", advice=advice(python="cascade= and risk=", command="--cascade and --risk"))
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


def refuse_cost(cost: float, prices: NDArray[np.float64], calls: NDArray[np.intp]) -> None:
    """Refuse a bound on what an item costs that the cheapest candidate by itself is over.

    Parameters
    ----------
    cost
        The bound.
    prices, calls
        Dollars and calls a verdict of each candidate, shape (m,); a price that nobody will know is NaN, and its calls
        are what an item costs.

    Raises
    ------
    UsageError
        If no cascade can keep to it.
    """
    import numpy as np

    takes = np.where(np.isnan(prices), calls, prices)
    cheapest = int(np.argmin(takes))
    if takes[cheapest] > cost + 1e-12:
        raise too_low(cost, float(takes[cheapest]), dollars=not np.isnan(prices[cheapest]))


def too_low(cost: float, least: float, *, dollars: bool) -> UsageError:
    """What to say where nothing is within the bound on what an item costs."""
    more = advice(python="Deployment(cost=)", command="--item-cost")
    if dollars:
        return UsageError(
            message(
                "no cascade takes {cost:g} dollars an item or less, the cheapest {least:.3g}; allow more ({more}), or "
                "search cheaper models",
                cost=cost,
                least=least,
                more=more,
            )
        )
    return UsageError(
        message(
            "no cascade takes {cost:g} calls an item or less, the cheapest {least:.3g} (a call is what an item costs "
            "where no price is known); allow more ({more})",
            cost=cost,
            least=least,
            more=more,
        )
    )
