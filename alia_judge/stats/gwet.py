"""Gwet's AC1 and AC2: agreement coefficients that do not collapse where one category prevails."""

from __future__ import annotations

from typing import Literal, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import message
from alia_judge.stats._categories import CategoryCounts, agreement_weights
from alia_judge.stats._options import ResamplingKeywords, shows
from alia_judge.stats._totals import Totals, UnitResampling, estimate_over_items, quotient
from alia_judge.stats._validate import check_choice
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.sparse_ratings import SparseRatings

__all__ = ["gwet_ac"]

Floats = NDArray[np.float64]


@shows(UnitResampling)
def gwet_ac(
    values: ArrayLike | SparseRatings,
    weights: Literal["linear", "quadratic", "ordinal"] | None = None,
    *,
    categories: ArrayLike | None = None,
    **options: Unpack[ResamplingKeywords],
) -> Estimate:
    r"""Gwet's AC1 (no weights) and AC2 (weights).

    .. math:: AC = \frac{p_a - p_e}{1 - p_e}, \qquad
        p_e = \frac{\sum_{kl} w_{kl}}{q (q - 1)} \sum_k \pi_k (1 - \pi_k)

    with *q* categories of mean share :math:`\pi_k`. Kappa and alpha can be near zero although annotators nearly always
    agree, if nearly all ratings are of one category; AC1 is not.

    Parameters
    ----------
    values
        Ratings, shape (n_raters, n_items), NaN where missing, or `SparseRatings`.
    weights
        None for AC1; ``"linear"``, ``"quadratic"`` (distance of the values) or ``"ordinal"`` (pairs of categories
        between) for AC2.
    categories
        All the values of the scale. Chance depends on their number, so give them if some may not occur; by default the
        values that do.
    interval, confidence, n_resamples, groups, rng
        For an interval: its method, ``"jackknife"`` (the one to use; see `krippendorff_alpha`) or a bootstrap,
        ``"percentile"``, ``"bca"`` or ``"t"``; nominal coverage; number of resamples; cluster label of each item, shape
        (n_items,), where items are not independent; seed or Generator.

    Returns
    -------
    Estimate
        At most 1; 0 is chance. NaN, with a `DegenerateDataWarning`, if there are fewer than two categories or no item
        has two ratings.

    Raises
    ------
    UsageError
        If a value is not among the categories, the shape is wrong, or an option is off its range.

    References
    ----------
    Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement. British
    Journal of Mathematical and Statistical Psychology 61, 29-48.
    Gwet, K. L. (2014). Handbook of inter-rater reliability, 4th ed., ch. 4. Advanced Analytics.

    Examples
    --------
    >>> print(gwet_ac([[1, 1, 1, 1, 1, 2], [1, 1, 1, 1, 2, 1]]))
    0.538
    """
    check_choice("weights", weights, (None, "linear", "quadratic", "ordinal"))
    resampling = UnitResampling(**options)
    table = CategoryCounts.of(values, categories)
    matrix, q = agreement_weights(table.categories, weights), table.categories.size

    def finish(totals: Floats) -> Floats:
        observed, paired, rated, shares = totals[:, 0], totals[:, 1], totals[:, 2], totals[:, 3:]
        if q < 2:
            return np.full(observed.shape, np.nan)
        pi = shares / rated[:, None]
        chance = matrix.sum() / (q * (q - 1)) * np.sum(pi * (1 - pi), axis=1)
        return quotient(quotient(observed, paired) - chance, 1 - chance)

    return estimate_over_items(
        "gwet_ac1" if weights is None else "gwet_ac2",
        Totals(features=table.agreement_features(matrix), finish=finish),
        units=table.items,
        n_items=table.n_items,
        resampling=resampling,
        settings={"weights": weights or "none", "categories": q},
        why=message("no item has two ratings, or there are fewer than two categories"),
    )
