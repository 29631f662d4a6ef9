"""How a judge is varied: the parts that make it, one of them changed; and a panel, member by member."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from alia_judge._messages import message
from alia_judge.probes.base import JudgeProbe, Variant

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.rubrics.rubric import Rubric
    from alia_judge.runner import Composite

__all__ = ["rebuilt", "varied"]


def rebuilt(judge: Judge, *, rubric: Rubric | None = None, demos: Iterable[Any] | None = None) -> Judge:
    """A judge like this one on the same model, with another rubric or other demonstrations."""
    from alia_judge.judging.judge import Judge

    return Judge(
        judge.rubric if rubric is None else rubric,
        judge.lm,
        demos=judge.demos if demos is None else demos,
        readout=judge.readout,
        layout=judge.layout,
        reasoning=judge.reasoning,
        output=judge.output,
        subject=judge.subject,
        neighbours=judge.neighbours,
        granularity=judge.granularity,
        # A rubric on another scale brings its own.
        scale=judge.scale if rubric is None or rubric.scale == judge.rubric.scale else None,
        settings=judge.settings,
        top_logprobs=judge.top_logprobs,
        min_mass=judge.min_mass,
    )


def varied(judge: Judge | Composite, probe: JudgeProbe, dose: float, rng: np.random.Generator) -> Variant | str:
    """A judge as a probe changes it; of a panel, each member in the same way. Or why it cannot be changed so."""
    from alia_judge.judging.judge import Judge

    if isinstance(judge, Judge):
        return probe.variant(judge, dose, rng)
    state = rng.bit_generator.state
    members = []
    for member in judge.members:
        rng.bit_generator.state = state  # members that are one judge stay one
        variant = probe.variant(member, dose, rng)
        if isinstance(variant, str):
            return variant
        if variant.sample or variant.judge.scale != member.scale:
            return message("a panel has one verdict an item, on its members' scale")
        members.append(variant.judge)
    panel: Any = copy.deepcopy(judge)
    panel.members = members
    return Variant(judge=panel)
