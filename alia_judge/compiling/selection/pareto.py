"""`ParetoFront`: the judges of a search of which none is better than another in everything."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import optuna
from optuna.trial import TrialState, create_trial

from alia_judge._record import Record
from alia_judge.compiling.selection.judges import Deployed, Single
from alia_judge.stats.estimate import Estimate

__all__ = ["ParetoFront", "ParetoPoint", "store_front"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ParetoPoint(Record):
    """One judge of the front.

    Parameters
    ----------
    judge
        A judge of one configuration or a stack, ready to deploy.
    figures
        What it has in each objective, by name.
    """

    also: ClassVar[tuple[str, ...]] = ("name", "kind")

    judge: Single | Deployed
    figures: Mapping[str, Estimate]

    @property
    def name(self) -> str:
        """What it asks."""
        if isinstance(self.judge, Single):
            readout = self.judge.readout.name
            return self.judge.configuration.name + ("" if readout == "expected" else f", {readout}")
        stack = self.judge.stack
        return f"{stack.name} of {stack.calls_per_item} calls"

    @property
    def kind(self) -> Literal["single", "stack"]:
        """Whether the judge is of one configuration or a stack."""
        return "single" if isinstance(self.judge, Single) else "stack"

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        kind = Single if data["kind"] == "single" else Deployed
        return super().from_dict({**data, "judge": kind.from_dict(data["judge"])})


@dataclass(frozen=True, kw_only=True, eq=False)
class ParetoFront(Record):
    """Judges to pick from, best by the first objective first.

    Parameters
    ----------
    objectives
        Name of each objective, and whether it is ``"maximize"`` or ``"minimize"``; the first is the search's.
    points
        The judges.
    """

    objectives: Mapping[str, str]
    points: tuple[ParetoPoint, ...]


def store_front(storage: optuna.storages.BaseStorage, name: str, front: ParetoFront) -> str:
    """Write a front as an Optuna study of its own with a direction for each objective, in place of an older one.

    Returns
    -------
    str
        The study's name.
    """
    title = f"{name} front"
    if title in optuna.study.get_all_study_names(storage):
        optuna.delete_study(study_name=title, storage=storage)
    study = optuna.create_study(storage=storage, study_name=title, directions=list(front.objectives.values()))
    with warnings.catch_warnings():
        # Names of the axes; Optuna calls them experimental since 3.2.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study.set_metric_names(list(front.objectives))
    for point in front.points:
        figures = [point.figures[objective] for objective in front.objectives]
        intervals = {f"{one}": str(figure) for one, figure in point.figures.items()}
        study.add_trial(
            create_trial(
                state=TrialState.COMPLETE,
                values=[figure.value for figure in figures],
                user_attrs={"name": point.name, **intervals},
            )
        )
    return title
