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
    readings: Sequence[tuple[Floats, Floats, Sequence[slice]]], most: int
) -> list[tuple[list[int], list[Floats]]]:
    """Members picked one by one so that a least-squares reading of theirs best reproduces a stack's predictions.

    No rating enters. A stack's predictions have most of the ratings' noise averaged out, so that few ratings do not
    pick wrong members.

    Parameters
    ----------
    readings
        Of each thing that the members are read for, one as a rule, and each criterion where there are several: n items
        by d standardised features, without gaps; the predictions of the stack of all, shape (n,); and the columns of
        each member. Members serve all of them, by the mean share of the predictions that they explain.
    most
        How many to pick at most.

    Returns
    -------
    list of (list of int, list of ndarray)
        For 1, 2, ... members: which, in the order picked, and for each reading weights of all its columns, shape (d,),
        0 for the others'.
    """
    read = [_Moments(*one) for one in readings]
    n_members = len(read[0].columns)
    picked: list[int] = []
    path: list[tuple[list[int], list[Floats]]] = []
    for _ in range(min(most, n_members)):
        others = [member for member in range(n_members) if member not in picked]
        explained = np.sum([one.explained(picked, others) for one in read], axis=0)
        picked.append(others[int(np.argmax(explained))])
        path.append((list(picked), [one.weights(picked) for one in read]))
    return path


class _Moments:
    """Second moments of features and of what they are to reproduce."""

    def __init__(self, standard: Floats, predictions: Floats, members: Sequence[slice]) -> None:
        centred, wanted = standard - standard.mean(axis=0), predictions - predictions.mean()
        self._gram, self._moment = centred.T @ centred / len(wanted), centred.T @ wanted / len(wanted)
        self._spread = max(float(np.mean(wanted**2)), 1e-12)
        self.columns = [list(range(standard.shape[1])[member]) for member in members]

    def explained(self, picked: list[int], others: list[int]) -> Floats:
        """The share of the predictions' variance that each of the others explains with those picked."""
        explained = np.empty(len(others))
        # Members of as many columns are tried at once.
        widths = np.array([len(self.columns[member]) for member in others])
        for width in np.unique(widths):
            tried = np.flatnonzero(widths == width)
            sets = np.array(
                [[column for one in (*picked, others[place]) for column in self.columns[one]] for place in tried]
            )
            weights = _solve(self._gram, self._moment, sets)
            explained[tried] = (self._moment[sets] * weights).sum(axis=1)
        return explained / self._spread

    def weights(self, picked: list[int]) -> Floats:
        """Of all columns, 0 for those of the members that were not picked."""
        chosen = np.array([column for one in picked for column in self.columns[one]])
        weights = np.zeros(len(self._moment))
        weights[chosen] = _solve(self._gram, self._moment, chosen[None])[0]
        return weights


def _solve(gram: Floats, moment: Floats, sets: NDArray[np.intp]) -> Floats:
    """Least-squares weights of sets of columns, shape (a, c) -> (a, c)."""
    small = gram[sets[:, :, None], sets[:, None, :]] + _PENALTY * np.eye(sets.shape[1])
    return np.asarray(np.linalg.solve(small, moment[sets][:, :, None])[:, :, 0])
