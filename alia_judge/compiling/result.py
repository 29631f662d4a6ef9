"""`CompileResult`: what a search found, what it spent, and how it got there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from alia_judge._version import __version__
from alia_judge.compiling.stacking import Stack
from alia_judge.judging.readouts import Readout, readout_from_dict
from alia_judge.records import Configuration
from alia_judge.stats.estimate import Estimate

__all__ = ["CompileResult", "CurvePoint", "Deployed", "Single"]


@dataclass(frozen=True, kw_only=True)
class Single:
    """The best judge of one configuration: one call an item.

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
class Deployed:
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


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """The state of a search at one moment.

    Parameters
    ----------
    calls
        Calls paid so far.
    trials
        Requests made so far.
    best
        Name of the best single configuration then.
    value, low, high
        Its objective as then believed (expected score): posterior mean and the middle 90% of the posterior.
    gain
        Expected gain in that objective from the next hundred calls.
    """

    calls: int
    trials: int
    best: str
    value: float
    low: float
    high: float
    gain: float

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        nan = float("nan")
        fields: dict[str, Any] = {name: nan if data[name] is None else data[name] for name in cls.__dataclass_fields__}
        return cls(**fields)


@dataclass(frozen=True, kw_only=True)
class CompileResult:
    """What `compile_judge` found.

    Parameters
    ----------
    budget, paid, replayed
        Calls allowed; verdicts this study paid for; verdicts it asked for that were paid for before.
    cost
        What was paid in US dollars, where the source has prices; None otherwise.
    trials
        Requests in the study.
    split
        Number of items by split, as they were given.
    objective
        What was maximised, in words.
    single, deployed
        The judges.
    found
        Whether there is anything to find: False where even the best judge's objective may well be zero or worse.
    why
        What `found` rests on, in one sentence.
    stopped
        Why the search ended: ``"budget"``, ``"gain"`` or ``"exhausted"``.
    curve
        How it went.
    study, storage
        Where the study is.
    signature
        The settings that change the figures, one line.
    """

    schema = "alia-judge/compile/1"

    budget: int
    paid: int
    replayed: int
    cost: float | None
    trials: int
    split: Mapping[str, int]
    objective: str
    single: Single
    deployed: Deployed
    found: bool
    why: str
    stopped: str
    curve: tuple[CurvePoint, ...]
    study: str
    storage: str
    signature: str
    version: str = __version__

    def to_dict(self) -> dict[str, Any]:
        """JSON form, as the interface states it."""
        return {
            "schema": self.schema,
            "version": self.version,
            "signature": self.signature,
            "calls": {"budget": self.budget, "paid": self.paid, "replayed": self.replayed, "cost": self.cost},
            "trials": self.trials,
            "split": dict(self.split),
            "objective": self.objective,
            "found": self.found,
            "why": self.why,
            "stopped": self.stopped,
            "single": self.single.to_dict(),
            "deployed": self.deployed.to_dict(),
            "curve": [point.to_dict() for point in self.curve],
            "study": self.study,
            "storage": self.storage,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return cls(
            budget=data["calls"]["budget"],
            paid=data["calls"]["paid"],
            replayed=data["calls"]["replayed"],
            cost=data["calls"]["cost"],
            trials=data["trials"],
            split=dict(data["split"]),
            objective=data["objective"],
            found=data["found"],
            why=data["why"],
            stopped=data["stopped"],
            single=Single.from_dict(data["single"]),
            deployed=Deployed.from_dict(data["deployed"]),
            curve=tuple(CurvePoint.from_dict(point) for point in data["curve"]),
            study=data["study"],
            storage=data["storage"],
            signature=data["signature"],
            version=data["version"],
        )
