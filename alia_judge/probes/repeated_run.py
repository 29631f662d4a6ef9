"""`RepeatedRun`: the same judge asked again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from alia_judge.probes.base import Question, Variant

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge

__all__ = ["PROBES", "RepeatedRun"]


@dataclass(frozen=True, kw_only=True)
class RepeatedRun:
    """The same judge asked again, with the next sample's seed where it has one: does it agree with itself?"""

    question: ClassVar[Question] = "scatter"

    name: str = "repeated_run"
    doses: tuple[float, ...] = (1,)
    changes: str = (
        "The judge is asked again. Read the share moved and the rank agreement: one run is not higher than another on "
        "average, it only differs. A judge at temperature 0 should not move at all."
    )

    def variant(self, judge: Judge, _dose: float, _rng: np.random.Generator, /) -> Variant | str:
        """The judge's second sample of each verdict."""
        return Variant(judge=judge, sample=1)


PROBES = (RepeatedRun(),)
