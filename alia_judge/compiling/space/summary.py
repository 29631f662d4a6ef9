"""A search space as people read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alia_judge._messages import Message, joined, message
from alia_judge.judging.question.granularity import kept_anchors
from alia_judge.records import Configuration

if TYPE_CHECKING:
    from alia_judge.compiling.space.space import SearchSpace

__all__ = ["in_words"]


def in_words(space: SearchSpace) -> list[Message]:
    """What is varied, a line each; parts that are as they always are have none."""
    if space.recorded:
        return [
            message("{n} recorded configurations", n=len(space.recorded)),
            *(
                message("{name}: {values}", name=name, values=", ".join(values))
                for name, values in _attribute_values(space.recorded).items()
            ),
        ]
    own = the_judges = message("the judge's own")
    rubrics = [f"{rubric.criterion} {rubric.style} {rubric.language}" for rubric in space.rubrics]
    if space.rubrics_by_language and not rubrics:
        own = message("in the item's language")
    together = [
        f"{' + '.join(one.criterion for one in rubrics)} {rubrics[0].style} {rubrics[0].language}"
        for rubrics in space.together
    ]
    demos = f"{', '.join(map(str, space.demo_counts))} ({', '.join(space.demo_strategies)})"
    lines = [
        message("model: {models}", models=", ".join(space.models) or the_judges),
        message("rubric: {said}", said=", ".join(rubrics or together) or own),
        message("demonstrations: {demos}", demos=demos if max(space.demo_counts) else message("none")),
    ]
    for followed in space.rubrics_by_language:
        languages = ", ".join(rubric.language for rubric in followed)
        said = f"{followed[0].criterion} {followed[0].style} {languages}"
        lines.append(message("rubric in the item's language: {said}", said=said))
    if space.layouts != ("chat",):
        lines.append(message("layout: {names}", names=", ".join(space.layouts)))
    if space.demo_orders != ("drawn",):
        lines.append(message("order of demonstrations: {names}", names=", ".join(space.demo_orders)))
    if space.neighbours != (None,):
        shown = joined((message("all") if n is None else str(n) for n in space.neighbours), ", ")
        lines.append(message("neighbours shown: {shown}", shown=shown))
    if space.reasonings != ("none",):
        lines.append(message("reasons: {names}", names=", ".join(space.reasonings)))
    if space.settings != ({},):
        lines.append(message("settings: {settings}", settings=", ".join(str(dict(one)) for one in space.settings)))
    if space.kinds != ("pointwise",):
        criteria = ", ".join(one.criterion for one in space.criteria)
        of = message(" (of {criteria})", criteria=criteria) if criteria else ""
        lines.append(message("kind: {names}{of}", names=", ".join(space.kinds), of=of))
    if space.granularities != (None,):
        points = joined((_points(space, one) for one in space.granularities), ", ")
        lines.append(message("points asked: {points}", points=points))
    if space.point_orders != ("ascending",):
        lines.append(message("order of the points: {names}", names=", ".join(space.point_orders)))
    if space.point_names != ("digits",):
        lines.append(message("names of the points: {names}", names=", ".join(space.point_names)))
    if space.samples != (1,):
        lines.append(message("samples: {numbers}", numbers=", ".join(map(str, space.samples))))
    return lines


def _points(space: SearchSpace, granularity: int | None) -> str:
    """A number of points and, where rubrics lose anchors on it, how many stay."""
    if granularity is None:
        return message("the scale's own")
    everything = (*space.rubrics, *(rubric for followed in space.rubrics_by_language for rubric in followed))
    kept = {(len(kept_anchors(rubric, granularity)), len(rubric.anchors)) for rubric in everything if rubric.anchors}
    lost = min((one for one in kept if one[0] < one[1]), key=lambda one: one[0] - one[1], default=None)
    if lost is None:
        return str(granularity)
    return message("{points} (keeps {kept} of {of} anchors)", points=granularity, kept=lost[0], of=lost[1])


def _attribute_values(configurations: Sequence[Configuration]) -> dict[str, list[str]]:
    """Values of each plain attribute that differs between configurations and is no identifier."""
    values: dict[str, dict[str, None]] = {}
    for configuration in configurations:
        for name, value in configuration.parameters.items():
            if isinstance(value, str | int | float | bool):
                values.setdefault(name, {})[str(value)] = None
    return {name: list(found) for name, found in values.items() if 1 < len(found) < len(configurations)}
