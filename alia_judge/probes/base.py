"""`Probe`: a change that must not move a judge's score, or one that must."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from alia_judge.records import Item
from alia_judge.stats.estimate import Estimate

__all__ = ["Expectation", "ItemProbe", "Outcome", "Probe", "ProbeResult"]

Floats = NDArray[np.float64]
#: ``"same"``: the score must not move. ``"lower"``: the response was made worse, and the score must fall.
Expectation = Literal["same", "lower"]
Outcome = Literal["moved", "not shown to move", "fell", "not shown to fall", "not applicable"]


@runtime_checkable
class Probe(Protocol):
    """One kind of change, in one or more doses. The change is made by rule; none asks a model."""

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

    def perturb(self, items: Sequence[Item], dose: float, rng: np.random.Generator, /) -> list[Item | None]:
        """Each item changed, in order; None where the change cannot be made to it (another language, no number)."""
        ...

    def expected(self, scores: Floats, /) -> Floats:
        """Scores of the changed items if the change did nothing, from the originals' scores, shape (n,)."""
        ...


class ItemProbe(ABC):
    """A probe that changes each item by itself and expects the same score of it if the change did nothing."""

    @abstractmethod
    def change(self, item: Item, dose: float, rng: np.random.Generator, /) -> Item | None:
        """The item changed; None where it cannot be."""

    def perturb(self, items: Sequence[Item], dose: float, rng: np.random.Generator, /) -> list[Item | None]:
        """Each item changed."""
        return [self.change(item, dose, rng) for item in items]

    def expected(self, scores: Floats, /) -> Floats:
        """The same scores."""
        return scores


@dataclass(frozen=True, kw_only=True)
class ProbeResult:
    """What one dose of a probe did to a judge.

    Parameters
    ----------
    probe, expectation, dose
        Which.
    n_items
        Items that could be changed and were scored both ways.
    shift
        Mean change of the score, with its paired interval.
    effect
        The shift in standard deviations of the judge's own scores; NaN where they do not vary.
    moved_share
        Share of the items whose score moved by half a point of the scale or more (on a continuous scale, by a
        twentieth of it).
    p_value
        Of no shift, two-sided, corrected over all probes and doses (Holm); NaN where undefined.
    alpha
        The level at which `outcome` is decided.
    why
        Why the probe is not applicable; None where it is.
    """

    probe: str
    expectation: Expectation
    dose: float
    n_items: int
    shift: Estimate
    effect: float
    moved_share: float
    p_value: float
    alpha: float = 0.05
    why: str | None = None

    @property
    def outcome(self) -> Outcome:
        """What may be said. Not shown to move is not shown to stay."""
        if self.why is not None:
            return "not applicable"
        shown = self.p_value <= self.alpha
        if self.expectation == "same":
            return "moved" if shown else "not shown to move"
        return "fell" if shown and self.shift.value < 0 else "not shown to fall"

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "probe": self.probe,
            "expectation": self.expectation,
            "dose": self.dose,
            "n_items": self.n_items,
            "shift": self.shift.to_dict(),
            "effect": self.effect,
            "moved_share": self.moved_share,
            "p_value": self.p_value,
            "alpha": self.alpha,
            "outcome": self.outcome,
            "why": self.why,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ProbeResult:
        """The inverse of `to_dict`."""
        numbers = {name: np.nan if data[name] is None else data[name] for name in ("effect", "moved_share", "p_value")}
        return cls(
            probe=data["probe"],
            expectation=data["expectation"],
            dose=data["dose"],
            n_items=data["n_items"],
            shift=Estimate.from_dict(data["shift"]),
            alpha=data["alpha"],
            why=data["why"],
            **numbers,
        )
