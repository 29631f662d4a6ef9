"""`PairwiseJudge`: two responses compared in both orders, for the order sways models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np

from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds.composite import CompositeJudge, first_reason
from alia_judge.judging.readouts import distributions
from alia_judge.judging.rubric import Rubric
from alia_judge.records import Item, Judgments, Verdict

__all__ = ["PairwiseJudge"]


class PairwiseJudge(CompositeJudge):
    """Compares two responses in both orders, and says how far the order decided.

    The preference is the mean of the two: -1 is the first response of the item, 1 the second. Where the orders
    contradict each other, what was written is a tie if the scale has ties, and nothing otherwise. A pair that was not
    answered in one order is unscored.

    The verdict's `detail` gives the position bias: half of how much more the response shown first was preferred, from
    -1 (always the one shown second) over 0 to 1 (always the one shown first).

    Parameters
    ----------
    rubric
        With a pairwise scale.
    lm, **settings
        As for `Judge`.

    References
    ----------
    Wang et al., "Large Language Models are not Fair Evaluators", ACL 2024, section 3.2 (balanced position calibration).
    """

    kind: ClassVar[str] = "both_orders"

    def __init__(self, rubric: Rubric, lm: Any = None, *, demos: Iterable[Any] = (), **settings: Any) -> None:
        if rubric.scale.kind != "pairwise":
            raise UsageError(f"a pairwise judge needs a pairwise scale, got a {rubric.scale.kind} one")
        judge = Judge(rubric, lm, demos=demos, **settings)
        # One judge asked twice: the orders differ in what it is shown, not in how it is asked.
        super().__init__(rubric, [judge, judge])

    def asked(self, place: int, so_far: Sequence[Judgments], items: Sequence[Item]) -> list[Item | None]:  # noqa: ARG002
        """The pair as it is, then the other way round."""
        if place == 0:
            return list(items)
        return [
            replace(item, response=item.response_b or "", response_b=item.response)
            if item.response_b is not None
            else item
            for item in items
        ]

    def combine(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> list[Verdict]:
        """One verdict a pair, from both orders."""
        straight, turned = (distributions(order, self.scale) for order in judgments)
        points = np.asarray(self.scale.points)
        verdicts = []
        for row in range(len(items)):
            missing = first_reason(judgments, row)
            if missing is not None:
                verdicts.append(Verdict(unscored=missing[0], detail=f"asked in order {missing[1]}"))
                continue
            likely = (straight[row] + turned[row][::-1]) / 2.0
            bias = 0.0 - float((straight[row] + turned[row]) @ points) / 2.0  # from 0.0, so that none is +0
            written = (float(judgments[0].score[row]), -float(judgments[1].score[row]))
            measured = all(not np.isnan(order.probabilities[row]).any() for order in judgments)
            verdicts.append(
                Verdict(
                    score=float(likely @ points),
                    parsed=self._agreed(*written),
                    probabilities=tuple(likely.tolist()) if measured else None,
                    method="logprobs" if measured else "text",
                    detail=f"position bias {bias:+.3f}",
                )
            )
        return verdicts

    def options(self) -> dict[str, Any]:
        """None: the scale decides."""
        return {}

    @classmethod
    def rebuilt(cls, rubric: Rubric, members: Sequence[Judge], **options: Any) -> Self:
        """A judge of this kind around its member."""
        judge = cls(rubric, **options)
        judge.members = [members[0], members[0]]
        return judge

    def _agreed(self, one: float, other: float) -> float | None:
        if one == other and self.scale.contains(one):
            return one
        return 0.0 if self.scale.contains(0.0) else None
