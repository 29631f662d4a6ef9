"""`Cascading`: what is asked of a cascade."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Cascading"]


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
