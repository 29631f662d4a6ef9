"""`ChecklistJudge`: a criterion taken apart into yes-no questions, whose answers are weighed in the open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds.weighed import WeighedJudge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.judging.rubrics.wording import wording_for
from alia_judge.records import Scale

__all__ = ["ChecklistJudge"]


class ChecklistJudge(WeighedJudge):
    """Asks each of a rubric's steps as a question of its own, answered yes or no.

    The score is ``intercept + sum_i weight_i * P(yes_i)``, held within the scale. Before a fit, the questions weigh the
    same and span the scale.

    Parameters
    ----------
    rubric
        Whose `steps` are the questions; a yes must be good. Its scale is that of the score.
    lm, **settings
        As for `Judge`.
    weights, intercept
        As `fit` gives them; None weighs all the same.

    References
    ----------
    Lee et al., "CheckEval: A reliable LLM-as-a-Judge framework for evaluating text generation using checklists",
    EMNLP 2025.

    Examples
    --------
    >>> import alia_judge as aj
    >>> rubric = aj.builtin_rubric("helpfulness", "es")
    >>> judge = aj.ChecklistJudge(rubric, lm="openai/gpt-4o-mini")
    >>> len(judge.members) == len(rubric.steps)
    True
    """

    kind: ClassVar[str] = "checklist"

    def __init__(
        self,
        rubric: Rubric,
        lm: Any = None,
        *,
        weights: Sequence[float] | None = None,
        intercept: float | None = None,
        **settings: Any,
    ) -> None:
        if not rubric.steps:
            raise UsageError(message("a checklist judge asks the rubric's steps as questions; this rubric has none"))
        questions = [Judge(_question(rubric, step), lm, **settings) for step in rubric.steps]
        super().__init__(rubric, questions, rubric.steps, weights=weights, intercept=intercept)

    @classmethod
    def rebuilt(cls, rubric: Rubric, members: Sequence[Judge], **options: Any) -> Self:
        """A judge of this kind around its questions."""
        judge = cls(rubric, **options)
        return judge.asking(members)


def _question(rubric: Rubric, step: str) -> Rubric:
    no, yes = wording_for(rubric.language).no_yes
    return Rubric(
        criterion=rubric.criterion,
        scale=Scale.binary((no, yes)),
        instructions=step,
        language=rubric.language,
    )
