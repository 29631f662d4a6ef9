"""`shares_of`: how much each member counts in what is deployed."""

from __future__ import annotations

from typing import Any

import numpy as np

from alia_judge.compiling.stack.cascade import Cascade
from alia_judge.compiling.stack.criteria import CriteriaStack
from alia_judge.compiling.stack.vote import Vote

__all__ = ["shares_of"]


def shares_of(stack: Any) -> tuple[tuple[str, float], ...]:
    """The members by name, each with its share of the weights, the largest first; the shares sum to 1.

    Of several criteria, and of the labels of a vote, it is the mean share; of a cascade that in its last stage.

    Examples
    --------
    >>> from alia_judge.compiling.stack.stack import Stack
    >>> from alia_judge.records import Scale
    >>> shares_of(Stack(configurations=(), scale=Scale.ordinal(1, 5), members=(), intercept=3.0))
    ()
    """
    if isinstance(stack, Cascade):
        return shares_of(stack.stages[-1].stack)
    inner = (
        stack.parts.values() if isinstance(stack, CriteriaStack) else stack.stacks if isinstance(stack, Vote) else ()
    )
    if inner:
        found = [dict(shares_of(one)) for one in inner]
        names = {name: None for one in found for name in one}
        means = {name: float(np.mean([one.get(name, 0.0) for one in found])) for name in names}
    else:
        # One member that is read by a readout is all there is.
        sizes = [float(np.abs(member.weights).sum()) for member in stack.members] or [1.0] * len(stack.configurations)
        whole = sum(sizes) or 1.0
        means = {one.name: size / whole for one, size in zip(stack.configurations, sizes, strict=True)}
    return tuple(sorted(means.items(), key=lambda one: -one[1]))
