"""`CurvePoint`: the state of a search at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

__all__ = ["CurvePoint"]


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """The state of a search at one moment.

    Parameters
    ----------
    calls
        Calls paid so far.
    trials
        Requests made so far.
    best
        Name of the best single configuration then.
    value, low, high
        Its objective (expected score) on the items it had judged by then, corrected for having been picked, and the 95%
        interval of a bootstrap over groups.
    gain
        Expected gain in that objective from the next hundred calls.
    """

    calls: int
    trials: int
    best: str
    value: float
    low: float
    high: float
    gain: float

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        nan = float("nan")
        fields: dict[str, Any] = {name: nan if data[name] is None else data[name] for name in cls.__dataclass_fields__}
        return cls(**fields)
