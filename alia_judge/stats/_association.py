"""The estimate behind every statistic of association: the figure, why it is undefined, and its interval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import message
from alia_judge.stats._draws import resample_counts, resample_multiplicities
from alia_judge.stats._figures import Resampled, resampled
from alia_judge.stats._interval import (
    METHODS,
    IntervalMethod,
    interval_from_replicates,
    jackknife_blocks,
    why_no_interval,
)
from alia_judge.stats._measures import Measure
from alia_judge.stats._pairing import Grouping, Pairing, Settings, pairing
from alia_judge.stats._threads import ONE_THREAD
from alia_judge.stats._validate import as_generator, check_at_least, check_choice, check_fraction, undefined
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.kernels.ranks import BLOCK

__all__ = [
    "IntervalOptions",
    "associate",
    "estimate_figure",
    "figure_interval",
    "method_name",
    "on_data",
    "replicate",
    "resampling_blocks",
    "resampling_settings",
    "unit_name",
]

Floats = NDArray[np.float64]
#: Up to this many items counts are kept in single precision.
_SINGLE = 2048
#: Elements of a block of counts that stay in a core's cache.
_CACHED = 200_000


def associate(
    measure: Measure,
    scores: ArrayLike,
    target: ArrayLike,
    *,
    grouping: Grouping = "pooled",
    groups: ArrayLike | None = None,
    systems: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    interval: IntervalMethod | None = None,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    rng: int | np.random.Generator = 0,
) -> Estimate:
    """The estimate behind every public function of association."""
    options = IntervalOptions(interval=interval, confidence=confidence, n_resamples=n_resamples, rng=rng)
    data = pairing(scores, target, weights=weights, groups=groups, systems=systems, grouping=grouping)
    figure = resampled(measure, data, grouping, kinds=True)
    return estimate_figure(
        measure.name,
        figure,
        settings={**measure.settings, "grouping": grouping, **data.settings},
        why=_reason(data, figure, grouping),
        bounds=measure.bounds,
        units=unit_name(data, grouping),
        options=options,
        stacklevel=5,
    )


@dataclass(frozen=True, kw_only=True)
class IntervalOptions:
    """How to make an interval; checked when made."""

    interval: IntervalMethod | None = None
    confidence: float = 0.95
    n_resamples: int = 1000
    rng: int | np.random.Generator = 0

    def __post_init__(self) -> None:
        if self.interval is not None:
            check_choice("interval", self.interval, METHODS)
            check_fraction("confidence", self.confidence)
            check_at_least("n_resamples", self.n_resamples, 1)


def estimate_figure(
    name: str,
    figure: Resampled,
    *,
    settings: Settings,
    why: str,
    bounds: tuple[float, float],
    units: str,
    options: IntervalOptions,
    stacklevel: int,
) -> Estimate:
    """The figure on the data, with its interval where one is asked for; `why` is said where it is undefined."""
    value = on_data(figure)
    if np.isnan(value):
        return undefined(name, why, n=figure.n, settings=settings, stacklevel=stacklevel)
    estimate = Estimate(statistic=name, value=value, n=figure.n, settings=settings)
    if options.interval is None:
        return estimate
    low, high = figure_interval(figure, value, bounds=bounds, options=options, rng=as_generator(options.rng))
    return replace(
        estimate.with_interval(
            low,
            high,
            level=options.confidence,
            method=method_name(options.interval, units),
            groups=figure.n_units if units == "groups" else None,
        ),
        settings={**settings, **resampling_settings(options)},
        why=why_no_interval(low, figure.n_units),
    )


def on_data(figure: Resampled) -> float:
    """The figure with every unit once."""
    if not figure.n_units:
        return float("nan")
    counts = np.ones(figure.n_units) if figure.multiplicity is None else figure.multiplicity.astype(np.float64)
    return float(figure(counts[:, None])[0])


def figure_interval(
    figure: Resampled,
    value: float,
    *,
    bounds: tuple[float, float] | None,
    options: IntervalOptions,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """The ends of the interval that `options` ask for."""
    method = options.interval or "jackknife"
    with ONE_THREAD:
        return interval_from_replicates(
            value,
            np.empty(0) if method == "jackknife" else replicate(figure, options.n_resamples, rng),
            method=method,
            confidence=options.confidence,
            jackknife=lambda: jackknife(figure, rng),
            n_units=figure.n_units,
            bounds=bounds,
        )


def resampling_settings(options: IntervalOptions) -> Settings:
    """What a signature says about the resampling; a Generator has no seed to name, the jackknife needs none."""
    if options.interval in (None, "jackknife"):
        return {}
    seed = {"seed": int(options.rng)} if isinstance(options.rng, (int, np.integer)) else {}
    return {**seed, "resamples": options.n_resamples}


def method_name(interval: IntervalMethod, units: str) -> str:
    """The interval's method in words."""
    return f"jackknife over {units}" if interval == "jackknife" else f"{interval} bootstrap over {units}"


def unit_name(data: Pairing, grouping: str) -> str:
    """What is resampled."""
    if grouping == "system":
        return "systems"
    return "items" if data.groups is None else "groups"


def replicate(figure: Resampled, n_resamples: int, rng: np.random.Generator) -> Floats:
    """The figure on `n_resamples` samples of its units with replacement."""
    if figure.multiplicity is not None:
        return figure(resample_multiplicities(figure.multiplicity, n_resamples, rng))
    blocks = resampling_blocks(figure.n_units, figure.n_items, n_resamples, rng)
    return np.concatenate([figure(counts) for counts in blocks])


def resampling_blocks(n_units: int, n_items: int, n_resamples: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Counts of the units in each resample, shape (n_units, b), in blocks that keep memory flat."""
    for width in _column_blocks(n_resamples, n_items):
        # Whole numbers whose sums of squares single precision holds exactly, at half the traffic.
        yield resample_counts(n_units, width, rng, np.float32 if n_items <= _SINGLE else np.float64)


def jackknife(figure: Resampled, rng: np.random.Generator) -> Floats:
    """The figure without each unit (or random block of units, where there are very many) in turn."""
    if figure.multiplicity is not None:
        without_one = figure.multiplicity[:, None] - np.eye(figure.multiplicity.size)
        return np.repeat(figure(without_one), figure.multiplicity)
    block = jackknife_blocks(figure.n_units, rng)
    count = int(block.max()) + 1
    parts, start = [], 0
    for width in _column_blocks(count, figure.n_items):
        parts.append(figure((block[:, None] != np.arange(start, start + width)).astype(np.float64)))
        start += width
    return np.concatenate(parts)


def _column_blocks(columns: int, rows: int) -> Iterator[int]:
    # Blocks that a core's cache holds, but wide enough for whole-row operations, and never beyond a fixed memory.
    rows = max(1, rows)
    width = max(1, min(max(_CACHED // rows, 64), BLOCK // rows))
    for start in range(0, columns, width):
        yield min(width, columns - start)


def _reason(data: Pairing, figure: Resampled, grouping: str) -> str:
    if grouping == "within" and data.groups is not None and np.bincount(data.groups).max(initial=0) < 2:
        return message("no group has two items to compare")
    if grouping == "within":
        return message("it is undefined within every group")
    if grouping == "system" and figure.n < 2:
        return message("it needs at least 2 systems, got {n}", n=figure.n)
    if grouping == "system":
        return message("the system means are constant on one side")
    if data.scores.size < 2:
        return message("it needs at least 2 items with a score and a target, got {n}", n=data.scores.size)
    if np.ptp(data.scores) == 0:
        return message("the scores are constant")
    if np.ptp(data.target) == 0:
        return message("the target is constant")
    return message("no pair of items can be compared")
