"""Another number of points: a rubric asked on a coarser or finer scale, and its answers back on its own."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.answer.answer import Answer
from alia_judge.judging.prompt.prompt import Opening
from alia_judge.judging.question.question import Question
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.decisions import Decided
from alia_judge.records import Scale, Usage, Verdict

__all__ = [
    "RegradedQuestion",
    "asked_points",
    "check_granularity",
    "check_scale",
    "in_short",
    "kept_anchors",
    "mapped_back",
    "nearest_point",
    "regraded",
    "same_points",
]

#: Most points that people write as a whole number without thinking of them as another thing.
_MOST_POINTS = 101
#: A number that stands by itself: the 5 of "5W1H" is none.
_NUMERAL = re.compile(r"(?<![\w.,])\d+(?![\w]|[.,]\d)")


class RegradedQuestion(Question):
    """A rubric's question on its own points; its verdicts are on another scale, the ratings'.

    Parameters
    ----------
    rubric
        What to judge, with the scale that the model is asked on.
    scale
        The scale of the verdicts: ends mean ends, and it is straight between them.
    **asked
        As for `Question`.
    """

    def __init__(self, rubric: Rubric, scale: Scale, **asked: Any) -> None:
        super().__init__(rubric, **asked)
        self._scale = scale

    def open(self, demos: Sequence[Mapping[str, Any]]) -> Opening:
        """The opening, with demonstrations at the points that theirs have become."""
        return super().open([self._forth(demo) for demo in demos])

    def read(self, answer: Answer) -> Verdict:
        """The raw verdict on the scale of the verdicts."""
        return mapped_back(super().read(answer), self.rubric.scale, self._scale)

    def decided(self, decided: Decided, usage: Usage) -> Verdict:
        """As `read`, of a decision model's distribution."""
        return mapped_back(super().decided(decided, usage), self.rubric.scale, self._scale)

    def _forth(self, demo: Mapping[str, Any]) -> dict[str, Any]:
        plain = {key: demo[key] for key in demo.keys()}  # noqa: SIM118 - a DSPy example iterates over nothing else
        score = plain.get("score")
        value = self._scale.parse(score) if isinstance(score, str) else score
        return plain if value is None else {**plain, "score": _moved(float(value), self._scale, self.rubric.scale)}


def asked_points(scale: Scale, granularity: int) -> Scale:
    """The scale of so many whole points that stands for `scale`: from 1, or of 11 and of 101 points from 0.

    Raises
    ------
    UsageError
        If the scale is not graded, or the number of points is below 2 or above 101.

    Examples
    --------
    >>> asked_points(Scale.ordinal(1, 5), 10).points[-1], asked_points(Scale.ordinal(1, 5), 101).points[0]
    (10.0, 0.0)
    """
    if scale.kind not in ("ordinal", "binary", "continuous"):
        raise UsageError(message("a {kind} scale has no steps to make coarser or finer", kind=scale.kind))
    if not 2 <= granularity <= _MOST_POINTS:
        raise UsageError(
            message(
                "granularity must be from 2 to {most_points} points, got {granularity}",
                most_points=_MOST_POINTS,
                granularity=granularity,
            )
        )
    low = 0 if granularity in (11, _MOST_POINTS) else 1
    return Scale.ordinal(low, low + granularity - 1, reverse=scale.reverse)


def check_granularity(rubric: Rubric, granularity: int) -> None:
    """Refuse a number of points that a rubric cannot be asked on.

    Raises
    ------
    UsageError
        If the scale has no other points, or the rubric's instructions or steps name one of its own.
    """
    scale = rubric.scale
    asked_points(scale, granularity)
    named = {float(found) for text in (rubric.instructions, *rubric.steps) for found in _NUMERAL.findall(text)}
    if points := sorted(named & set(scale.points)):
        raise UsageError(
            message(
                "the rubric {criterion!r} names points of its scale in its instructions or steps "
                "({points}): on {granularity} points they would mean something else; say it in words, "
                "or leave granularity out",
                criterion=rubric.criterion,
                points=", ".join(f"{point:g}" for point in points),
                granularity=granularity,
            )
        )


def regraded(rubric: Rubric, granularity: int) -> Rubric:
    """The rubric on so many points: the ends mean what they meant, and an anchor stays where it meets a point.

    Of five anchors, 3 points keep those of 1, 3 and 5; 9 and 101 all of them; 10 those of the ends alone.
    """
    return replace(rubric, scale=asked_points(rubric.scale, granularity), anchors=kept_anchors(rubric, granularity))


def kept_anchors(rubric: Rubric, granularity: int) -> dict[float, str]:
    """The anchors (or else labels) that meet a point of the other scale, by that point."""
    scale, asked = rubric.scale, asked_points(rubric.scale, granularity)
    moved = {
        _moved(point, scale, asked): rubric.words(point)
        for point in dict.fromkeys((*scale.points, *rubric.anchors))
        if rubric.words(point)
    }
    return {float(round(point)): words for point, words in moved.items() if abs(point - round(point)) < 1e-9}


def mapped_back(verdict: Verdict, asked: Scale, scale: Scale) -> Verdict:
    """A verdict on the `asked` scale as one on `scale`: ends on ends, and straight between.

    A point's probability goes to the points it lies between, in the proportion that keeps its place, so that the
    expected score is the same either way. An unscored verdict stays as it is.

    Examples
    --------
    >>> said = Verdict(score=2.0, parsed=2.0, probabilities=(0.25, 0.5, 0.25))
    >>> mapped_back(said, Scale.ordinal(1, 3), Scale.ordinal(1, 5)).probabilities
    (0.25, 0.0, 0.5, 0.0, 0.25)
    """
    if verdict.score is None:
        return verdict
    score = _moved(verdict.score, asked, scale)
    parsed = None if verdict.parsed is None else _moved(verdict.parsed, asked, scale)
    if verdict.probabilities is None:
        return replace(verdict, score=score, parsed=parsed)
    if not scale.points:
        # A continuous scale has no probabilities to read again later: the expected score is all that is kept of them.
        return replace(verdict, score=score, parsed=None, probabilities=None)
    places = np.array([_moved(point, asked, scale) for point in asked.points])
    shares = np.stack([np.interp(places, scale.points, unit) for unit in np.eye(len(scale.points))])
    likely = shares @ np.asarray(verdict.probabilities)
    total = math.fsum(likely.tolist())
    return replace(verdict, score=score, parsed=parsed, probabilities=tuple((likely / total).tolist()))


def nearest_point(value: float, scale: Scale, asked: Scale) -> float:
    """The point of the `asked` scale that a value on `scale` is nearest to; of a scale without points its place."""
    place = _moved(value, scale, asked)
    return min(asked.points, key=lambda point: abs(point - place)) if asked.points else place


def check_scale(rubric: Rubric, scale: Scale) -> None:
    """Refuse a scale on which a rubric's verdicts cannot be.

    Raises
    ------
    UsageError
        If one of them is of labels or pairs and the other is not: there is no straight line between those.
    """
    graded = ("ordinal", "binary", "continuous")
    if rubric.scale.kind in graded and scale.kind in graded:
        return
    if rubric.scale.kind == scale.kind and rubric.scale.points == scale.points and rubric.scale.labels == scale.labels:
        return
    raise UsageError(
        message(
            "the rubric {criterion!r} is on {scale} and the ratings are on {got}: no verdict on "
            "the one can be put on the other; give a rubric on the scale of the ratings",
            criterion=rubric.criterion,
            scale=in_short(rubric.scale),
            got=in_short(scale),
        )
    )


def in_short(scale: Scale) -> str:
    """A scale in a few words, for messages."""
    if scale.kind == "pairwise":
        return "pairs"
    if scale.kind in ("nominal", "binary"):
        return "labels " + ", ".join(scale.label(point) for point in scale.points)
    if scale.kind == "continuous":
        return f"values from {scale.low:g} to {scale.high:g}"
    return f"{len(scale.points)} points from {scale.low:g} to {scale.high:g}"


def same_points(scale: Scale, other: Scale) -> bool:
    """Whether a verdict on the one is a verdict on the other as it stands, whatever the points are called."""
    return (scale.kind, scale.points, scale.low, scale.high, scale.reverse) == (
        other.kind,
        other.points,
        other.low,
        other.high,
        other.reverse,
    )


def _moved(value: float, scale: Scale, other: Scale) -> float:
    share = (value - scale.low) / (scale.high - scale.low)
    if scale.reverse != other.reverse:  # the best end stays the best end
        share = 1.0 - share
    return other.low + share * (other.high - other.low)
