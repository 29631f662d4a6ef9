"""`Spent`: calls and dollars that went on something."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

__all__ = ["Spent"]


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Calls and US dollars.

    Parameters
    ----------
    calls
        Calls that were made.
    cost
        What they cost; NaN where nobody says.
    """

    calls: int = 0
    cost: float = 0.0

    @classmethod
    def total(cls, parts: Iterable[Spent]) -> Self:
        """All of them together; the cost is unknown where one of theirs is."""
        known = list(parts)
        return cls(calls=sum(one.calls for one in known), cost=math.fsum(one.cost for one in known))

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> Self:
        """What the result of a task says that it took."""
        return cls(calls=result["calls"], cost=math.nan if result["cost"] is None else result["cost"])
