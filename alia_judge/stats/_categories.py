"""How often each category was given to each item: what percent agreement, Fleiss' kappa and AC1/AC2 are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.stats._validate import as_vector
from alia_judge.stats.sparse_ratings import SparseRatings, as_sparse

__all__ = ["CategoryCounts", "Weighting", "agreement_weights"]

Floats = NDArray[np.float64]
Weighting = str | None


@dataclass(frozen=True, kw_only=True, eq=False)
class CategoryCounts:
    """Ratings of the items that have any.

    Parameters
    ----------
    counts
        Shape (n_rated, n_categories): ratings of each category.
    categories
        Their values, ascending.
    items
        Which items the rows are, shape (n_rated,).
    n_items
        How many items there were, with or without ratings.
    """

    counts: Floats
    categories: Floats
    items: NDArray[np.intp]
    n_items: int

    @classmethod
    def of(cls, values: ArrayLike | SparseRatings, categories: ArrayLike | None = None) -> CategoryCounts:
        """From ratings and, if given, all the values that the scale holds.

        Raises
        ------
        UsageError
            If a rating is not one of the categories.
        """
        ratings = as_sparse(values)
        found = np.unique(ratings.value)
        scale = found
        if categories is not None:
            scale = np.unique(as_vector("categories", categories, missing=False))
            strange = np.setdiff1d(found, scale)
            if strange.size:
                first = int(np.argmax(ratings.value == strange[0]))
                where = f"[{ratings.rater[first]}, {ratings.item[first]}]"
                raise UsageError(
                    message(
                        "values must be among the {size} categories, got {strange:g} at {where}",
                        size=scale.size,
                        strange=strange[0],
                        where=where,
                    )
                )
        items = np.flatnonzero(ratings.size)
        cell = (np.cumsum(ratings.size > 0) - 1)[ratings.item] * scale.size + np.searchsorted(scale, ratings.value)
        counts = np.bincount(cell, minlength=items.size * scale.size).astype(np.float64)
        return cls(
            counts=counts.reshape(items.size, scale.size), categories=scale, items=items, n_items=ratings.n_items
        )

    @property
    def size(self) -> Floats:
        """Ratings of each item, shape (n_rated,)."""
        return np.asarray(self.counts.sum(axis=1), dtype=np.float64)

    def agreement_features(self, weights: Floats) -> Floats:
        """Shape (n_rated, 3 + n_categories): observed agreement, whether there is a pair, whether a rating, shares.

        The observed agreement of an item is the mean weight of its ordered pairs of ratings (Gwet 2014, eq. 2.18);
        the shares are each category's part of the item's ratings.
        """
        size = self.size
        paired = size >= 2
        # Pairs of a rating with itself are taken out: their weight is 1.
        agreeing = np.einsum("ik,ik->i", self.counts @ weights, self.counts) - size
        observed = np.divide(agreeing, size * (size - 1), out=np.zeros_like(size), where=paired)
        return np.column_stack([observed, paired, np.ones_like(size), self.counts / size[:, None]])


def agreement_weights(categories: Floats, weights: Weighting) -> Floats:
    """Agreement of each pair of categories, 1 on the diagonal; distances are between their values.

    `weights` is None (all or nothing), ``"linear"``, ``"quadratic"`` or ``"ordinal"`` (Gwet 2014, section 3.5: by the
    number of pairs of categories between the two).
    """
    if weights is None or categories.size < 2:
        return np.eye(categories.size)
    if weights == "ordinal":
        rank = np.arange(categories.size)
        between = np.abs(rank[:, None] - rank[None, :]) + 1.0
        pairs = between * (between - 1) / 2
        return np.asarray(1 - pairs / pairs.max(), dtype=np.float64)
    distance = np.abs(categories[:, None] - categories[None, :]) / np.ptp(categories)
    return np.asarray(1 - (distance if weights == "linear" else distance**2), dtype=np.float64)
