"""`RubricWording`: the same rubric in other words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from alia_judge._messages import message
from alia_judge.probes.base import Question, Variant
from alia_judge.probes.variants import rebuilt

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.rubrics.rubric import Rubric

__all__ = ["PROBES", "RubricWording"]

#: Language -> a sentence around the instructions that adds nothing to them.
_FRAMES = MappingProxyType(
    {
        "es": "Ten en cuenta esta cuestión y ninguna otra. {} Tenla presente en todo momento.",
        "ca": "Tingues en compte aquesta qüestió i cap altra. {} Tingues-la present en tot moment.",
        "eu": "Hartu kontuan gai hau, eta ez beste ezer. {} Izan gogoan une oro.",
        "gl": "Ten en conta esta cuestión e ningunha outra. {} Tena presente en todo momento.",
        "en": "Consider this question and no other. {} Bear it in mind throughout.",
    }
)


@dataclass(frozen=True, kw_only=True)
class RubricWording:
    """The rubric in other words: a sentence around it by rule, or paraphrases that somebody wrote.

    Parameters
    ----------
    paraphrases
        Rubrics that mean what the judge's means, on its scale; a dose is which, from 1.
    """

    question: ClassVar[Question] = "either"

    paraphrases: tuple[Rubric, ...] = ()
    name: str = "rubric_wording"
    changes: str = (
        "The rubric's instructions are set in a sentence that adds nothing (dose 1), and the judge is addressed as an "
        "expert or no longer so (dose 2). Paraphrases written by people are better: `RubricWording(paraphrases=[...])`."
    )

    @property
    def doses(self) -> tuple[float, ...]:
        """One for each wording."""
        return tuple(float(place) for place in range(1, (len(self.paraphrases) or 2) + 1))

    def variant(self, judge: Judge, dose: float, _rng: np.random.Generator, /) -> Variant | str:
        """The judge with the rubric in other words."""
        rubric = judge.rubric
        if self.paraphrases:
            written = self.paraphrases[int(dose) - 1]
            if written.scale != rubric.scale:
                return message("the paraphrase is on another scale than the judge")
            return Variant(judge=rebuilt(judge, rubric=written))
        if not rubric.instructions:
            return message("the judge's rubric has no instructions")
        frame = _FRAMES[rubric.language.replace("_", "-").split("-")[0].lower()]
        framed = replace(rubric, instructions=frame.format(rubric.instructions))
        if dose >= 2:
            if rubric.style not in ("anchored", "expert"):
                return message("a rubric of style {style!r} has no other way to address the judge", style=rubric.style)
            framed = replace(framed, style="expert" if rubric.style == "anchored" else "anchored")
        return Variant(judge=rebuilt(judge, rubric=framed))


PROBES = (RubricWording(),)
