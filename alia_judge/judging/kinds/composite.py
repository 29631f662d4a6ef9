"""`CompositeJudge`: one verdict from several judges; what every kind made of others shares."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import dspy
import numpy as np

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.readouts import judgments_of
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.learnt.learner import Learner, with_members
from alia_judge.learnt.record import LearntFrom
from alia_judge.records import Configuration, Item, Judgments, Scale, Unscored, Usage, Verdict

__all__ = ["NOT_ASKED", "CompositeJudge", "first_reason", "part_of"]

#: Stands for the verdict of a member that was not asked about an item.
NOT_ASKED = Verdict(unscored="missing", detail="not asked", usage=Usage(cost=0.0))


class CompositeJudge(Learner, dspy.Module):  # type: ignore[misc]
    """Asks its members about an item and combines what they say.

    The runner asks member by member, so that each member's verdict is paid for and stored once, whatever composite it
    is part of. A subclass says which members look at what (`asked`) and what their verdicts come to (`combine`).

    Parameters
    ----------
    rubric
        What the composite judges, with the scale of its verdicts.
    members
        The judges it asks.
    """

    schema = "alia-judge/composite-judge/1"
    kind: ClassVar[str]
    #: The names of its `options`.
    option_names: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, rubric: Rubric, members: Sequence[Judge]) -> None:
        super().__init__()
        if not members:
            raise UsageError(message("a {kind} judge needs at least one member, got none", kind=self.kind))
        self.rubric = rubric
        self.members = list(members)

    @property
    def scale(self) -> Scale:
        """The scale of its verdicts."""
        return self.rubric.scale

    @property
    def demos(self) -> list[Any]:
        """The members' demonstrations, each once."""
        return list({repr(demo): demo for member in self.members for demo in member.demos}.values())

    def asked(self, place: int, so_far: Sequence[Judgments], items: Sequence[Item]) -> list[Item | None]:  # noqa: ARG002
        """What the member at `place` is shown of each item: the item, a view of it, or None, and it is not asked.

        Parameters
        ----------
        place
            The member's, from 0.
        so_far
            What the members before it said.
        items
            The items.
        """
        return list(items)

    def sample(self, place: int) -> int:  # noqa: ARG002 - a kind's own
        """Which sample the member at `place` is asked for, from 0."""
        return 0

    @abstractmethod
    def combine(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> list[Verdict]:
        """One verdict an item, from the raw verdicts of each member on its view of the items."""

    @abstractmethod
    def options(self) -> dict[str, Any]:
        """What decides how verdicts are combined, as JSON: the keyword arguments of `rebuilt`."""

    def described(self) -> list[str]:
        """How a verdict is made of the members', a line each, for the card of a published judge."""
        return [f"{name}: {value}" for name, value in self.options().items()]

    @classmethod
    @abstractmethod
    def rebuilt(cls, rubric: Rubric, members: Sequence[Judge], **options: Any) -> Self:
        """A judge of this kind from its parts, as `options` gave them."""

    def configuration(self) -> Configuration:
        """Everything but the models that decides its verdicts."""
        return Configuration(
            parameters={
                "kind": self.kind,
                "rubric": self.rubric.to_dict(),
                "members": [dict(member.configuration().parameters) for member in self.members],
                "options": self.options(),
            }
        )

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
            ``score``, ``verdict``, ``unscored``, ``probabilities``, and the members' raw verdicts in ``members``.
        """
        item, raw = Item.from_fields("0", texts), list[Verdict]()
        for place, member in enumerate(self.members):
            (view,) = self.asked(place, self._judgments(raw), [item])
            asked = {} if view is None else {**member.inputs(view), "sample": self.sample(place)}
            raw.append(member(**asked).raw if asked else NOT_ASKED)
        return self._prediction(item, raw)

    async def aforward(self, **texts: Any) -> Any:
        """`forward` without blocking the event loop."""
        item, raw = Item.from_fields("0", texts), list[Verdict]()
        for place, member in enumerate(self.members):
            (view,) = self.asked(place, self._judgments(raw), [item])
            asked = {} if view is None else {**member.inputs(view), "sample": self.sample(place)}
            raw.append((await member.acall(**asked)).raw if asked else NOT_ASKED)
        return self._prediction(item, raw)

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        """Every member's state and how they are combined, as JSON."""
        return {
            "schema": self.schema,
            "kind": self.kind,
            "rubric": self.rubric.to_dict(),
            "options": self.options(),
            "members": [member.dump_state(json_mode=json_mode) for member in self.members],
        }

    def load_state(self, state: Mapping[str, Any], *, allow_unsafe_lm_state: bool = False) -> None:
        """Become the judge that `dump_state` described, each member on the model it has.

        Raises
        ------
        UsageError
            If the state is of another kind, or has other members than this judge.
        """
        self._check(state)
        if len(state["members"]) != len(self.members):
            raise UsageError(
                message(
                    "the state has {n} members, this judge {n_members}",
                    n=len(state["members"]),
                    n_members=len(self.members),
                )
            )
        for member, member_state in zip(self.members, state["members"], strict=True):
            member.load_state(member_state, allow_unsafe_lm_state=allow_unsafe_lm_state)
        rebuilt = self.rebuilt(Rubric.from_dict(state["rubric"]), self.members, **self._options(state))
        self.__dict__.update(rebuilt.__dict__)

    @classmethod
    def from_state(cls, state: Mapping[str, Any], lm: Any = None, *, allowed: Collection[str] | None = None) -> Self:
        """A judge from what `dump_state` gave; `lm` answers for every member, None for the models named.

        The parameters are those of `Judge.from_state`.
        """
        cls._check(state)
        members = [Judge.from_state(member, lm, allowed=allowed) for member in state["members"]]
        if not members:
            raise UsageError(message("a {kind} judge needs at least one member, got none", kind=cls.kind))
        return cls.rebuilt(Rubric.from_dict(state["rubric"]), members, **cls._options(state))

    @classmethod
    def _options(cls, state: Mapping[str, Any]) -> dict[str, Any]:
        """The options of a state: those of this kind alone, for a constructor takes a model too."""
        options = dict(state["options"])
        if unknown := sorted(map(str, options.keys() - cls.option_names)):
            known = ", ".join(sorted(cls.option_names)) or "none"
            raise UsageError(
                message(
                    "a {kind} judge has no option {unknown}; expected {known}",
                    kind=cls.kind,
                    unknown=", ".join(unknown),
                    known=known,
                )
            )
        return options

    @classmethod
    def _check(cls, state: Mapping[str, Any]) -> None:
        if (state.get("schema"), state.get("kind")) != (cls.schema, cls.kind):
            raise UsageError(
                message(
                    "not the state of a {kind} judge: expected schema {schema!r}, got {got!r} and kind {got_kind!r}",
                    kind=cls.kind,
                    schema=cls.schema,
                    got=state.get("schema"),
                    got_kind=state.get("kind"),
                )
            )

    def _judgments(self, raw: Sequence[Verdict]) -> list[Judgments]:
        return [judgments_of([verdict], member.scale) for verdict, member in zip(raw, self.members, strict=False)]

    def _prediction(self, item: Item, raw: Sequence[Verdict]) -> Any:
        (verdict,) = self.combine(self._judgments(raw), [item])
        verdict = replace(verdict, usage=Usage.total(one.usage for one in raw))
        return dspy.Prediction(
            score=verdict.score,
            verdict=verdict,
            unscored=verdict.unscored,
            probabilities=verdict.probabilities,
            members=tuple(raw),
        )


def first_reason(judgments: Sequence[Judgments], row: int) -> tuple[Unscored, str] | None:
    """Why the first member without a score has none, and which member it is; None where all have one."""
    for place, member in enumerate(judgments):
        if math.isnan(member.score[row]):
            return member.reasons[row] or "no_score", f"member {place + 1} of {len(judgments)}"
    return None


def part_of(judgments: Judgments, row: int, scale: Scale) -> Verdict:
    """What one member said of one item, as a verdict of its own: its expected score where there are probabilities."""
    if math.isnan(judgments.score[row]):
        return Verdict(unscored=judgments.reasons[row] or "no_score")
    likely, written = judgments.probabilities[row], float(judgments.score[row])
    if not scale.points or np.isnan(likely).any():
        return Verdict(score=written, parsed=written)
    read = float(likely @ np.asarray(scale.points)) if scale.ordered else scale.points[int(likely.argmax())]
    return Verdict(score=read, probabilities=tuple(likely.tolist()), method="logprobs")
