"""`PreferenceJudge`: from a score for each of two responses to a preference between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds.composite import CompositeJudge, first_reason, part_of
from alia_judge.judging.readouts import distributions
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Item, Judgments, Scale, Verdict

__all__ = ["PreferenceJudge"]

_PARTS = ("response", "response_b")


class PreferenceJudge(CompositeJudge):
    """Scores each response of a pair alone, and prefers the one with the higher score.

    Each response is scored without the other in sight, so no order can sway it. The probability of a preference is that
    of one score being above the other, the two taken as independent: ``P(second) = sum_{i<j} p_first(i) p_second(j)``.

    Parameters
    ----------
    judge
        Pointwise, on a scale of ordered points.
    ties
        Whether equal scores may be a tie; if not, they are shared between the two.

    References
    ----------
    Tripathi et al., "Pairwise or Pointwise? Evaluating Feedback Protocols for Bias in LLM-Based Evaluation", 2025.

    Examples
    --------
    >>> import alia_judge as aj
    >>> judge = aj.Judge(aj.builtin_rubric("helpfulness", "es"), lm="openai/gpt-4o-mini")
    >>> aj.PreferenceJudge(judge, ties=True).scale.kind
    'pairwise'
    """

    kind: ClassVar[str] = "preference"
    option_names: ClassVar[frozenset[str]] = frozenset({"ties"})

    def __init__(self, judge: Judge, *, ties: bool = True) -> None:
        if not judge.scale.points or not judge.scale.ordered or judge.scale.kind == "pairwise":
            raise UsageError(
                message("a preference is made of scores on ordered points, got a {kind} scale", kind=judge.scale.kind)
            )
        pair = Scale.pairwise(ties=ties)
        super().__init__(replace(judge.rubric, scale=pair, anchors={}), [judge, judge])
        self.ties = ties

    def asked(self, place: int, so_far: Sequence[Judgments], items: Sequence[Item]) -> list[Item | None]:  # noqa: ARG002
        """The first response alone, then the second alone."""
        if place == 0:
            return [replace(item, response_b=None) for item in items]
        return [
            None if item.response_b is None else replace(item, response=item.response_b, response_b=None)
            for item in items
        ]

    def combine(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> list[Verdict]:
        """One preference a pair, from the two scores."""
        scale = self.members[0].scale
        first, second = (distributions(one, scale) for one in judgments)
        if scale.reverse:
            first, second = first[:, ::-1], second[:, ::-1]
        verdicts = []
        for row in range(len(items)):
            parts = {name: part_of(one, row, scale) for name, one in zip(_PARTS, judgments, strict=True)}
            missing = first_reason(judgments, row)
            if missing is not None:
                verdicts.append(Verdict(unscored=missing[0], detail=f"response {missing[1][7:]}", parts=parts))
                continue
            likely = self._likely(first[row], second[row])
            measured = all(not np.isnan(one.probabilities[row]).any() for one in judgments)
            verdicts.append(
                Verdict(
                    score=float(likely @ np.asarray(self.scale.points)),
                    probabilities=tuple(likely.tolist()) if measured else None,
                    method="logprobs" if measured else "text",
                    parts=parts,
                )
            )
        return verdicts

    def options(self) -> dict[str, Any]:
        """Whether there are ties."""
        return {"ties": self.ties}

    @classmethod
    def rebuilt(cls, rubric: Rubric, members: Sequence[Judge], **options: Any) -> Self:  # noqa: ARG003
        """A judge of this kind around the one that scores."""
        return cls(members[0], **options)

    def _likely(self, first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
        both = np.outer(first, second)
        ahead, tied, behind = np.tril(both, -1).sum(), np.trace(both), np.triu(both, 1).sum()
        return np.array([ahead, tied, behind] if self.ties else [ahead + tied / 2.0, behind + tied / 2.0])
