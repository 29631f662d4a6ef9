"""`select_items`: a smaller evaluation set that still ranks judges as the whole one does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.benchmark.split import Split
from alia_judge.errors import UsageError, expect

__all__ = ["Selection", "select_items"]

Floats = NDArray[np.float64]
SelectionMethod = Literal["stratified", "matched"]

_BANDS = 5
#: Share of the products' variance that is matched, and how many directions of it a subset of n can hold: n / 2.
_VARIANCE, _PER_DIRECTION = 0.95, 2
_PASSES = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Selection(Record):
    """A subset of a split's items.

    Parameters
    ----------
    indices
        Their places in the split, ascending; ``split.take(selection.indices)`` is the smaller split.
    item_ids
        Their ids.
    method
        How they were chosen.
    imbalance
        How far the subset's mean is from the whole set's, in standard errors of a random subset, root mean square over
        everything that was matched: 1 is what chance gives; NaN where nothing was.
    """

    schema = "alia-judge/selection/1"

    indices: tuple[int, ...]
    item_ids: tuple[str, ...]
    method: SelectionMethod
    imbalance: float


def select_items(
    split: Split,
    size: int,
    *,
    judgments: ArrayLike | None = None,
    method: SelectionMethod | None = None,
    seed: int = 0,
) -> Selection:
    """Choose `size` items that stand for the split.

    Parameters
    ----------
    split
        The items to choose from.
    size
        How many, from 2 to all.
    judgments
        Scores that some judges already gave to the items, shape (n_judges, n), NaN where unscored.
    method
        ``"stratified"``: at random in proportion to score band, language and system. ``"matched"``: such that the
        judges of `judgments`, and others like them, correlate with people on the subset as they do on the whole.
        By default matched where there are judgments, else stratified.
    seed
        Of the draw.

    Returns
    -------
    Selection

    Raises
    ------
    UsageError
        If the size or the judgments' shape does not fit the split, or matching has nothing to match.

    Notes
    -----
    Spearman's correlation is the mean over items of the product of two standardised ranks: a subset on which the means
    of these products are those of the whole set gives the same correlations. The principal components of the products,
    of the consensus' ranks and their squares are matched by exchanging items one for one until no exchange helps, from
    a stratified start.

    Measured on recorded judges (``benchmarks/selection.py``): matching recovers the order of judges like the known ones
    clearly better than stratified choice; for judges of other models than the known ones it gains nothing.

    Examples
    --------
    >>> from alia_judge.benchmark import build_benchmark
    >>> from alia_judge.ratings import load_sample
    >>> split = build_benchmark(load_sample(), criterion="helpfulness").train
    >>> chosen = select_items(split, 30)
    >>> len(split.take(chosen.indices))
    30
    """
    expect("split", split, Split, "benchmark.train, of build_benchmark(...)")
    expect("size", size, int, "a number of items")
    n = len(split)
    if not 2 <= size <= n:
        raise UsageError(message("size must lie between 2 and the split's {n} items, got {size}", n=n, size=size))
    scores = None if judgments is None else np.atleast_2d(np.asarray(judgments, dtype=np.float64))
    if scores is not None and scores.shape[1] != n:
        raise UsageError(
            message(
                "judgments must have a column for each of the {n} items, got shape {shape}", n=n, shape=scores.shape
            )
        )
    chosen_method = method or ("stratified" if scores is None else "matched")
    if chosen_method == "matched" and scores is None:
        raise UsageError(message("method='matched' needs judgments to match"))
    rng = np.random.default_rng(seed)
    start = _stratified(split, size, rng)
    if chosen_method == "stratified" or scores is None:
        indices, imbalance = start, float("nan")
    else:
        directions = _directions(_features(split, scores), max(1, size // _PER_DIRECTION))
        indices = _exchange(directions, start)
        # The standard error of a random subset's mean of a unit-variance feature, without replacement.
        chance = np.sqrt((n - size) / (size * max(n - 1, 1)))
        means = directions[indices].mean(axis=0) / directions.std(axis=0)
        imbalance = float(np.sqrt(np.mean(means**2)) / chance) if chance > 0 else 0.0
    ordered = tuple(sorted(int(index) for index in indices))
    return Selection(
        indices=ordered,
        item_ids=tuple(split.items[index].item_id for index in ordered),
        method=chosen_method,
        imbalance=imbalance,
    )


def _stratified(split: Split, size: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """At random within strata, in proportion; what rounding leaves over goes where the fractions are largest."""
    labels = _strata(split)
    names, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    share = counts * size / len(split)
    wanted = np.floor(share).astype(int)
    # Ties among equal fractions are broken at random.
    order = np.lexsort((rng.random(names.size), -(share - wanted)))
    wanted[order[: size - wanted.sum()]] += 1
    chosen = [
        rng.choice(np.flatnonzero(codes == stratum), size=int(wanted[stratum]), replace=False)
        for stratum in range(names.size)
    ]
    return np.concatenate(chosen).astype(np.intp)


def _strata(split: Split) -> NDArray[np.str_]:
    edges = np.unique(np.quantile(split.target, np.arange(1, _BANDS) / _BANDS))
    parts: list[Sequence[str]] = [[str(band) for band in np.searchsorted(edges, split.target)]]
    for field in ("language", "system"):
        values = [str(getattr(item, field)) for item in split.items]
        if 1 < len(set(values)) <= len(values) // 5:
            parts.append(values)
    return np.array(["/".join(labels) for labels in zip(*parts, strict=True)])


def _features(split: Split, scores: Floats) -> Floats:
    """What the subset should have like the whole, standardised, shape (n, p)."""
    target = _standardised_ranks(split.target)
    # An unscored item adds nothing to a judge's correlation.
    products = [np.nan_to_num(_standardised_ranks(row)) * target for row in scores]
    features = np.stack([target, target**2, *products], axis=1)
    features = features - features.mean(axis=0)
    spread = features.std(axis=0)
    return np.asarray(features[:, spread > 0] / spread[spread > 0], dtype=np.float64)


def _standardised_ranks(values: Floats) -> Floats:
    known = ~np.isnan(values)
    ranks = np.full(values.shape, np.nan)
    ranks[known] = stats.rankdata(values[known])
    spread = np.nanstd(ranks) if known.any() else 0.0
    return np.asarray((ranks - np.nanmean(ranks)) / spread if spread > 0 else np.zeros_like(ranks), dtype=np.float64)


def _directions(features: Floats, most: int) -> Floats:
    """The features' principal components, each scaled by its spread, as many as a subset can match."""
    u, s, _ = np.linalg.svd(features, full_matrices=False)
    share = np.cumsum(s**2) / np.sum(s**2)
    kept = min(most, int(np.searchsorted(share, _VARIANCE)) + 1)
    return np.asarray(u[:, :kept] * s[:kept], dtype=np.float64)


def _exchange(directions: Floats, start: NDArray[np.intp]) -> NDArray[np.intp]:
    """Exchange one item for another while the sum over the subset comes nearer to zero."""
    chosen = start.copy()
    outside = np.setdiff1d(np.arange(directions.shape[0]), chosen)
    total = directions[chosen].sum(axis=0)
    for _ in range(_PASSES):
        improved = False
        for place in range(chosen.size):
            without = total - directions[chosen[place]]
            distance = ((without + directions[outside]) ** 2).sum(axis=1)
            best = int(np.argmin(distance)) if outside.size else -1
            if best >= 0 and distance[best] < (total**2).sum() - 1e-12:
                chosen[place], outside[best] = outside[best], chosen[place]
                total = without + directions[chosen[place]]
                improved = True
        if not improved:
            break
    return chosen
