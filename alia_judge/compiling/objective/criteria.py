"""`CriteriaObjective`: what a search maximises that tunes one judge on several criteria at once.

Scores and readings have the criteria as their last axis: (candidates, items, criteria). Each criterion has its own
statistic of its own target; the objective is their mean, their least, or a mix of both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.benchmark.split import Split
from alia_judge.compiling.objective.objective import Objective, Statistic
from alia_judge.compiling.objective.statistics import SetStatistic
from alia_judge.compiling.objective.target import Target
from alia_judge.errors import UsageError

__all__ = ["CriteriaObjective", "CriteriaTarget", "Over", "criteria_of"]

Floats = NDArray[np.float64]
#: What becomes of the criteria's figures: their mean, or the least of them.
Over = Literal["mean", "worst"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CriteriaTarget(Target):
    """What people said of n items on several criteria; its own values are those of the whole.

    Parameters
    ----------
    parts
        The target of each criterion, of the same n items.
    """

    parts: Mapping[str, Target]

    def take(self, indices: NDArray[np.intp]) -> CriteriaTarget:
        """The target of some of the items."""
        whole = super().take(indices)
        return replace(
            self,
            values=whole.values,
            groups=whole.groups,
            parts={name: part.take(indices) for name, part in self.parts.items()},
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class CriteriaObjective(Objective):
    """The mean, or the least, of a statistic of each criterion.

    Parameters
    ----------
    parts
        The objective of each criterion, by name.
    worst
        Weight of the worst criterion in a mix with the mean, in [0, 1].

    Examples
    --------
    >>> one, other = Objective(statistic="spearman"), Objective(statistic="kappa")
    >>> CriteriaObjective(parts={"tone": one, "safe": other}, worst=1.0).name
    'the worst of spearman of tone, kappa of safe'
    """

    schema = "alia-judge/criteria-objective/1"

    statistic: Statistic = "mean over criteria"
    worst: float = 0.0
    parts: Mapping[str, Objective] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.worst <= 1:
            raise UsageError(message("worst is a weight from 0 to 1, got {worst}", worst=self.worst))
        if self.worst:
            object.__setattr__(self, "statistic", "worst criterion" if self.worst == 1 else "mean and worst criterion")

    @classmethod
    def over(
        cls, splits: Sequence[Split], wanted: Objective | Statistic | None, over: Over = "mean"
    ) -> CriteriaObjective:
        """What is wanted of each criterion; where nothing is said, and of labels, as `Objective.of_ratings` has it."""
        parts = {
            one.criterion: Objective.of_ratings(None if one.scale.has_labels else wanted, one.scale) for one in splits
        }
        return cls(parts=parts, worst=1.0 if over == "worst" else 0.0)

    @cached_property
    def of(self) -> SetStatistic:
        """All there is to know of the mix."""
        bounds = np.array([one.of.bounds for one in self.parts.values()])
        return SetStatistic(
            name=self.statistic,
            says="The criteria's statistics as one.",
            rows=self.rows,
            bounds=(float(bounds[:, 0].min()), float(bounds[:, 1].max())),
            chance=0.0,
        )

    @property
    def name(self) -> str:
        """What it is, in words."""
        each = ", ".join(f"{one.name} of {name}" for name, one in self.parts.items())
        how = {0.0: "the mean", 1.0: "the worst"}.get(self.worst, f"{self.worst:.0%} the worst")
        return f"{how} of {each}"

    @property
    def reads_probabilities(self) -> bool:
        """Whether any of them does; each table of a criterion keeps what its own reads."""
        return any(one.reads_probabilities for one in self.parts.values())

    def target(self, split: Split) -> CriteriaTarget:
        """The target of a split of several criteria.

        Raises
        ------
        UsageError
            If a criterion lacks what its statistic looks at.
        """
        return CriteriaTarget(
            values=split.target,
            groups=split.groups,
            scale=split.scale,
            parts={part.criterion: self.parts[part.criterion].target(part) for part in split.parts},
        )

    def readings_of_scores(self, scores: Floats, target: Target) -> Floats:
        """What each criterion's statistic reads of scores, shape (a, n, criteria) in and out."""
        return np.stack(
            [
                one.readings_of_scores(scores[..., place], _part(target, name))
                for place, (name, one) in enumerate(self.parts.items())
            ],
            axis=-1,
        )

    def chance(self, target: Target, *, seed: int = 0) -> float:
        """What a judge has that sees nothing of the items."""
        each = [one.chance(_part(target, name), seed=seed) for name, one in self.parts.items()]
        return float(self.combined(np.array(each)[:, None])[0])

    def rows(self, scores: Floats, target: Target) -> Floats:
        """The objective of many candidates at once, from scores of shape (m, n, criteria)."""
        return self.combined(
            np.stack(
                [
                    one.rows(scores[..., place], _part(target, name))
                    for place, (name, one) in enumerate(self.parts.items())
                ]
            )
        )

    def combined(self, figures: Floats) -> Floats:
        """The objective from figures of each criterion, shape (criteria, m) -> (m,).

        Whoever gives all items one score on a criterion says nothing there: it counts as 0, or it would be better for a
        candidate to have no figure than a low one. NaN where no criterion has one.
        """
        nothing = np.isnan(figures).all(axis=0)
        known = np.nan_to_num(figures)
        mixed = (1 - self.worst) * known.mean(axis=0) + self.worst * known.min(axis=0)
        return np.asarray(np.where(nothing, np.nan, mixed))


def criteria_of(objective: Objective) -> Mapping[str, Objective]:
    """The objective of each of several criteria, by name; none of one that has no criteria."""
    return objective.parts if isinstance(objective, CriteriaObjective) else {}


def _part(target: Target, name: str) -> Target:
    if not isinstance(target, CriteriaTarget):
        raise UsageError(message("an objective of several criteria takes the target of several"))
    return target.parts[name]
