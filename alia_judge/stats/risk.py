"""Conformal risk control: up to which doubt items may be kept so that few of all are kept and wrong."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.stats._validate import as_groups, as_vector, check_fraction

__all__ = ["controlled_threshold"]


def controlled_threshold(doubt: ArrayLike, wrong: ArrayLike, groups: ArrayLike, risk: float) -> float:
    """The largest doubt to keep items at, so that in a new group at most a share `risk` is kept and wrong on average.

    A group's loss is the share of its items that are kept although they are wrong; it can only fall as more are let go.
    With G groups that are exchangeable with a new one, keeping those up to the largest doubt at which the sum of
    losses and 1 is at most ``risk * (G + 1)`` bounds the expected loss of the new one. Nothing is assumed of how good
    the doubt is.

    Parameters
    ----------
    doubt
        How likely each item is wrong, on any scale, shape (n,); neither it nor what is wrong may come from a fit to the
        item's own rating.
    wrong
        Which items are wrong if they are kept, shape (n,).
    groups
        Label of each item's group, shape (n,).
    risk
        In (0, 1).

    Returns
    -------
    float
        ``inf`` where everything may be kept; ``-inf`` where nothing may, as with fewer groups than ``1 / risk - 1``.

    Raises
    ------
    UsageError
        If the shapes do not fit or `risk` is off its range.

    References
    ----------
    Angelopoulos, Bates, Fisch, Lei and Schuster (2024). Conformal risk control. ICLR, eq. 4 and theorem 1.

    Examples
    --------
    >>> controlled_threshold([0.1, 0.2, 0.3, 0.4], [False, False, True, True], ["a", "b", "c", "d"], 0.3)
    0.2
    """
    check_fraction("risk", risk)
    doubts, bad = as_vector("doubt", doubt, missing=False), np.asarray(wrong, dtype=np.bool_)
    if bad.shape != doubts.shape:
        raise UsageError(
            message(
                "doubt and wrong must have one value an item, got {size} and {shape}", size=doubts.size, shape=bad.shape
            )
        )
    codes = as_groups(groups, doubts.size)
    sizes = np.bincount(codes)
    allowed = risk * (len(sizes) + 1) - 1
    if allowed < 0:
        return -np.inf
    order = np.argsort(doubts, kind="stable")
    losses = np.cumsum((bad / sizes[codes])[order])
    ordered = doubts[order]
    last = np.append(ordered[1:] > ordered[:-1], True)  # of those with one doubt all are kept or none
    kept = last & (losses <= allowed + 1e-12)
    if kept[-1]:
        return np.inf
    return float(ordered[kept][-1]) if kept.any() else -np.inf
