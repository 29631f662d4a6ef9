"""`Probe` and `JudgeProbe`: a change that must not move a judge's score, or one that must."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from alia_judge.records import Item

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge

__all__ = ["AnyProbe", "Change", "Expectation", "Invariant", "ItemProbe", "JudgeProbe", "Probe", "Question", "Variant"]

Floats = NDArray[np.float64]
#: ``"same"``: the score must not move. ``"lower"``: the response was made worse, and the score must fall.
Expectation = Literal["same", "lower"]
#: What is asked of a judge that must not move: does its mean score shift, do single scores scatter, or either?
Question = Literal["shift", "scatter", "either"]
#: What a change must leave as it was: the words in their order, the numbers, the language.
Invariant = Literal["words", "numbers", "language"]


@dataclass(frozen=True)
class Change:
    """An item before and after; `before` is mostly the item itself, or else a control that was changed too."""

    before: Item
    after: Item


@runtime_checkable
class Probe(Protocol):
    """One kind of change to items, in one or more doses.

    Changes are made by rule. A probe that has a model write the text says so in `needs`.
    """

    @property
    def name(self) -> str:
        """What it is called, in snake case."""
        ...

    @property
    def expectation(self) -> Expectation:
        """What the score must do."""
        ...

    @property
    def doses(self) -> Sequence[float]:
        """How strong the change may be, ascending."""
        ...

    @property
    def changes(self) -> str:
        """What is changed, and what a dose is: one or two sentences for people."""
        ...

    @property
    def keeps(self) -> frozenset[Invariant]:
        """What a change leaves as it was; one that does not is dropped and counted."""
        ...

    @property
    def needs(self) -> str | None:
        """What the probe lacks to be run at all; None if nothing."""
        ...

    def perturb(self, items: Sequence[Item], dose: float, rng: np.random.Generator, /) -> list[Change | None]:
        """Each item's change, in order; None where it cannot be made (another language, no number)."""
        ...

    def expected(self, scores: Floats, /) -> Floats:
        """Scores of the changed items if the change did nothing, from those before it, shape (n,)."""
        ...


class ItemProbe(ABC):
    """A probe that changes each item by itself and expects the same score of it if the change did nothing."""

    keeps: ClassVar[frozenset[Invariant]] = frozenset()
    needs: str | None = None

    @abstractmethod
    def change(self, item: Item, dose: float, rng: np.random.Generator, /) -> Item | None:
        """The item changed; None where it cannot be."""

    def perturb(self, items: Sequence[Item], dose: float, rng: np.random.Generator, /) -> list[Change | None]:
        """Each item beside itself changed."""
        changed = [self.change(item, dose, rng) for item in items]
        return [None if after is None else Change(before, after) for before, after in zip(items, changed, strict=True)]

    def expected(self, scores: Floats, /) -> Floats:
        """The same scores."""
        return scores


def _as_it_is(scores: Floats) -> Floats:
    return scores


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A judge that should judge as the original does.

    Parameters
    ----------
    judge
        The judge.
    sample
        Which sample of its verdicts to take.
    to_original
        From the variant's oriented scores to the original's scale, shape (n,) to (n,).
    """

    judge: Judge
    sample: int = 0
    to_original: Callable[[Floats], Floats] = _as_it_is


@runtime_checkable
class JudgeProbe(Protocol):
    """One kind of change to the judge that must not matter: the items stay as they are."""

    @property
    def name(self) -> str:
        """What it is called, in snake case."""
        ...

    @property
    def doses(self) -> Sequence[float]:
        """How strong the change may be, ascending."""
        ...

    @property
    def changes(self) -> str:
        """What is changed, and what a dose is: one or two sentences for people."""
        ...

    @property
    def question(self) -> Question:
        """``"scatter"`` where no shift of the mean is to be expected (a random order); mostly ``"either"``."""
        ...

    def variant(self, judge: Judge, dose: float, rng: np.random.Generator, /) -> Variant | str:
        """The judge changed, or why it cannot be."""
        ...


AnyProbe = Probe | JudgeProbe
