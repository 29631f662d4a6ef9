"""Means, and differences of means, with whole groups as the units of chance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from alia_judge._messages import message
from alia_judge.stats._validate import as_groups, as_vector, check_fraction
from alia_judge.stats.estimate import Estimate

__all__ = ["Contrasts", "clustered_error", "clustered_mean", "contrasts"]

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

    def estimate(self, place: SupportsIndex, *, statistic: str, confidence: float, n: int, clustered: bool) -> Estimate:
        """One of the differences with its t interval; `clustered` is whether the units are groups of items."""
        return Estimate(statistic=statistic, value=float(self.difference[place]), n=n).with_error(
            float(self.error[place]),
            level=confidence,
            freedom=self.freedom,
            method=f"t over {'groups' if clustered else 'items'}",
            groups=self.freedom + 1 if clustered else None,
        )


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
    return Contrasts(
        difference=mean_in - mean_out, error=clustered_error(influence, units), freedom=max(n_units - 1, 1)
    )


def clustered_error(influence: Floats, units: NDArray[np.intp]) -> Floats:
    """Standard errors of statistics from what each item adds to them, with whole units as what is drawn.

    Parameters
    ----------
    influence
        Shape (..., n): each statistic less its value, taken apart over items; a mean's is (value - mean) / n.
    units
        Shape (n,): codes 0..G-1 of what is drawn whole: a group, or an item.

    Returns
    -------
    ndarray
        Shape (...): the root of G / (G - 1) times the sum of squares of the units' totals; of one unit 0.

    References
    ----------
    Cameron and Miller (2015). A practitioner's guide to cluster-robust inference. Journal of Human Resources 50, eq. 11
    and 12.
    """
    n_units = int(units.max()) + 1
    summed = np.zeros((*influence.shape[:-1], n_units))
    np.add.at(np.moveaxis(summed, -1, 0), units, np.moveaxis(influence, -1, 0))
    return np.asarray(np.sqrt(n_units / max(n_units - 1, 1) * (summed**2).sum(axis=-1)))


def clustered_mean(
    values: ArrayLike, groups: ArrayLike | None = None, *, statistic: str = "mean", confidence: float = 0.95
) -> Estimate:
    """Mean of items with Student's t interval, over items or over groups of them.

    Over groups the variance is that of the groups' totals about the mean: a ratio estimate, as groups differ in size.

    Parameters
    ----------
    values
        Shape (n,), finite.
    groups
        Label of each item's group, shape (n,); None where every item stands alone.
    statistic
        What the estimate is called.
    confidence
        Nominal coverage of the interval, in (0, 1).

    Returns
    -------
    Estimate
        With its standard error, so that `Estimate.p_value` tests it against a value; without an interval where there
        are fewer than two items or groups.

    Raises
    ------
    UsageError
        If the shapes do not fit or `confidence` is off its range.

    Examples
    --------
    >>> print(clustered_mean([1.0, 2.0, 3.0, 6.0]))
    3.000 [-0.437, 6.437]
    >>> print(clustered_mean([1.0, 2.0, 3.0, 6.0], ["a", "a", "b", "c"]))
    3.000 [-2.589, 8.589]
    """
    check_fraction("confidence", confidence)
    x = as_vector("values", values, missing=False)
    codes = np.arange(x.size) if groups is None else as_groups(groups, x.size)
    units = int(codes.max()) + 1 if x.size else 0
    estimate = Estimate(statistic=statistic, value=float(x.mean()) if x.size else np.nan, n=x.size)
    if units < 2:
        return replace(
            estimate,
            why=message(
                "an interval takes at least 2 {more}", more=message("items") if groups is None else message("groups")
            ),
        )
    return estimate.with_error(
        float(clustered_error((x - x.mean()) / x.size, codes)),
        level=confidence,
        freedom=units - 1,
        method=f"t over {'items' if groups is None else 'groups'}",
        groups=None if groups is None else units,
    )
