"""Is a mean higher on some items than on the rest? Many slices at once, with whole groups as the units of chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alia_judge.stats.estimate import Estimate

__all__ = ["Contrasts", "clustered_mean", "contrasts"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Contrasts:
    """m differences of means, slice less rest.

    Parameters
    ----------
    difference, error
        Shape (m,): the difference and its standard error; NaN where a side is empty.
    freedom
        Degrees of freedom: groups less one.
    """

    difference: Floats
    error: Floats
    freedom: int

    @property
    def p_values(self) -> Floats:
        """Two-sided, of no difference, shape (m,); NaN where undefined."""
        with np.errstate(invalid="ignore", divide="ignore"):
            t = np.where(self.error > 0, np.abs(self.difference) / self.error, np.nan)
        return np.asarray(2 * special.stdtr(self.freedom, -t))

    def half_width(self, level: float) -> Floats:
        """Half the width of the t intervals of nominal coverage `level`, shape (m,)."""
        return np.asarray(special.stdtrit(self.freedom, (1 + level) / 2) * self.error)


def contrasts(values: Floats, inside: NDArray[np.bool_], units: NDArray[np.intp]) -> Contrasts:
    """Mean of `values` inside less outside each slice.

    Parameters
    ----------
    values
        Shape (n,), finite.
    inside
        Shape (m, n): which items each slice has.
    units
        Shape (n,): codes 0..G-1 of what is drawn whole: a group, or an item.

    Notes
    -----
    The standard error is the clustered sandwich of the two-sample mean difference: the sum over groups of the squared
    sum of their items' influences, times G / (G - 1) (Cameron and Miller 2015, eq. 11 and 12).

    Examples
    --------
    >>> values = np.array([1.0, 1.2, 3.0, 3.2, 1.1, 2.9])
    >>> inside = np.array([[False, False, True, True, False, True]])
    >>> float(contrasts(values, inside, np.arange(6)).difference[0].round(3))
    1.933
    """
    n_units = int(units.max()) + 1
    outside = ~inside
    with np.errstate(invalid="ignore", divide="ignore"):
        n_in, n_out = inside.sum(axis=1), outside.sum(axis=1)
        mean_in, mean_out = inside @ values / n_in, outside @ values / n_out
        influence = inside * (values - mean_in[:, None]) / n_in[:, None]
        influence -= outside * (values - mean_out[:, None]) / n_out[:, None]
    summed = np.zeros((inside.shape[0], n_units))
    np.add.at(summed.T, units, influence.T)
    error = np.sqrt(n_units / max(n_units - 1, 1) * (summed**2).sum(axis=1))
    return Contrasts(difference=mean_in - mean_out, error=error, freedom=max(n_units - 1, 1))


def clustered_mean(values: Floats, groups: NDArray[np.str_] | None, *, statistic: str, level: float) -> Estimate:
    """Mean of `values`, shape (n,), with its t interval over items, or over `groups` of shape (n,).

    Over groups the variance is that of the groups' totals about the mean: a ratio estimate, as groups differ in size.
    """
    codes = np.arange(values.size) if groups is None else np.unique(groups, return_inverse=True)[1]
    units = int(codes.max()) + 1 if values.size else 0
    if units < 2:
        return Estimate(statistic=statistic, value=np.nan, n=values.size, why="it needs at least 2 items or groups")
    mean = float(values.mean())
    totals = np.bincount(codes, weights=values - mean)
    error = float(np.sqrt(units / (units - 1) * (totals**2).sum())) / values.size
    half = float(special.stdtrit(units - 1, (1 + level) / 2)) * error
    return Estimate(
        statistic=statistic,
        value=mean,
        low=mean - half,
        high=mean + half,
        level=level,
        method=f"t over {'items' if groups is None else 'groups'}",
        n=values.size,
        groups=None if groups is None else units,
    )
