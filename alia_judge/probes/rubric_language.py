"""`RubricLanguage`: the same rubric in another language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from alia_judge._messages import message
from alia_judge.probes.base import Question, Variant
from alia_judge.probes.variants import rebuilt

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.rubrics.rubric import Rubric

__all__ = ["PROBES", "RubricLanguage"]


@dataclass(frozen=True, kw_only=True)
class RubricLanguage:
    """The rubric in another language, as it is written there; no machine translates it.

    Parameters
    ----------
    language
        The other language.
    rubric
        The rubric in it. None takes the built-in one where the judge's is built in too.
    """

    question: ClassVar[Question] = "either"

    name: str
    language: str
    changes: str
    rubric: Rubric | None = None
    doses: tuple[float, ...] = (1,)

    def variant(self, judge: Judge, _dose: float, _rng: np.random.Generator, /) -> Variant | str:
        """The judge with the other rubric."""
        if judge.rubric.language.split("-")[0] == self.language:
            return message("the judge's rubric is in that language")
        other = self.rubric or _built_in(judge.rubric, self.language)
        if other is None:
            return message("the judge's rubric is not a built-in one, and none in that language was given")
        return Variant(judge=rebuilt(judge, rubric=other))


def _built_in(rubric: Rubric, language: str) -> Rubric | None:
    from alia_judge.judging.rubrics.builtin import BUILTIN_RUBRICS, builtin_rubric

    for name in BUILTIN_RUBRICS:
        if builtin_rubric(name, rubric.language, style=rubric.style) == rubric:
            return builtin_rubric(name, language, style=rubric.style)
    return None


_LANGUAGES = {"es": "Spanish", "ca": "Catalan", "eu": "Basque", "gl": "Galician", "en": "English"}

PROBES = tuple(
    RubricLanguage(name=f"rubric_in_{code}", language=code, changes=f"The rubric is the built-in one in {spoken}.")
    for code, spoken in _LANGUAGES.items()
)
