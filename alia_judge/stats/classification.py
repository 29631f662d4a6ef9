"""How well scores tell classes of the target apart, or hit them: AUC, Matthews' correlation, quadratic kappa."""

from __future__ import annotations

from typing import Unpack

from numpy.typing import ArrayLike

from alia_judge.stats import _measures
from alia_judge.stats._association import associate
from alia_judge.stats._options import AssociationKeywords, shows
from alia_judge.stats.estimate import Estimate

__all__ = ["auc", "mcc", "quadratic_weighted_kappa"]


@shows(associate)
def auc(scores: ArrayLike, target: ArrayLike, **options: Unpack[AssociationKeywords]) -> Estimate:
    """Area under the ROC curve: how often the scores put two items of different target in the right order.

    A tie of the scores counts half. With a binary target it is the ROC area; with an ordinal one the concordance over
    all pairs of different target, which is ``(1 + Somers' D) / 2``.

    Parameters
    ----------
    scores, grouping, groups, systems, interval, confidence, n_resamples, rng
        As in `spearman`.
    target
        Shape (n,), NaN where missing; any ordered numbers, greater for what should score higher.
    weights
        Weight of each item, shape (n,); a pair weighs the product of its two.

    Returns
    -------
    Estimate
        In [0, 1], 0.5 by chance. NaN, with a `DegenerateDataWarning`, where the target does not differ.

    Raises
    ------
    UsageError
        If a shape, a value or an option is off.

    References
    ----------
    Hanley, J. A. and McNeil, B. J. (1982). The meaning and use of the area under a ROC curve. Radiology 143(1).
    Somers, R. H. (1962). A new asymmetric measure of association for ordinal variables. Am. Sociological Review 27(6).

    Examples
    --------
    >>> print(auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]))
    0.750
    """
    return associate(_measures.AUC, scores, target, **options)


@shows(associate)
def mcc(scores: ArrayLike, target: ArrayLike, **options: Unpack[AssociationKeywords]) -> Estimate:
    """Matthews' correlation of two labellings, with two classes or more.

    Parameters
    ----------
    scores, target
        Labels as numbers, shape (n,), NaN where missing. Only whether they are equal matters: round scores first.
    grouping, groups, systems, weights, interval, confidence, n_resamples, rng
        As in `spearman`.

    Returns
    -------
    Estimate
        At most 1, 0 by chance. NaN, with a `DegenerateDataWarning`, where a side has one class only.

    Raises
    ------
    UsageError
        If a shape, a value or an option is off.

    References
    ----------
    Matthews, B. W. (1975). Comparison of the predicted and observed secondary structure of T4 phage lysozyme.
    Gorodkin, J. (2004). Comparing two K-category assignments by a K-category correlation coefficient, eq. 8.

    Examples
    --------
    >>> print(mcc([1, 1, 1, 0], [1, 0, 1, 1]))
    -0.333
    """
    return associate(_measures.MCC, scores, target, **options)


@shows(associate)
def quadratic_weighted_kappa(scores: ArrayLike, target: ArrayLike, **options: Unpack[AssociationKeywords]) -> Estimate:
    r"""Cohen's kappa with quadratic weights: agreement on the target's own scale, so that a shift costs.

    .. math:: \kappa = 1 - \frac{\sum_i w_i (x_i - y_i)^2 / W}{\sum_i \sum_j w_i w_j (x_i - y_j)^2 / W^2}

    in the numbers themselves: with scale points one apart this is scikit-learn's ``cohen_kappa_score`` with
    ``weights="quadratic"``, and scores between the points need no rounding.

    Parameters
    ----------
    scores, target
        Numbers on one scale, shape (n,), NaN where missing.
    grouping, groups, systems, weights, interval, confidence, n_resamples, rng
        As in `spearman`.

    Returns
    -------
    Estimate
        At most 1, 0 by chance. NaN, with a `DegenerateDataWarning`, where all scores and targets are one number.

    Raises
    ------
    UsageError
        If a shape, a value or an option is off.

    References
    ----------
    Cohen, J. (1968). Weighted kappa: nominal scale agreement with provision for scaled disagreement or partial credit.
    Psychological Bulletin 70(4).

    Examples
    --------
    >>> print(quadratic_weighted_kappa([1, 2, 3, 4], [1, 2, 4, 4]))
    0.917
    """
    return associate(_measures.QUADRATIC_WEIGHTED_KAPPA, scores, target, **options)
