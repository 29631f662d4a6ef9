"""`Stack`: one score from the verdicts of several configurations, and from surface features where they are allowed.

Each verdict enters with the whole distribution over the scale's points where there is one, not with its expected score
alone: what a small model knows often shows in how its probability is spread. Fitting costs no call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.compiling.space.build import calls_of
from alia_judge.compiling.stack.features import FeatureMap, log_ratios
from alia_judge.compiling.stack.surface_model import SurfaceModel
from alia_judge.errors import UsageError
from alia_judge.judging.readouts import Readout, readout_from_dict
from alia_judge.records import Configuration, Item, Judgments, Scale
from alia_judge.text.surface import surface_features

__all__ = ["Member", "Stack", "single_stack", "surface_stack"]

Floats = NDArray[np.float64]

#: What stacks were written as before verdicts were read by rank: one array of weights, centres and spreads.
_FORMER = "alia-judge/stack/1"


@dataclass(frozen=True, kw_only=True, eq=False)
class Member(Record):
    """How a stack reads the verdicts of one of its configurations.

    Parameters
    ----------
    maps
        One for each feature: for the score alone, or for each point's log-ratio; then for each of `beside`.
    weights
        Of each feature as its map reads it, shape (p,).
    probabilities
        Whether log-ratios are read, and not the score.
    beside
        The other criteria that the same call answers, and whose scores are read too.
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"probabilities"})
    unwritten: ClassVar[frozenset[str]] = frozenset({"beside"})

    maps: tuple[FeatureMap, ...]
    weights: Floats
    probabilities: bool
    beside: tuple[str, ...] = ()

    def read(self, judgments: Judgments, scale: Scale) -> Floats:
        """Its part of the scores, shape (n,); 0 where it left an item unscored."""
        features = log_ratios(judgments, scale) if self.probabilities else judgments.score[:, None]
        features = np.column_stack([features, *(judgments.parts[name].score for name in self.beside)])
        read = np.stack([one(column) for one, column in zip(self.maps, features.T, strict=True)], axis=1)
        return np.asarray(np.nan_to_num(read) @ self.weights)

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {**super().to_dict(), "reads": "probabilities" if self.probabilities else "score"}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return super().from_dict({**data, "probabilities": data["reads"] == "probabilities"})


@dataclass(frozen=True, kw_only=True, eq=False)
class Stack(Record):
    """A reading of verdicts, fitted: a weighted sum of their places among the verdicts seen.

    Parameters
    ----------
    configurations
        The members: each item to score is judged with each, in a call or as many as the member takes.
    scale
        The scale of the scores.
    members
        How the verdicts of each are read. A member that left an item unscored says nothing of it.
    intercept
        Constant.
    ceiling
        The verdicts' part is at most this much: where people tie at the top, so does the stack. None: no ties.
    surface
        What surface features say; None where only verdicts are read. The verdicts' part is added to it.
    readout
        Reads the verdicts of the one member, instead of weights: the best single judge, where it is clearly better.
    rule
        How the weights were found, in words.

    References
    ----------
    Breiman (1996). Stacked regressions. Machine Learning 24.
    """

    schema = "alia-judge/stack/2"
    in_json: ClassVar[Mapping[str, str]] = {"readout": "single_readout"}
    also: ClassVar[tuple[str, ...]] = ("name",)
    readers: ClassVar[Mapping[str, Callable[[Any], Any]]] = MappingProxyType({"readout": readout_from_dict})

    configurations: tuple[Configuration, ...]
    scale: Scale
    members: tuple[Member, ...]
    intercept: float
    ceiling: float | None = None
    surface: SurfaceModel | None = None
    readout: Readout | None = None
    rule: str = ""

    @property
    def calls_per_item(self) -> int:
        """Calls it takes to score one item."""
        return sum(map(calls_of, self.configurations))

    @property
    def name(self) -> str:
        """``"verdicts"``, ``"surface"`` (no verdicts at all) or ``"verdicts+surface"``."""
        parts = (["verdicts"] if self.configurations else []) + (["surface"] if self.surface is not None else [])
        return "+".join(parts)

    def predict(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> Floats:
        """Scores of n items.

        Parameters
        ----------
        judgments
            Verdicts of each member on the items, in the members' order.
        items
            The items.

        Returns
        -------
        ndarray
            Shape (n,), higher is better, on the scale's numbers but not held within its ends; NaN where no member
            scored the item.

        Raises
        ------
        UsageError
            If there is not one set of verdicts for each member.
        """
        if len(judgments) != len(self.configurations):
            raise UsageError(
                message(
                    "a stack of {n} configurations needs the verdicts of each, got {n_judgments}",
                    n=len(self.configurations),
                    n_judgments=len(judgments),
                )
            )
        if self.readout is not None:
            return self.scale.oriented(self.readout.predict(judgments[0]))
        scores = np.full(len(items), self.intercept)
        scored = np.full(len(items), not self.configurations)
        for member, given in zip(self.members, judgments, strict=True):
            scores += member.read(given, self.scale)
            scored |= given.scored
        if self.ceiling is not None:
            scores = np.minimum(scores, self.ceiling)
        if self.surface is not None:
            scores += self.surface.predict(surface_features(items)[1])
        return np.asarray(np.where(scored, scores, np.nan))

    def scores(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> Floats:
        """As `predict`, in the scale's own direction."""
        return self.scale.oriented(self.predict(judgments, items))

    def to_dict(self) -> dict[str, Any]:
        """JSON form: the configurations by their parameters, and their names beside them."""
        return {
            **super().to_dict(),
            "configurations": [dict(configuration.parameters) for configuration in self.configurations],
            "names": [configuration.name for configuration in self.configurations],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`; reads what earlier versions wrote too."""
        if data["schema"] == _FORMER:
            data = {**data, "schema": cls.schema, "members": _former_members(data)}
        asked = zip(data["configurations"], data["names"], strict=True)
        members = [Configuration(parameters=parameters, name=name) for parameters, name in asked]
        return super().from_dict({**data, "configurations": members})


def _former_members(data: Mapping[str, Any]) -> tuple[Member, ...]:
    """Members that read features as they are: log-ratios on a scale with points, else the score."""
    none = np.empty(0)
    probabilities = bool(Scale.from_dict(data["scale"]).points)
    return tuple(
        Member(
            maps=tuple(
                FeatureMap(values=none, ranks=none, centre=centre, spread=spread)
                for centre, spread in zip(centres, spreads, strict=True)
            ),
            weights=np.array(weights, dtype=np.float64),
            probabilities=probabilities,
        )
        for weights, centres, spreads in zip(data["weights"], data["centres"], data["spreads"], strict=True)
    )


def surface_stack(surface: SurfaceModel, scale: Scale) -> Stack:
    """The stack without members: surface features alone."""
    return Stack(configurations=(), scale=scale, members=(), intercept=0.0, surface=surface)


def single_stack(configuration: Configuration, readout: Readout, scale: Scale) -> Stack:
    """The stack of one member that is read as the best single judge is."""
    return Stack(configurations=(configuration,), scale=scale, members=(), intercept=0.0, readout=readout)
