"""Cross-validation folds that keep groups whole, for one grouping of the items or several crossed ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fold", "deal_folds", "group_folds"]

#: Indices to fit on, and indices to predict.
Fold = tuple[NDArray[np.intp], NDArray[np.intp]]


def group_folds(groups: Sequence[NDArray[np.str_]], n_folds: int, rng: np.random.Generator) -> list[Fold]:
    """Folds in which no item to predict shares a group, of any grouping, with an item to fit on.

    With one grouping every item is predicted once. With crossed groupings (documents and systems) each fold holds out
    some groups of each, predicts the items that are held out by all of them and fits on those held out by none; still
    every item is predicted once.

    Parameters
    ----------
    groups
        One label an item for each grouping, each of shape (n,).
    n_folds
        Parts that each grouping is cut into; fewer where it has fewer groups. Crossed groupings are cut into three.
    rng
        Deals groups to parts.

    Returns
    -------
    list of (ndarray, ndarray)
        Folds with something to fit on and something to predict; empty if some grouping has one group only.
    """
    most = n_folds if len(groups) == 1 else min(n_folds, 3)
    parts = [_deal(labels, most, rng) for labels in groups]
    folds: list[Fold] = []
    for chosen in product(*(range(int(part.max()) + 1) for part in parts)):
        held = np.stack([part == number for part, number in zip(parts, chosen, strict=True)])
        fit, predict = np.flatnonzero(~held.any(axis=0)), np.flatnonzero(held.all(axis=0))
        if len(fit) and len(predict):
            folds.append((fit, predict))
    return folds


def deal_folds(groups: Sequence[NDArray[np.str_]], n_folds: int, rng: np.random.Generator) -> list[Fold]:
    """`group_folds`, or folds over single items where some grouping has one group only; the parameters are its."""
    folds = group_folds(groups, n_folds, rng)
    return folds if len(folds) > 1 else group_folds([np.arange(len(groups[0])).astype(str)], n_folds, rng)


def _deal(labels: NDArray[np.str_], n_parts: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Part of each item: groups, largest first and shuffled among equals, to the part that has fewest items."""
    _, codes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    shuffled = rng.permutation(len(sizes))
    part_of = np.zeros(len(sizes), dtype=np.intp)
    load = np.zeros(min(n_parts, len(sizes)))
    for group in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        part_of[group] = int(np.argmin(load))
        load[part_of[group]] += sizes[group]
    return np.asarray(part_of[codes])
