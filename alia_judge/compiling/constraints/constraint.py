"""`Constraint`: a bound that a judge must keep to, whatever its agreement."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from alia_judge._messages import Message, message
from alia_judge._record import Record
from alia_judge.compiling.constraints.measures import JudgeMeasure, Measure, either_way, measure_name, prefers_low
from alia_judge.compiling.objective.objective import Objective
from alia_judge.errors import UsageError
from alia_judge.stats.estimate import Estimate

__all__ = ["Constraint", "ConstraintCheck", "ConstraintReport"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """A bound on what a judge costs, leaves out or is swayed by.

    Candidates that all but certainly break it get no more calls; a judge is named only if it keeps to it on the items
    that no target chose. It never enters the score.

    Parameters
    ----------
    measure
        ``"coverage"``, ``"cost"`` (dollars an item), ``"latency"`` (seconds an item), ``"length_bias"`` (partial rank
        correlation of score and words given people's consensus; its size counts), another `Objective`, a
        `ProbeMeasure` (what a probe does to the judge, the share of flipped orders), or a callable that gets a
        `Finalist` and returns a number. The last two are taken on the best judges, one after another, until one keeps
        to the bound: on as many as the calls set aside pay for, and a callable on five at most.
    at_most, at_least
        The bound: exactly one of them.
    assurance
        Least probability that the bound is kept to, given the items there are, in (0, 1). At 0.5 the figure itself has
        to be within the bound; at 0.95 its uncertainty too.
    name
        What to call it; by default the measure's name.

    Raises
    ------
    UsageError
        If the measure is unknown, there is not exactly one bound, or `assurance` is no probability.

    Examples
    --------
    >>> print(Constraint(measure="length_bias", at_most=0.2))
    length_bias at most 0.2
    """

    schema = "alia-judge/constraint/1"

    measure: Measure
    at_most: float | None = None
    at_least: float | None = None
    assurance: float = 0.5
    name: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", measure_name(self.measure))
        measure_name(self.measure)
        if (self.at_most is None) == (self.at_least is None):
            raise UsageError(message("constraint {name!r} needs either at_most or at_least", name=self.name))
        if not math.isfinite(self.bound):
            raise UsageError(
                message(
                    "the bound of constraint {name!r} must be a number, got {bound}", name=self.name, bound=self.bound
                )
            )
        if self.at_least is not None and prefers_low(self.measure):
            raise UsageError(message("{name} is bounded from above; use at_most", name=self.name))
        if not 0 < self.assurance < 1:
            raise UsageError(
                message("assurance is a probability between 0 and 1, got {assurance}", assurance=self.assurance)
            )
        if isinstance(self.measure, Objective) and self.measure.reads_probabilities:
            raise UsageError(
                message("{name} cannot be a constraint: it is no figure of the scores", name=self.measure.name)
            )

    @property
    def bound(self) -> float:
        """The bound, whichever side it is on."""
        return self.at_most if self.at_most is not None else float(self.at_least)  # type: ignore[arg-type]

    @property
    def is_measured_on_judges(self) -> bool:
        """Whether it takes a judge to measure, and not its verdicts alone."""
        return not isinstance(self.measure, str | Objective)

    def excess(self, value: Floats) -> Floats:
        """By how much figures are beyond the bound: at most 0 keeps to it, as Optuna counts constraints."""
        size = np.abs(value) if either_way(self.measure) else value
        return np.asarray(size - self.bound if self.at_most is not None else self.bound - size)

    def probability(self, value: Floats, error: Floats) -> Floats:
        """Probability that the bound is kept to, for a figure with a normal error; one half where it is unknown."""
        excess = self.excess(value)
        with np.errstate(invalid="ignore", divide="ignore"):
            likely = np.where(error > 0, ndtr(-excess / error), (excess <= 0).astype(np.float64))
        return np.asarray(np.where(np.isnan(excess) | np.isnan(error), 0.5, likely))

    def told(self) -> Message:
        """The bound in words."""
        sure = "" if self.assurance == 0.5 else message(", {share:.0%} sure", share=self.assurance)
        if self.at_most is not None:
            return message("{name} at most {bound:g}{sure}", name=self.name, bound=self.bound, sure=sure)
        return message("{name} at least {bound:g}{sure}", name=self.name, bound=self.bound, sure=sure)

    def __str__(self) -> str:
        return str(self.told())

    def to_dict(self) -> dict[str, Any]:
        """JSON form; a callable by its name alone."""
        plain = isinstance(self.measure, Objective | JudgeMeasure)
        measure = self.measure.to_dict() if plain else measure_name(self.measure)  # type: ignore[union-attr]
        return {
            "schema": self.schema,
            "measure": measure,
            "at_most": self.at_most,
            "at_least": self.at_least,
            "assurance": self.assurance,
            "name": self.name,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`, but for what is measured on judges, which a file does not hold.

        Raises
        ------
        UsageError
            If the measure was a callable or a probe's.
        """
        measure = data["measure"]
        if isinstance(measure, Mapping) and "statistic" not in measure:
            raise UsageError(
                message("constraint {name!r} is measured on judges; make it again from its measure", name=data["name"])
            )
        return cls(
            measure=Objective.from_dict(measure) if isinstance(measure, Mapping) else measure,
            at_most=data["at_most"],
            at_least=data["at_least"],
            assurance=data["assurance"],
            name=data["name"],
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class ConstraintCheck(Record):
    """Whether one judge keeps to one constraint.

    Parameters
    ----------
    constraint
        The constraint, in words.
    figure
        What was measured.
    probability
        That the bound is kept to.
    holds
        Whether that is enough.
    """

    constraint: str
    figure: Estimate
    probability: float
    holds: bool

    def told(self) -> Message:
        """The bound, and what was measured."""
        if self.holds:
            return message("{constraint}: {figure}", constraint=self.constraint, figure=self.figure)
        return message("{constraint}: {figure} (not kept)", constraint=self.constraint, figure=self.figure)

    def __str__(self) -> str:
        return str(self.told())


@dataclass(frozen=True, kw_only=True, eq=False)
class ConstraintReport(Record):
    """What became of the constraints of a search.

    Parameters
    ----------
    single, deployed
        Whether the two judges keep to them, one finding a constraint. They were measured on learning items that no
        target chose; a held-out test confirms them.
    excluded
        Judges that were not named because of a constraint, with what they broke, by name; the best by agreement first.
    """

    also: ClassVar[tuple[str, ...]] = (
        "single_keeps",
        "deployed_keeps",
    )

    single: tuple[ConstraintCheck, ...]
    deployed: tuple[ConstraintCheck, ...]
    excluded: Mapping[str, tuple[ConstraintCheck, ...]]

    @property
    def single_keeps(self) -> bool:
        """Whether the single judge keeps to every constraint."""
        return all(check.holds for check in self.single)

    @property
    def deployed_keeps(self) -> bool:
        """Whether the deployed judge keeps to every constraint."""
        return all(check.holds for check in self.deployed)
