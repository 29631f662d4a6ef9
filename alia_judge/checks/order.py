"""In which order each annotator worked, as far as the ratings tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alia_judge.ratings.table import Ratings

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
        ``{(annotator, item): place}``, ascending in time; only the order means anything.
    timed
        Whether it comes from timestamps; otherwise from the order of the rows.
    """

    place: Mapping[tuple[str, str], float]
    timed: bool


def working_order(ratings: Ratings, criterion: str) -> WorkingOrder:
    """The order of work on one criterion, by timestamps where every rating has one that can be read."""
    import pandas as pd

    rows = ratings.of(criterion)
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
    keys = zip(rows["annotator_id"].astype(str), rows["item_id"].astype(str), strict=True)
    # The first of repeated ratings counts, as in the matrix.
    first: dict[tuple[str, str], float] = {}
    for key, value in zip(keys, place, strict=True):
        first.setdefault(key, float(value))
    return WorkingOrder(place=first, timed=timed)
