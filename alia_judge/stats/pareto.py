"""Pareto fronts: which rows no other row beats in everything."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["layers", "non_dominated"]

Floats = NDArray[np.float64]


def non_dominated(values: Floats) -> NDArray[np.bool_]:
    """Which rows are on the front: no other row is as good in every column and better in one.

    Parameters
    ----------
    values
        Shape (m, k), higher is better; a row with NaN is never on it.

    Examples
    --------
    >>> non_dominated(np.array([[1.0, 3.0], [2.0, 2.0], [1.0, 2.0]]))
    array([ True,  True, False])
    """
    known: NDArray[np.bool_] = np.asarray(~np.isnan(values).any(axis=1))
    front = known.copy()
    for row in np.flatnonzero(known):
        as_good = (values[known] >= values[row]).all(axis=1)
        front[row] = not (as_good & (values[known] > values[row]).any(axis=1)).any()
    return front


def layers(values: Floats) -> NDArray[np.intp]:
    """Front number of each row, 0 the front itself, 1 the front without it, and so on; the last for rows with NaN."""
    number = np.full(len(values), -1, dtype=np.intp)
    left = values.copy()
    place = 0
    while (front := non_dominated(left)).any():
        number[front] = place
        left[front] = np.nan
        place += 1
    number[number < 0] = place
    return number
