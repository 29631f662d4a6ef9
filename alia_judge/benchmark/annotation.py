"""`what_to_annotate`: which items to show to how many more people, and what comes back from them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.benchmark.consensus import build_consensus
from alia_judge.errors import DataError, Problem, UsageError, expect
from alia_judge.ratings.table import Ratings
from alia_judge.records import Scale

__all__ = ["AnnotationPlan", "AnnotationRequest", "merge_ratings", "what_to_annotate"]

Floats = NDArray[np.float64]
Goal = Literal["reliability", "judges", "disagreements"]

#: Standard deviations up to which two judges' disagreement about an item counts: beyond, one item would take all.
_MOST = 3.0


@dataclass(frozen=True, kw_only=True, eq=False)
class AnnotationRequest(Record):
    """One item, the further ratings wanted of it, the ratings it has, and the gain expected of the first of them."""

    item_id: str
    n: int
    have: int
    gain: float


@dataclass(frozen=True, kw_only=True, eq=False)
class AnnotationPlan(Record):
    """What to ask people next.

    Parameters
    ----------
    criterion
        What to rate.
    goal
        What the ratings are for.
    requests
        One entry an item, the most useful first.
    """

    schema = "alia-judge/annotation-plan/1"
    also: ClassVar[tuple[str, ...]] = ("budget",)

    criterion: str
    goal: Goal
    requests: tuple[AnnotationRequest, ...]

    @property
    def budget(self) -> int:
        """Ratings asked for."""
        return sum(request.n for request in self.requests)

    def to_argilla(self, ratings: Ratings) -> list[dict[str, Any]]:
        """Argilla 2 records to be answered; ``metadata.wanted`` is the number of people to show each to."""
        return [
            {
                "id": item.item_id,
                "fields": item.texts(),
                "metadata": {"wanted": request.n, "criterion": self.criterion},
                "responses": {},
            }
            for item, request in zip(self._items(ratings), self.requests, strict=True)
        ]

    def to_label_studio(self, ratings: Ratings) -> list[dict[str, Any]]:
        """Label Studio tasks; ``meta.wanted`` is the number of people to show each to."""
        return [
            {
                "data": {"item_id": item.item_id, **item.texts()},
                "meta": {"wanted": request.n, "criterion": self.criterion},
            }
            for item, request in zip(self._items(ratings), self.requests, strict=True)
        ]

    def _items(self, ratings: Ratings) -> tuple[Any, ...]:
        return ratings.items([request.item_id for request in self.requests])


def what_to_annotate(
    ratings: Ratings,
    criterion: str | None = None,
    *,
    budget: int,
    goal: Goal = "reliability",
    judgments: ArrayLike | None = None,
    most_per_item: int = 3,
) -> AnnotationPlan:
    r"""Spend a budget of further human ratings where they help most.

    Parameters
    ----------
    ratings
        What people said so far.
    criterion
        What to rate; may be left out where there is one.
    budget
        Further ratings, at least 1.
    goal
        ``"reliability"``: make the consensus of all items as sure as it can be. ``"judges"``: settle which of two
        judges, or of several, correlates best with people.
    judgments
        For ``"judges"``: their scores, shape (two or more, n), for the rated items by ascending id.
    most_per_item
        Further ratings of one item at most.

    Returns
    -------
    AnnotationPlan

    Raises
    ------
    UsageError
        If the budget is below 1, the scale has no order, or the judgments are missing or of another shape.

    Notes
    -----
    A rating of noise :math:`\sigma^2` lowers the variance of an item's consensus from *v* to
    :math:`v \sigma^2 / (v + \sigma^2)`. Ratings are given one by one to the item where that, times the item's weight,
    gains most. For reliability every item weighs the same. For two judges with standardised ranks :math:`z_1, z_2` the
    difference of the correlations is the mean of :math:`(z_1 - z_2) y`, so an item weighs :math:`(z_1 - z_2)^2`: where
    the judges agree, more ratings say nothing about which is better. Of several judges it weighs the mean over pairs.

    Examples
    --------
    >>> from alia_judge.ratings import load_sample
    >>> plan = what_to_annotate(load_sample(), "helpfulness", budget=20)
    >>> plan.budget, len(plan.requests)
    (20, 20)
    """
    expect("ratings", ratings, Ratings, "load_ratings(...)")
    name = ratings.require(criterion)
    scale = ratings.scales[name]
    if budget < 1:
        raise UsageError(message("budget must be at least 1 rating, got {budget}", budget=budget))
    if not scale.ordered:
        raise UsageError(
            message(
                "{name!r} has labels without an order; a further rating of them has no variance to lower", name=name
            )
        )
    matrix = ratings.matrix(name)
    counts = matrix.ratings.size
    variance, noise = _uncertainty(matrix.values, scale, identified=matrix.identified)
    weight = np.ones(counts.size) if goal == "reliability" else _weights(judgments, counts.size)
    given = _spend(variance, noise, weight, budget, most_per_item)
    first = weight * _gain(variance, noise)
    order = sorted(np.flatnonzero(given), key=lambda index: (-first[index], matrix.item_ids[index]))
    requests = tuple(
        AnnotationRequest(
            item_id=matrix.item_ids[index], n=int(given[index]), have=int(counts[index]), gain=float(first[index])
        )
        for index in order
    )
    return AnnotationPlan(criterion=name, goal=goal, requests=requests)


def merge_ratings(ratings: Ratings, *answers: Ratings) -> Ratings:
    """The ratings with further ones of the same items on the same scales.

    Parameters
    ----------
    ratings
        What there was.
    answers
        What came back, loaded as any ratings are.

    Raises
    ------
    DataError
        If an answer is about an item or criterion that is not there, is off its scale, or does not say who gave it
        where the others do.

    Examples
    --------
    >>> import alia_judge as aj
    >>> def rated(who, *stars):
    ...     rows = [{"item": item, "rater": who, "stars": given} for item, given in zip("abc", stars)]
    ...     return aj.load_ratings(rows, scales={"*": "1-5"})
    >>> before, after = rated("ana", 4, 2, 5), rated("jon", 5, 2, 4)
    >>> len(aj.merge_ratings(before, after).table)
    6
    """
    for one in (ratings, *answers):
        expect("ratings", one, Ratings, "load_ratings(...)")
    import pandas as pd

    known = {item.item_id for item in ratings.items()}
    frames = [ratings.to_frame(texts=False)]
    for given in answers:
        frame = given.to_frame(texts=False)
        problems = list(_misfits(ratings, known, frame, given.source))
        if problems:
            raise DataError(problems)
        # Where nobody is named, the places go on from those that are taken.
        taken = frames[0].groupby(["criterion", "item_id"])["position"].max()
        offset = [taken.get(key, -1) + 1 for key in zip(frame["criterion"], frame["item_id"], strict=True)]
        frames.append(frame.assign(position=frame["position"] + np.array(offset, dtype=np.int64)))
        frames = [pd.concat(frames, ignore_index=True)]
    table = frames[0]
    if "annotator_id" not in table:
        table["annotator_id"] = pd.Series([None] * len(table), dtype=object)
    for name in ("item_id", "criterion", "annotator_id"):
        present = sorted({str(value) for value in table[name] if isinstance(value, str)})
        table[name] = pd.Categorical(table[name], categories=pd.Index(present, dtype=object))
    return replace(ratings, table=table)


def _uncertainty(values: Floats, scale: Scale, *, identified: bool) -> tuple[Floats, float]:
    """Variance of each item's consensus, and of one more rating, as the fitting model sees them."""
    ordinal = bool(scale.points)
    consensus = build_consensus(values, scale, method="rasch" if ordinal else "gaussian", identified=identified)
    mean = np.nanmean(values, axis=0)
    degrees = np.maximum((~np.isnan(values)).sum(axis=0) - 1, 0).sum()
    within = float(np.nansum((values - mean) ** 2)) / degrees if degrees else float(np.nanvar(values)) / 2
    return np.nan_to_num(consensus.standard_error**2), max(within, 1e-9)


def _weights(judgments: ArrayLike | None, n: int) -> Floats:
    if judgments is None:
        raise UsageError(message("goal='judges' needs judgments: the judges' scores of the rated items"))
    scores = np.asarray(judgments, dtype=np.float64)
    if scores.ndim != 2 or scores.shape[0] < 2 or scores.shape[1] != n:
        raise UsageError(
            message("judgments must have shape (2 or more, {n}), a row a judge, got {shape}", n=n, shape=scores.shape)
        )
    ranks = np.array([stats.rankdata(row, nan_policy="omit") for row in scores])
    ranks = (ranks - np.nanmean(ranks, axis=1, keepdims=True)) / np.maximum(
        np.nanstd(ranks, axis=1, keepdims=True), 1e-12
    )
    pairs = combinations(ranks, 2)
    weights = [np.minimum(np.nan_to_num(one - other) ** 2, _MOST**2) for one, other in pairs]
    return np.asarray(np.mean(weights, axis=0), dtype=np.float64)


def _gain(variance: Floats, noise: float) -> Floats:
    return np.asarray(variance**2 / (variance + noise), dtype=np.float64)


def _spend(variance: Floats, noise: float, weight: Floats, budget: int, most: int) -> NDArray[np.int_]:
    """Ratings given to each item, one by one where they gain most."""
    given = np.zeros(variance.size, dtype=int)
    now = variance.copy()
    heap = [(-float(gain), index) for index, gain in enumerate(weight * _gain(now, noise))]
    heapq.heapify(heap)
    for _ in range(min(budget, most * variance.size)):
        _, index = heapq.heappop(heap)
        given[index] += 1
        now[index] = now[index] * noise / (now[index] + noise)
        if given[index] < most:
            heapq.heappush(heap, (-float(weight[index] * _gain(now[index : index + 1], noise)[0]), index))
    return given


def _misfits(ratings: Ratings, known: set[str], frame: Any, source: str | None) -> Iterable[Problem]:
    named = bool(ratings.annotators)
    for row, record in enumerate(frame.to_dict(orient="records"), start=1):
        faults: list[tuple[str, str, str]] = []
        if record["item_id"] not in known:
            faults.append(
                (
                    "item_id",
                    message("{item_id!r}, which was not asked about", item_id=record["item_id"]),
                    message("an item of these ratings"),
                )
            )
        if record["criterion"] not in ratings.scales:
            faults.append(
                (
                    "criterion",
                    repr(record["criterion"]),
                    message("one of {criteria}", criteria=", ".join(ratings.criteria)),
                )
            )
        elif not np.isnan(record["value"]) and not ratings.scales[record["criterion"]].contains(record["value"]):
            faults.append(("value", f"{record['value']:g}", message("a value of the scale the others were given on")))
        if named and not record.get("annotator_id"):
            faults.append(("annotator_id", message("empty"), message("who gave the rating, as the others say")))
        for field, what, expected in faults:
            yield Problem(
                file=source,
                line=row,
                field=field,
                what=what,
                expected=expected,
                remedy=message("correct it, or leave it out"),
            )
