"""Ties at the top: where people give many items the best rating, a judge that ranks them ranks noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target

__all__ = ["tied_share"]

Floats = NDArray[np.float64]

#: So many shares are tried, up to that of people.
_TRIED = 5
#: A share is taken only where it is better by so many standard errors.
_CLEARLY = 2.0
#: The standard error is a jackknife over so many parts at most, groups whole.
_PARTS = 50


def tied_share(predictions: Floats, target: Target, objective: Objective) -> float:
    """The share of the items to tie at the top: at most that of people, and only if the objective clearly gains.

    Parameters
    ----------
    predictions
        Held-out predictions of n items, shape (n,).
    target
        Of the items.
    objective
        What is to gain.

    Returns
    -------
    float
        0 where nothing is to be tied.
    """
    share = float(np.mean(target.values == target.values.max()))
    if share * len(target) < 2:  # one item is tied with none
        return 0.0
    shares = np.linspace(0.0, share, _TRIED + 1)
    rows = np.minimum(predictions, np.quantile(predictions, 1 - shares)[:, None])
    rows[0] = predictions
    figures = objective.rows(objective.readings_of_scores(rows, target), target)
    best = int(np.argmax(np.nan_to_num(figures, nan=-np.inf)))
    if best == 0 or not figures[best] > figures[0]:
        return 0.0
    part = np.unique(target.groups, return_inverse=True)[1] % _PARTS
    gains = []
    for number in np.unique(part):
        rest = np.flatnonzero(part != number)
        left = target.take(rest)
        pair = objective.rows(objective.readings_of_scores(rows[[best, 0]][:, rest], left), left)
        gains.append(pair[0] - pair[1])
    error = np.sqrt((len(gains) - 1) * np.var(gains))  # of a delete-one jackknife
    return float(shares[best]) if figures[best] - figures[0] > _CLEARLY * error else 0.0
