"""What a judge would have said of the items that it was not asked about, from what the others said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["fill", "shared_attributes"]

Floats = NDArray[np.float64]

#: A correlation on fewer items than this says nothing by itself.
_FEWEST = 5
#: Least eigenvalue of the correlation matrix.
_LEAST = 0.02


def shared_attributes(columns: Sequence[Mapping[str, Any]]) -> list[NDArray[np.str_]]:
    """The attributes that some of the columns have in common and not all, a label a column each."""
    names = sorted({name for one in columns for name in one})
    labels = [np.array([str(one.get(name)) for one in columns]) for name in names]
    return [one for one in labels if 1 < len(np.unique(one)) < len(columns)]


def fill(standard: Floats, attributes: Sequence[NDArray[np.str_]]) -> Floats:
    """Standardised features with what is missing at its conditional mean, given the item's other features.

    The correlations that this rests on are each pair's own, shrunk towards what pairs with the same attributes in
    common have: the fewer items two columns share, the more. No rating enters.

    Parameters
    ----------
    standard
        n items by d features; NaN is missing.
    attributes
        Labels of the columns, each of shape (d,): their model, their prompt.

    Returns
    -------
    ndarray
        Shape (n, d); 0 where an item has no feature at all.
    """
    known = ~np.isnan(standard)
    filled = np.where(known, standard, 0.0)
    if known.all():
        return filled
    correlations = _correlations(filled, known.astype(np.float64), attributes)
    patterns, which = np.unique(known, axis=0, return_inverse=True)
    for number, there in enumerate(patterns):
        if there.any() and not there.all():
            rows = np.flatnonzero(which.ravel() == number)
            weights = np.linalg.solve(correlations[np.ix_(there, there)], correlations[np.ix_(there, ~there)])
            filled[np.ix_(rows, ~there)] = filled[np.ix_(rows, there)] @ weights
    return filled


def _correlations(filled: Floats, known: Floats, attributes: Sequence[NDArray[np.str_]]) -> Floats:
    """Correlations of the columns where both are known, shrunk towards a least-squares fit on common attributes."""
    d, pairs = filled.shape[1], known.T @ known
    with np.errstate(divide="ignore", invalid="ignore"):
        means = filled.T @ known / pairs
        spreads = (filled**2).T @ known / pairs - means**2
        own = (filled.T @ filled / pairs - means * means.T) / np.sqrt(spreads * spreads.T)
    upper = np.triu_indices(d, 1)
    seen, found = pairs[upper], own[upper]
    told = np.isfinite(found) & (seen >= _FEWEST)
    if not told.any():
        return np.eye(d)
    common = np.column_stack(
        [np.ones(len(found)), *((labels[:, None] == labels[None])[upper].astype(np.float64) for labels in attributes)]
    )
    root = np.sqrt(seen[told])
    usual = common @ np.linalg.lstsq(common[told] * root[:, None], found[told] * root, rcond=None)[0]
    usual = np.clip(usual, -0.99, 0.99)
    noise = (1 - usual**2) ** 2 / np.maximum(seen - 1, 1)  # of a correlation, to first order
    # What pairs differ by beyond their noise, by moments.
    excess = np.average(((found - usual) ** 2 - noise)[told], weights=seen[told])
    trust = np.where(told, max(float(excess), 0.0) / (max(float(excess), 0.0) + noise), 0.0)
    matrix = np.zeros((d, d))
    matrix[upper] = trust * np.where(told, found, 0.0) + (1 - trust) * usual
    matrix += matrix.T + np.eye(d)
    values, basis = np.linalg.eigh(matrix)
    matrix = (basis * np.maximum(values, _LEAST)) @ basis.T
    scale = np.sqrt(np.diag(matrix))
    return np.asarray(matrix / np.outer(scale, scale))
