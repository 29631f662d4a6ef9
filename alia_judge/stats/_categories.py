"""How often each category was given to each item: what percent agreement, Fleiss' kappa and AC1/AC2 are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge.errors import UsageError
from alia_judge.stats._validate import as_values, as_vector

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
    def of(cls, values: ArrayLike, categories: ArrayLike | None = None) -> CategoryCounts:
        """From ratings of shape (n_raters, n_items) and, if given, all the values that the scale holds.

        Raises
        ------
        UsageError
            If a rating is not one of the categories.
        """
        array = as_values(values)
        present = ~np.isnan(array)
        found = np.unique(array[present])
        scale = found
        if categories is not None:
            scale = np.unique(as_vector("categories", categories, missing=False))
            strange = np.setdiff1d(found, scale)
            if strange.size:
                rater, item = np.argwhere(array == strange[0])[0]
                raise UsageError(
                    f"values must be among the {scale.size} categories, got {strange[0]:g} at [{rater}, {item}]"
                )
        items = np.flatnonzero(present.any(axis=0))
        counts = np.zeros((items.size, scale.size))
        row, rater = np.nonzero(present[:, items].T)
        column = np.searchsorted(scale, array[rater, items[row]])
        np.add.at(counts, (row, column), 1.0)
        return cls(counts=counts, categories=scale, items=items, n_items=array.shape[1])

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
