"""Percent agreement: how often two annotators of an item give the same rating."""

from __future__ import annotations

from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike

from alia_judge._messages import message
from alia_judge.stats._categories import CategoryCounts
from alia_judge.stats._options import ResamplingKeywords, shows
from alia_judge.stats._totals import Totals, UnitResampling, estimate_over_items, quotient
from alia_judge.stats.estimate import Estimate

__all__ = ["percent_agreement"]


@shows(UnitResampling)
def percent_agreement(
    values: ArrayLike,
    **options: Unpack[ResamplingKeywords],
) -> Estimate:
    """Share of pairs of an item's ratings that are equal, averaged over the items with two ratings or more.

    Not corrected for chance: on a scale of two points, guessing gives 0.5.

    Parameters
    ----------
    values
        Ratings, shape (n_raters, n_items), NaN where missing.
    interval, confidence, n_resamples, groups, rng
        For an interval: its method, ``"jackknife"`` (the one to use; see `krippendorff_alpha`) or a bootstrap,
        ``"percentile"``, ``"bca"`` or ``"t"``; nominal coverage; number of resamples; cluster label of each item, shape
        (n_items,), where items are not independent; seed or Generator.

    Returns
    -------
    Estimate
        In [0, 1]. NaN, with a `DegenerateDataWarning`, if no item has two ratings.

    Raises
    ------
    UsageError
        If the values are not numbers in two dimensions, or an option is off its range.

    Examples
    --------
    >>> print(percent_agreement([[1, 2, 3, 3], [1, 2, 3, 1], [1, 2, 1, 2]]))
    0.583
    """
    resampling = UnitResampling(**options)
    table = CategoryCounts.of(values)
    features = table.agreement_features(np.eye(table.categories.size))
    paired = np.flatnonzero(features[:, 1])
    return estimate_over_items(
        "percent_agreement",
        Totals(features=features[paired, :2], finish=lambda totals: quotient(totals[:, 0], totals[:, 1])),
        units=table.items[paired],
        n_items=table.n_items,
        resampling=resampling,
        settings={},
        bounds=(0.0, 1.0),
        why=message("no item has two ratings"),
    )
