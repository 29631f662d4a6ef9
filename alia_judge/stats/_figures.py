"""A statistic of association as a function of how often each unit is there: pooled, within groups, over systems."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from alia_judge.stats._measures import Measure
from alia_judge.stats._pairing import Pairing
from alia_judge.stats.kernels.ranks import BLOCK

__all__ = ["Resampled", "figure_rows", "resampled", "system_means"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Counts = NDArray[Any]

#: So many different pairs of score and target are worth a table: a million ratings on a scale are a few dozen kinds.
_KINDS = 1000


class Resampled(Protocol):
    """A figure that can be had for any multiset of its units."""

    #: How many units there are to resample.
    n_units: int
    #: How many rows the arrays have that the counts are spread to.
    n_items: int
    #: What the figure is a mean over, or rests on: items, groups or systems.
    n: int
    #: Where units with the same scores and target were put together: how many there are of each kind.
    multiplicity: Codes | None

    def __call__(self, counts: Counts) -> Floats:
        """The figure where each unit (each kind) is there so often: counts (n_units, b) to (b,)."""


def resampled(measure: Measure, data: Pairing, grouping: str, *, kinds: bool = False) -> Resampled:
    """The figure as a function of how often each unit is there, or each kind of unit where `kinds` may be formed."""
    if grouping == "within":
        return _Within(measure, data)
    if grouping == "system":
        return _Pooled(measure, system_means(data), kinds=kinds)
    return _Pooled(measure, data, kinds=kinds)


def system_means(data: Pairing) -> Pairing:
    """The systems as items: each with the weighted mean of its scores, and of its targets, where it has both."""
    codes = np.zeros(0, dtype=np.intp) if data.systems is None else data.systems
    scores, target = (
        _means(side[None], codes, data.weights)[0] if codes.size else side for side in (data.scores, data.target)
    )
    both = ~(np.isnan(scores) | np.isnan(target))
    return replace(
        data,
        scores=scores[both],
        target=target[both],
        weights=np.ones(int(both.sum())),
        weighted=False,
        groups=None,
        systems=None,
    )


def figure_rows(measure: Measure, data: Pairing, grouping: str, scores: Floats) -> Floats:
    """The figure of many score vectors for the items of `data`, shape (m, n) -> (m,); item weights do not enter."""
    if grouping == "within":
        return np.asarray(_mean_defined(_by_group_rows(measure, data, scores)))
    if grouping == "system" and data.systems is not None:
        ones = np.ones(data.scores.size)
        return measure.rows(*(_means(side, data.systems, ones) for side in (scores, data.target[None])))
    return measure.rows(scores, data.target)


def _means(values: Floats, codes: Codes, weights: Floats) -> Floats:
    """Weighted mean of each row by code, over what is not NaN, shape (m, n) -> (m, codes)."""
    membership = sparse.csr_array((weights, (np.arange(codes.size), codes)))
    present = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.asarray((np.where(present, values, 0.0) @ membership) / (present.astype(np.float64) @ membership))


def _by_group_rows(measure: Measure, data: Pairing, scores: Floats) -> Floats:
    """The figure of each score vector within each group, shape (m, n) -> (groups, m)."""
    members = [np.flatnonzero(data.units == group) for group in range(int(data.units.max()) + 1)]
    return np.stack([measure.rows(scores[:, mine], data.target[mine]) for mine in members])


def _mean_defined(values: Floats) -> Floats:
    """Mean down the columns over what is defined."""
    defined = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(defined, values, 0.0).sum(axis=0) / defined.sum(axis=0), dtype=np.float64)


class _Pooled:
    def __init__(self, measure: Measure, data: Pairing, *, kinds: bool) -> None:
        units = data.units
        self.n = self.n_items = data.scores.size
        # Fewer than two items have no association: no units, and the caller says undefined.
        self.n_units = int(units.max()) + 1 if units.size > 1 else 0
        self.multiplicity: Codes | None = None
        # In the order of the target, one side's ranks need no gathering. Two judges on the same items stay in step, as
        # the order is the target's: unit k of one is unit k of the other.
        order = np.argsort(data.target, kind="stable")
        self._units = None if data.groups is None else units[order]
        self._weights = data.weights[order, None] if data.weighted else None
        if not self.n_units:
            return
        scores, target = data.scores[order], data.target[order]
        if kinds and measure.kinds and data.groups is None and not data.weighted:
            found = _kinds(scores, target)
            if found is not None:
                scores, target, self.multiplicity = found
                self.n_items = scores.size
        self._of_weights = measure.weighted(scores, target)

    def __call__(self, counts: Counts) -> Floats:
        weights = counts if self._units is None else counts[self._units]
        if self._weights is not None:
            weights = weights * self._weights
        return self._of_weights(weights)


def _kinds(scores: Floats, target: Floats) -> tuple[Floats, Floats, Codes] | None:
    """The different pairs of score and target, and how many items are of each; None where there are too many."""
    most = min(_KINDS, scores.size // 2)
    x, code_x = np.unique(scores, return_inverse=True)
    if x.size > most:
        return None
    y, code_y = np.unique(target, return_inverse=True)
    if y.size > most:
        return None
    kinds, multiplicity = np.unique(code_x * y.size + code_y, return_counts=True)
    if kinds.size > most:
        return None
    return x[kinds // y.size], y[kinds % y.size], multiplicity


class _Within:
    """Mean over groups of the figure within each; groups where it is undefined are left out."""

    def __init__(self, measure: Measure, data: Pairing) -> None:
        groups = data.units
        self.n_units = int(groups.max()) + 1 if groups.size else 0
        self.n_items = self.n_units
        self.multiplicity: Codes | None = None
        self.values = _by_group(measure, data, groups, self.n_units)
        self._defined = ~np.isnan(self.values)
        self.n = int(self._defined.sum())

    def __call__(self, counts: Counts) -> Floats:
        with np.errstate(invalid="ignore"):
            on = counts[self._defined]
            return np.asarray(self.values[self._defined] @ on / on.sum(axis=0), dtype=np.float64)


def _by_group(measure: Measure, data: Pairing, groups: Codes, count: int) -> Floats:
    """The figure within each group, shape (count,)."""
    order = np.argsort(groups, kind="stable")
    sizes = np.bincount(groups, minlength=count)
    starts = np.cumsum(sizes) - sizes
    values = np.full(count, np.nan)
    if data.weighted:
        for group in range(count):
            mine = order[starts[group] : starts[group] + sizes[group]]
            values[group] = measure.weighted(data.scores[mine], data.target[mine])(data.weights[mine][:, None])[0]
        return values
    # Groups of a like size as rows of one matrix, padded with NaN: many small groups cost no loop.
    by_size = np.argsort(sizes, kind="stable")
    start = 0
    while start < count:
        stop = int(np.searchsorted(sizes[by_size], 2 * sizes[by_size[start]], side="right"))
        stop = min(stop, start + max(1, BLOCK // int(sizes[by_size[stop - 1]])))
        batch = by_size[start:stop]
        width = int(sizes[batch].max())
        inside = np.arange(width) < sizes[batch][:, None]
        items = order[np.where(inside, starts[batch][:, None] + np.arange(width), 0)]
        values[batch] = measure.rows(
            np.where(inside, data.scores[items], np.nan), np.where(inside, data.target[items], np.nan)
        )
        start = stop
    return values
