"""Bootstrap samples as counts: how often each unit is drawn."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import special

__all__ = ["resample_counts", "resample_multiplicities"]

Counts = NDArray[Any]

#: From this many units on, counts come faster from Poisson numbers than from drawing units.
_MANY = 256
_BUCKETS = 1 << 16


def resample_counts(n: int, n_resamples: int, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """How often each of `n` units is drawn in each of `n_resamples` samples of `n` with replacement.

    Returns
    -------
    ndarray
        Shape (n, n_resamples), whole numbers of type `dtype`; each column sums to `n`.

    Notes
    -----
    Independent Poisson numbers, given their sum, are the counts of so many draws; draws one by one make up what is
    missing to `n`. So the counts are exactly those of `n` draws, and most of them take one look into a table.
    """
    if n < _MANY:
        return _drawn(n, n_resamples, rng).astype(dtype)
    # The sum stays below n but for 3 columns in 100,000; those are drawn one by one.
    rate = 1 - 4 / math.sqrt(n)
    counts = _poisson(rate, (n, n_resamples), rng)
    total = counts.sum(axis=0)  # whole numbers below 2**24: exact
    over = np.flatnonzero(total > n)
    if over.size:
        counts[:, over] = _drawn(n, over.size, rng)
        total[over] = n
    lacking = (n - total).astype(np.intp)
    column = np.repeat(np.arange(n_resamples), lacking)
    np.add.at(counts.reshape(-1), rng.integers(0, n, size=column.size) * n_resamples + column, np.float32(1))
    return counts.astype(dtype, copy=False)


def resample_multiplicities(
    multiplicity: NDArray[np.intp], n_resamples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Counts of kinds of units, of which there are so many each: shape (kinds, n_resamples)."""
    n = int(multiplicity.sum())
    return np.ascontiguousarray(rng.multinomial(n, multiplicity / n, size=n_resamples).T, dtype=np.float64)


def _drawn(n: int, n_resamples: int, rng: np.random.Generator) -> Counts:
    draws = rng.integers(0, n, size=(n_resamples, n))
    draws += np.arange(n_resamples)[:, None] * n
    counts = np.bincount(draws.ravel(), minlength=n_resamples * n).reshape(n_resamples, n)
    return np.ascontiguousarray(counts.T, dtype=np.float32)


def _poisson(rate: float, shape: tuple[int, int], rng: np.random.Generator) -> Counts:
    """Poisson numbers by inversion: 16 random bits look a number up, and the few that leave it open get 53 more."""
    distribution, table = _poisson_table(rate)
    bits = rng.integers(0, _BUCKETS, size=shape, dtype=np.uint16)
    counts = np.take(table, bits)
    undecided = np.flatnonzero(np.isnan(counts.sum(axis=0)))
    row, index = np.nonzero(np.isnan(counts[:, undecided]))
    where = row, undecided[index]
    uniform = (bits[where] + rng.random(row.size)) / _BUCKETS
    counts[where] = np.searchsorted(distribution, uniform, side="right")
    return counts


@lru_cache(maxsize=8)
def _poisson_table(rate: float) -> tuple[NDArray[np.float64], Counts]:
    """The distribution function at 0, 1, ...; and the number that each bucket of the unit interval gives, or NaN."""
    k = np.arange(64)
    distribution = np.cumsum(np.exp(k * math.log(rate) - rate - special.gammaln(k + 1)))
    edges = np.searchsorted(distribution, np.arange(_BUCKETS + 1) / _BUCKETS, side="right").astype(np.float32)
    return distribution, np.where(edges[1:] == edges[:-1], edges[:-1], np.float32(np.nan))
