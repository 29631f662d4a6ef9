"""Rank and product-moment correlation of many rows at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK", "midranks", "pearson_rows", "row_blocks", "spearman_rows"]

Floats = NDArray[np.float64]

#: Elements of the largest temporary array (32 MB of float64), so that memory stays flat however much there is to do.
BLOCK = 4_000_000
#: Elements of an array that a core's cache holds beside others: sorted rows are read again while they are there.
_CACHED = 50_000


def row_blocks(rows: int, width: int, most: int = _CACHED) -> Iterator[slice]:
    """Slices over `rows` such that `width` elements a row stay below `most` in all (one row at least)."""
    step = max(1, most // max(1, width))
    for start in range(0, rows, step):
        yield slice(start, min(rows, start + step))


def midranks(values: Floats) -> Floats:
    """Rank of each value within its row, from 1; tied values share the mean of their ranks; NaN stays NaN.

    Parameters
    ----------
    values
        Shape (m, n), NaN where missing.

    Returns
    -------
    ndarray
        Shape (m, n).

    Examples
    --------
    >>> import numpy as np
    >>> midranks(np.array([[3.0, 1.0, 3.0, np.nan]]))
    array([[2.5, 1. , 2.5, nan]])
    """
    m, n = values.shape
    if n == 0:
        return np.empty((m, 0))
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    first, length = _runs(ordered)
    run_rank = first % n + (length + 1) / 2
    ranks = np.empty((m, n))
    np.put_along_axis(ranks, order, np.repeat(run_rank, length).reshape(m, n), axis=1)
    ranks[np.isnan(values)] = np.nan
    return ranks


def spearman_rows(scores: Floats, target: Floats) -> Floats:
    """Spearman's rho of each row of `scores` with the target, over the items that have both.

    Parameters
    ----------
    scores
        Shape (m, n), NaN where unscored.
    target
        Shape (n,) for all rows, or (m, n) for each its own; NaN where missing.

    Returns
    -------
    ndarray
        Shape (m,); NaN where undefined (fewer than two items, or a constant side).

    Examples
    --------
    >>> import numpy as np
    >>> spearman_rows(np.array([[1.0, 2.0, 3.0], [3.0, np.nan, 1.0]]), np.array([1.0, 2.0, 5.0]))
    array([ 1., -1.])
    """
    if target.ndim == 1 and not (np.isnan(target).any() or np.isnan(scores).any()):
        return _spearman_complete(scores, target)
    return _blockwise(_spearman_block, scores, target)


def pearson_rows(scores: Floats, target: Floats) -> Floats:
    """Pearson's r of each row of `scores` with the target, over the items that have both; shapes as `spearman_rows`."""
    return _blockwise(_pearson_block, scores, target)


def _blockwise(block: Callable[[Floats, Floats], Floats], scores: Floats, target: Floats) -> Floats:
    result = np.full(scores.shape[0], np.nan)
    if scores.shape[1] == 0:
        return result
    for rows in row_blocks(*scores.shape):
        mine = scores[rows]
        if target.ndim == 1 and not np.isnan(mine).any() and not np.isnan(target).any():
            result[rows] = block(mine, target[None, :])
            continue
        mine, theirs = np.broadcast_arrays(mine, target if target.ndim == 1 else target[rows])
        missing = np.isnan(mine) | np.isnan(theirs)
        result[rows] = block(np.where(missing, np.nan, mine), np.where(missing, np.nan, theirs))
    return result


def _spearman_complete(scores: Floats, target: Floats) -> Floats:
    """Many complete rows against one complete target: in the order of the scores no rank need be scattered back."""
    m, n = scores.shape
    result = np.full(m, np.nan)
    if n == 0:
        return result
    theirs = midranks(target[None])[0] - (n + 1) / 2
    spread_y = float(theirs @ theirs)
    for rows in row_blocks(m, n):
        in_order = theirs[np.argsort(scores[rows], axis=1)]
        first, length = _runs(np.sort(scores[rows], axis=1))
        if first.size == in_order.size:
            covariance = in_order @ np.arange(n, dtype=np.float64)
            spread_x = np.full(covariance.size, (n**3 - n) / 12)
        else:
            row_start = np.searchsorted(first, np.arange(in_order.shape[0]) * n)
            on_run = np.add.reduceat(in_order.ravel(), first)
            covariance = np.add.reduceat(on_run * (first % n + (length - 1) / 2), row_start)
            # Squared mid-ranks sum to n**3 / 12 about their mean, less the cube of each tie (of one for no tie) / 12.
            spread_x = (n**3 - np.add.reduceat(length.astype(np.float64) ** 3, row_start)) / 12
        with np.errstate(invalid="ignore", divide="ignore"):
            rho = np.clip(covariance / np.sqrt(spread_x * spread_y), -1.0, 1.0)
            result[rows] = np.where((spread_x > 0) & (spread_y > 0), rho, np.nan)
    return result


def _runs(ordered: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where, in the flattened rows, each run of equal values begins, and how long it is; NaN equals nothing."""
    starts = np.ones(ordered.shape, dtype=bool)
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=starts[:, 1:])
    first = np.flatnonzero(starts)
    return first, np.diff(first, append=ordered.size)


def _spearman_block(x: Floats, y: Floats) -> Floats:
    return _pearson_block(midranks(x), midranks(y))


def _pearson_block(x: Floats, y: Floats) -> Floats:
    """Pearson's r of rows that are missing in the same places; `y` may have one row for all."""
    x, y = _unit(x), _unit(y)
    dot = x @ y[0] if y.shape[0] == 1 else np.einsum("ij,ij->i", x, y)
    return np.asarray(np.clip(dot, -1.0, 1.0), dtype=np.float64)


def _unit(values: Floats) -> Floats:
    """Rows centred and scaled to length one, 0 where missing; a row that cannot be is NaN."""
    present = ~np.isnan(values)
    full = bool(present.all())
    n = np.full(values.shape[0], values.shape[1]) if full else np.count_nonzero(present, axis=1)
    filled = values if full else np.where(present, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        centred = filled - (filled.sum(axis=1) / n)[:, None]
        if not full:
            centred[~present] = 0.0
        length = np.sqrt(np.einsum("ij,ij->i", centred, centred))
        # The mean of equal numbers is not always that number: rounding must not pass for spread.
        length[_constant(values, present, full)] = np.nan
        return np.asarray(centred / length[:, None], dtype=np.float64)


def _constant(values: Floats, present: NDArray[np.bool_], full: bool) -> NDArray[np.bool_]:
    if full:
        return np.asarray(values.max(axis=1) == values.min(axis=1))
    return np.asarray(np.where(present, values, -np.inf).max(axis=1) <= np.where(present, values, np.inf).min(axis=1))
