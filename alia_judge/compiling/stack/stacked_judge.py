"""`StackedJudge`: the deployed judge of a live search, several configurations and the stack that reads them, as one."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import dspy
import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.compiling.stack.cascade import Cascade
from alia_judge.compiling.stack.criteria import CriteriaStack, stack_from_dict
from alia_judge.compiling.stack.stack import Stack
from alia_judge.compiling.stack.vote import Vote
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import NOT_ASKED, CompositeJudge, judge_from_state, judgments_by
from alia_judge.judging.question.criteria import criteria_levels, even_weights
from alia_judge.judging.question.weighing import Weighing
from alia_judge.judging.readouts import judgments_of
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.learnt.learner import Learner, with_members
from alia_judge.learnt.record import LearntFrom
from alia_judge.records import Configuration, Item, Judgments, Scale, Usage, Verdict

__all__ = ["StackedJudge"]


class StackedJudge(Learner, dspy.Module):  # type: ignore[misc]
    """Asks judges about an item and reads their verdicts with a fitted stack; a `SelectivePanel` for the runner.

    A judge made of others (samples, a checklist) is asked member by member, like every other. Of a cascade, the judges
    of the next stage are asked about the items that the one before passes on, and what is left to people is unscored,
    ``"to_people"``.

    Parameters
    ----------
    stack
        How the verdicts become a score, and who is asked.
    judges
        What the stack's configurations stand for, in its order.
    focus
        Of a stack of several criteria, the only one that its verdicts are of (`only`); None gives all, as `parts`.

    Raises
    ------
    UsageError
        If there is not one judge for each configuration, or none at all, or no such criterion.
    """

    schema = "alia-judge/stacked-judge/1"

    def __init__(
        self,
        stack: Stack | Vote | Cascade | CriteriaStack,
        judges: Sequence[Judge | CompositeJudge],
        focus: str | None = None,
    ) -> None:
        super().__init__()
        if len(judges) != len(stack.configurations) or not judges:
            raise UsageError(
                message(
                    "a stack of {n} configurations needs as many judges and at least one, got {n_judges}",
                    n=len(stack.configurations),
                    n_judges=len(judges),
                )
            )
        self.stack = stack
        #: The scale of the verdicts on each criterion, where there are several.
        self.scales = {name: one.scale for name, one in stack.parts.items()} if isinstance(stack, CriteriaStack) else {}
        if focus is not None and focus not in self.scales:
            raise UsageError(
                message(
                    "focus must be one of {scales}, got {focus!r}",
                    scales=", ".join(self.scales) or message("no criteria"),
                    focus=focus,
                )
            )
        self.focus = focus
        self.judges = list(judges)
        self.members = [member for judge in judges for member in _members(judge)]
        #: For each member, which judge's it is, and its place among that judge's.
        self._places = [(judge, place) for judge in self.judges for place in range(len(_members(judge)))]

    @property
    def rubric(self) -> Rubric:
        """The first judge's rubric."""
        return self.judges[0].rubric

    @property
    def scale(self) -> Scale:
        """The scale of its verdicts."""
        if isinstance(self.stack, CriteriaStack):
            return self.judges[0].scale if self.focus is None else self.scales[self.focus]
        return self.stack.scale

    def only(self, criterion: str) -> StackedJudge:
        """The judge of one of several criteria: it asks the same, shares every stored verdict, and gives that part.

        Raises
        ------
        UsageError
            If there is no such criterion.
        """
        judge = StackedJudge(self.stack, self.judges, criterion)
        judge._learnt = self._learnt
        return judge

    @property
    def demos(self) -> list[Any]:
        """The members' demonstrations, each once."""
        return list({str(demo): demo for member in self.members for demo in member.demos}.values())

    def configuration(self) -> Configuration:
        """The judges' configurations and the stack."""
        return Configuration(
            parameters={
                "kind": "stacked",
                "members": [dict(judge.configuration().parameters) for judge in self.judges],
                "stack": self.stack.to_dict(),
                **self._focused,
            }
        )

    @property
    def _focused(self) -> dict[str, str]:
        return {} if self.focus is None else {"focus": self.focus}

    def lm_identity(self) -> str:
        """The members' models, in order."""
        return "+".join(member.lm_identity() for member in self.members)

    def _learnt_with(self, record: LearntFrom) -> LearntFrom | None:
        return with_members(record, self.members)

    def forward(self, **texts: Any) -> Any:
        """Judge one response; the parameters are those of `Judge.forward`.

        Returns
        -------
        dspy.Prediction
            ``score``, ``verdict``, ``unscored``, and the members' raw verdicts in ``members``.
        """
        item, raw = Item.from_fields("0", texts), list[Verdict]()
        for place, member in enumerate(self.members):
            (view,) = self.asked(place, self._judgments(raw), [item])
            asked = None if view is None else {**member.inputs(view), "sample": self.sample(place)}
            raw.append(NOT_ASKED if asked is None else member(**asked).raw)
        return self._prediction(raw, item)

    async def aforward(self, **texts: Any) -> Any:
        """`forward` without blocking the event loop."""
        item, raw = Item.from_fields("0", texts), list[Verdict]()
        for place, member in enumerate(self.members):
            (view,) = self.asked(place, self._judgments(raw), [item])
            asked = None if view is None else {**member.inputs(view), "sample": self.sample(place)}
            raw.append(NOT_ASKED if asked is None else (await member.acall(**asked)).raw)
        return self._prediction(raw, item)

    def asked(self, place: int, so_far: Sequence[Judgments], items: Sequence[Item]) -> list[Item | None]:
        """What the member at `place` is shown of each item: what its judge shows it, of those that come to it."""
        judge, own = self._places[place]
        begin = place - own  # of its judge's members
        views: list[Item | None] = list(items) if isinstance(judge, Judge) else judge.asked(own, so_far[begin:], items)
        if not isinstance(self.stack, Cascade):
            return views
        number = sum(1 for _, earlier in self._places[:begin] if earlier == 0)
        reached = self.stack.reaches(number, self._read(so_far[:begin], items), items)
        return [view if reach else None for view, reach in zip(views, reached, strict=True)]

    def sample(self, place: int) -> int:
        """Which sample the member at `place` is asked for, from 0."""
        judge, own = self._places[place]
        return 0 if isinstance(judge, Judge) else judge.sample(own)

    def combine(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> list[Verdict]:
        """One verdict an item, from the members' raw verdicts, on the scale's own numbers."""
        read, people = self._read(judgments, items), np.zeros(len(items), dtype=np.bool_)
        if isinstance(self.stack, CriteriaStack):
            return self._of_criteria(self.stack.scores(read, items))
        if isinstance(self.stack, Cascade):
            scores, people = self.stack.told(read, items)
        else:
            scores = self.stack.predict(read, items)
        return [
            Verdict(unscored="to_people", detail="the judges may be off by too much") if left else _verdict(score)
            for score, left in zip(self.scale.oriented(scores).tolist(), people.tolist(), strict=True)
        ]

    def _of_criteria(self, scores: NDArray[np.float64]) -> list[Verdict]:
        """A verdict an item with one on each criterion, or that on the only one, from scores of shape (n, criteria)."""
        each = [dict(zip(self.scales, map(_verdict, row), strict=True)) for row in scores.tolist()]
        if self.focus is not None:
            return [parts[self.focus] for parts in each]
        weighing = Weighing.given(self.scale, len(self.scales), even_weights(self.scale, self.scales), None)
        whole = weighing.scores(criteria_levels(each, self.scales), self.scale).tolist()
        return [replace(_verdict(score), parts=parts) for score, parts in zip(whole, each, strict=True)]

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        """The stack and every judge's state, as JSON."""
        return {
            "schema": self.schema,
            "stack": self.stack.to_dict(),
            **self._focused,
            "members": [judge.dump_state(json_mode=json_mode) for judge in self.judges],
        }

    @classmethod
    def from_state(
        cls, state: Mapping[str, Any], lm: Any = None, *, allowed: Collection[str] | None = None
    ) -> StackedJudge:
        """A stacked judge from what `dump_state` gave; `lm` answers for every member, None for the models named.

        The parameters are those of `Judge.from_state`.

        Raises
        ------
        UsageError
            If the state is not a stacked judge's, or from a version this one does not know.
        """
        if state.get("schema") != cls.schema:
            raise UsageError(
                message(
                    "not the state of a stacked judge: expected {schema!r}, got {got!r}",
                    schema=cls.schema,
                    got=state.get("schema"),
                )
            )
        judges = [judge_from_state(judge, lm, allowed=allowed) for judge in state["members"]]
        return cls(stack_from_dict(state["stack"]), judges, state.get("focus"))

    def _judgments(self, raw: Sequence[Verdict]) -> list[Judgments]:
        return [judgments_by(member, [verdict]) for verdict, member in zip(raw, self.members, strict=False)]

    def _read(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> list[Judgments]:
        """The verdicts of each judge whose members have all been asked."""
        left = iter(judgments)
        read = []
        for judge in self.judges:
            own = [given for _, given in zip(_members(judge), left, strict=False)]
            if len(own) < len(_members(judge)):
                break
            read.append(_read(judge, own, items))
        return read

    def _prediction(self, raw: Sequence[Verdict], item: Item) -> Any:
        (verdict,) = self.combine(self._judgments(raw), [item])
        return dspy.Prediction(
            score=verdict.score,
            verdict=verdict,
            unscored=verdict.unscored,
            members=tuple(raw),
            usage=Usage.total(verdict.usage for verdict in raw),
        )


def _verdict(score: float) -> Verdict:
    if math.isnan(score):
        return Verdict(unscored="no_score", detail="no member scored it")
    return Verdict(score=score, method="logprobs")


def _members(judge: Judge | CompositeJudge) -> Sequence[Judge]:
    return [judge] if isinstance(judge, Judge) else judge.members


def _read(judge: Judge | CompositeJudge, judgments: Sequence[Judgments], items: Sequence[Item]) -> Judgments:
    """A judge's own verdicts, from those of its members."""
    if isinstance(judge, Judge):
        return judgments[0]
    return judgments_of(judge.combine(judgments, items), judge.scale, [item.item_id for item in items])
