"""An annotator and a judge, each in turn against an item's other annotators: what the alt-test counts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from alia_judge._messages import message, message_of
from alia_judge.errors import UsageError
from alia_judge.stats._totals import Totals, quotient
from alia_judge.stats._validate import as_array

__all__ = [
    "Duels",
    "Label",
    "Labels",
    "Score",
    "duels",
    "group_labels",
    "human_labels",
    "judge_labels",
    "mean_over_annotators",
    "missing",
    "read_labels",
    "score_name",
]

Floats = NDArray[np.float64]
Label = Hashable
#: A prediction and the labels of the other annotators, to how well it represents them: more is better.
ScoreFunction = Callable[[Any, list[Any]], float]
Score = Literal["accuracy", "neg_rmse"] | ScoreFunction


@dataclass(frozen=True, kw_only=True, eq=False)
class Labels:
    """The labels, one list an item: who gave which, and the judge's (absent where it gave none)."""

    annotators: tuple[str, ...]
    items: tuple[Any, ...]
    given: tuple[tuple[tuple[int, Any], ...], ...]
    judge: tuple[Any, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Duels:
    """One row for each (item, annotator left out): whose label represents the others at least as well."""

    item: NDArray[np.intp]
    annotator: NDArray[np.intp]
    human_wins: NDArray[np.bool_]
    judge_wins: NDArray[np.bool_]


def read_labels(human: Mapping[Any, Mapping[Any, Label]] | ArrayLike, judge: Mapping[Any, Label] | ArrayLike) -> Labels:
    """The labels of the items that the judge and two annotators or more have labelled.

    Raises
    ------
    UsageError
        If either is neither a mapping nor an array of the shape it should have.
    """
    by_annotator, n_items = human_labels(human)
    verdicts = judge_labels(judge, n_items)
    by_item: dict[Any, list[tuple[int, Any]]] = {}
    for code, labels in enumerate(by_annotator.values()):
        for item, label in labels.items():
            if not missing(label):
                by_item.setdefault(item, []).append((code, label))
    kept = [item for item, given in by_item.items() if len(given) >= 2 and not missing(verdicts.get(item))]
    return Labels(
        annotators=tuple(str(name) for name in by_annotator),
        items=tuple(kept),
        given=tuple(tuple(by_item[item]) for item in kept),
        judge=tuple(verdicts[item] for item in kept),
    )


def human_labels(
    human: Mapping[Any, Mapping[Any, Label]] | ArrayLike,
) -> tuple[Mapping[Any, Mapping[Any, Label]], int | None]:
    """Labels by annotator and item, and the number of columns where they came as an array."""
    if isinstance(human, Mapping):
        return human, None
    array = as_array("human", human)
    if array.ndim != 2:
        raise UsageError(
            message(
                "human must be {{annotator: {{item: label}}}} or of shape (n_raters, n_items), got shape {shape}",
                shape=array.shape,
            )
        )
    return {rater: dict(enumerate(row.tolist())) for rater, row in enumerate(array)}, array.shape[1]


def judge_labels(judge: Mapping[Any, Label] | ArrayLike, n_items: int | None) -> Mapping[Any, Label]:
    """The judge's labels by item; an array must have a label for each of the humans' columns."""
    if isinstance(judge, Mapping):
        return judge
    predictions = as_array("judge", judge)
    if n_items is None or predictions.shape != (n_items,):
        expected = (
            message("{{item: label}}, as the human labels are")
            if n_items is None
            else message("of shape ({n_items},)", n_items=n_items)
        )
        raise UsageError(
            message(
                "judge must be {expected}; got an array of shape {shape}", expected=expected, shape=predictions.shape
            )
        )
    return dict(enumerate(predictions.tolist()))


def mean_over_annotators(fought: Duels, won: NDArray[Any], tested: Sequence[int], n_items: int) -> Totals:
    """Mean over the annotators `tested` of the mean of `won` over their items, as a function of the items.

    `won` has one number a duel.
    """
    column = np.full(int(fought.annotator.max(initial=-1)) + 1, -1)
    column[np.asarray(tested, dtype=np.intp)] = np.arange(len(tested))
    kept = column[fought.annotator] >= 0
    item, place = fought.item[kept], column[fought.annotator[kept]]
    shape = (n_items, 2 * len(tested))
    # Crowds have many annotators with few items each: two sparse columns an annotator, items and points.
    features = sparse.csr_array(
        (
            np.concatenate([np.ones(item.size), won[kept].astype(np.float64)]),
            (np.concatenate([item, item]), np.concatenate([place, place + len(tested)])),
        ),
        shape=shape,
    )

    def finish(totals: Floats) -> Floats:
        n, points = np.split(totals, 2, axis=1)
        # An annotator whom a resample leaves without items says nothing in it.
        return quotient(np.nansum(quotient(points, n), axis=1), np.count_nonzero(n, axis=1).astype(np.float64))

    return Totals(features=features, finish=finish)


def group_labels(groups: ArrayLike | Mapping[Any, Hashable] | None, items: Sequence[Any]) -> ArrayLike | None:
    """The cluster of each item, from a mapping or one label a column."""
    if groups is None:
        return None
    if isinstance(groups, Mapping):
        absent = next((item for item in items if item not in groups), None)
        if absent is not None:
            raise UsageError(
                message("groups must have a cluster for every item, got none for {absent!r}", absent=absent)
            )
        return np.array([groups[item] for item in items])
    labels = as_array("groups", groups)
    if labels.ndim != 1 or not all(isinstance(item, int) and item < labels.size for item in items):
        raise UsageError(
            message(
                "groups must be {{item: cluster}}, or one for each column of human; got shape {shape}",
                shape=labels.shape,
            )
        )
    return labels[list(items)]


def score_name(score: Score) -> str:
    """What a signature calls the score."""
    return score if isinstance(score, str) else getattr(score, "__name__", type(score).__name__)


def missing(label: object) -> bool:
    """Whether it is None or NaN."""
    return label is None or label != label


def duels(table: Labels, score: Score) -> Duels:
    """Every annotator of every item against the judge, before the item's other annotators."""
    annotator = np.array([code for given in table.given for code, _ in given], dtype=np.intp)
    size = np.array([len(given) for given in table.given], dtype=np.intp)
    item = np.repeat(np.arange(size.size), size)
    if callable(score):
        human_score, judge_score = _called(table, score)
    else:
        labels = [label for given in table.given for _, label in given]
        # Each annotator's label, and the judge's on the same item, against the item's other labels.
        if score == "accuracy":
            codes: dict[Any, int] = {}
            x = np.array([codes.setdefault(label, len(codes)) for label in labels], dtype=np.float64)
            y = np.array([codes.setdefault(label, len(codes)) for label in table.judge], dtype=np.float64)
        else:
            x, y = _numbers("human", labels), _numbers("judge", table.judge)
        human_score, judge_score = _against_rest(x, y, size, squared=score == "neg_rmse")
    return Duels(
        item=item,
        annotator=annotator,
        human_wins=human_score >= judge_score,
        judge_wins=judge_score >= human_score,
    )


def _against_rest(x: Floats, y: Floats, size: NDArray[np.intp], *, squared: bool) -> tuple[Floats, Floats]:
    """Agreement of each label `x`, and of the judge's `y` in its place, with the item's other labels.

    The others are the same many for both, so a sum serves where the score is a mean (or, of squares, its root).
    Items of one size are taken together, so that the pairs make regular arrays.
    """
    human, judge = np.empty_like(x), np.empty_like(x)
    start = np.concatenate([[0], np.cumsum(size)[:-1]])
    for m in np.unique(size):
        rows = start[size == m][:, None] + np.arange(m)
        mine, verdict = x[rows], y[size == m][:, None]
        for slot in range(m):
            others = np.delete(mine, slot, axis=1)
            for out, label in ((human, mine[:, [slot]]), (judge, verdict)):
                difference = -((others - label) ** 2) if squared else (others == label).astype(np.float64)
                out[rows[:, slot]] = difference.sum(axis=1)
    return human, judge


def _called(table: Labels, score: ScoreFunction) -> tuple[Floats, Floats]:
    human, judge = [], []
    for given, verdict in zip(table.given, table.judge, strict=True):
        for slot, (_, label) in enumerate(given):
            others = [other for place, (_, other) in enumerate(given) if place != slot]
            human.append(float(score(label, others)))
            judge.append(float(score(verdict, others)))
    return np.array(human, dtype=np.float64), np.array(judge, dtype=np.float64)


def _numbers(name: str, labels: Sequence[Any]) -> Floats:
    try:
        return np.array([float(label) for label in labels], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise UsageError(
            message(
                "score 'neg_rmse' needs numbers, but a {name} label is none: {error}",
                name=name,
                error=message_of(error),
            )
        ) from None
