"""Covariance matrices of a few columns, or of their ranks, under many weightings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.stats.kernels.weighted import Levels

__all__ = ["WeightedCovariance", "partial_covariance"]

Floats = NDArray[np.float64]


class WeightedCovariance:
    """Weighted sums of products about the weighted means, for every pair of columns.

    Parameters
    ----------
    columns
        Shape (p, n), finite.
    ranks
        Whether to take each column's weighted mid-ranks in place of its numbers.
    """

    def __init__(self, columns: Floats, *, ranks: bool) -> None:
        self._levels = [Levels(column) for column in columns] if ranks else None
        scale = np.abs(columns).max(axis=1, keepdims=True)
        self._columns = columns / np.where(scale > 0, scale, 1.0)

    def __call__(self, weights: Floats) -> Floats:
        """A matrix for each column of `weights`, shape (n, b) -> (b, p, p)."""
        mass = weights.sum(axis=0)
        if self._levels is None:
            with np.errstate(invalid="ignore"):
                centre = self._columns @ weights / mass
            deviations = [column[:, None] - mean for column, mean in zip(self._columns, centre, strict=True)]
        else:
            deviations = [levels.ranks(weights) for levels in self._levels]
        p = len(deviations)
        result = np.empty((weights.shape[1], p, p))
        for i, left in enumerate(deviations):
            weighted = left * weights
            for j in range(i, p):
                result[:, i, j] = result[:, j, i] = np.einsum("ij,ij->j", weighted, deviations[j])
        return result


def partial_covariance(covariance: Floats) -> Floats:
    """Covariance of the first two columns with the linear part of the others taken out.

    Parameters
    ----------
    covariance
        Shape (b, p, p).

    Returns
    -------
    ndarray
        Shape (b, 2, 2): the Schur complement, NaN where the others explain a column but for rounding.
    """
    first = covariance[:, :2, :2]
    cross, others = covariance[:, :2, 2:], covariance[:, 2:, 2:]
    spread = np.sqrt(np.einsum("bii->bi", others))
    # On the scale of correlations, so that a covariate in the thousands does not hide one in the hundredths; a
    # constant covariate explains nothing.
    scale = np.where(spread > 0, spread, 1.0)
    inverse = np.linalg.pinv(others / (scale[:, :, None] * scale[:, None, :]), rcond=1e-10, hermitian=True)
    cross = cross / scale[:, None, :]
    left = first - cross @ inverse @ np.swapaxes(cross, 1, 2)
    explained = np.einsum("bii->bi", left) <= 1e-10 * np.einsum("bii->bi", first)
    return np.asarray(np.where(explained.any(axis=1)[:, None, None], np.nan, left))
