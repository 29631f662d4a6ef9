"""`SparseRatings`: the ratings that were given, without the places where none was."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.stats._validate import as_values

__all__ = ["SparseRatings", "as_sparse"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, eq=False)
class SparseRatings:
    """Ratings as triples: who, what, how much. A thousand people who rate a few of a million items each fill no array.

    Parameters
    ----------
    rater, item
        Shape (m,): whose rating it is and of what, indices from 0. A rater rates an item once.
    value
        Shape (m,), finite.
    shape
        How many raters and how many items there are.

    Raises
    ------
    UsageError
        If the shapes do not fit, an index is out of range, a value is not finite, or a rater rates an item twice.

    Examples
    --------
    >>> ratings = SparseRatings(rater=[0, 1, 1], item=[0, 0, 2], value=[4.0, 5.0, 1.0], shape=(2, 3))
    >>> ratings.dense()
    array([[ 4., nan, nan],
           [ 5., nan,  1.]])
    """

    rater: Codes
    item: Codes
    value: Floats
    shape: tuple[int, int]
    #: Whether the triples are in order already, and were looked at.
    _checked: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        if self._checked:
            return
        rater, item = (np.asarray(codes, dtype=np.intp) for codes in (self.rater, self.item))
        value = np.asarray(self.value, dtype=np.float64)
        if not rater.shape == item.shape == value.shape == (value.size,):
            raise UsageError(
                message(
                    "rater, item and value must have one length, got {shape}, {item_shape} and {value_shape}",
                    shape=rater.shape,
                    item_shape=item.shape,
                    value_shape=value.shape,
                )
            )
        for name, codes, most in (("rater", rater, self.shape[0]), ("item", item, self.shape[1])):
            if codes.size and not (codes.min() >= 0 and codes.max() < most):
                raise UsageError(
                    message(
                        "{name} must lie in 0 to {most}, got {codes} to {got}",
                        name=name,
                        most=most - 1,
                        codes=codes.min(),
                        got=codes.max(),
                    )
                )
        if not np.isfinite(value).all():
            raise UsageError(message("values must be finite; leave out what was not rated"))
        # By item, then by rater.
        order = np.lexsort((rater, item))
        rater, item = rater[order], item[order]
        twice = np.flatnonzero((rater[1:] == rater[:-1]) & (item[1:] == item[:-1]))
        if twice.size:
            raise UsageError(
                message(
                    "rater {rater} rates item {item} twice; keep one of the ratings",
                    rater=rater[twice[0]],
                    item=item[twice[0]],
                )
            )
        for name, array in (("rater", rater), ("item", item), ("value", value[order])):
            object.__setattr__(self, name, array)

    @classmethod
    def of(cls, values: ArrayLike) -> SparseRatings:
        """From an array of shape (n_raters, n_items), NaN where there is no rating."""
        array = as_values(values)
        rater, item = np.nonzero(~np.isnan(array))
        order = np.argsort(item, kind="stable")
        rater, item = rater[order], item[order]
        return cls(rater=rater, item=item, value=array[rater, item], shape=array.shape, _checked=True)

    @property
    def n_raters(self) -> int:
        """How many raters there are, with or without ratings."""
        return self.shape[0]

    @property
    def n_items(self) -> int:
        """How many items there are, with or without ratings."""
        return self.shape[1]

    @cached_property
    def size(self) -> Codes:
        """Ratings of each item, shape (n_items,)."""
        return np.bincount(self.item, minlength=self.n_items)

    def dense(self) -> Floats:
        """The array of shape (n_raters, n_items), NaN where there is no rating."""
        array = np.full(self.shape, np.nan)
        array[self.rater, self.item] = self.value
        return array

    def with_values(self, value: Floats) -> SparseRatings:
        """The same raters and items with other values, shape (m,), finite."""
        return SparseRatings(rater=self.rater, item=self.item, value=value, shape=self.shape, _checked=True)

    def of_items(self, chosen: Codes) -> Floats:
        """The array of these items alone, different indices of shape (k,) in any order: shape (n_raters, k)."""
        order = np.argsort(chosen)
        array = np.empty((self.n_raters, chosen.size))
        array[:, order] = self.items(chosen[order]).dense()
        return array

    def of_rater(self, rater: int) -> Floats:
        """What one rater said of each item, shape (n_items,), NaN where nothing."""
        said = np.full(self.n_items, np.nan)
        mine = self.rater == rater
        said[self.item[mine]] = self.value[mine]
        return said

    def items(self, chosen: Codes) -> SparseRatings:
        """The ratings of these items, ascending indices of shape (k,), as items 0 to k - 1; raters stay as many."""
        place = np.full(self.n_items, -1, dtype=np.intp)
        place[chosen] = np.arange(chosen.size)
        kept = place[self.item] >= 0
        return SparseRatings(
            rater=self.rater[kept],
            item=place[self.item[kept]],
            value=self.value[kept],
            shape=(self.n_raters, chosen.size),
            _checked=True,
        )

    def raters(self, chosen: Codes) -> SparseRatings:
        """The ratings by these raters, ascending indices of shape (k,), as raters 0 to k - 1; items stay as many."""
        place = np.full(self.n_raters, -1, dtype=np.intp)
        place[chosen] = np.arange(chosen.size)
        kept = place[self.rater] >= 0
        return SparseRatings(
            rater=place[self.rater[kept]],
            item=self.item[kept],
            value=self.value[kept],
            shape=(chosen.size, self.n_items),
            _checked=True,
        )


def as_sparse(values: ArrayLike | SparseRatings) -> SparseRatings:
    """Ratings of either form as triples.

    Raises
    ------
    UsageError
        If they are not numbers, not two-dimensional, or hold an infinity.
    """
    return values if isinstance(values, SparseRatings) else SparseRatings.of(values)
