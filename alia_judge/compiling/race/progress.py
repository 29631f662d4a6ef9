"""`CurvePoint`: the state of a search at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from alia_judge._record import Record

__all__ = ["CurvePoint"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CurvePoint(Record):
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
