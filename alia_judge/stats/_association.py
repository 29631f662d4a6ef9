"""One statistic of association, pooled, within groups or over systems, and the resampling that each calls for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from alia_judge.errors import UsageError
from alia_judge.stats._interval import (
    METHODS,
    IntervalMethod,
    interval_from_replicates,
    jackknife_blocks,
    resample_counts,
)
from alia_judge.stats._measures import Measure
from alia_judge.stats._validate import (
    as_generator,
    as_groups,
    as_vector,
    as_weights,
    check_at_least,
    check_choice,
    check_fraction,
    undefined,
)
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.kernels.ranks import BLOCK

__all__ = ["Grouping", "Pairing", "Resampled", "associate", "pairing"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Grouping = Literal["pooled", "within", "system"]


class Resampled(Protocol):
    """A figure that can be had for any multiset of its units."""

    #: How many units there are to resample.
    n_units: int
    #: What the figure is a mean over, or rests on: items, groups or systems.
    n: int

    def __call__(self, counts: Floats) -> Floats:
        """The figure where each unit is there so often: counts (n_units, b) to (b,)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairing:
    """Checked scores and target, with what they are grouped by.

    Parameters
    ----------
    scores, target, weights
        Shape (n,), without the items that lack either; over systems, without those that lack both.
    groups, systems
        Codes 0, 1, ... or None.
    unscored
        How many items lack a score or a target.
    weighted
        Whether the caller gave weights.
    """

    scores: Floats
    target: Floats
    weights: Floats
    groups: Codes | None
    systems: Codes | None
    unscored: int
    weighted: bool

    @property
    def units(self) -> Codes:
        """The unit each item is resampled with."""
        return np.arange(self.scores.size) if self.groups is None else self.groups


def pairing(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    weights: ArrayLike | None,
    groups: ArrayLike | None,
    systems: ArrayLike | None,
    grouping: str,
) -> Pairing:
    """Check one judge's scores against the target and keep the items that have both.

    Raises
    ------
    UsageError
        If a shape, a value or an option is off.
    """
    x = as_vector("scores", scores)
    y = as_vector("target", target, n=x.size)
    w = as_weights(weights, x.size)
    check_choice("grouping", grouping, ("pooled", "within", "system"))
    if grouping == "within" and groups is None:
        raise UsageError('grouping="within" needs groups, one label an item; got none')
    if grouping == "system" and systems is None:
        raise UsageError('grouping="system" needs systems, one label an item; got none')
    lacking = np.isnan(x) | np.isnan(y)
    # A system's mean score needs no target beside each score, nor the other way round.
    keep = ~(np.isnan(x) & np.isnan(y)) if grouping == "system" else ~lacking
    if w is not None:
        keep &= w > 0
    group_codes = None if groups is None else _recoded(as_groups(groups, x.size)[keep])
    system_codes = None if systems is None else _recoded(as_groups(systems, x.size)[keep])
    return Pairing(
        scores=x[keep],
        target=y[keep],
        weights=np.ones(int(keep.sum())) if w is None else w[keep],
        groups=group_codes,
        systems=system_codes,
        unscored=int(lacking.sum()),
        weighted=w is not None,
    )


def associate(
    measure: Measure,
    scores: ArrayLike,
    target: ArrayLike,
    *,
    weights: ArrayLike | None,
    groups: ArrayLike | None,
    systems: ArrayLike | None,
    grouping: Grouping,
    interval: IntervalMethod | None,
    confidence: float,
    n_resamples: int,
    rng: int | np.random.Generator,
) -> Estimate:
    """The estimate behind every public function of association."""
    data = pairing(scores, target, weights=weights, groups=groups, systems=systems, grouping=grouping)
    check_options(interval, confidence, n_resamples)
    settings = _settings(measure, data, grouping)
    figure = resampled(measure, data, grouping)
    value = float(figure(np.ones((figure.n_units, 1)))[0]) if figure.n_units else float("nan")
    if np.isnan(value):
        return undefined(measure.name, _reason(data, figure, grouping), n=figure.n, settings=settings, stacklevel=4)
    estimate = Estimate(statistic=measure.name, value=value, n=figure.n, settings=settings)
    if interval is None:
        return estimate
    generator = as_generator(rng)
    replicates = np.empty(0) if interval == "jackknife" else replicate(figure, n_resamples, generator)
    low, high = interval_from_replicates(
        value,
        replicates,
        method=interval,
        confidence=confidence,
        jackknife=lambda: jackknife(figure, generator),
        n_units=figure.n_units,
        bounds=measure.bounds,
    )
    if interval != "jackknife":
        settings |= resampling_settings(rng, n_resamples)
    clustered = data.groups is not None
    return Estimate(
        statistic=measure.name,
        value=value,
        low=low,
        high=high,
        level=confidence,
        method=method_name(interval, clustered),
        n=figure.n,
        groups=figure.n_units if clustered else None,
        settings=settings,
        why="the statistic is undefined in most resamples" if np.isnan(low) else None,
    )


def resampling_settings(rng: int | np.random.Generator, n_resamples: int) -> dict[str, str | int | float | bool | None]:
    """What a signature says about the resampling: the seed can be named only where there is one."""
    seed = {"seed": int(rng)} if isinstance(rng, (int, np.integer)) else {}
    return {**seed, "resamples": n_resamples}


def method_name(interval: IntervalMethod, clustered: bool) -> str:
    """The interval's method in words."""
    over = "groups" if clustered else "items"
    return f"jackknife over {over}" if interval == "jackknife" else f"{interval} bootstrap over {over}"


def check_options(interval: str | None, confidence: float, n_resamples: int) -> None:
    """Raise `UsageError` unless an interval can be made so."""
    if interval is not None:
        check_choice("interval", interval, METHODS)
        check_fraction("confidence", confidence)
        check_at_least("n_resamples", n_resamples, 1)


def resampled(measure: Measure, data: Pairing, grouping: str) -> Resampled:
    """The figure as a function of how often each unit is there."""
    if grouping == "within":
        return _Within(measure, data)
    if grouping == "system":
        return _OverSystems(measure, data)
    return _Pooled(measure, data)


def replicate(figure: Resampled, n_resamples: int, rng: np.random.Generator) -> Floats:
    """The figure on `n_resamples` samples of its units with replacement."""
    blocks = _column_blocks(n_resamples, figure.n_units)
    return np.concatenate([figure(resample_counts(figure.n_units, width, rng)) for width in blocks])


def jackknife(figure: Resampled, rng: np.random.Generator) -> Floats:
    """The figure without each unit (or random block of units, where there are very many) in turn."""
    block = jackknife_blocks(figure.n_units, rng)
    count = int(block.max()) + 1
    parts, start = [], 0
    for width in _column_blocks(count, figure.n_units):
        parts.append(figure((block[:, None] != np.arange(start, start + width)).astype(np.float64)))
        start += width
    return np.concatenate(parts)


def figure_rows(measure: Measure, data: Pairing, grouping: str, scores: Floats) -> Floats:
    """The figure of many score vectors for the items of `data`, shape (m, n) -> (m,); item weights do not enter."""
    if grouping == "within":
        return np.asarray(_mean_defined(_by_group_rows(measure, data, scores)))
    if grouping == "system" and data.systems is not None:
        return measure.rows(_means(scores, data.systems), _means(data.target[None], data.systems)[0])
    return measure.rows(scores, data.target)


def _means(values: Floats, codes: Codes) -> Floats:
    """Mean of each row by code, over what is not NaN, shape (m, n) -> (m, codes)."""
    membership = sparse.csr_array((np.ones(codes.size), (np.arange(codes.size), codes)))
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


def _column_blocks(columns: int, rows: int) -> Iterator[int]:
    width = max(1, BLOCK // max(1, rows))
    for start in range(0, columns, width):
        yield min(width, columns - start)


class _Pooled:
    def __init__(self, measure: Measure, data: Pairing) -> None:
        units = data.units
        self.n = data.scores.size
        # Fewer than two items have no association: no units, and the caller says undefined.
        self.n_units = int(units.max()) + 1 if units.size > 1 else 0
        # Items in the order of their scores: one gather less for every resample.
        order = np.argsort(data.scores, kind="stable")
        self._units = units[order] if data.groups is not None else None
        self._weights = data.weights[order][:, None] if data.weighted else None
        self._order = order
        if self.n_units:
            self._of_weights = measure.weighted(data.scores[order], data.target[order])

    def __call__(self, counts: Floats) -> Floats:
        # Items without groups are exchangeable units, but a caller's counts are in its own order.
        weights = counts[self._order] if self._units is None else counts[self._units]
        if self._weights is not None:
            weights *= self._weights
        return self._of_weights(weights)


class _Within:
    """Mean over groups of the figure within each; groups where it is undefined are left out."""

    def __init__(self, measure: Measure, data: Pairing) -> None:
        groups = data.units
        self.n_units = int(groups.max()) + 1 if groups.size else 0
        self.values = _by_group(measure, data, groups, self.n_units)
        self._defined = ~np.isnan(self.values)
        self.n = int(self._defined.sum())

    def __call__(self, counts: Floats) -> Floats:
        with np.errstate(invalid="ignore"):
            on = counts[self._defined]
            return np.asarray(self.values[self._defined] @ on / on.sum(axis=0), dtype=np.float64)


class _OverSystems:
    """The figure over systems, each with the mean of its items."""

    def __init__(self, measure: Measure, data: Pairing) -> None:
        systems = data.units if data.systems is None else data.systems
        units = data.units
        self.n_units = int(units.max()) + 1 if units.size else 0
        shape = (int(systems.max()) + 1 if systems.size else 0, self.n_units)

        def by_cell(values: Floats) -> sparse.csr_array:
            return sparse.csr_array(sparse.coo_array((values, (systems, units)), shape=shape))

        self._sides = [
            (by_cell(np.where(np.isnan(side), 0.0, data.weights * side)), by_cell(data.weights * ~np.isnan(side)))
            for side in (data.scores, data.target)
        ]
        scored, targeted = ((mass.sum(axis=1) > 0) for _, mass in self._sides)
        self._present = scored & targeted
        self.n = int(self._present.sum())
        self._rows = measure.rows

    def __call__(self, counts: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            scores, target = (((total @ counts) / (mass @ counts))[self._present] for total, mass in self._sides)
        # A resample without one of the systems is about other systems.
        incomplete = (np.isnan(scores) | np.isnan(target)).any(axis=0)
        result = self._rows(np.ascontiguousarray(scores.T), np.ascontiguousarray(target.T))
        result[incomplete] = np.nan
        return result


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


def _settings(measure: Measure, data: Pairing, grouping: str) -> dict[str, str | int | float | bool | None]:
    settings: dict[str, str | int | float | bool | None] = {**measure.settings, "grouping": grouping}
    if data.weighted:
        settings["weighted"] = True
    if data.unscored:
        settings["unscored"] = data.unscored
    return settings


def _reason(data: Pairing, figure: Resampled, grouping: str) -> str:
    if grouping == "within":
        return "it is undefined within every group"
    if grouping == "system" and figure.n < 2:
        return f"it needs at least 2 systems, got {figure.n}"
    if grouping == "system":
        return "the system means are constant on one side"
    if data.scores.size < 2:
        return f"it needs at least 2 items with a score and a target, got {data.scores.size}"
    if np.ptp(data.scores) == 0:
        return "the scores are constant"
    if np.ptp(data.target) == 0:
        return "the target is constant"
    return "no pair of items can be compared"


def _recoded(codes: Codes) -> Codes:
    return np.unique(codes, return_inverse=True)[1].reshape(-1).astype(np.intp)
