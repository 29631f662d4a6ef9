"""`ChecklistJudge`: a criterion taken apart into yes-no questions, whose answers are weighed in the open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds.composite import CompositeJudge, first_reason
from alia_judge.judging.readouts import distributions
from alia_judge.judging.rubric import Rubric
from alia_judge.judging.wording import wording_for
from alia_judge.records import Item, Judgments, Scale, Verdict

__all__ = ["ChecklistJudge"]


class ChecklistJudge(CompositeJudge):
    """Asks each of a rubric's steps as a question of its own, answered yes or no.

    The score is ``intercept + sum_i weight_i * P(yes_i)``, held within the scale. Before a fit, the questions weigh the
    same and span the scale. The verdict's `detail` gives each answer, so that a reader sees what the score is made of.

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
            raise UsageError("a checklist judge asks the rubric's steps as questions; this rubric has none")
        if rubric.scale.kind not in ("ordinal", "continuous"):
            raise UsageError(f"a checklist judge gives a graded score, got a {rubric.scale.kind} scale")
        super().__init__(rubric, [Judge(_question(rubric, step), lm, **settings) for step in rubric.steps])
        best, worst = (rubric.scale.low, rubric.scale.high)[:: 1 if rubric.scale.reverse else -1]
        equal = (best - worst) / len(rubric.steps)
        self.weights = (
            tuple(float(weight) for weight in weights) if weights is not None else (equal,) * len(rubric.steps)
        )
        self.intercept = float(worst if intercept is None else intercept)
        if len(self.weights) != len(rubric.steps):
            raise UsageError(
                f"there must be a weight for each of the {len(rubric.steps)} questions, got {len(self.weights)}"
            )

    def fit(self, judgments: Sequence[Judgments], target: NDArray[np.float64]) -> Self:
        """A copy whose weights have least squared error to `target`; a yes is never held against a response.

        Parameters
        ----------
        judgments
            Raw verdicts of each question on the same n items.
        target
            Shape (n,), in the scale's own numbers; NaN leaves an item out.

        Raises
        ------
        UsageError
            If fewer items than questions have every answer and a target.
        """
        answers = self._answers(judgments)
        known = ~(np.isnan(answers).any(axis=1) | np.isnan(target))
        if known.sum() <= answers.shape[1]:
            raise UsageError(f"{answers.shape[1]} weights need more complete items than that, got {known.sum()}")
        good = -1.0 if self.scale.reverse else 1.0
        centre, level = answers[known].mean(axis=0), float(target[known].mean())
        # An active set leaves a weight of nothing at zero exactly; interior points only come close.
        weights = good * nnls(good * (answers[known] - centre), target[known] - level)[0] + 0.0
        return self.rebuilt(
            self.rubric, self.members, weights=weights.tolist(), intercept=float(level - centre @ weights)
        )

    def combine(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> list[Verdict]:
        """One verdict an item, from the answers to every question."""
        answers = self._answers(judgments)
        scores = np.clip(self.intercept + answers @ np.asarray(self.weights), self.scale.low, self.scale.high)
        verdicts = []
        for row in range(len(items)):
            missing = first_reason(judgments, row)
            if missing is not None:
                verdicts.append(Verdict(unscored=missing[0], detail=f"question {missing[1].removeprefix('member ')}"))
                continue
            said = "; ".join(f"{step} {yes:.2f}" for step, yes in zip(self.rubric.steps, answers[row], strict=True))
            measured = all(not np.isnan(question.probabilities[row]).any() for question in judgments)
            verdicts.append(Verdict(score=float(scores[row]), detail=said, method="logprobs" if measured else "text"))
        return verdicts

    def options(self) -> dict[str, Any]:
        """The weights."""
        return {"weights": list(self.weights), "intercept": self.intercept}

    @classmethod
    def rebuilt(cls, rubric: Rubric, members: Sequence[Judge], **options: Any) -> Self:
        """A judge of this kind around its questions."""
        judge = cls(rubric, **options)
        judge.members = list(members)
        return judge

    def _answers(self, judgments: Sequence[Judgments]) -> NDArray[np.float64]:
        """Probability of a yes, shape (n, questions); NaN where there is no answer."""
        columns = [
            distributions(answers, member.scale)[:, 1] for answers, member in zip(judgments, self.members, strict=True)
        ]
        return np.stack(columns, axis=1)


def _question(rubric: Rubric, step: str) -> Rubric:
    no, yes = wording_for(rubric.language).no_yes
    return Rubric(
        criterion=rubric.criterion,
        scale=Scale.binary((no, yes)),
        instructions=step,
        language=rubric.language,
    )
