"""Stacks of several criteria: the same members, asked once, and a reading of their verdicts for each criterion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import joined as in_turn
from alia_judge._record import Record
from alia_judge.compiling.stack.candidates import Deployable, Stacker, distilled
from alia_judge.compiling.stack.cascade import Cascade
from alia_judge.compiling.stack.stack import Stack, single_stack
from alia_judge.compiling.stack.vote import Vote, VoteStacker
from alia_judge.judging.readouts import Readout, readout_from_dict
from alia_judge.judging.readouts.base import ReadoutRecord
from alia_judge.records import Configuration, Item, Judgments

__all__ = ["CriteriaReadout", "CriteriaStack", "CriteriaStacker", "joined", "single_of", "stack_from_dict"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class CriteriaReadout(ReadoutRecord):
    """A readout for each criterion that one call answers.

    Parameters
    ----------
    parts
        The readout of each criterion, by name.
    """

    name: ClassVar[str] = "criteria"
    readers: ClassVar[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
        {"parts": lambda written: {name: readout_from_dict(one) for name, one in written.items()}}
    )

    parts: Mapping[str, Readout]

    def predict(self, judgments: Judgments) -> Floats:
        """Scores, shape (n, criteria)."""
        return np.stack([one.predict(judgments.parts[name]) for name, one in self.parts.items()], axis=-1)


@dataclass(frozen=True, kw_only=True, eq=False)
class CriteriaStack(Record):
    """How the verdicts of the same members are read for each criterion.

    Parameters
    ----------
    parts
        The stack of each criterion, by name, all of the same configurations.
    """

    schema = "alia-judge/criteria-stack/1"
    readers: ClassVar[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
        {"parts": lambda written: {name: stack_from_dict(one) for name, one in written.items()}}
    )

    parts: Mapping[str, Stack]

    @property
    def _first(self) -> Stack:
        return next(iter(self.parts.values()))

    @property
    def configurations(self) -> tuple[Configuration, ...]:
        """The members."""
        return self._first.configurations

    @property
    def calls_per_item(self) -> int:
        """Calls it takes to score one item on every criterion."""
        return self._first.calls_per_item

    @property
    def name(self) -> str:
        """As `Stack.name`."""
        return self._first.name

    @property
    def readout(self) -> Readout | None:
        """That of the first criterion, where there is one member that is read as the single judge is."""
        return getattr(self._first, "readout", None)

    @property
    def rule(self) -> str:
        """How the weights were found, in words, and of each criterion where they differ."""
        rules = {name: one.rule for name, one in self.parts.items()}
        if len(set(rules.values())) == 1:
            return self._first.rule
        return in_turn((in_turn([name, rule], ": ") for name, rule in rules.items()), "; ")

    def predict(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> Floats:
        """As `Stack.predict`, shape (n, criteria)."""
        return self._each("predict", judgments, items)

    def scores(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> Floats:
        """As `Stack.scores`, shape (n, criteria)."""
        return self._each("scores", judgments, items)

    def _each(self, what: str, judgments: Sequence[Judgments], items: Sequence[Item]) -> Floats:
        return np.stack(
            [
                getattr(one, what)([_beside_others(given.parts, name) for given in judgments], items)
                for name, one in self.parts.items()
            ],
            axis=-1,
        )


def _beside_others(parts: Mapping[str, Judgments], name: str) -> Judgments:
    """The verdicts on one criterion, with those that the same calls gave on the others as their `parts`."""
    return replace(parts[name], parts={other: one for other, one in parts.items() if other != name})


def stack_from_dict(data: Mapping[str, Any]) -> Stack | Vote | Cascade | CriteriaStack:
    """Any of them from what its ``to_dict`` gave."""
    if data["schema"] == Vote.schema:
        return Vote.from_dict(data)
    if data["schema"] == CriteriaStack.schema:
        return CriteriaStack.from_dict(data)
    return Cascade.from_dict(data) if data["schema"] == Cascade.schema else Stack.from_dict(data)


def single_of(configuration: Configuration, readout: Readout | CriteriaReadout, scale: Any) -> Stack | CriteriaStack:
    """The stack of one member that is read as the best single judge is."""
    if isinstance(readout, CriteriaReadout):
        parts = {name: single_stack(configuration, one, one.scale) for name, one in readout.parts.items()}
        return CriteriaStack(parts=parts)
    return single_stack(configuration, readout, scale)


def joined(parts: Mapping[str, Deployable]) -> Deployable:
    """A judge of each criterion, all of the same members, as one that may be deployed."""
    first = next(iter(parts.values()))
    return Deployable(
        # Whoever chooses among stacks asks of it what it asks of one.
        stack=cast("Stack", CriteriaStack(parts={name: one.stack for name, one in parts.items()})),
        held_out=np.stack([one.held_out for one in parts.values()], axis=-1),
        members=first.members,
    )


class CriteriaStacker:
    """Makes stacks of several criteria; a `Stacker` of each, and members that serve all of them.

    Parameters
    ----------
    parts
        The stacker of each criterion, of the same candidates and items.
    """

    def __init__(self, parts: Mapping[str, Stacker | VoteStacker]) -> None:
        self._parts = dict(parts)
        self._few: list[Deployable] = []
        self._asked = 0

    def few(self, most: int) -> list[Deployable]:
        """Stacks of 1, 2, ... `most` members, which say best what the stacks of all say, over the criteria together."""
        if most > self._asked:
            self._asked = most
            # A vote has a stack for each label, and its members say best what all say of them.
            found = iter(distilled([leaf for one in self._parts.values() for leaf in one.leaves], most))
            each = {name: [next(found) for _ in one.leaves] for name, one in self._parts.items()}
            self._few = [
                joined({name: one.of_leaves([path[calls] for path in each[name]]) for name, one in self._parts.items()})
                for calls in range(len(next(iter(each.values()))[0]))
            ]
        return self._few[:most]

    @cached_property
    def everything(self) -> Deployable:
        """The stacks of all that are settled."""
        return joined({name: one.everything for name, one in self._parts.items()})

    @cached_property
    def everybody(self) -> Deployable | None:
        """The stacks of all candidates, where that is a gain on every criterion."""
        found = {name: one.everybody for name, one in self._parts.items()}
        return None if None in found.values() else joined({name: one for name, one in found.items() if one is not None})
