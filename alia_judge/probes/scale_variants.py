"""`LabelOrder` and `ScalePoints`: the same scale counted the other way, or in finer steps."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from alia_judge._messages import message
from alia_judge.probes.base import Question, Variant
from alia_judge.probes.variants import rebuilt
from alia_judge.records import Scale

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge

__all__ = ["PROBES", "LabelOrder", "ScalePoints"]


@dataclass(frozen=True, kw_only=True)
class LabelOrder:
    """The scale is counted from the other end: where 5 was best, 1 is."""

    question: ClassVar[Question] = "either"

    name: str = "label_order"
    doses: tuple[float, ...] = (1,)
    changes: str = "The scale is counted from the other end, its anchors with it: where 5 was best, 1 is."

    def variant(self, judge: Judge, _dose: float, _rng: np.random.Generator, /) -> Variant | str:
        """The judge on the mirrored scale."""
        scale = judge.scale
        why = _unmapped(judge)
        if why is not None:
            return why
        if scale.kind in ("pairwise", "nominal"):
            return message("a {kind} scale has no end to count from", kind=scale.kind)
        if scale.points and {scale.low + scale.high - point for point in scale.points} != set(scale.points):
            return message("the points of the scale are not spaced alike from both ends")
        mirrored = replace(scale, reverse=not scale.reverse, labels=scale.labels[::-1])
        return Variant(judge=_on(judge, mirrored, lambda point: scale.low + scale.high - point))


@dataclass(frozen=True, kw_only=True)
class ScalePoints:
    """The scale has more points: each step becomes several, and the ends mean what they meant."""

    question: ClassVar[Question] = "either"

    name: str = "scale_points"
    doses: tuple[float, ...] = (2, 25)
    changes: str = (
        "The scale has more points between its ends. The dose is how many steps each step becomes: of 1 to 5, 2 makes "
        "1 to 9 and 25 makes 0 to 100. Scores are mapped back."
    )

    def variant(self, judge: Judge, dose: float, _rng: np.random.Generator, /) -> Variant | str:
        """The judge on the finer scale."""
        scale = judge.scale
        why = _unmapped(judge)
        if why is not None:
            return why
        if scale.kind != "ordinal" or scale.labels or not (np.diff(scale.points) == 1).all():
            return message("only a scale of numbers that follow one another has points in between")
        if judge.granularity is not None or judge.scale != judge.rubric.scale:
            return message("the judge is asked on another number of points already")
        low = int(scale.low) if dose < 10 else 0
        finer = Scale.ordinal(low, low + int(dose) * (len(scale.points) - 1), reverse=scale.reverse)
        judge = _on(judge, finer, lambda point: low + dose * (point - scale.low))

        def back(scores: Any) -> Any:
            # Oriented scores: the low end of both scales is the worse one, reversed or not.
            return scale.low + (scores - finer.low) / dose

        return Variant(judge=judge, to_original=back)


def _unmapped(judge: Judge) -> str | None:
    """Why the judge cannot be put on another scale."""
    if judge.readout is not None:
        return message("the judge's readout was fitted to its scale")
    if judge.scale != judge.rubric.scale:
        return message("the judge is asked on another scale than its verdicts have")
    texts = [judge.rubric.instructions, *judge.rubric.steps]
    if any(re.search(r"\d", text) for text in texts):
        return message("the judge's instructions name numbers, which may be points of the scale")
    if any(isinstance(demo.get("score"), str) or demo.get("reasons") for demo in judge.demos):
        return message("the judge's demonstrations name points of the scale in words")
    return None


def _on(judge: Judge, scale: Scale, mapped: Callable[[float], float]) -> Judge:
    rubric = judge.rubric
    anchors = {mapped(point): words for point, words in rubric.anchors.items()}
    demos = [
        {**dict(demo.items()), "score": mapped(float(demo["score"]))} if demo.get("score") is not None else demo
        for demo in judge.demos
    ]
    return rebuilt(judge, rubric=replace(rubric, scale=scale, anchors=anchors), demos=demos)


PROBES = (LabelOrder(), ScalePoints())
