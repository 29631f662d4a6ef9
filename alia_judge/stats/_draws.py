"""Bootstrap samples as counts: how often each unit is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["resample_counts", "resample_multiplicities"]

#: Below so many units a kind, the units' counts summed by kind come faster than multinomial ones.
_UNITS_A_KIND = 32
#: Draws of a block that are counted at once, and counts that are summed by kind: what a processor's cache holds.
_DRAWS, _COUNTS = 50_000, 200_000


def resample_counts(n: int, n_resamples: int, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """How often each of `n` units is drawn in each of `n_resamples` samples of `n` with replacement.

    Returns
    -------
    ndarray
        Shape (n, n_resamples), whole numbers of type `dtype`; each column sums to `n`.
    """
    counts = np.empty((n, n_resamples), dtype=dtype)
    step = max(1, _DRAWS // n)
    for start in range(0, n_resamples, step):
        stop = min(start + step, n_resamples)
        draws = rng.integers(0, n, size=(stop - start, n))
        draws += np.arange(stop - start)[:, None] * n
        counts[:, start:stop] = np.bincount(draws.ravel(), minlength=(stop - start) * n).reshape(-1, n).T
    return counts


def resample_multiplicities(
    multiplicity: NDArray[np.intp], n_resamples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Counts of kinds of units, of which there are so many each (at least one): shape (kinds, n_resamples)."""
    n = int(multiplicity.sum())
    if n > _UNITS_A_KIND * multiplicity.size:
        return np.ascontiguousarray(rng.multinomial(n, multiplicity / n, size=n_resamples).T, dtype=np.float64)
    starts = np.cumsum(multiplicity) - multiplicity
    counts = np.empty((multiplicity.size, n_resamples))
    step = max(1, _COUNTS // n)
    for start in range(0, n_resamples, step):
        stop = min(start + step, n_resamples)
        counts[:, start:stop] = np.add.reduceat(resample_counts(n, stop - start, rng, np.float32), starts, axis=0)
    return counts
