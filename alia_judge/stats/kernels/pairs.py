"""Concordance of pairs of items, counted in n log n: Kendall's tau and everything built from the same counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from alia_judge.stats.kernels.ranks import row_blocks

__all__ = ["PairSums", "Variant", "kendall_from_pairs", "kendall_rows", "pair_sums_rows"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Variant = Literal["b", "c"]


@dataclass(frozen=True, kw_only=True, eq=False)
class PairSums:
    """Weight of the pairs of items of each kind, one entry a row (or a resample).

    Parameters
    ----------
    balance
        Concordant less discordant pairs.
    untied_x, untied_y
        Pairs that differ in the scores; in the target.
    tied_both
        Pairs tied in both.
    total
        All pairs of two different items. (Copies of one item in a resample are pairs too: tied in both.)
    mass
        Weight of the items (their number where unweighted).
    levels
        Smaller of the numbers of distinct scores and distinct targets, for tau-c; NaN where nobody asked.
    """

    balance: Floats
    untied_x: Floats
    untied_y: Floats
    tied_both: Floats
    total: Floats
    mass: Floats
    levels: Floats

    @property
    def accuracy(self) -> Floats:
        """Share of the pairs on which both agree: ordered alike, or tied in both."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.total > 0, (self.concordant + self.tied_both) / self.total, np.nan)

    @property
    def auc(self) -> Floats:
        """Share of the pairs that differ in the target that the scores order alike; a tie of the scores is a half."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.untied_y > 0, (1 + self.balance / self.untied_y) / 2, np.nan)

    @property
    def concordant(self) -> Floats:
        """Pairs that both order alike."""
        untied_both = self.untied_x + self.untied_y + self.tied_both - self.total
        return (untied_both + self.balance) / 2


def kendall_from_pairs(pairs: PairSums, variant: Variant = "b") -> Floats:
    """Kendall's tau-b or tau-c from the weight of its pairs; NaN where undefined."""
    with np.errstate(invalid="ignore", divide="ignore"):
        if variant == "b":
            # Two roots, not the root of a product: a million items make a product beyond 2**63.
            tau = pairs.balance / (np.sqrt(pairs.untied_x) * np.sqrt(pairs.untied_y))
        else:
            # Stuart (1953): 2 (C - D) / (n**2 (m - 1) / m).
            tau = 2 * pairs.balance / (pairs.mass**2 * (pairs.levels - 1) / pairs.levels)
        undefined = (pairs.untied_x <= 0) | (pairs.untied_y <= 0)
        return np.where(undefined, np.nan, np.clip(tau, -1.0, 1.0))


def kendall_rows(scores: Floats, target: Floats, variant: Variant = "b") -> Floats:
    """Kendall's tau of each row of `scores` with the target, over the items that have both.

    Parameters
    ----------
    scores
        Shape (m, n), NaN where unscored.
    target
        Shape (n,) for all rows, or (m, n) for each its own; NaN where missing.
    variant
        ``"b"`` (Kendall 1945, eq. for ties) or ``"c"`` (Stuart 1953).

    Returns
    -------
    ndarray
        Shape (m,); NaN where undefined.

    Examples
    --------
    >>> import numpy as np
    >>> kendall_rows(np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([1.0, 3.0, 2.0, 4.0])).round(3)
    array([0.667])
    """
    return kendall_from_pairs(pair_sums_rows(scores, target), variant)


def pair_sums_rows(scores: Floats, target: Floats) -> PairSums:
    """Pairs of each kind for each row of `scores` against the target; shapes as `kendall_rows`."""
    complete = target.ndim == 1 and target.size and not (np.isnan(target).any() or np.isnan(scores).any())
    count = _pair_sums_complete if complete else _pair_sums
    blocks = [count(scores[rows], target if target.ndim == 1 else target[rows]) for rows in row_blocks(*scores.shape)]
    joined = np.concatenate(blocks, axis=1) if blocks else np.empty((7, 0))
    return PairSums(
        balance=joined[0],
        untied_x=joined[1],
        untied_y=joined[2],
        tied_both=joined[3],
        total=joined[4],
        mass=joined[5],
        levels=joined[6],
    )


def _pair_sums(scores: Floats, target: Floats) -> Floats:
    """The seven fields of `PairSums`, shape (7, m)."""
    scores, target = np.broadcast_arrays(scores, target)
    m, n = scores.shape
    if n == 0:
        return np.zeros((7, m))
    missing = np.isnan(scores) | np.isnan(target)
    present = n - np.count_nonzero(missing, axis=1)
    # Missing items get one level above all others on both sides: last in order, tied with one another, no inversion.
    y = dense_levels(np.where(missing, np.nan, target))
    x = dense_levels(np.where(missing, np.nan, scores))
    key = np.sort(x * n + y, axis=1)  # by score, then by target: tied scores never look discordant
    x, y = np.divmod(key, n)
    outside = np.arange(n) >= present[:, None]
    tied_x = _tied_pairs(x, outside)
    tied_both = _tied_pairs(key, outside)
    tied_y = _tied_pairs(np.sort(y, axis=1), outside)
    discordant = _inversions(y)
    total = present * (present - 1) // 2
    levels_x = _distinct(x, outside)
    levels_y = _distinct(np.sort(y, axis=1), outside)
    balance = total - tied_x - tied_y + tied_both - 2 * discordant
    parts = (balance, total - tied_x, total - tied_y, tied_both, total, present, np.minimum(levels_x, levels_y))
    return np.stack([part.astype(np.float64) for part in parts])


def _pair_sums_complete(scores: Floats, target: Floats) -> Floats:
    """The same where all rows have all of one target: what depends on the target alone is the same for every row."""
    m, n = scores.shape
    y, code, on_y = np.unique(target, return_inverse=True, return_counts=True)
    digits = int(y.size - 1).bit_length()
    order = np.argsort(scores, axis=1)
    ordered = np.sort(scores, axis=1)
    level = np.zeros((m, n), dtype=np.int64)
    np.cumsum(ordered[:, 1:] != ordered[:, :-1], axis=1, out=level[:, 1:])
    key = (level << digits) | code[order]
    key.sort(axis=1)  # by score, then by target: tied scores never look discordant
    inside = np.zeros((m, n), dtype=bool)
    tied_x, tied_both = _tied_pairs(level, inside), _tied_pairs(key, inside)
    tied_y = int(np.sum(on_y * (on_y - 1) // 2))
    discordant = _inversions_alike((key & ((1 << digits) - 1)).astype(np.int32), on_y, digits)
    total = n * (n - 1) // 2
    balance = total - tied_x - tied_y + tied_both - 2 * discordant
    levels = np.minimum(level[:, -1] + 1, y.size)
    parts = (balance, total - tied_x, total - tied_y, tied_both, total, n, levels)
    return np.stack([np.broadcast_to(np.asarray(part, dtype=np.float64), m) for part in parts])


def _inversions_alike(y: NDArray[np.int32], on_y: Integers, digits: int) -> Integers:
    """`_inversions` of rows that are orders of the same codes, `on_y` of each: all have the same classes in one place.

    Sorted by the higher digits, a class begins after as many items as have smaller ones, of which a known number have
    the digit set.
    """
    m, n = y.shape
    count = np.zeros(m, dtype=np.int64)
    sorted_codes = np.repeat(np.arange(on_y.size), on_y)
    row = np.arange(m, dtype=np.int64)[:, None] * n
    for digit in range(digits - 1, -1, -1):
        higher, set_ = sorted_codes >> (digit + 1), (sorted_codes >> digit) & 1
        start = np.searchsorted(higher, higher).astype(np.int32)  # where each position's class begins
        ones_before = np.concatenate([[0], np.cumsum(set_)])[start].astype(np.int32)
        class_zeros = (np.bincount(higher, 1 - set_)[higher]).astype(np.int32)
        one = (y >> digit) & 1
        ones = np.cumsum(one, axis=1, dtype=np.int32)
        ones -= one
        ones -= ones_before  # ones of the class before each item
        count += (ones * (1 - one)).sum(axis=1, dtype=np.int64)
        if digit == 0:
            break
        # Stable partition of each class: its zeros first, then its ones.
        position = np.where(one == 1, start + class_zeros + ones, np.arange(n, dtype=np.int32) - ones)
        moved = np.empty_like(y)
        moved.reshape(-1)[position + row] = y
        y = moved
    return count


def dense_levels(values: Floats) -> Integers:
    """Codes 0, 1, ... of the distinct values of each row, ascending; NaN gets the code after the last."""
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    steps = np.zeros(values.shape, dtype=np.int64)
    steps[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    steps[:, 1:] &= ~np.isnan(ordered[:, :-1])
    np.cumsum(steps, axis=1, out=steps)
    codes = np.empty_like(steps)
    np.put_along_axis(codes, order, steps, axis=1)
    return codes


def _tied_pairs(ordered: Integers, outside: NDArray[np.bool_]) -> Integers:
    """Pairs of equal neighbours-in-order in each row, without the items `outside` at its end."""
    m, n = ordered.shape
    starts = np.ones((m, n), dtype=bool)
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=starts[:, 1:])
    first = np.flatnonzero(starts)
    length = np.diff(first, append=m * n)
    pairs = np.where(outside.ravel()[first], 0, length * (length - 1) // 2)
    row_start = np.searchsorted(first, np.arange(m) * n)
    return np.asarray(np.add.reduceat(pairs, row_start), dtype=np.int64)


def _distinct(ordered: Integers, outside: NDArray[np.bool_]) -> Integers:
    new = ~outside
    new[:, 1:] &= ordered[:, 1:] != ordered[:, :-1]
    return np.asarray(np.count_nonzero(new, axis=1), dtype=np.int64)


def _inversions(y: Integers) -> Integers:
    """Number of pairs i < j with y[i] > y[j] in each row of non-negative codes.

    One pass for each binary digit, from the highest: a pair is decided at the first digit where the two differ, so
    within each class of equal higher digits (contiguous, and stable in the original order) it is enough to count the
    ones before each zero. Few target levels, few passes.
    """
    m, n = y.shape
    count = np.zeros(m, dtype=np.int64)
    offset = np.arange(m)[:, None] * n
    for digit in range(int(y.max()).bit_length() - 1, -1, -1):
        one = (y >> digit) & 1
        if not one.any():
            continue
        higher = y >> (digit + 1)
        start = np.zeros((m, n), dtype=np.int64)  # where each item's class begins in its row
        np.multiply(higher[:, 1:] != higher[:, :-1], np.arange(1, n), out=start[:, 1:])
        np.maximum.accumulate(start, axis=1, out=start)
        ones = np.cumsum(one, axis=1)
        before = ones - one
        ones_before_class = np.take_along_axis(before, start, axis=1)
        ones_in_class = before - ones_before_class
        count += np.einsum("ij,ij->i", 1 - one, ones_in_class)
        if digit == 0:
            break
        # Stable partition of each class: its zeros first, then its ones.
        end_total = _class_total(one, start, offset)
        zeros_before = np.arange(n) - start - ones_in_class
        position = np.where(one == 1, start + end_total + ones_in_class, start + zeros_before)
        moved = np.empty_like(y)
        np.put_along_axis(moved, position, y, axis=1)
        y = moved
    return count


def _class_total(one: Integers, start: Integers, offset: Integers) -> Integers:
    """Number of zeros in each item's class."""
    flat = (start + offset).ravel()
    zeros = np.bincount(flat, weights=(1 - one).ravel(), minlength=flat.size)
    return np.asarray(zeros[flat].reshape(one.shape), dtype=np.int64)
