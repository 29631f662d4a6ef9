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
#: Below so many units a kind, the units' counts summed by kind come faster than multinomial ones.
_UNITS_A_KIND = 32
_BUCKETS = 1 << 16
#: Poisson numbers of rate 1 are below this but for one in 10**24.
_MOST = 24
#: Elements of a block of counts that are summed by kind.
_BLOCK = 500_000


def resample_counts(n: int, n_resamples: int, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """How often each of `n` units is drawn in each of `n_resamples` samples of `n` with replacement.

    Returns
    -------
    ndarray
        Shape (n, n_resamples), whole numbers of type `dtype`; each column sums to `n`.

    Notes
    -----
    Independent Poisson numbers, given their sum, are the counts of so many draws; draws one by one make up what is
    missing to `n`. So the counts are exactly those of `n` draws, and most of them take half a look into a table.
    """
    if n < _MANY:
        return _drawn(n, n_resamples, rng).astype(dtype)
    # The sum stays below n but for one column in 80; those are drawn one by one.
    rate = 1 - 2.25 / math.sqrt(n)
    counts = _poisson(rate, (n, n_resamples), rng)
    total = counts.sum(axis=0)  # whole numbers below 2**24: exact
    over = np.flatnonzero(total > n)
    if over.size:
        counts[:, over] = _drawn(n, over.size, rng)
        total[over] = n
    lacking = (n - total).astype(np.intp)
    column = np.repeat(np.arange(n_resamples), lacking)
    row = rng.integers(0, n, size=column.size, dtype=np.uint16 if n <= _BUCKETS else np.int64).astype(np.intp)
    np.add.at(counts.reshape(-1), row * n_resamples + column, np.float32(1))
    return counts.astype(dtype, copy=False)


def resample_multiplicities(
    multiplicity: NDArray[np.intp], n_resamples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Counts of kinds of units, of which there are so many each (at least one): shape (kinds, n_resamples)."""
    n = int(multiplicity.sum())
    if n > _UNITS_A_KIND * multiplicity.size:
        return np.ascontiguousarray(rng.multinomial(n, multiplicity / n, size=n_resamples).T, dtype=np.float64)
    starts = np.cumsum(multiplicity) - multiplicity
    counts = np.empty((multiplicity.size, n_resamples))
    step = max(1, _BLOCK // n)
    for start in range(0, n_resamples, step):
        stop = min(start + step, n_resamples)
        counts[:, start:stop] = np.add.reduceat(resample_counts(n, stop - start, rng, np.float32), starts, axis=0)
    return counts


def _drawn(n: int, n_resamples: int, rng: np.random.Generator) -> Counts:
    draws = rng.integers(0, n, size=(n_resamples, n))
    draws += np.arange(n_resamples)[:, None] * n
    counts = np.bincount(draws.ravel(), minlength=n_resamples * n).reshape(n_resamples, n)
    return np.ascontiguousarray(counts.T, dtype=np.float32)


def _poisson(rate: float, shape: tuple[int, int], rng: np.random.Generator) -> Counts:
    """Poisson numbers by inversion, two at a time: 16 random bits look a pair up; what they leave open gets 53 more."""
    rows, columns = shape
    pairs = rows * ((columns + 1) // 2)
    distribution, table, undecided = _poisson_table(rate)
    words = rng.integers(0, 1 << 64, size=-(-pairs // 4), dtype=np.uint64)
    bits = words.view(np.uint16)[:pairs]
    counts = np.take(table, bits, mode="clip")
    where = np.flatnonzero(bits >= _BUCKETS - undecided.size)
    uniform = (undecided[bits[where].astype(np.intp) - _BUCKETS] + rng.random(where.size)) / _BUCKETS
    pair = np.minimum(np.searchsorted(distribution, uniform, side="right"), distribution.size - 1)
    counts[where] = pair // _MOST + 1j * (pair % _MOST)
    return np.ascontiguousarray(counts.view(np.float32).reshape(rows, -1)[:, :columns])


@lru_cache(maxsize=8)
def _poisson_table(rate: float) -> tuple[NDArray[np.float64], NDArray[np.complex64], NDArray[np.intp]]:
    """Pairs of independent Poisson numbers, as the real and the imaginary part of one.

    The distribution function of the pairs (0, 0), (0, 1), ..., shape (_MOST**2,); the pair that each bucket of the unit
    interval gives, those in which more than one pair lies moved to the end; and which buckets these are.
    """
    k = np.arange(_MOST)
    density = np.exp(k * math.log(rate) - rate - special.gammaln(k + 1))
    distribution = np.cumsum(np.outer(density, density))
    edges = np.searchsorted(distribution, np.arange(_BUCKETS + 1) / _BUCKETS, side="right")
    decided = edges[1:] == edges[:-1]
    pair = edges[:-1][decided]
    table = np.zeros(_BUCKETS, dtype=np.complex64)
    table[: pair.size] = pair // _MOST + 1j * (pair % _MOST)
    return distribution, table, np.flatnonzero(~decided)
