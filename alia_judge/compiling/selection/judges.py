"""`Single` and `Deployed`: the judges that a search names, ready to deploy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Self

from alia_judge._record import Record
from alia_judge.compiling.space.build import calls_of
from alia_judge.compiling.stack.cascade import Cascade
from alia_judge.compiling.stack.cascade_point import CascadePoint
from alia_judge.compiling.stack.criteria import CriteriaReadout, CriteriaStack, stack_from_dict
from alia_judge.compiling.stack.stack import Stack
from alia_judge.compiling.stack.vote import Vote
from alia_judge.judging.readouts import Readout, readout_from_dict
from alia_judge.records import Configuration
from alia_judge.stats.estimate import Estimate

__all__ = ["Deployed", "Single"]


def _readout(data: Mapping[str, Any]) -> Readout | CriteriaReadout:
    return CriteriaReadout.from_dict(data) if data["readout"] == CriteriaReadout.name else readout_from_dict(data)


@dataclass(frozen=True, kw_only=True, eq=False)
class Single(Record):
    """The best judge of one configuration: one call an item, unless its configuration takes several.

    Parameters
    ----------
    configuration
        Its configuration.
    readout
        How its verdict becomes a score; fitted on the learning items.
    dev
        The objective on learning items it was not fitted on, corrected for having been picked.
    expected
        The same for its expected score, whatever the readout.
    criteria
        Of several criteria, `dev` of each.
    """

    unwritten: ClassVar[frozenset[str]] = frozenset({"criteria"})
    also: ClassVar[tuple[str, ...]] = ("calls_per_item",)
    readers: ClassVar[Mapping[str, Callable[[Any], Any]]] = MappingProxyType({"readout": _readout})

    configuration: Configuration
    readout: Readout | CriteriaReadout
    dev: Estimate
    expected: Estimate
    criteria: Mapping[str, Estimate] = field(default_factory=dict)

    @property
    def calls_per_item(self) -> int:
        """Calls it takes to score one item."""
        return calls_of(self.configuration)

    def to_dict(self) -> dict[str, Any]:
        """JSON form: the configuration by its parameters, and its name beside them."""
        written = super().to_dict()
        return {**written, "configuration": dict(self.configuration.parameters), "name": self.configuration.name}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        asked = Configuration(parameters=data["configuration"], name=data["name"])
        return super().from_dict({**data, "configuration": asked})


@dataclass(frozen=True, kw_only=True, eq=False)
class Deployed(Record):
    """The best judge of as many configurations as may be asked: several calls an item.

    Parameters
    ----------
    stack
        Its configurations and how their verdicts become a score.
    dev
        The objective on learning items it was not fitted on, corrected for having been picked; a cascade's thresholds
        and a vote's offsets were fitted to those items, and a cascade is not corrected for having been picked.
    tradeoff
        The same for the best stack of 1, 2, ... calls an item, by calls.
    cascades
        Where a cascade was asked for, the curve that it was chosen from: what is asked first and then, what it costs,
        how well it agrees and what goes to people. The one deployed is marked.
    criteria
        Of several criteria, `dev` of each.
    """

    unwritten: ClassVar[frozenset[str]] = frozenset({"cascades", "criteria"})
    readers: ClassVar[Mapping[str, Callable[[Any], Any]]] = MappingProxyType({"stack": stack_from_dict})

    stack: Stack | Vote | Cascade | CriteriaStack
    dev: Estimate
    tradeoff: Mapping[int, Estimate]
    cascades: tuple[CascadePoint, ...] = ()
    criteria: Mapping[str, Estimate] = field(default_factory=dict)

    @property
    def takes(self) -> str:
        """Calls an item, in words: of a cascade on average."""
        point = self.stack.point if isinstance(self.stack, Cascade) else None
        return str(self.stack.calls_per_item) if point is None else f"{point.calls:.2g}"

    def to_dict(self) -> dict[str, Any]:
        """JSON form: what the stack is, beside it."""
        return {
            **super().to_dict(),
            "configurations": [dict(configuration.parameters) for configuration in self.stack.configurations],
            "readout": self.stack.name,
            "calls_per_item": self.stack.calls_per_item,
        }
