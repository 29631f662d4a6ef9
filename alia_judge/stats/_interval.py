"""From resampled figures to an interval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["IntervalMethod", "interval_from_replicates", "jackknife_blocks", "resample_counts"]

Floats = NDArray[np.float64]
IntervalMethod = Literal["percentile", "bca", "t"]

#: With more units than this the jackknife leaves out blocks of units, drawn at random: the acceleration that it is for
#: is a ratio of sums over units, which blocks estimate to within 1/1000.
_JACKKNIFE_UNITS = 1000


def resample_counts(n: int, n_resamples: int, rng: np.random.Generator) -> Floats:
    """How often each of `n` units is drawn in each of `n_resamples` samples of `n` with replacement.

    Returns
    -------
    ndarray
        Shape (n, n_resamples), whole numbers; each column sums to `n`.
    """
    draws = rng.integers(0, n, size=(n_resamples, n))
    draws += np.arange(n_resamples)[:, None] * n
    counts = np.bincount(draws.ravel(), minlength=n_resamples * n).reshape(n_resamples, n)
    return np.ascontiguousarray(counts.T, dtype=np.float64)


def jackknife_blocks(n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Which block of units is left out together with each unit: each its own, up to a thousand units."""
    if n <= _JACKKNIFE_UNITS:
        return np.arange(n)
    return np.asarray(rng.permutation(n) % _JACKKNIFE_UNITS, dtype=np.intp)


def interval_from_replicates(
    value: float,
    replicates: Floats,
    *,
    method: IntervalMethod,
    confidence: float,
    jackknife: Callable[[], Floats] | None = None,
    n_units: int = 0,
    correlation: bool = False,
) -> tuple[float, float]:
    """The ends of a bootstrap interval; NaN where more than half of the replicates are undefined.

    Parameters
    ----------
    value
        The figure on the data.
    replicates
        The figure on each resample, shape (b,); NaN where undefined there (they are left out).
    method
        ``"percentile"``; ``"bca"`` (Efron 1987, eq. 3.9), which needs `jackknife`; ``"t"``: the value, give or take the
        replicates' standard deviation times the quantile of Student's t with ``n_units - 1`` degrees of freedom, on
        the scale of Fisher's z where the figure is a `correlation`.
    confidence
        Nominal coverage, in (0, 1).
    jackknife
        Gives the figure without each unit (or block of units) in turn.
    n_units
        How many units were resampled.
    correlation
        Whether the figure lies in [-1, 1] and is to be treated on the scale of Fisher's z.
    """
    defined = replicates[~np.isnan(replicates)]
    if defined.size <= replicates.size / 2 or np.isnan(value):
        return float("nan"), float("nan")
    tail = (1 - confidence) / 2
    tails = np.array([tail, 1 - tail])
    if method == "t":
        return _t_interval(value, defined, tails, n_units, correlation)
    if method == "bca" and jackknife is not None:
        tails = _bca_tails(value, defined, jackknife(), tails)
    low, high = np.quantile(defined, tails)
    return float(low), float(high)


def _t_interval(
    value: float, replicates: Floats, tails: Floats, n_units: int, correlation: bool
) -> tuple[float, float]:
    if n_units < 2:
        return float("nan"), float("nan")
    t = special.stdtrit(n_units - 1, tails)
    # The bootstrap's variance is (n - 1) / n of the unbiased one.
    inflate = np.sqrt(n_units / (n_units - 1))
    if not correlation:
        low, high = value + t * inflate * replicates.std()
        return float(low), float(high)
    # Fisher's z of 1 is infinite; a resample of few units can be in perfect order.
    edge = 1 - 1e-6
    z = np.arctanh(np.clip(replicates, -edge, edge))
    low, high = np.tanh(np.arctanh(np.clip(value, -edge, edge)) + t * inflate * z.std())
    return float(low), float(high)


def _bca_tails(value: float, replicates: Floats, jackknife: Floats, tails: Floats) -> Floats:
    """The quantiles that BCa reads in place of `tails`."""
    below = (np.sum(replicates < value) + 0.5 * np.sum(replicates == value)) / replicates.size
    if not 0 < below < 1:
        return tails
    z0 = special.ndtri(below)
    jackknife = jackknife[~np.isnan(jackknife)]
    deviation = jackknife.mean() - jackknife if jackknife.size else jackknife
    spread = np.sum(deviation**2)
    acceleration = np.sum(deviation**3) / (6 * spread**1.5) if spread > 0 else 0.0
    z = z0 + special.ndtri(tails)
    return np.asarray(special.ndtr(z0 + z / (1 - acceleration * z)), dtype=np.float64)
