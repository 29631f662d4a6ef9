"""Statistics that depend on the items only through sums over them, and what that buys.

Alpha, the kappas, AC1 and AC2, percent agreement and every ICC are functions of totals: with a row of features for each
item (how often each category was chosen, how many pairs disagree ...), the statistic of any weighted set of items is
``finish(weights @ features)``. So a bootstrap of a thousand resamples is one matrix product, a cluster bootstrap first
adds the features up within clusters, and the jackknife that BCa needs is one subtraction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from alia_judge.stats._association import IntervalOptions, method_name, resampling_settings
from alia_judge.stats._draws import resample_counts
from alia_judge.stats._interval import interval_from_replicates, jackknife_blocks, why_no_interval
from alia_judge.stats._pairing import Settings
from alia_judge.stats._threads import ONE_THREAD
from alia_judge.stats._validate import as_generator, as_groups, undefined
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.kernels.ranks import BLOCK, row_blocks

__all__ = ["ItemStatistic", "Totals", "UnitResampling", "estimate_over_items", "leave_each_out", "quotient"]

Floats = NDArray[np.float64]


class ItemStatistic(Protocol):
    """A statistic that can be had for any multiset of its units."""

    @property
    def n_units(self) -> int:
        """How many units there are to resample."""

    def value(self) -> float:
        """The statistic on every unit once; NaN where undefined."""

    def replicates(self, counts: Floats) -> Floats:
        """The statistic of each column of `counts`, shape (n_units, b): how often each unit is in the resample."""

    def jackknife(self) -> Floats:
        """The statistic without each unit in turn, shape (n_units,)."""

    def grouped(self, codes: NDArray[np.intp]) -> ItemStatistic:
        """The same statistic with clusters of units as the units; `codes` are 0..G-1, one a unit."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Totals:
    """A statistic that is a function of sums of per-item features.

    Parameters
    ----------
    features
        Shape (n_units, p), dense or sparse.
    finish
        Takes totals of shape (b, p) to b values, NaN where undefined.
    """

    features: Floats | sparse.csr_array
    finish: Callable[[Floats], Floats]

    @property
    def n_units(self) -> int:
        """How many units there are to resample."""
        return int(self.features.shape[0])

    def value(self) -> float:
        """The statistic on every unit once; NaN where undefined."""
        return float(self.finish(self._total())[0])

    def replicates(self, counts: Floats) -> Floats:
        """The statistic of each column of `counts`, shape (n_units, b)."""
        return self.finish(np.asarray(self.features.T @ counts).T)

    def jackknife(self) -> Floats:
        """The statistic without each unit in turn, shape (n_units,)."""
        total = self._total()
        blocks = row_blocks(self.n_units, total.shape[1], most=BLOCK)
        return np.concatenate([self.finish(total - _dense(self.features[rows])) for rows in blocks])

    def grouped(self, codes: NDArray[np.intp]) -> Totals:
        """The same statistic with clusters of units as the units."""
        n = self.n_units
        membership = sparse.csr_array((np.ones(n), (codes, np.arange(n))), shape=(int(codes.max()) + 1, n))
        summed: Any = membership @ self.features
        return Totals(features=summed, finish=self.finish)

    def _total(self) -> Floats:
        return np.asarray(self.features.sum(axis=0), dtype=np.float64).reshape(1, -1)


@dataclass(frozen=True, kw_only=True)
class UnitResampling(IntervalOptions):
    """How to make an interval by resampling items or, where `groups` labels their clusters, clusters of them whole."""

    groups: ArrayLike | None = None


def estimate_over_items(
    name: str,
    statistic: ItemStatistic,
    *,
    units: NDArray[np.intp],
    n_items: int,
    resampling: UnitResampling,
    settings: Settings,
    why: str,
    bounds: tuple[float, float] | None = (-1.0, 1.0),
) -> Estimate:
    """The estimate of an item statistic, with its interval where one is asked for.

    Parameters
    ----------
    units
        Which of the `n_items` items the statistic's units are, shape (n_units,): the others carry no information.
    why
        What to say if the statistic is undefined.
    bounds
        The least and the greatest value of the statistic: between them, jackknife and t intervals are made on the scale
        of Fisher's z. None for none.

    Returns
    -------
    Estimate
        `n` counts the units.
    """
    codes = None
    if resampling.groups is not None:
        codes = np.unique(as_groups(resampling.groups, n_items)[units], return_inverse=True)[1].astype(np.intp)
    value = statistic.value() if statistic.n_units else float("nan")
    if np.isnan(value):
        return undefined(name, why, n=statistic.n_units, settings=settings, stacklevel=4)
    estimate = Estimate(statistic=name, value=value, method="plug-in", n=statistic.n_units, settings=dict(settings))
    if resampling.interval is None:
        return estimate
    over = statistic if codes is None else statistic.grouped(codes)
    rng = as_generator(resampling.rng)
    with ONE_THREAD:
        low, high = interval_from_replicates(
            value,
            np.empty(0) if resampling.interval == "jackknife" else _replicates(over, resampling.n_resamples, rng),
            method=resampling.interval,
            confidence=resampling.confidence,
            jackknife=lambda: over.grouped(jackknife_blocks(over.n_units, rng)).jackknife(),
            n_units=over.n_units,
            bounds=bounds,
        )
    return replace(
        estimate.with_interval(
            low,
            high,
            level=resampling.confidence,
            method=method_name(resampling.interval, "items" if codes is None else "groups"),
            groups=None if codes is None else over.n_units,
        ),
        settings={**settings, **resampling_settings(resampling)},
        why=why_no_interval(low, over.n_units),
    )


def leave_each_out(statistic: ItemStatistic) -> Floats:
    """The jackknife of a statistic that has no shorter way: each unit left out in turn, shape (n_units,)."""
    n = statistic.n_units
    blocks = []
    for left_out in row_blocks(n, n, most=BLOCK):
        counts = np.ones((n, left_out.stop - left_out.start))
        np.fill_diagonal(counts[left_out], 0)
        blocks.append(statistic.replicates(counts))
    return np.concatenate(blocks)


def _replicates(statistic: ItemStatistic, n_resamples: int, rng: np.random.Generator) -> Floats:
    blocks = row_blocks(n_resamples, statistic.n_units, most=BLOCK)
    return np.concatenate(
        [statistic.replicates(resample_counts(statistic.n_units, rows.stop - rows.start, rng)) for rows in blocks]
    )


def quotient(numerator: Floats, denominator: Floats, *, above: Floats | float = 0.0) -> Floats:
    """Elementwise ratio; NaN where the denominator is not above `above`."""
    result: Floats = np.divide(
        numerator, denominator, out=np.full(np.shape(denominator), np.nan), where=denominator > above
    )
    return result


def _dense(rows: Floats | sparse.csr_array) -> Floats:
    return rows if isinstance(rows, np.ndarray) else np.asarray(rows.toarray())
