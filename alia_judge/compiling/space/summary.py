"""A search space as people read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alia_judge.judging.question.granularity import kept_anchors
from alia_judge.records import Configuration

if TYPE_CHECKING:
    from alia_judge.compiling.space.space import SearchSpace

__all__ = ["in_words"]


def in_words(space: SearchSpace) -> str:
    """What is varied, a line each; parts that are as they always are have none."""
    if space.recorded:
        return f"{len(space.recorded)} recorded configurations\n" + "\n".join(
            f"{name}: {', '.join(values)}" for name, values in _attribute_values(space.recorded).items()
        )
    own = the_judges = "the judge's own"
    rubrics = [f"{rubric.criterion} {rubric.style} {rubric.language}" for rubric in space.rubrics]
    if space.rubrics_by_language and not rubrics:
        own = "in the item's language"
    together = [
        f"{' + '.join(one.criterion for one in rubrics)} {rubrics[0].style} {rubrics[0].language}"
        for rubrics in space.together
    ]
    demos = f"{', '.join(map(str, space.demo_counts))} ({', '.join(space.demo_strategies)})"
    lines = [
        f"model: {', '.join(space.models) or the_judges}",
        f"rubric: {', '.join(rubrics or together) or own}",
        f"demonstrations: {demos if max(space.demo_counts) else 'none'}",
    ]
    for followed in space.rubrics_by_language:
        languages = ", ".join(rubric.language for rubric in followed)
        lines.append(f"rubric in the item's language: {followed[0].criterion} {followed[0].style} {languages}")
    if space.layouts != ("chat",):
        lines.append(f"layout: {', '.join(space.layouts)}")
    if space.demo_orders != ("drawn",):
        lines.append(f"order of demonstrations: {', '.join(space.demo_orders)}")
    if space.neighbours != (None,):
        lines.append(f"neighbours shown: {', '.join('all' if n is None else str(n) for n in space.neighbours)}")
    if space.reasonings != ("none",):
        lines.append(f"reasons: {', '.join(space.reasonings)}")
    if space.settings != ({},):
        lines.append(f"settings: {', '.join(str(dict(one)) for one in space.settings)}")
    if space.kinds != ("pointwise",):
        criteria = f" (of {', '.join(one.criterion for one in space.criteria)})" if space.criteria else ""
        lines.append(f"kind: {', '.join(space.kinds)}{criteria}")
    if space.granularities != (None,):
        lines.append(f"points asked: {', '.join(_points(space, one) for one in space.granularities)}")
    if space.point_orders != ("ascending",):
        lines.append(f"order of the points: {', '.join(space.point_orders)}")
    if space.point_names != ("digits",):
        lines.append(f"names of the points: {', '.join(space.point_names)}")
    if space.samples != (1,):
        lines.append(f"samples: {', '.join(map(str, space.samples))}")
    return "\n".join(lines)


def _points(space: SearchSpace, granularity: int | None) -> str:
    """A number of points and, where rubrics lose anchors on it, how many stay."""
    if granularity is None:
        return "the scale's own"
    everything = (*space.rubrics, *(rubric for followed in space.rubrics_by_language for rubric in followed))
    kept = {(len(kept_anchors(rubric, granularity)), len(rubric.anchors)) for rubric in everything if rubric.anchors}
    lost = min((one for one in kept if one[0] < one[1]), key=lambda one: one[0] - one[1], default=None)
    return str(granularity) if lost is None else f"{granularity} (keeps {lost[0]} of {lost[1]} anchors)"


def _attribute_values(configurations: Sequence[Configuration]) -> dict[str, list[str]]:
    """Values of each plain attribute that differs between configurations and is no identifier."""
    values: dict[str, dict[str, None]] = {}
    for configuration in configurations:
        for name, value in configuration.parameters.items():
            if isinstance(value, str | int | float | bool):
                values.setdefault(name, {})[str(value)] = None
    return {name: list(found) for name, found in values.items() if 1 < len(found) < len(configurations)}
