"""What scores say about the target beyond covariates: a judge is worth what it adds to surface features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.stats._association import IntervalOptions, estimate_figure, unit_name
from alia_judge.stats._interval import IntervalMethod
from alia_judge.stats._pairing import Pairing, pairing
from alia_judge.stats._validate import as_array, as_vector, check_choice
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.kernels.covariance import WeightedCovariance, partial_covariance

__all__ = ["incremental", "partial"]

Floats = NDArray[np.float64]
Basis = Literal["spearman", "pearson"]


def partial(
    scores: ArrayLike,
    target: ArrayLike,
    covariates: ArrayLike,
    *,
    statistic: Basis = "spearman",
    groups: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    interval: IntervalMethod | None = None,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    rng: int | np.random.Generator = 0,
) -> Estimate:
    """Correlation of scores and target with the covariates' linear part taken out of both.

    Parameters
    ----------
    scores, target
        Shape (n,), NaN where missing.
    covariates
        Shape (n, k), or (n,) for one; NaN where missing. Items that lack any of them are left out. Covariates that
        repeat one another do no harm.
    statistic
        ``"pearson"``: of the numbers; ``"spearman"``: of the (weighted) mid-ranks of scores, target and covariates.
    groups, weights, interval, confidence, n_resamples, rng
        As in `spearman`.

    Returns
    -------
    Estimate
        In [-1, 1]. NaN, with a `DegenerateDataWarning`, where the covariates explain a side entirely.

    Raises
    ------
    UsageError
        If a shape, a value or an option is off.

    References
    ----------
    Kendall, M. G. (1942). Partial rank correlation. Biometrika 32. Whittaker, J. (1990). Graphical models in applied
    multivariate statistics, section 5.8 (the partial correlation from the covariance matrix).

    Examples
    --------
    >>> length = [10, 20, 30, 40, 50, 60]
    >>> print(partial([1, 2, 3, 5, 4, 6], [2, 1, 3, 4, 6, 5], length))
    -0.412
    """
    return _estimate(
        "partial",
        _correlation,
        scores,
        target,
        covariates,
        statistic=statistic,
        groups=groups,
        weights=weights,
        bounds=(-1.0, 1.0),
        options=IntervalOptions(interval=interval, confidence=confidence, n_resamples=n_resamples, rng=rng),
    )


def incremental(
    scores: ArrayLike,
    target: ArrayLike,
    covariates: ArrayLike,
    *,
    statistic: Basis = "spearman",
    groups: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    interval: IntervalMethod | None = None,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    rng: int | np.random.Generator = 0,
) -> Estimate:
    """How much more of the target's variance a linear fit on covariates and scores explains than one on covariates.

    Parameters
    ----------
    scores, target, covariates, statistic, groups, weights, interval, confidence, n_resamples, rng
        As in `partial`.

    Returns
    -------
    Estimate
        The gain in R squared, in [0, 1]. It cannot be negative, so its interval, whose coverage has not been measured,
        never says that nothing was added: look at that of `partial`, which is 0 exactly when this is.
        NaN, with a `DegenerateDataWarning`, as `partial`.

    Raises
    ------
    UsageError
        If a shape, a value or an option is off.

    References
    ----------
    Cohen, J. and Cohen, P. (1983). Applied multiple regression, section 3.6 (squared semipartial correlation).

    Examples
    --------
    >>> length = [10, 20, 30, 40, 50, 60]
    >>> print(incremental([1, 2, 3, 5, 4, 6], [2, 1, 3, 4, 6, 5], length))
    0.037
    """
    return _estimate(
        "incremental",
        _gain,
        scores,
        target,
        covariates,
        statistic=statistic,
        groups=groups,
        weights=weights,
        bounds=(0.0, 1.0),
        options=IntervalOptions(interval=interval, confidence=confidence, n_resamples=n_resamples, rng=rng),
    )


def _estimate(
    name: str,
    finish: Callable[[Floats, Floats], Floats],
    scores: ArrayLike,
    target: ArrayLike,
    covariates: ArrayLike,
    *,
    statistic: str,
    groups: ArrayLike | None,
    weights: ArrayLike | None,
    bounds: tuple[float, float],
    options: IntervalOptions,
) -> Estimate:
    check_choice("statistic", statistic, ("spearman", "pearson"))
    x = as_vector("scores", scores)
    given = _covariates(covariates, x.size)
    x = np.where(np.isnan(given).any(axis=1), np.nan, x)
    data = pairing(x, target, weights=weights, groups=groups, systems=None, grouping="pooled")
    figure = _Given(data, given[data.kept], finish, ranks=statistic == "spearman")
    return estimate_figure(
        name,
        figure,
        settings={"of": statistic, "covariates": given.shape[1], **data.settings},
        why=message("fewer than two items have all of it, or a side is constant or wholly explained by the covariates"),
        bounds=bounds,
        units=unit_name(data, "pooled"),
        options=options,
        stacklevel=5,
    )


class _Given:
    """A function of the covariance of scores and target before and after the covariates are taken out."""

    def __init__(
        self, data: Pairing, covariates: Floats, finish: Callable[[Floats, Floats], Floats], *, ranks: bool
    ) -> None:
        self.n = self.n_items = data.scores.size
        self.multiplicity: NDArray[np.intp] | None = None
        self._units = data.units
        self.n_units = int(self._units.max()) + 1 if self.n > 1 else 0
        self._weights = data.weights[:, None]
        self._finish = finish
        if self.n_units:
            self._covariance = WeightedCovariance(np.stack([data.scores, data.target, *covariates.T]), ranks=ranks)

    def __call__(self, counts: NDArray[Any]) -> Floats:
        covariance = self._covariance(counts[self._units] * self._weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            return self._finish(covariance, partial_covariance(covariance))


def _correlation(_: Floats, given: Floats) -> Floats:
    r = given[:, 0, 1] / np.sqrt(given[:, 0, 0] * given[:, 1, 1])
    return np.asarray(np.clip(r, -1.0, 1.0))


def _gain(covariance: Floats, given: Floats) -> Floats:
    return np.asarray(given[:, 0, 1] ** 2 / given[:, 0, 0] / covariance[:, 1, 1])


def _covariates(covariates: ArrayLike, n: int) -> Floats:
    array = as_array("covariates", covariates)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[0] != n or array.shape[1] == 0:
        raise UsageError(
            message("covariates must have shape ({n}, k), or ({n},) for one, got {shape}", n=n, shape=array.shape)
        )
    return np.stack([as_vector(f"covariate {k}", column) for k, column in enumerate(array.T)], axis=1)
