"""What the ratings themselves show of people's disagreement: per item, per value, per annotator."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alia_judge.ratings.table import RatingMatrix
from alia_judge.records import Scale

__all__ = ["ItemSpread", "confusion", "item_spreads", "value_use"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ItemSpread:
    """How far people differ about one item.

    Parameters
    ----------
    item_id
        Which.
    mean
        Of its ratings; NaN for labels without an order.
    spread
        Their standard deviation; for labels, the share who did not give the commonest.
    given
        The ratings, by the scale's words, as ``{who: rating}``; positions where nobody is named.
    """

    item_id: str
    mean: float
    spread: float
    given: dict[str, str]


def item_spreads(matrix: RatingMatrix, scale: Scale) -> tuple[ItemSpread, ...]:
    """Every item with two ratings or more, the most disputed first."""
    found = []
    for column, item in enumerate(matrix.item_ids):
        rows = np.flatnonzero(~np.isnan(matrix.values[:, column]))
        if rows.size < 2:
            continue
        values = matrix.values[rows, column]
        if scale.ordered:
            mean, spread = float(values.mean()), float(values.std(ddof=1))
        else:
            mean, spread = math.nan, 1 - float(np.unique(values, return_counts=True)[1].max()) / rows.size
        names = [matrix.annotators[row] if matrix.identified else f"rating {row + 1}" for row in rows]
        given = {name: scale.label(float(value)) for name, value in zip(names, values, strict=True)}
        found.append(ItemSpread(item_id=item, mean=mean, spread=spread, given=given))
    return tuple(sorted(found, key=lambda spread: (-spread.spread, spread.item_id)))


def confusion(matrix: RatingMatrix, scale: Scale) -> Floats:
    """Where one person gave the row's value, how often another gave the column's, shape (K, K); NaN for a value unused.

    Every pair of ratings of an item counts, by one over one less than the item's ratings, as in Krippendorff's
    coincidences: an item that many rated does not count for more.
    """
    points = np.array(scale.points)
    votes = np.stack([(matrix.values == point).sum(axis=0) for point in points], axis=1).astype(np.float64)
    total = votes.sum(axis=1)
    votes = votes[total >= 2] / np.sqrt(total[total >= 2] - 1)[:, None]
    counts = votes.T @ votes
    # Nobody is paired with themselves.
    counts -= np.diag((votes / np.sqrt(np.maximum(total[total >= 2] - 1, 1))[:, None]).sum(axis=0))
    # What rounding leaves of nothing is nothing.
    counts = np.where(counts > 1e-9, counts, 0.0)
    sums = counts.sum(axis=1, keepdims=True)
    shares: Floats = np.divide(counts, sums, out=np.full_like(counts, np.nan), where=sums > 0)
    return shares


def value_use(matrix: RatingMatrix, scale: Scale) -> Floats:
    """Share of each annotator's ratings that each point has, shape (n_annotators, K)."""
    counts = np.stack([(matrix.values == point).sum(axis=1) for point in scale.points], axis=1).astype(np.float64)
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), dtype=np.float64)
