"""A stack of few members that says what a stack of many says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["distil"]

Floats = NDArray[np.float64]

#: Penalty on the squared weights of standardised features, beside their mean squares.
_PENALTY = 0.02


def distil(
    standard: Floats, predictions: Floats, members: Sequence[slice], most: int
) -> list[tuple[list[int], Floats]]:
    """Members picked one by one so that a least-squares reading of theirs best reproduces a stack's predictions.

    No rating enters. A stack's predictions have most of the ratings' noise averaged out, so that few ratings do not
    pick wrong members.

    Parameters
    ----------
    standard
        n items by d standardised features, without gaps.
    predictions
        Of the stack of all, shape (n,).
    members
        The columns of each member.
    most
        How many to pick at most.

    Returns
    -------
    list of (list of int, ndarray)
        For 1, 2, ... members: which, in the order picked, and weights of all columns, shape (d,), 0 for the others'.
    """
    centred, wanted = standard - standard.mean(axis=0), predictions - predictions.mean()
    gram, moment = centred.T @ centred / len(wanted), centred.T @ wanted / len(wanted)
    columns = [list(range(gram.shape[0])[member]) for member in members]
    picked: list[int] = []
    path: list[tuple[list[int], Floats]] = []
    for _ in range(min(most, len(members))):
        others = [member for member in range(len(members)) if member not in picked]
        explained = np.empty(len(others))
        # Members of as many columns are tried at once.
        widths = np.array([len(columns[member]) for member in others])
        for width in np.unique(widths):
            tried = np.flatnonzero(widths == width)
            sets = np.array(
                [[column for one in (*picked, others[place]) for column in columns[one]] for place in tried]
            )
            weights = _solve(gram, moment, sets)
            explained[tried] = (moment[sets] * weights).sum(axis=1)
        picked.append(others[int(np.argmax(explained))])
        chosen = np.array([column for one in picked for column in columns[one]])
        weights = np.zeros(len(moment))
        weights[chosen] = _solve(gram, moment, chosen[None])[0]
        path.append((list(picked), weights))
    return path


def _solve(gram: Floats, moment: Floats, sets: NDArray[np.intp]) -> Floats:
    """Least-squares weights of sets of columns, shape (a, c) -> (a, c)."""
    small = gram[sets[:, :, None], sets[:, None, :]] + _PENALTY * np.eye(sets.shape[1])
    return np.asarray(np.linalg.solve(small, moment[sets][:, :, None])[:, :, 0])
