"""Kendall's W: how alike several annotators rank the same items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import message
from alia_judge.stats._options import ResamplingKeywords, shows
from alia_judge.stats._totals import UnitResampling, estimate_over_items, leave_each_out, quotient
from alia_judge.stats._validate import as_values
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.kernels.weighted import Levels

__all__ = ["kendall_w"]

Floats = NDArray[np.float64]


@shows(UnitResampling)
def kendall_w(
    values: ArrayLike,
    **options: Unpack[ResamplingKeywords],
) -> Estimate:
    r"""Kendall's coefficient of concordance, corrected for ties.

    .. math:: W = \frac{\sum_i (R_i - \bar R)^2}{m \sum_j \sum_i (r_{ij} - \bar r)^2}

    with :math:`r_{ij}` the mid-rank of item *i* for annotator *j*, :math:`R_i` its sum over the *m* annotators.

    Parameters
    ----------
    values
        Ratings, shape (n_raters, n_items). Ranks need every rating of an item: items with one missing (NaN) are left
        out, and `n` counts those that remain.
    interval, confidence, n_resamples, groups, rng
        For an interval: its method, ``"jackknife"`` (the one to use; see `krippendorff_alpha`) or a bootstrap,
        ``"percentile"``, ``"bca"`` or ``"t"``; nominal coverage; number of resamples; cluster label of each item, shape
        (n_items,), where items are not independent; seed or Generator. Items are
        ranked again in each resample.

    Returns
    -------
    Estimate
        In [0, 1]: 1 if all rank alike; :math:`1/m` is what unrelated rankings give on average. NaN, with a
        `DegenerateDataWarning`, if fewer than two annotators or complete items are left, or nobody's ratings vary.

    Raises
    ------
    UsageError
        If the values are not numbers in two dimensions, or an option is off its range.

    Notes
    -----
    Without ties, the mean of Spearman's rho over pairs of annotators is :math:`(m W - 1) / (m - 1)`.

    References
    ----------
    Kendall, M. G., & Babington Smith, B. (1939). The problem of m rankings. Annals of Mathematical Statistics 10,
    275-287. Ties: Kendall, M. G. (1948). Rank correlation methods, ch. 6.

    Examples
    --------
    >>> print(kendall_w([[1, 2, 3, 4, 5], [1, 3, 2, 5, 5], [2, 2, 3, 4, 4]]))
    0.918
    """
    array = as_values(values)
    complete = np.flatnonzero(~np.isnan(array).any(axis=0)) if array.shape[0] else np.arange(0)
    ranked = tuple(Levels(row) for row in array[:, complete]) if complete.size else ()
    return estimate_over_items(
        "kendall_w",
        _Concordance(ranked=ranked, unit=np.arange(complete.size)),
        units=complete,
        n_items=array.shape[1],
        resampling=UnitResampling(**options),
        settings={"raters": array.shape[0]},
        bounds=(0.0, 1.0),
        why=message("it needs two annotators and two items that all have rated, and ratings that vary"),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Concordance:
    """W for any multiset of the items; `unit` says which unit, an item or a cluster, each item is drawn with."""

    ranked: tuple[Levels, ...]
    unit: NDArray[np.intp]

    @property
    def n_units(self) -> int:
        return int(self.unit.max(initial=-1)) + 1

    def value(self) -> float:
        return float(self.replicates(np.ones((self.n_units, 1)))[0])

    def replicates(self, counts: Floats) -> Floats:
        m, weights = len(self.ranked), counts[self.unit]
        if m < 2:
            return np.full(counts.shape[1], np.nan)
        total, spread = np.zeros_like(weights), np.zeros(weights.shape[1])
        for annotator in self.ranked:
            ranks = annotator.ranks(weights)
            total += ranks
            spread += np.einsum("ib,ib,ib->b", weights, ranks, ranks)
        # Whole or half ranks: a spread that is none is exactly 0.
        return quotient(np.einsum("ib,ib,ib->b", weights, total, total), m * spread)

    def jackknife(self) -> Floats:
        return leave_each_out(self)

    def grouped(self, codes: NDArray[np.intp]) -> _Concordance:
        return _Concordance(ranked=self.ranked, unit=codes[self.unit])
