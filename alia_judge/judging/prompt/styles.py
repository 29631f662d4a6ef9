"""The styles of a rubric that make different prompts."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from alia_judge.judging.prompt.prompt import render_rubric
from alia_judge.judging.rubrics.rubric import Rubric, RubricStyle

__all__ = ["in_every_style"]


def in_every_style(rubric: Rubric, styles: tuple[RubricStyle, ...] = get_args(RubricStyle)) -> tuple[Rubric, ...]:
    """The rubric in each of `styles` that it can be asked in, once for each prompt that comes of it.

    A rubric without anchors and steps reads the same "anchored" and "terse": the first stands for both.

    Examples
    --------
    >>> from alia_judge.records import Scale
    >>> bare = Rubric(criterion="Clarity", scale=Scale.ordinal(1, 5))
    >>> [one.style for one in in_every_style(bare)]
    ['anchored', 'expert']
    """
    asked = (replace(rubric, style=style) for style in styles if style != "checklist" or rubric.steps)
    prompts: dict[str, Rubric] = {}
    for one in asked:
        prompts.setdefault(render_rubric(one), one)
    return tuple(prompts.values())
