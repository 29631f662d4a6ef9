"""What a benchmark can tell apart: the smallest difference between two judges' correlations, and what more costs."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from alia_judge._messages import message
from alia_judge.errors import UsageError

__all__ = ["detectable_difference", "effective_items", "items_for_difference", "spearman_brown"]


def detectable_difference(
    n: float,
    *,
    correlation: float = 0.5,
    between: float = 0.5,
    level: float = 0.05,
    power: float = 0.8,
) -> float:
    r"""Smallest difference between two judges' correlations with the consensus that `n` items show.

    Parameters
    ----------
    n
        Independent items (fewer than the items there are, where items of one group are alike).
    correlation
        Around which both judges' correlations lie.
    between
        Correlation of the two judges with one another: alike judges are easier to tell apart.
    level, power
        Of the two-sided test, each in (0, 1).

    Returns
    -------
    float
        On the scale of the correlation; NaN for 3 items or fewer.

    Raises
    ------
    UsageError
        If the correlations cannot be those of three variables, or a rate is not in (0, 1).

    Notes
    -----
    The difference of the two Fisher-z values has variance :math:`2 (1 - s) / (n - 3)`, with *s* the correlation of two
    dependent correlations that share a variable (Steiger 1980, eq. 3 and 12, at equal correlations *r*):

    .. math:: \psi = b (1 - 2 r^2) - \tfrac{1}{2} r^2 (1 - 2 r^2 - b^2), \qquad s = \psi / (1 - r^2)^2

    References
    ----------
    .. [1] Steiger, J. H. (1980). "Tests for comparing elements of a correlation matrix". Psychological Bulletin 87.

    Examples
    --------
    >>> round(detectable_difference(300), 3)
    0.135
    """
    _check(correlation, between, level, power)
    if n <= 3:
        return math.nan
    quantiles = stats.norm.ppf(1 - level / 2) + stats.norm.ppf(power)
    step = float(quantiles) * math.sqrt(2 * (1 - _dependence(correlation, between)) / (n - 3))
    # Half a step to each side of the common value, back on the scale of correlations.
    middle = math.atanh(correlation)
    return math.tanh(middle + step / 2) - math.tanh(middle - step / 2)


def items_for_difference(
    difference: float, *, correlation: float = 0.5, between: float = 0.5, level: float = 0.05, power: float = 0.8
) -> int:
    """Independent items that show a difference of this size: the inverse of `detectable_difference`.

    Raises
    ------
    UsageError
        As `detectable_difference`, or if the difference is not positive.

    Examples
    --------
    >>> items_for_difference(0.05)
    2162
    """
    if not difference > 0:
        raise UsageError(message("difference must be above 0, got {difference}", difference=difference))
    low, high = 4, 8
    settings = {"correlation": correlation, "between": between, "level": level, "power": power}
    while detectable_difference(high, **settings) > difference:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if detectable_difference(middle, **settings) > difference:
            low = middle
        else:
            high = middle
    return high


def effective_items(target: NDArray[np.float64], groups: NDArray[np.str_] | None) -> float:
    """Independent items that these are worth: n over the design effect of their groups.

    Parameters
    ----------
    target
        The consensus, shape (n,).
    groups
        The group of each item, shape (n,), or None.

    Notes
    -----
    The design effect is 1 + (m - 1) rho, with m the mean size of an item's group and rho the intraclass correlation of
    the consensus within groups (Kish 1965, Survey Sampling, section 5.4).

    Examples
    --------
    >>> import numpy as np
    >>> effective_items(np.array([1.0, 1.0, 5.0, 5.0]), np.array(["a", "a", "b", "b"]))
    2.0
    """
    n = target.size
    if groups is None:
        return float(n)
    codes = np.unique(groups, return_inverse=True)[1]
    sizes = np.bincount(codes).astype(np.float64)
    if len(sizes) == n:
        return float(n)
    means = np.bincount(codes, weights=target) / sizes
    within = float(((target - means[codes]) ** 2).sum() / (n - len(sizes)))
    between = float((sizes * (means - target.mean()) ** 2).sum() / (len(sizes) - 1))
    typical = (n - float((sizes**2).sum()) / n) / (len(sizes) - 1)
    variance = max(0.0, (between - within) / typical)
    alike = variance / (variance + within) if variance + within > 0 else 0.0
    return n / (1 + (float((sizes**2).sum()) / n - 1) * alike)


def spearman_brown(reliability: float, times: float) -> float:
    """Reliability of the mean of `times` as many ratings.

    Examples
    --------
    >>> round(spearman_brown(0.4, 3), 3)
    0.667
    """
    return times * reliability / (1 + (times - 1) * reliability)


def _dependence(r: float, b: float) -> float:
    psi = b * (1 - 2 * r**2) - 0.5 * r**2 * (1 - 2 * r**2 - b**2)
    return psi / (1 - r**2) ** 2


def _check(correlation: float, between: float, level: float, power: float) -> None:
    if not 0 <= correlation < 1:
        raise UsageError(message("correlation must lie in [0, 1), got {correlation}", correlation=correlation))
    if not 2 * correlation**2 - 1 < between < 1:
        raise UsageError(
            message(
                "two judges that both correlate {correlation:g} with a third variable correlate more "
                "than {got:.2f} and less than 1 with one another, got {between}",
                correlation=correlation,
                got=2 * correlation**2 - 1,
                between=between,
            )
        )
    for name, rate in (("level", level), ("power", power)):
        if not 0 < rate < 1:
            raise UsageError(message("{name} must lie between 0 and 1, got {rate}", name=name, rate=rate))
