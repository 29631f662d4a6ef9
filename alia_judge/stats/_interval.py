"""From resampled figures to an interval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alia_judge._messages import message

__all__ = ["METHODS", "IntervalMethod", "interval_from_replicates", "jackknife_blocks", "why_no_interval"]

Floats = NDArray[np.float64]
IntervalMethod = Literal["jackknife", "percentile", "bca", "t"]
METHODS: tuple[IntervalMethod, ...] = ("jackknife", "percentile", "bca", "t")

#: With more units than the first the jackknife leaves out random blocks of units, as many as the second: 199 degrees of
#: freedom, where leaving out a million items one by one would take a million figures.
_UNITS, _BLOCKS = 1000, 200
#: Fisher's z of 1 is infinite, and a sample of few units can be in perfect order.
_EDGE = 1 - 1e-6


def jackknife_blocks(n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Which block of units is left out together with each unit: each its own, up to a thousand units."""
    if n <= _UNITS:
        return np.arange(n)
    return np.asarray(rng.permutation(n) % _BLOCKS, dtype=np.intp)


def interval_from_replicates(
    value: float,
    replicates: Floats,
    *,
    method: IntervalMethod,
    confidence: float,
    jackknife: Callable[[], Floats] | None = None,
    n_units: int,
    bounds: tuple[float, float] | None = None,
) -> tuple[float, float]:
    """The ends of a resampling interval; NaN for one unit, or a figure undefined on half of the replicates or more.

    Parameters
    ----------
    value
        The figure on the data.
    replicates
        The figure on each bootstrap resample, shape (b,); NaN where undefined there (they are left out). Empty for the
        jackknife.
    method
        ``"percentile"``; ``"bca"`` (Efron 1987, eq. 3.9), which needs `jackknife` for its acceleration; ``"t"`` and
        ``"jackknife"``: the value, give or take the standard error by bootstrap or jackknife times the quantile of
        Student's t with ``n_units - 1`` degrees of freedom, on the scale of Fisher's z within `bounds`.
    confidence
        Nominal coverage, in (0, 1).
    jackknife
        Gives the figure without each unit (or block of units) in turn.
    n_units
        How many units were resampled.
    bounds
        Least and greatest value that the figure can take, or None where there are none.
    """
    if n_units < 2:
        return float("nan"), float("nan")
    figures = jackknife() if method == "jackknife" and jackknife is not None else replicates
    defined = figures[~np.isnan(figures)]
    if defined.size <= figures.size / 2 or np.isnan(value):
        return float("nan"), float("nan")
    tail = (1 - confidence) / 2
    tails = np.array([tail, 1 - tail])
    if method in ("t", "jackknife"):
        return _t_interval(value, defined, tails, n_units, bounds, jackknife=method == "jackknife")
    if method == "bca" and jackknife is not None:
        tails = _bca_tails(value, defined, jackknife(), tails)
    low, high = np.quantile(defined, tails)
    return float(low), float(high)


def why_no_interval(low: float, n_units: int) -> str | None:
    """Why `interval_from_replicates` gave NaN; None where it did not."""
    if not np.isnan(low):
        return None
    if n_units < 2:
        return message("an interval takes at least 2 units to resample, got {n}", n=n_units)
    return message("the statistic is undefined in most resamples")


def _t_interval(
    value: float, figures: Floats, tails: Floats, n_units: int, bounds: tuple[float, float] | None, *, jackknife: bool
) -> tuple[float, float]:
    """Value and standard error on a scale where the error hardly depends on the value, and back."""
    if jackknife:
        n_units = figures.size
    centre = float(_to_z(np.array([value]), bounds)[0])
    if bounds is not None and np.any(at_bound := np.abs(_to_unit(figures, bounds)) > _EDGE) and not at_bound.all():
        # One figure in perfect order would be all of the error, as its z is infinite: the error is taken on the
        # figures' own scale, and turned into z's by the slope of z at the value (the delta method).
        near = min(abs(float(_to_unit(value, bounds))), 1 - 1 / (2 * n_units))
        error = _standard_error(_to_unit(figures, bounds), n_units, jackknife=jackknife) / (1 - near**2)
    else:
        error = _standard_error(_to_z(figures, bounds), n_units, jackknife=jackknife)
    ends = centre + special.stdtrit(n_units - 1, tails) * error
    if bounds is not None:
        least, greatest = bounds
        ends = least + (greatest - least) * (np.tanh(ends) + 1) / 2
    # Where the value is at a bound, the way there and back leaves a hair between them.
    return min(value, float(ends[0])), max(value, float(ends[1]))


def _standard_error(figures: Floats, n_units: int, *, jackknife: bool) -> float:
    if jackknife:
        spread = np.sum((figures - figures.mean()) ** 2)
        return float(np.sqrt((figures.size - 1) / figures.size * spread))  # Efron and Tibshirani (1993), eq. 11.5
    return float(figures.std() * np.sqrt(n_units / (n_units - 1)))  # the bootstrap divides by n where n - 1 is unbiased


def _to_z(figures: Floats, bounds: tuple[float, float] | None) -> Floats:
    if bounds is None:
        return figures
    return np.asarray(np.arctanh(np.clip(_to_unit(figures, bounds), -_EDGE, _EDGE)))


def _to_unit(figures: Floats | float, bounds: tuple[float, float]) -> Floats:
    """The figures from -1 to 1."""
    least, greatest = bounds
    return np.asarray(2 * (np.asarray(figures) - least) / (greatest - least) - 1)


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
