"""The audit of a part of the items: of one language, one system, one group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.benchmark.annotators import AnnotatorAudit, audit_annotators
from alia_judge.ratings.table import RatingMatrix
from alia_judge.records import Item, Scale
from alia_judge.stats.alpha import krippendorff_alpha
from alia_judge.stats.ceiling import leave_one_out
from alia_judge.stats.estimate import Estimate

__all__ = ["SliceAudit", "audit_slices"]

#: What items are sliced by.
_BY = ("language", "system", "group")
#: Slices by one column that are looked at; the rest would be noise.
_MOST_SLICES = 60
#: Items with two ratings that a slice needs.
_FEWEST_ITEMS = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class SliceAudit(Record):
    """What the ratings of a part of the items are worth.

    Parameters
    ----------
    n_items, n_ratings
        Counts.
    agreement
        ``krippendorff_alpha``.
    ceiling
        ``spearman``: one person against the mean of the others.
    annotators
        Each identified annotator on these items, least reliable first.
    """

    n_items: int
    n_ratings: int
    agreement: Mapping[str, Estimate]
    ceiling: Mapping[str, Estimate]
    annotators: tuple[AnnotatorAudit, ...] = ()


def audit_slices(
    matrix: RatingMatrix, scale: Scale, items: tuple[Item, ...], bootstrap: Mapping[str, Any]
) -> dict[str, dict[str, SliceAudit]]:
    """The slices by language, system and group, where there are several with enough items, and not too many.

    Parameters
    ----------
    matrix
        The ratings of one criterion.
    scale
        Their scale.
    items
        The matrix's items, in its order.
    bootstrap
        Settings of the intervals, with the items' ``groups``.
    """
    result: dict[str, dict[str, SliceAudit]] = {}
    shared = matrix.ratings.size >= 2
    for by in _BY:
        labels = np.array([getattr(item, by) or "" for item in items])
        present, counts = np.unique(labels[shared], return_counts=True)
        enough = [str(label) for label, count in zip(present, counts, strict=True) if label and count >= _FEWEST_ITEMS]
        if 2 <= len(enough) <= _MOST_SLICES:
            result[by] = {label: _slice(matrix, scale, np.asarray(labels == label), bootstrap) for label in enough}
    return result


def _slice(matrix: RatingMatrix, scale: Scale, inside: NDArray[np.bool_], bootstrap: Mapping[str, Any]) -> SliceAudit:
    columns = np.flatnonzero(inside)
    ratings = matrix.ratings.items(columns)
    rows = np.unique(ratings.rater)
    ratings = ratings.raters(rows)
    part = RatingMatrix(
        ratings=ratings,
        item_ids=tuple(matrix.item_ids[column] for column in columns),
        annotators=tuple(matrix.annotators[row] for row in rows) if matrix.identified else (),
    )
    groups = bootstrap["groups"]
    groups = groups[inside] if groups is not None else None
    # A slice that lies within one group has no groups to resample: its items are.
    several = groups is not None and len(np.unique(groups)) > 1
    options = {**bootstrap, "groups": groups if several else None}
    if scale.ordered:
        human = leave_one_out(ratings, "spearman", identified=matrix.identified, **options)
    else:
        why = message("labels without an order have no rank correlation")
        human = Estimate.undefined("leave_one_out", why)
    return SliceAudit(
        n_items=int(inside.sum()),
        n_ratings=ratings.value.size,
        agreement={"krippendorff_alpha": krippendorff_alpha(ratings, scale.level, **options)},
        ceiling={"spearman": human},
        annotators=audit_annotators(part, scale, confidence=bootstrap["confidence"])[0],
    )
