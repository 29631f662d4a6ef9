"""In which order each annotator worked, as far as the ratings tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alia_judge.checks.base import CheckData

__all__ = ["WorkingOrder", "working_order"]

#: How times are written: by machines, and by the forms of spreadsheets, the day before the month unless that fails.
_FORMATS = (
    "ISO8601",
    *(f"{day} %H:%M{seconds}" for day in ("%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y") for seconds in (":%S", "")),
)


@dataclass(frozen=True, kw_only=True)
class WorkingOrder:
    """The place of each rating in its annotator's work.

    Parameters
    ----------
    place
        Of each of a panel's ratings, ascending in time; only the order means anything.
    timed
        Whether it comes from timestamps; otherwise from the order of the rows.
    """

    place: NDArray[np.float64]
    timed: bool


def working_order(data: CheckData, criterion: str) -> WorkingOrder:
    """The order of work on an identified criterion, by timestamps where every rating has one that can be read."""
    import pandas as pd

    rows = data.ratings.of(criterion)
    place = pd.Series(range(len(rows)), index=rows.index, dtype="float64")
    timed = False
    if "timestamp" in rows and rows["timestamp"].notna().all():
        numbers = pd.to_numeric(rows["timestamp"], errors="coerce")
        for written in _FORMATS if numbers.isna().any() else ():
            times = pd.to_datetime(rows["timestamp"], errors="coerce", utc=True, format=written)
            if times.notna().all():
                numbers = (times - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
                break
        if numbers.notna().all():
            place, timed = numbers.astype("float64"), True
    # Of repeated ratings the one that counts.
    matrix = data.matrix(criterion)
    return WorkingOrder(place=place.to_numpy()[matrix.rows][data.panel(criterion).order], timed=timed)
