"""A judge's labels against people's, where a criterion has labels and no grades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from alia_judge._record import Record
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import RatedItems
from alia_judge.records import Scale
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.label_agreement import label_agreement

__all__ = [
    "LABEL_FIGURES",
    "STRANGE",
    "LabelFigures",
    "label_figures",
    "nearest_labels",
    "strange_label",
    "true_labels",
]

Floats = NDArray[np.float64]
#: What the confusion calls the labels of a judge that are none of the scale.
STRANGE = "(another label)"
#: The figures that every criterion of labels has, the one that is maximised first.
LABEL_FIGURES = ("kappa", "accuracy", "balanced_accuracy", "macro_f1")
_RATES = ("true_positive_rate", "false_positive_rate")


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelFigures(Record):
    """A judge's labels against the consensus of people's.

    Parameters
    ----------
    figures
        ``"accuracy"``, ``"balanced_accuracy"``, ``"macro_f1"``, ``"kappa"``; and of two labels, the second of which is
        positive, ``"true_positive_rate"`` and ``"false_positive_rate"``.
    majority
        Share of the largest class: the accuracy of whoever always says that label.
    labels, counts
        The labels; people's rows by the judge's columns. Where the judge gave one that the scale does not have, the
        last row and column stand for all such (`STRANGE`).
    tied
        Items on which people are evenly divided between two labels: they have no true one and count nowhere.
    """

    in_json: ClassVar[Mapping[str, str]] = {"labels": "confusion.labels", "counts": "confusion.counts"}

    figures: Mapping[str, Estimate]
    majority: float
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    tied: int = 0

    def to_dict(self) -> dict[str, Any]:
        """JSON form: each figure beside the rest, by its name."""
        written = super().to_dict()
        return {**written.pop("figures"), **written}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return super().from_dict(
            {**data, "figures": {name: data[name] for name in (*LABEL_FIGURES, *_RATES) if name in data}}
        )


def label_figures(human: RatedItems, scores: Floats, options: EvaluationOptions) -> LabelFigures | None:
    """The figures of `scores`, shape (n,), on a criterion of labels; None on every other.

    A score between two labels, such as an expected one, counts for the nearer. On a binary scale a consensus halfway
    is a tie.
    """
    scale = human.scale
    if not scale.has_labels:
        return None
    true, given = true_labels(human), nearest_labels(human, scores)
    tied = np.isnan(true) & ~np.isnan(human.target)
    strange = (given == strange_label(scale)).any()
    found = label_agreement(
        given,
        true,
        (*scale.points, strange_label(scale)) if strange else scale.points,
        interval=options.interval,
        confidence=options.level,
        n_resamples=options.n_resamples,
        groups=human.resampled,
        rng=options.seed,
    )
    figures = {name: getattr(found, name) for name in (*LABEL_FIGURES, *_RATES)}
    return LabelFigures(
        figures={name: figure for name, figure in figures.items() if figure is not None},
        majority=found.majority,
        labels=(*(scale.label(point) for point in scale.points), *([STRANGE] if strange else [])),
        counts=tuple(tuple(int(n) for n in row) for row in found.counts),
        tied=int((tied & ~np.isnan(scores)).sum()),
    )


def true_labels(human: RatedItems) -> Floats:
    """Shape (n,): the label that people's consensus is; NaN where they are evenly divided between two."""
    scale = human.scale
    true, points = scale.oriented(human.target), np.asarray(scale.points)
    if scale.kind == "binary":
        middle = points.mean()
        return np.where(np.isnan(true) | (true == middle), np.nan, np.where(true > middle, points[1], points[0]))
    given = human.ratings
    by_point = [np.bincount(given.item[given.value == point], minlength=len(human)) for point in points]
    votes = np.sort(np.stack(by_point), axis=0)
    return np.where((votes[-1] == votes[-2]) & (votes[-1] > 0), np.nan, true)


def nearest_labels(human: RatedItems, scores: Floats) -> Floats:
    """Shape (n,): the label nearest to each of `scores`, as human.scores gives them; NaN where unscored.

    Names have no neighbours: a code beyond the last, as `read_scores` gives to a word that a nominal scale does not
    have, is `strange_label`, which agrees with nobody.
    """
    points, given = np.asarray(human.scale.points), human.scale.oriented(scores)
    nearest = points[np.abs(np.nan_to_num(given)[:, None] - points).argmin(axis=1)]
    if human.scale.kind == "nominal":
        nearest = np.where(given >= strange_label(human.scale), strange_label(human.scale), nearest)
    return np.where(np.isnan(given), np.nan, nearest)


def strange_label(scale: Scale) -> float:
    """A code that no label of the scale has."""
    return max(scale.points) + 1.0
