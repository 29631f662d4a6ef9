"""`StackedJudge`: the deployed judge of a live search, several configurations and the stack that reads them, as one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import dspy

from alia_judge.compiling.stacking import Stack
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.readouts import judgments_of
from alia_judge.judging.rubric import Rubric
from alia_judge.records import Configuration, Item, Judgments, Scale, Usage, Verdict

__all__ = ["StackedJudge"]


class StackedJudge(dspy.Module):  # type: ignore[misc]
    """Asks each member about an item and reads their verdicts with a fitted stack; a `Panel` for the runner.

    Parameters
    ----------
    stack
        How the verdicts become a score.
    members
        The judges that the stack's configurations stand for, in its order.

    Raises
    ------
    UsageError
        If there is not one judge for each configuration, or none at all.
    """

    schema = "alia-judge/stacked-judge/1"

    def __init__(self, stack: Stack, members: Sequence[Judge]) -> None:
        super().__init__()
        if len(members) != stack.calls_per_item or not members:
            raise UsageError(
                f"a stack of {stack.calls_per_item} configurations needs as many judges and at least one, "
                f"got {len(members)}"
            )
        self.stack = stack
        self.members = list(members)

    @property
    def rubric(self) -> Rubric:
        """The first member's rubric."""
        return self.members[0].rubric

    @property
    def scale(self) -> Scale:
        """The scale of the members' verdicts."""
        return self.stack.scale

    @property
    def demos(self) -> list[Any]:
        """The members' demonstrations, each once."""
        return list({str(demo): demo for member in self.members for demo in member.demos}.values())

    def configuration(self) -> Configuration:
        """The members' configurations and the stack."""
        return Configuration(
            parameters={
                "kind": "stacked",
                "members": [dict(member.configuration().parameters) for member in self.members],
                "stack": self.stack.to_dict(),
            }
        )

    def lm_identity(self) -> str:
        """The members' models, in order."""
        return "+".join(member.lm_identity() for member in self.members)

    def forward(self, **texts: Any) -> Any:
        """Judge one response; the parameters are those of `Judge.forward`.

        Returns
        -------
        dspy.Prediction
            ``score``, ``verdict``, ``unscored``, and the members' raw verdicts in ``members``.
        """
        return self._prediction([member(**texts).raw for member in self.members], texts)

    async def aforward(self, **texts: Any) -> Any:
        """`forward` without blocking the event loop."""
        return self._prediction([(await member.acall(**texts)).raw for member in self.members], texts)

    def combine(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> list[Verdict]:
        """One verdict an item, from the members' raw verdicts."""
        scores = self.stack.predict(judgments, items).tolist()
        return [
            Verdict(unscored="no_score", detail="no member scored it")
            if math.isnan(score)
            else Verdict(score=score, method="logprobs")
            for score in scores
        ]

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        """The stack and every member's state, as JSON."""
        return {
            "schema": self.schema,
            "stack": self.stack.to_dict(),
            "members": [member.dump_state(json_mode=json_mode) for member in self.members],
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], lm: Any = None) -> StackedJudge:
        """A stacked judge from what `dump_state` gave; `lm` answers for every member, None for the models named.

        Raises
        ------
        UsageError
            If the state is not a stacked judge's, or from a version this one does not know.
        """
        if state.get("schema") != cls.schema:
            raise UsageError(f"not the state of a stacked judge: expected {cls.schema!r}, got {state.get('schema')!r}")
        members = [Judge.from_state(member, lm) for member in state["members"]]
        return cls(Stack.from_dict(state["stack"]), members)

    def _prediction(self, raw: Sequence[Verdict], texts: Mapping[str, Any]) -> Any:
        judgments = [judgments_of([verdict], self.scale) for verdict in raw]
        verdict = self.combine(judgments, [Item.from_fields("0", texts)])[0]
        return dspy.Prediction(
            score=verdict.score,
            verdict=verdict,
            unscored=verdict.unscored,
            members=tuple(raw),
            usage=_total(raw),
        )


def _total(verdicts: Sequence[Verdict]) -> Usage:
    costs = [verdict.usage.cost for verdict in verdicts]
    return Usage(
        prompt_tokens=sum(verdict.usage.prompt_tokens for verdict in verdicts),
        completion_tokens=sum(verdict.usage.completion_tokens for verdict in verdicts),
        cached_tokens=sum(verdict.usage.cached_tokens for verdict in verdicts),
        cost=None if any(cost is None for cost in costs) else sum(cost for cost in costs if cost is not None),
        seconds=sum(verdict.usage.seconds for verdict in verdicts),
    )
