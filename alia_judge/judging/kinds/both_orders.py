"""`PairwiseJudge`: two responses compared in both orders, for the order sways models."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds.composite import CompositeJudge, first_reason, part_of
from alia_judge.judging.readouts import distributions
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Item, Judgments, Verdict

__all__ = ["PairwiseJudge", "PositionBias", "position_bias"]

#: What the two orders are called in a verdict's parts.
_STRAIGHT, _TURNED = "as given", "turned round"


class PairwiseJudge(CompositeJudge):
    """Compares two responses in both orders, and says how far the order decided.

    The preference is the mean of the two: -1 is the first response of the item, 1 the second. Where the orders
    contradict each other, what was written is a tie if the scale has ties, and nothing otherwise. A pair that was not
    answered in one order is unscored.

    The verdict's `detail` gives the position bias: half of how much more the response shown first was preferred, from
    -1 (always the one shown second) over 0 to 1 (always the one shown first). Its `parts` are the two orders, each as
    it was asked; `position_bias` sums many verdicts up.

    Parameters
    ----------
    rubric
        With a pairwise scale.
    lm, **settings
        As for `Judge`.

    References
    ----------
    Wang et al., "Large Language Models are not Fair Evaluators", ACL 2024, section 3.2 (balanced position calibration).

    Examples
    --------
    >>> import alia_judge as aj
    >>> rubric = aj.Rubric(criterion="helpfulness", scale=aj.Scale.pairwise(), instructions="Which answer helps more?")
    >>> aj.PairwiseJudge(rubric, lm="openai/gpt-4o-mini").scale.kind
    'pairwise'
    """

    kind: ClassVar[str] = "both_orders"

    def __init__(self, rubric: Rubric, lm: Any = None, *, demos: Iterable[Any] = (), **settings: Any) -> None:
        if rubric.scale.kind != "pairwise":
            raise UsageError(
                message("a pairwise judge needs a pairwise scale, got a {kind} one", kind=rubric.scale.kind)
            )
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
            parts = {
                name: part_of(order, row, self.scale)
                for name, order in zip((_STRAIGHT, _TURNED), judgments, strict=True)
            }
            missing = first_reason(judgments, row)
            if missing is not None:
                verdicts.append(Verdict(unscored=missing[0], detail=f"asked in order {missing[1]}", parts=parts))
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
                    parts=parts,
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


@dataclass(frozen=True, kw_only=True, eq=False)
class PositionBias(Record):
    """How far the order decided, over many pairs.

    Parameters
    ----------
    n
        Pairs that were answered in both orders.
    mean
        Mean position bias, from -1 (always the one shown second) to 1 (always the one shown first); NaN for no pair.
    contradicted
        Share of the pairs whose two orders preferred different responses; NaN for no pair.
    """

    n: int
    mean: float
    contradicted: float


def position_bias(verdicts: Iterable[Verdict]) -> PositionBias:
    """What the verdicts of a `PairwiseJudge` say of the order's sway, taken together.

    Raises
    ------
    UsageError
        If a verdict is not of a pair asked in both orders.
    """
    orders = []
    for verdict in verdicts:
        if not {_STRAIGHT, _TURNED} <= verdict.parts.keys():
            raise UsageError(message("position bias is of verdicts of a PairwiseJudge, whose parts are the two orders"))
        scores = (verdict.parts[_STRAIGHT].score, verdict.parts[_TURNED].score)
        if None not in scores:
            orders.append(scores)
    if not orders:
        return PositionBias(n=0, mean=math.nan, contradicted=math.nan)
    straight, turned = np.array(orders, dtype=np.float64).T
    # Each order's score is negative for the response it shows first.
    return PositionBias(
        n=len(orders),
        mean=float(-(straight + turned).mean() / 2.0),
        contradicted=float(np.mean(straight * turned > 0.0)),
    )
