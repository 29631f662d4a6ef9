"""In which order to judge items, so that every beginning of the order stands for the whole.

A correlation on few items is noisy because few items have another mix of targets, lengths and layouts than all of them
have. What is known of the items before any call (their targets, their surface features, their groups) is enough to
choose beginnings with nearly the same mix, which is worth several times as many random items.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from alia_judge.stats.kernels import midranks

__all__ = ["balanced_order"]

Floats = NDArray[np.float64]

#: Principal components of the features that explain this share of their variance are balanced; the rest is left alone.
_EXPLAINED = 0.9
#: How much one more item of a group that is ahead weighs against one standard deviation of imbalance in each moment.
_GROUP_WEIGHT = 0.5


def balanced_order(
    target: Floats, features: Floats, groups: NDArray[np.str_], rng: np.random.Generator, *, balanced: int
) -> NDArray[np.intp]:
    """Order items so that every short prefix has nearly the moments of the whole set.

    Greedy herding: the next item is the one that keeps the running sum of standardised moments nearest to zero. The
    moments are those a correlation is made of: the target's normal scores and their squares, the leading principal
    components of the features, and the products of both. After `balanced` items the order is random: a set that was
    chosen by its targets makes any figure on it look better than it is, and figures need items that were not.

    Parameters
    ----------
    target
        Shape (n,), finite.
    features
        What is known of the items before any call, shape (n, d), finite; d may be 0.
    groups
        Group of each item, shape (n,); prefixes take from all groups alike.
    rng
        Draws the first item, breaks ties, and orders the rest.
    balanced
        How many items to choose so.

    Returns
    -------
    ndarray
        Shape (n,): indices of the items in the order to judge them.

    References
    ----------
    Welling (2009). Herding dynamical weights to learn. ICML. (Super-samples from moments.)
    Deville and Tille (2004). Efficient balanced sampling: the cube method. Biometrika 91.
    """
    n = len(target)
    moments = _standardise(_moments(target, features))
    codes = np.unique(groups, return_inverse=True)[1]
    taken = np.zeros(codes.max() + 1)
    squared = (moments**2).sum(axis=1)
    total = np.zeros(moments.shape[1])
    left = np.ones(n, dtype=np.bool_)
    order = np.empty(n, dtype=np.intp)
    for place in range(min(balanced, n)):
        # |total + moments_i|^2 less the constant |total|^2.
        imbalance = squared + 2 * moments @ total + _GROUP_WEIGHT * moments.shape[1] * taken[codes]
        imbalance += 0.5 * rng.random(n)
        chosen = int(rng.integers(n)) if place == 0 else int(np.argmin(np.where(left, imbalance, np.inf)))
        order[place] = chosen
        left[chosen] = False
        total += moments[chosen]
        taken[codes[chosen]] += 1
    order[min(balanced, n) :] = rng.permutation(np.flatnonzero(left))
    return order


def _moments(target: Floats, features: Floats) -> Floats:
    normal = ndtri((midranks(target[None, :])[0] - 0.5) / len(target))
    columns = [normal[:, None], normal[:, None] ** 2]
    standard = _standardise(features)
    if standard.shape[1]:
        left, singular, _ = np.linalg.svd(standard, full_matrices=False)
        explained = np.cumsum(singular**2) / max(float((singular**2).sum()), np.finfo(np.float64).tiny)
        kept = left[:, : int(np.searchsorted(explained, _EXPLAINED)) + 1]
        columns += [kept, kept * normal[:, None]]
    return np.concatenate(columns, axis=1)


def _standardise(values: Floats) -> Floats:
    """Columns centred and scaled to standard deviation 1; a constant column becomes 0."""
    spread = values.std(axis=0)
    constant = spread <= 1e-12 * np.abs(values).max(axis=0, initial=1.0)
    return np.asarray(np.where(constant, 0.0, (values - values.mean(axis=0)) / np.where(constant, 1.0, spread)))
