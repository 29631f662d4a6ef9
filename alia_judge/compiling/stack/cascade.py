"""`Cascade`: a cheap stack for every item, a larger one where that moves the score, a person where both may be off."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import joined, message
from alia_judge.compiling.space.build import calls_of
from alia_judge.compiling.stack.cascade_point import CascadePoint
from alia_judge.compiling.stack.doubt import Doubt, signals
from alia_judge.compiling.stack.stack import Stack
from alia_judge.errors import UsageError
from alia_judge.records import Configuration, Item, Judgments, Scale

__all__ = ["Cascade", "Stage"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Stage:
    """One stack of a cascade.

    Parameters
    ----------
    stack
        What scores the items that come to it.
    off
        How far its score is likely to be off.
    moves
        How far the next stage is likely to move its score; None for the last.
    passes_from
        An item that is likely to be moved by so much or more goes to the next stage.
    """

    stack: Stack
    off: Doubt
    moves: Doubt | None = None
    passes_from: float = math.inf

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "stack": self.stack.to_dict(),
            "off": self.off.to_dict(),
            "moves": None if self.moves is None else self.moves.to_dict(),
            "passes_from": None if math.isinf(self.passes_from) else self.passes_from,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return cls(
            stack=Stack.from_dict(data["stack"]),
            off=Doubt.from_dict(data["off"]),
            moves=None if data["moves"] is None else Doubt.from_dict(data["moves"]),
            passes_from=math.inf if data["passes_from"] is None else data["passes_from"],
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Cascade:
    """Stacks that are asked one after another, each of the items that the one before passes on.

    Parameters
    ----------
    stages
        The cheapest first. An item that a stage leaves unscored is passed on.
    people_from
        An item whose score is likely to be off by more than this goes to people; ``inf`` for none, ``-inf`` for all.
    risk, tolerance
        The share of all items that may be scored by judges and be off by more than the tolerance, which `people_from`
        was fitted to; None where nothing was to go to people.
    point
        What it costs, how well it agrees and what it leaves to people on the learning items, as `CascadePoint` says it;
        None where that is not known.

    References
    ----------
    Chen, Zaharia and Zou (2023). FrugalGPT. Section 3. (Cascades.) Angelopoulos et al. (2024). Conformal risk control.
    """

    schema = "alia-judge/cascade/1"

    stages: tuple[Stage, ...]
    people_from: float = math.inf
    risk: float | None = None
    tolerance: float | None = None
    point: CascadePoint | None = None

    @cached_property
    def configurations(self) -> tuple[Configuration, ...]:
        """Everybody that may be asked, those of the first stage first."""
        every = [one for stage in self.stages for one in stage.stack.configurations]
        return tuple({one.key: one for one in every}.values())

    @property
    def scale(self) -> Scale:
        """The scale of the scores."""
        return self.stages[-1].stack.scale

    @property
    def calls_per_item(self) -> int:
        """Most calls that one item takes."""
        return sum(map(calls_of, self.configurations))

    @property
    def name(self) -> str:
        """What is read, as of a `Stack`."""
        return self.stages[-1].stack.name

    @property
    def rule(self) -> str:
        """How an item is scored, in words."""
        steps = [
            message("first {named}", named=_named(stage.stack)) if place == 0 else _named(stage.stack)
            for place, stage in enumerate(self.stages)
        ]
        passed = [
            message(
                "where that is likely to move the score by {passes_from:.3g} or more, {step}",
                passes_from=stage.passes_from,
                step=step,
            )
            for stage, step in zip(self.stages, steps[1:], strict=False)
        ]
        people = (
            [
                message(
                    "where the score is likely to be off by more than {people_from:.3g}, a person",
                    people_from=self.people_from,
                )
            ]
            if math.isfinite(self.people_from)
            else [message("everything to a person")] * (self.people_from < 0)
        )
        return joined([steps[0], *passed, *people], "; ")

    def described(self) -> list[str]:
        """How an item is scored and what that comes to, for the card of a published judge."""
        said = [message("An item is scored so: {rule}.", rule=self.rule)]
        if self.risk is not None:
            said.append(
                message(
                    "Of all items at most {risk:.0%} were to be scored by judges and be off by more than "
                    "{tolerance:g} (conformal risk control over groups).",
                    risk=self.risk,
                    tolerance=self.tolerance,
                )
            )
        return [
            *said,
            *(
                []
                if self.point is None
                else [message("On what it learnt from, scored by folds: {point}.", point=self.point)]
            ),
        ]

    def reaches(self, place: int, judgments: Sequence[Judgments], items: Sequence[Item]) -> NDArray[np.bool_]:
        """Which items the configuration at `place` is asked about, from the verdicts of those before it; shape (n,)."""
        owner = next(
            number
            for number, stage in enumerate(self.stages)
            if any(one.key == self.configurations[place].key for one in stage.stack.configurations)
        )
        reached = np.ones(len(items), dtype=np.bool_)
        for stage in self.stages[:owner]:
            reached &= self._passed_on(stage, *self._scored(stage, judgments, items))
        return reached

    def predict(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> Floats:
        """Scores of n items; NaN where nobody scored it, or it goes to people. Parameters are those of `Stack.predict`.

        What a configuration says of an item that does not come to its stage is not read.
        """
        scores, people = self.told(judgments, items)
        return np.where(people, np.nan, scores)

    def told(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> tuple[Floats, NDArray[np.bool_]]:
        """Scores of n items, and which of them go to people, shape (n,) each.

        Raises
        ------
        UsageError
            If there is not one set of verdicts for each configuration.
        """
        if len(judgments) != len(self.configurations):
            raise UsageError(
                message(
                    "a cascade of {n} configurations needs the verdicts of each, got {n_judgments}",
                    n=len(self.configurations),
                    n_judgments=len(judgments),
                )
            )
        scores, doubts = np.full(len(items), np.nan), np.full(len(items), np.nan)
        reached = np.ones(len(items), dtype=np.bool_)
        for stage in self.stages:
            given, told = self._scored(stage, judgments, items)
            known = reached & ~np.isnan(given)
            scores[known], doubts[known] = given[known], stage.off(told)[known]
            reached &= self._passed_on(stage, given, told)
        return scores, ~np.isnan(scores) & (doubts > self.people_from)

    def _scored(self, stage: Stage, judgments: Sequence[Judgments], items: Sequence[Item]) -> tuple[Floats, Floats]:
        """A stage's scores of all items, and what there is to doubt them by."""
        place = {one.key: number for number, one in enumerate(self.configurations)}
        own = [judgments[place[one.key]] for one in stage.stack.configurations]
        given, top = stage.stack.predict(own, items), self.stages[-1].stack.ceiling
        if top is not None:
            # Ties at the top are one tie, whichever stage gave the score.
            tied = given >= (math.inf if stage.stack.ceiling is None else stage.stack.ceiling)
            given = np.where(tied, top, np.minimum(given, top))
        return given, signals(stage.stack, own, given)

    @staticmethod
    def _passed_on(stage: Stage, given: Floats, told: Floats) -> NDArray[np.bool_]:
        if stage.moves is None:
            return np.zeros(len(given), dtype=np.bool_)
        sure: NDArray[np.bool_] = stage.moves(told) < stage.passes_from  # false for NaN: there is no score
        return ~sure

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "schema": self.schema,
            "stages": [stage.to_dict() for stage in self.stages],
            "people_from": None if math.isinf(self.people_from) else self.people_from,
            "everything_to_people": self.people_from == -math.inf,
            "risk": self.risk,
            "tolerance": self.tolerance,
            "point": None if self.point is None else self.point.to_dict(),
            "scale": self.scale.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        nobody = -math.inf if data["everything_to_people"] else math.inf
        return cls(
            stages=tuple(map(Stage.from_dict, data["stages"])),
            people_from=nobody if data["people_from"] is None else data["people_from"],
            risk=data["risk"],
            tolerance=data["tolerance"],
            point=None if data["point"] is None else CascadePoint.from_dict(data["point"]),
        )


def _named(stack: Stack) -> str:
    names = [one.name for one in stack.configurations]
    if len(names) > 2:
        return message("{n} configurations", n=len(names))
    if len(names) == 2:
        return message("{one} and {other}", one=names[0], other=names[1])
    return names[0] if names else message("surface features")
