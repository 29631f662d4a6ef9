"""`AnalyticJudge`: several criteria, one call each, weighed into one score in the open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds.weighed import WeighedJudge
from alia_judge.judging.rubrics.rubric import Rubric

__all__ = ["AnalyticJudge"]


class AnalyticJudge(WeighedJudge):
    """Judges each criterion by a call of its own; the verdict's `parts` are the criteria's verdicts.

    The score is ``intercept + sum_i weight_i * level_i``, where a level is 0 at the worst and 1 at the best of that
    criterion's scale. `CriteriaJudge` asks all of them in one call.

    Parameters
    ----------
    rubric
        What the whole is judged on; its scale is that of the score.
    criteria
        The sub-criteria, each with its own scale and words; any but nominal ones, which have no better and worse.
    lm, **settings
        As for `Judge`.
    weights, intercept
        As `fit` gives them; None weighs all the same.

    Examples
    --------
    >>> import alia_judge as aj
    >>> parts = [aj.builtin_rubric("helpfulness", "es"), aj.builtin_rubric("tone", "es")]
    >>> judge = aj.AnalyticJudge(parts[0], parts, lm="openai/gpt-4o-mini")
    >>> len(judge.members)
    2
    """

    kind: ClassVar[str] = "analytic"
    _called = "criterion"

    def __init__(
        self,
        rubric: Rubric,
        criteria: Sequence[Rubric],
        lm: Any = None,
        *,
        weights: Sequence[float] | None = None,
        intercept: float | None = None,
        **settings: Any,
    ) -> None:
        names = [criterion.criterion for criterion in criteria]
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise UsageError(
                message("criteria must have different names, got {twice} more than once", twice=", ".join(twice))
            )
        if nominal := [criterion.criterion for criterion in criteria if not criterion.scale.ordered]:
            raise UsageError(
                message("a nominal criterion has no better and worse to weigh: {nominal}", nominal=", ".join(nominal))
            )
        members = [Judge(criterion, lm, **settings) for criterion in criteria]
        super().__init__(rubric, members, names, weights=weights, intercept=intercept)

    @classmethod
    def rebuilt(cls, rubric: Rubric, members: Sequence[Judge], **options: Any) -> Self:
        """A judge of this kind around its criteria's judges."""
        judge = cls(rubric, [member.rubric for member in members], **options)
        return judge.asking(members)
