"""Ranks and correlations in which items have weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["weighted_midranks", "weighted_pearson"]

Floats = NDArray[np.float64]


def weighted_pearson(scores: Floats, values: Floats, weights: Floats) -> Floats:
    """Pearson's r of each row of `scores`, shape (m, n), with `values`, shape (n,), items weighted."""
    share = weights / weights.sum()
    ours, theirs = scores - (scores @ share)[:, None], values - values @ share
    spread = np.sqrt(((ours**2) @ share) * ((theirs**2) @ share))
    scale = 1e-12 * np.maximum(np.abs(scores).max(axis=1, initial=0.0), 1e-300)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spread > scale, np.clip((ours * theirs) @ share / spread, -1.0, 1.0), np.nan)


def weighted_midranks(values: Floats, weights: Floats) -> Floats:
    """Weight below each value in its row and half of the weight on it, shape (m, n)."""
    m, n = values.shape
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    starts = np.ones((m, n), dtype=np.bool_)
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=starts[:, 1:])
    first = np.flatnonzero(starts)
    length = np.diff(first, append=m * n)
    on_run = np.add.reduceat(weights[order].ravel(), first)
    # Every row holds every weight once, so what stands before a row is a multiple of their sum.
    before = np.cumsum(on_run) - on_run - (first // n) * weights.sum()
    ranks = np.empty((m, n))
    np.put_along_axis(ranks, order, np.repeat(before + on_run / 2, length).reshape(m, n), axis=1)
    return ranks
