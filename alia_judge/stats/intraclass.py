"""Intraclass correlation: the six forms of Shrout and Fleiss, with their F-based intervals."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from alia_judge._messages import message
from alia_judge.stats._interval import METHODS, IntervalMethod
from alia_judge.stats._totals import Totals, UnitResampling, estimate_over_items, quotient
from alia_judge.stats._validate import as_values, check_choice, check_fraction
from alia_judge.stats.estimate import Estimate

__all__ = ["IccForm", "icc"]

IccForm = Literal["ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)"]
Floats = NDArray[np.float64]

_FORMS: tuple[IccForm, ...] = ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)")


def icc(
    values: ArrayLike,
    form: IccForm = "ICC(2,k)",
    *,
    interval: Literal["f"] | IntervalMethod | None = None,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    groups: ArrayLike | None = None,
    rng: int | np.random.Generator = 0,
) -> Estimate:
    """Intraclass correlation coefficient.

    Parameters
    ----------
    values
        Ratings, shape (n_raters, n_items). The analysis of variance needs every rating of an item: items with one
        missing (NaN) are left out, and `n` counts those that remain.
    form
        Which coefficient (Shrout and Fleiss 1979):

        - ``"ICC(1,1)"``: each item is rated by other annotators, drawn at random; reliability of one rating.
        - ``"ICC(2,1)"``: the same annotators rate every item and are a sample of those there might be; absolute
          agreement: leniency counts as error.
        - ``"ICC(3,1)"``: these annotators and no others; consistency: leniency does not count.
        - ``"ICC(1,k)"``, ``"ICC(2,k)"``, ``"ICC(3,k)"``: the same, of the mean of the k ratings.
    interval
        ``"f"`` for the interval from the F distribution, which takes ratings as normal and items as independent;
        ``"jackknife"`` over items, or over `groups`, which takes neither; ``"percentile"``, ``"bca"`` or ``"t"`` for a
        bootstrap; None for none.
    confidence, n_resamples, groups, rng
        Nominal coverage; for the bootstrap the number of resamples, cluster label of each item of shape (n_items,), and
        seed or Generator.

    Returns
    -------
    Estimate
        At most 1; below 0 if items differ less than chance makes them. NaN, with a `DegenerateDataWarning`, for fewer
        than two annotators or complete items, or ratings that do not vary.

    Raises
    ------
    UsageError
        If the values are not numbers in two dimensions, or an option is off its range.

    References
    ----------
    Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations. Psychological Bulletin 86, 420-428.
    McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients.
    Psychological Methods 1, 30-46.

    Examples
    --------
    Table 2 of Shrout and Fleiss:

    >>> judges = [[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7]]
    >>> print(icc(judges, "ICC(2,1)", interval="f"))
    0.290 [0.019, 0.761]
    """
    array = as_values(values)
    check_choice("form", form, _FORMS)
    check_choice("interval", interval, (None, "f", *METHODS))
    check_fraction("confidence", confidence)
    complete = np.flatnonzero(~np.isnan(array).any(axis=0)) if array.shape[0] else np.arange(0)
    x = array[:, complete]
    k = x.shape[0]
    # No coefficient moves with the origin; near the ratings, the squares keep their digits.
    x = x - x.mean() if x.size else x
    features = np.column_stack([np.ones(complete.size), np.sum(x**2, axis=0), np.sum(x, axis=0) ** 2, x.T])
    estimate = estimate_over_items(
        "icc",
        Totals(features=features, finish=lambda totals: _coefficient(form, *_mean_squares(totals, k))),
        units=complete,
        n_items=array.shape[1],
        resampling=UnitResampling(
            interval=None if interval == "f" else interval,
            confidence=confidence,
            n_resamples=n_resamples,
            groups=groups,
            rng=rng,
        ),
        settings={"form": form, "raters": k},
        # Of one rating, no less than -1 / (k - 1); of the mean there is no least value.
        bounds=(-1.0, 1.0) if form.endswith("1)") else None,
        why=message("it needs two annotators and two items that all have rated, and ratings that vary"),
    )
    if interval != "f" or not estimate.defined:
        return estimate
    low, high = _f_interval(form, _mean_squares(features.sum(axis=0, keepdims=True), k), k, confidence)
    estimate = estimate.with_interval(low, high, level=confidence, method="F distribution")
    return estimate if not np.isnan(low) else replace(estimate, why=message("no F interval fits these mean squares"))


#: Mean squares between items, within items, between raters and residual; then the number of items and of raters.
_MeanSquares = tuple[Floats, Floats, Floats, Floats, Floats, int]


def _mean_squares(totals: Floats, k: int) -> _MeanSquares:
    """The two-way analysis of variance of each row of totals (Shrout and Fleiss 1979, table 1)."""
    n, squares, row_squares, raters = totals[:, 0], totals[:, 1], totals[:, 2], totals[:, 3:]
    correction = quotient(raters.sum(axis=1) ** 2, n * k)
    between_items = row_squares / max(k, 1) - correction
    between_raters = quotient(np.sum(raters**2, axis=1), n) - correction
    within = squares - row_squares / max(k, 1)
    ms_items = quotient(between_items, n - 1)
    ms_within = quotient(within, n * (k - 1))
    ms_raters = quotient(between_raters, np.full(n.shape, k - 1.0))
    ms_error = quotient(within - between_raters, (n - 1) * (k - 1))
    # What rounding leaves below 0 of a variance that is none.
    return (*(np.maximum(ms, 0.0) for ms in (ms_items, ms_within, ms_raters, ms_error)), n, k)  # type: ignore[return-value]


def _coefficient(
    form: IccForm, items: Floats, within: Floats, raters: Floats, error: Floats, n: Floats, k: int
) -> Floats:
    """Shrout and Fleiss (1979), pp. 423 and 426."""
    if form == "ICC(1,1)":
        return quotient(items - within, items + (k - 1) * within)
    if form == "ICC(2,1)":
        return quotient(items - error, items + (k - 1) * error + k * (raters - error) / n)
    if form == "ICC(3,1)":
        return quotient(items - error, items + (k - 1) * error)
    if form == "ICC(1,k)":
        return quotient(items - within, items)
    if form == "ICC(2,k)":
        return quotient(items - error, items + (raters - error) / n)
    return quotient(items - error, items)


def _f_interval(form: IccForm, mean_squares: _MeanSquares, k: int, confidence: float) -> tuple[float, float]:
    """McGraw and Wong (1996), table 7; of one rating first, then stepped up for the mean of k."""
    items, within, raters, error, size = (float(part[0]) for part in mean_squares[:5])
    n, upper = size, (1 + confidence) / 2
    noise = within if form.startswith("ICC(1") else error
    if noise == 0:
        return 1.0, 1.0
    if form.startswith("ICC(2"):
        low, high = _absolute_agreement(items, raters, error, n, k, upper)
    else:
        within_df = n * (k - 1) if form.startswith("ICC(1") else (n - 1) * (k - 1)
        f = items / noise
        f_low = f / special.fdtri(n - 1, within_df, upper)
        f_high = f * special.fdtri(within_df, n - 1, upper)
        low, high = float((f_low - 1) / (f_low + k - 1)), float((f_high - 1) / (f_high + k - 1))
    if form.endswith("k)"):
        # Spearman-Brown.
        low, high = (k * end / (1 + (k - 1) * end) for end in (low, high))
    return low, high


def _absolute_agreement(
    items: float, raters: float, error: float, n: float, k: int, upper: float
) -> tuple[float, float]:
    """Limits of ICC(2,1), with Satterthwaite's degrees of freedom (Shrout and Fleiss 1979, p. 424)."""
    rho = (items - error) / (items + (k - 1) * error + k * (raters - error) / n)
    rest = n * (1 + (k - 1) * rho) - k * rho
    ratio = raters / error
    scale = (n - 1) * k**2 * rho**2 * ratio**2 + rest**2
    if scale == 0:  # items and raters that do not differ at all leave no degrees of freedom
        return float("nan"), float("nan")
    df = (k - 1) * (n - 1) * (k * rho * ratio + rest) ** 2 / scale
    f_low, f_high = special.fdtri(n - 1, df, upper), special.fdtri(df, n - 1, upper)
    spread = k * raters + (k * n - k - n) * error
    low = n * (items - f_low * error) / (f_low * spread + n * items)
    high = n * (f_high * items - error) / (spread + n * f_high * items)
    return float(low), float(high)
