"""What was found in a table's columns, in a few words each: for who looked for ratings there and is told of none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alia_judge._messages import joined, message
from alia_judge.ratings.roles.evidence import ColumnEvidence

__all__ = ["found_in"]

#: Values that are shown of a column of words, and how much of each.
_SHOWN, _WIDEST = 3, 16


def found_in(evidence: ColumnEvidence, places: Sequence[int], most: int = 10) -> str:
    """What some columns hold, in this order.

    Parameters
    ----------
    evidence
        The table.
    places
        The columns.
    most
        So many are described, the others counted.

    Examples
    --------
    >>> from alia_judge.ratings.tables import RawTable
    >>> table = RawTable(columns={"n": [3, 4, 4], "who": ["x", "x", "x"]}, lines=[2, 3, 4])
    >>> print(found_in(ColumnEvidence(table), [0, 1]))
    `n` (2 numbers from 3 to 4), `who` (the same in every row)
    """
    shown = [
        joined([f"`{evidence.columns[place].name:.60}` (", _held(evidence, place), ")"], "") for place in places[:most]
    ]
    if len(places) > most:
        shown.append(message("{n} more", n=len(places) - most))
    return joined(shown, ", ")


def _held(evidence: ColumnEvidence, place: int) -> str:
    column = evidence.columns[place]
    if column.kind == "empty":
        return message("empty")
    if column.k == 1:
        return message("the same in every row")
    if place in evidence.spans:
        return message("places in a text")
    if column.kind == "num":
        low, high = float(np.nanmin(column.points)), float(np.nanmax(column.points))  # among them a word or two
        return message("{n} numbers from {low:g} to {high:g}", n=column.k, low=low, high=high)
    if column.kind == "text":
        return message("{n} different texts", n=column.k)
    if column.kind == "date":
        return message("{n} dates", n=column.k)
    some = ", ".join(str(value)[:_WIDEST] for value in column.values[:_SHOWN])
    return message("{n} different words: {some}", n=column.k, some=some + (" ..." if column.k > _SHOWN else ""))
