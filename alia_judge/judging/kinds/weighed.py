"""`WeighedJudge`: what judges that ask several questions and weigh the answers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds.composite import CompositeJudge, first_reason, part_of
from alia_judge.judging.question.weighing import Weighing, levels
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Item, Judgments, Verdict

__all__ = ["WeighedJudge"]


class WeighedJudge(CompositeJudge):
    """Asks each question of its own and gives the weighed sum of the answers.

    The verdict's `parts` hold every answer, and its `detail` shows them, so that a reader sees what the score is made
    of.

    Parameters
    ----------
    rubric
        Whose scale the score is on; it must be graded.
    members
        The questions.
    names
        What each is called in `parts`.
    weights, intercept
        As in `Weighing`; None weighs all the same.
    """

    option_names: ClassVar[frozenset[str]] = frozenset({"weights", "intercept"})
    #: What the answers are called where one is missing.
    _called = "question"

    def __init__(
        self,
        rubric: Rubric,
        members: Sequence[Judge],
        names: Sequence[str],
        *,
        weights: Sequence[float] | None,
        intercept: float | None,
    ) -> None:
        super().__init__(rubric, members)
        self.names = tuple(names)
        self.weighing = Weighing.given(rubric.scale, len(self.members), weights, intercept)

    def asking(self, members: Sequence[Judge]) -> Self:
        """This judge, with other members in the place of those it has.

        Raises
        ------
        UsageError
            If there is not one for each.
        """
        if len(members) != len(self.members):
            raise UsageError(
                message(
                    "there must be a judge for each {called}: {n}, got {n_members}",
                    called=self._called,
                    n=len(self.members),
                    n_members=len(members),
                )
            )
        self.members = list(members)
        return self

    @property
    def weights(self) -> tuple[float, ...]:
        """One for each question."""
        return self.weighing.weights

    @property
    def intercept(self) -> float:
        """The score where every answer is the worst."""
        return self.weighing.intercept

    def fit(self, judgments: Sequence[Judgments], target: NDArray[np.float64]) -> Self:
        """A copy whose weights have least squared error to `target`; a good answer is never held against a response.

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
        found = Weighing.fitted(self.scale, self._answers(judgments), target)
        judge = self.rebuilt(self.rubric, self.members, **{**self.options(), **found.to_dict()})
        judge.learnt = None  # verdicts do not say which items they are about
        return judge

    def combine(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> list[Verdict]:
        """One verdict an item, from the answers to every question."""
        answers = self._answers(judgments)
        scores = self.weighing.scores(answers, self.scale)
        verdicts = []
        for row in range(len(items)):
            parts = {
                name: part_of(answered, row, member.scale)
                for name, answered, member in zip(self.names, judgments, self.members, strict=True)
            }
            missing = first_reason(judgments, row)
            if missing is not None and np.isnan(scores[row]):
                detail = f"{self._called} {missing[1].removeprefix('member ')}"
                verdicts.append(Verdict(unscored=missing[0], detail=detail, parts=parts))
                continue
            said = "; ".join(f"{name} {level:.2f}" for name, level in zip(self.names, answers[row], strict=True))
            measured = all(not np.isnan(question.probabilities[row]).any() for question in judgments)
            verdicts.append(
                Verdict(score=float(scores[row]), detail=said, method="logprobs" if measured else "text", parts=parts)
            )
        return verdicts

    def options(self) -> dict[str, Any]:
        """The weights."""
        return self.weighing.to_dict()

    def described(self) -> list[str]:
        """The sum, term by term."""
        begin = message(
            "starts from {start:.3f}, and stays within {low:g} and {high:g}",
            start=self.intercept,
            low=self.scale.low,
            high=self.scale.high,
        )
        terms = zip(self.names, self.weights, strict=True)
        return [begin, *(message("{weight:+.3f} for {name}", weight=weight, name=name) for name, weight in terms)]

    def _answers(self, judgments: Sequence[Judgments]) -> NDArray[np.float64]:
        """How good each answer is, shape (n, questions), from 0 to 1; NaN where there is none."""
        return np.stack(
            [levels(answers, member.scale) for answers, member in zip(judgments, self.members, strict=True)], axis=1
        )
