"""`Single` and `Deployed`: the judges that a search names, ready to deploy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from alia_judge._displayed import Displayed
from alia_judge.compiling.space.build import calls_of
from alia_judge.compiling.stack.stack import Stack
from alia_judge.judging.readouts import Readout, readout_from_dict
from alia_judge.records import Configuration
from alia_judge.stats.estimate import Estimate

__all__ = ["Deployed", "Single"]


@dataclass(frozen=True, kw_only=True)
class Single(Displayed):
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
    """

    configuration: Configuration
    readout: Readout
    dev: Estimate
    expected: Estimate

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "configuration": dict(self.configuration.parameters),
            "name": self.configuration.name,
            "calls_per_item": calls_of(self.configuration),
            "readout": self.readout.to_dict(),
            "dev": self.dev.to_dict(),
            "expected": self.expected.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return cls(
            configuration=Configuration(parameters=data["configuration"], name=data["name"]),
            readout=readout_from_dict(data["readout"]),
            dev=Estimate.from_dict(data["dev"]),
            expected=Estimate.from_dict(data["expected"]),
        )


@dataclass(frozen=True, kw_only=True)
class Deployed(Displayed):
    """The best judge of as many configurations as may be asked: several calls an item.

    Parameters
    ----------
    stack
        Its configurations and how their verdicts become a score.
    dev
        The objective on learning items it was not fitted on, corrected for having been picked.
    tradeoff
        The same for the best stack of 1, 2, ... calls an item, by calls.
    """

    stack: Stack
    dev: Estimate
    tradeoff: Mapping[int, Estimate]

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "configurations": [dict(configuration.parameters) for configuration in self.stack.configurations],
            "readout": self.stack.name,
            "calls_per_item": self.stack.calls_per_item,
            "dev": self.dev.to_dict(),
            "tradeoff": {str(calls): estimate.to_dict() for calls, estimate in self.tradeoff.items()},
            "stack": self.stack.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return cls(
            stack=Stack.from_dict(data["stack"]),
            dev=Estimate.from_dict(data["dev"]),
            tradeoff={int(calls): Estimate.from_dict(one) for calls, one in data["tradeoff"].items()},
        )
