"""`DemoOrder`: the judge's demonstrations in another order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from alia_judge._messages import message
from alia_judge.probes.base import Question, Variant
from alia_judge.probes.variants import rebuilt

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge

__all__ = ["PROBES", "DemoOrder"]


@dataclass(frozen=True, kw_only=True)
class DemoOrder:
    """The judge's demonstrations in another order, drawn at random: a dose is which draw."""

    question: ClassVar[Question] = "scatter"

    name: str = "demonstration_order"
    doses: tuple[float, ...] = (1,)
    changes: str = "The judge's demonstrations are shown in another order, drawn at random."

    def variant(self, judge: Judge, _dose: float, rng: np.random.Generator, /) -> Variant | str:
        """The judge with its demonstrations shuffled."""
        demos = judge.demos
        if judge.neighbours is not None:
            return message("the judge shows each item demonstrations of its own, the likest last")
        if len(demos) < 2:
            return message("the judge has {n} demonstrations, and an order takes two", n=len(demos))
        order = rng.permutation(len(demos))
        if (order == np.arange(len(demos))).all():  # the order as it was
            order = order[::-1]
        return Variant(judge=rebuilt(judge, demos=[demos[place] for place in order]))


PROBES = (DemoOrder(),)
