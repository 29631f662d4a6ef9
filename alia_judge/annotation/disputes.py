"""Items about which people are at odds, with who said what and why, and what a model of the annotators makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from alia_judge._record import Record
from alia_judge.annotation.standing import ratings_so_far
from alia_judge.benchmark.consensus import build_consensus
from alia_judge.records import Scale

__all__ = ["Dispute", "Opinion", "disputes", "opinions"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Opinion(Record):
    """What one person said of an item: by their pseudonym, the value in the scale's words, and why."""

    who: str
    value: str
    comment: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Dispute(Record):
    """An item about which people are at odds.

    Parameters
    ----------
    item_id, criterion
        Which, and on what.
    apart
        How far: of ordered values the distance between the two that are furthest apart, as a share of the scale; of
        labels the share of people who did not give the commonest.
    opinions
        Who said what.
    model
        What a model of the annotators says of it: the share of belief in each value, by the scale's words; empty
        where there is none.
    view
        Its value, in words.
    """

    item_id: str
    criterion: str
    apart: float
    opinions: tuple[Opinion, ...]
    model: Mapping[str, float]
    view: str


def opinions(lines: Sequence[Mapping[str, Any]], criterion: str, scale: Scale) -> dict[str, tuple[Opinion, ...]]:
    """Item -> what each person said of it on a criterion, late ratings among them."""
    found: dict[str, list[Opinion]] = {}
    for line in lines:
        if line["skipped"]:
            continue
        point = scale.parse(line[criterion])
        value = str(line[criterion]) if point is None else scale.label(point)
        said = Opinion(who=str(line["annotator_id"]), value=value, comment=str(line["comment"]))
        found.setdefault(str(line["item_id"]), []).append(said)
    return {item: tuple(said) for item, said in found.items()}


def disputes(lines: Sequence[Mapping[str, Any]], *, most: int = 200) -> tuple[Dispute, ...]:
    """The items in what a room exports whose ratings are half of the scale apart, or, of labels, differ; worst first.

    Notes
    -----
    The model is Rasch's for points in order, Dawid and Skene's for labels and a Gaussian one for a continuous scale:
    each learns how far every person can be relied on from all of the ratings.
    """
    ratings = ratings_so_far(lines, extra=True)
    found: list[Dispute] = []
    for name in () if ratings is None else ratings.criteria:
        scale, matrix = ratings.scales[name], ratings.matrix(name)  # type: ignore[union-attr]  # there are some
        said = opinions(lines, name, scale)
        apart = [_apart(matrix.values[:, column], scale) for column in range(len(matrix.item_ids))]
        disputed = [column for column, share in enumerate(apart) if share >= (0.5 if scale.ordered else 1e-9)]
        if not disputed:
            continue
        method = ("rasch" if scale.points else "gaussian") if scale.ordered else "dawid-skene"
        model = build_consensus(matrix.ratings, scale, method=method, identified=matrix.identified)
        for column in disputed:
            item, value = matrix.item_ids[column], float(model.target[column])
            shares: dict[str, float] = {}
            if scale.points and model.distribution is not None:
                beliefs = model.distribution[column].tolist()
                shares = {scale.label(point): share for point, share in zip(scale.points, beliefs, strict=True)}
            view = f"{value:.1f}" if scale.ordered and not scale.labels else scale.label(_nearest(value, scale))
            found.append(
                Dispute(item_id=item, criterion=name, apart=apart[column], opinions=said[item], model=shares, view=view)
            )
    return tuple(sorted(found, key=lambda one: (-one.apart, -len(one.opinions), one.item_id))[:most])


def _apart(values: np.ndarray[Any, np.dtype[np.float64]], scale: Scale) -> float:
    given = values[~np.isnan(values)]
    if given.size < 2:
        return 0.0
    if scale.ordered:
        return float((given.max() - given.min()) / (scale.high - scale.low))
    return 1 - float(np.unique(given, return_counts=True)[1].max()) / len(given)


def _nearest(value: float, scale: Scale) -> float:
    return min(scale.points, key=lambda point: abs(point - value)) if scale.points else value
