"""Spearman's rho of two judges at once, for many exchanges of their scores item by item."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.stats.kernels.ranks import midranks
from alia_judge.stats.kernels.weighted import column_dot, running

__all__ = ["SwappedSpearman"]

Floats = NDArray[np.float64]

#: With so few different scores, what each exchange changes is a product of matrices.
_FEW = 64
#: Elements of an array of all scores of a block of exchanges: it stays in the processor's cache.
_BLOCK = 100_000
#: Exchanges of the smallest block: running sums are of whole rows.
_LEAST = 16


class SwappedSpearman:
    """Two judges' correlations with one target after any exchange, from one sorting of both judges' scores together.

    Of the two scores of an item each side has one, so the number of a side's scores up to a value gives the ranks, and
    what one side has of a value the other has not.

    Parameters
    ----------
    first, second
        Scores of the two judges, shape (n,), complete.
    target
        Shape (n,), complete.

    Examples
    --------
    >>> import numpy as np
    >>> both = SwappedSpearman(np.array([1.0, 2.0, 3.0]), np.array([3.0, 2.0, 1.0]), np.array([1.0, 2.0, 3.0]))
    >>> both(np.array([[False, False, False], [True, True, True]]))
    (array([ 1., -1.]), array([-1.,  1.]))
    """

    def __init__(self, first: Floats, second: Floats, target: Floats) -> None:
        n = self._n = first.size
        scores = np.concatenate([first, second])
        order = np.argsort(scores, kind="stable")
        values, inverse = np.unique(scores, return_inverse=True)
        target_rank = midranks(target[None])[0] - (n + 1) / 2
        self._target_spread = float(target_rank @ target_rank)
        self._item, self._of_second = order % n, order >= n
        self._target = target_rank[self._item]
        self._begins = np.searchsorted(scores[order], values)
        # How many scores have each value, the sum of their targets' ranks, and the mean rank of each value among all.
        self._size = np.bincount(inverse, minlength=values.size).astype(np.float64)
        self._sum = np.add.reduceat(self._target, self._begins) if n else np.zeros(0)
        self._middle = np.cumsum(self._size) - self._size / 2
        self._few: tuple[Floats, Floats] | None = None
        if values.size <= _FEW:
            mine, theirs = (side[:, None] == np.arange(values.size) for side in (inverse[:n], inverse[n:]))
            change = theirs.astype(np.float64) - mine
            self._few = (
                np.hstack([change, change * target_rank[:, None]]).T,
                np.hstack([mine.sum(axis=0), target_rank @ mine])[:, None],
            )

    def __call__(self, swap: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """The two correlations after each exchange, (m, n) to (m,) and (m,); NaN where a side is constant."""
        step = max(_LEAST, _BLOCK // max(1, 2 * self._n))
        blocks = [self._block(swap[start : start + step]) for start in range(0, swap.shape[0], step)]
        first, second = (np.concatenate(side) for side in zip(*blocks, strict=True))
        return first, second

    def _block(self, swap: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        count, total = self._of_first(swap)
        other = self._size[:, None] - count
        edges = running(count)
        rank = (edges[:-1] + edges[1:]) / 2  # of each value among the first side's, but for a constant
        mine = column_dot(total, rank)
        theirs = self._sum @ self._middle - self._sum @ rank - self._middle @ total + mine
        return self._rho(mine, count), self._rho(theirs, other)

    def _of_first(self, swap: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """How many of the first side's scores have each value, and their targets' ranks in all: (values, m) each."""
        if self._few is not None:
            change, start = self._few
            both = change @ swap.T.astype(np.float64) + start
            return both[: self._size.size], both[self._size.size :]
        chosen = (np.ascontiguousarray(swap.T)[self._item] == self._of_second[:, None]).astype(np.float64)
        total = chosen * self._target[:, None]
        if self._size.size == self._item.size:
            return chosen, total
        return np.add.reduceat(chosen, self._begins, axis=0), np.add.reduceat(total, self._begins, axis=0)

    def _rho(self, covariance: Floats, count: Floats) -> Floats:
        spread = (float(self._n) ** 3 - column_dot(count, count, count)) / 12
        with np.errstate(invalid="ignore", divide="ignore"):
            rho = np.clip(covariance / np.sqrt(spread * self._target_spread), -1.0, 1.0)
            return np.where((spread > 0) & (self._target_spread > 0), rho, np.nan)
