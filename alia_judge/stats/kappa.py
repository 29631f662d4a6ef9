"""Cohen's kappa of two annotators, plain and weighted, and Fleiss' kappa of many."""

from __future__ import annotations

from typing import Literal, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import message
from alia_judge.stats._categories import CategoryCounts
from alia_judge.stats._options import ResamplingKeywords, shows
from alia_judge.stats._totals import Totals, UnitResampling, estimate_over_items, quotient
from alia_judge.stats._validate import as_vector, check_choice
from alia_judge.stats.estimate import Estimate

__all__ = ["cohen_kappa", "fleiss_kappa"]

Floats = NDArray[np.float64]


@shows(UnitResampling)
def cohen_kappa(
    a: ArrayLike,
    b: ArrayLike,
    weights: Literal["linear", "quadratic"] | None = None,
    **options: Unpack[ResamplingKeywords],
) -> Estimate:
    r"""Cohen's kappa: agreement of two annotators beyond what their marginals give by chance.

    .. math:: \kappa = 1 - \frac{\sum_{ij} w_{ij} o_{ij}}{\sum_{ij} w_{ij} e_{ij}}

    with :math:`o` the joint and :math:`e` the product of the marginal distributions.

    Parameters
    ----------
    a, b
        The two annotators' ratings of the same items, shape (n_items,); an item that either left out (NaN) is left out.
    weights
        Disagreement :math:`w_{ij}`: None counts all alike, ``"linear"`` the distance of the values, ``"quadratic"`` its
        square.
    interval, confidence, n_resamples, groups, rng
        For an interval: its method, ``"jackknife"`` (the one to use; see `krippendorff_alpha`) or a bootstrap,
        ``"percentile"``, ``"bca"`` or ``"t"``; nominal coverage; number of resamples; cluster label of each item, shape
        (n_items,), where items are not independent; seed or Generator.

    Returns
    -------
    Estimate
        At most 1; 0 is chance. NaN, with a `DegenerateDataWarning`, if both give one and the same value throughout.

    Raises
    ------
    UsageError
        If the shapes differ, a value is infinite, or an option is off its range.

    Notes
    -----
    Distances are between the values, so a category that nobody used changes nothing. scikit-learn numbers the
    categories that occur instead, and so takes 1, 2, 5 for evenly spaced; the two agree where the values are.

    References
    ----------
    Cohen, J. (1960). A coefficient of agreement for nominal scales. Educ. and Psychological Measurement 20, 37-46.
    Cohen, J. (1968). Weighted kappa. Psychological Bulletin 70, 213-220.

    Examples
    --------
    >>> print(cohen_kappa([1, 2, 3, 4, 5, 5], [1, 2, 3, 5, 5, 4], "quadratic"))
    0.925
    """
    first = as_vector("a", a)
    second = as_vector("b", b, n=first.size)
    check_choice("weights", weights, (None, "linear", "quadratic"))
    resampling = UnitResampling(**options)
    both = np.flatnonzero(~np.isnan(first) & ~np.isnan(second))
    x, y = first[both], second[both]
    categories, code = np.unique(np.concatenate([x, y]), return_inverse=True)
    k, rows = categories.size, np.arange(both.size)
    marginals = np.zeros((2, both.size, k))
    marginals[0, rows, code[: both.size]] = 1
    marginals[1, rows, code[both.size :]] = 1
    distance = np.abs(x - y)
    observed = {None: distance != 0, "linear": distance, "quadratic": distance**2}[weights]

    def finish(totals: Floats) -> Floats:
        disagreement, n_a, n_b = totals[:, 0], totals[:, 1 : 1 + k], totals[:, 1 + k :]
        n = n_a.sum(axis=1)
        if weights is None:
            expected = n**2 - np.einsum("bk,bk->b", n_a, n_b)
        elif weights == "linear":
            # Sum of |x - y| over all pairs: each gap between values counts the pairs that lie astride it.
            below_a, below_b = np.cumsum(n_a, axis=1)[:, :-1], np.cumsum(n_b, axis=1)[:, :-1]
            astride = below_a * (n[:, None] - below_b) + below_b * (n[:, None] - below_a)
            expected = astride @ np.diff(categories)
        else:
            centred = categories - categories.mean()
            expected = n * ((n_a + n_b) @ centred**2) - 2 * (n_a @ centred) * (n_b @ centred)
        return 1.0 - quotient(n * disagreement, expected, above=1e-14 * n**2)

    return estimate_over_items(
        "cohen_kappa",
        Totals(features=np.column_stack([observed, marginals[0], marginals[1]]), finish=finish),
        units=both,
        n_items=first.size,
        resampling=resampling,
        settings={"weights": weights or "none"},
        why=message("both annotators gave the same single value throughout")
        if both.size
        else message("no item has both ratings"),
    )


@shows(UnitResampling)
def fleiss_kappa(
    values: ArrayLike,
    **options: Unpack[ResamplingKeywords],
) -> Estimate:
    r"""Fleiss' kappa: agreement of many annotators on categories, beyond what the shares of the categories give.

    .. math:: \kappa = \frac{p_a - p_e}{1 - p_e}, \qquad p_e = \sum_k \pi_k^2

    Parameters
    ----------
    values
        Ratings, shape (n_raters, n_items), NaN where missing. Who gave which rating does not matter.
    interval, confidence, n_resamples, groups, rng
        For an interval: its method, ``"jackknife"`` (the one to use; see `krippendorff_alpha`) or a bootstrap,
        ``"percentile"``, ``"bca"`` or ``"t"``; nominal coverage; number of resamples; cluster label of each item, shape
        (n_items,), where items are not independent; seed or Generator.

    Returns
    -------
    Estimate
        At most 1; 0 is chance. NaN, with a `DegenerateDataWarning`, if one category was given throughout or no item
        has two ratings.

    Raises
    ------
    UsageError
        If the values are not numbers in two dimensions, or an option is off its range.

    Notes
    -----
    Fleiss wants the same number of ratings on every item. Where it varies, :math:`p_a` is the mean over the items with
    two ratings or more, and :math:`\pi_k` the mean share of category *k* over the items with any (Gwet 2014, ch. 2).

    References
    ----------
    Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin 76, 378-382.
    Gwet, K. L. (2014). Handbook of inter-rater reliability, 4th ed. Advanced Analytics.

    Examples
    --------
    >>> print(fleiss_kappa([[1, 1, 2, 2], [1, 1, 2, 1], [1, 1, 2, 2]]))
    0.657
    """
    resampling = UnitResampling(**options)
    table = CategoryCounts.of(values)

    def finish(totals: Floats) -> Floats:
        observed, paired, rated, shares = totals[:, 0], totals[:, 1], totals[:, 2], totals[:, 3:]
        chance = np.sum((shares / rated[:, None]) ** 2, axis=1)
        return quotient(quotient(observed, paired) - chance, 1 - chance, above=1e-14)

    return estimate_over_items(
        "fleiss_kappa",
        Totals(features=table.agreement_features(np.eye(table.categories.size)), finish=finish),
        units=table.items,
        n_items=table.n_items,
        resampling=resampling,
        settings={},
        why=message("no item has two ratings, or a single category was given throughout"),
    )
