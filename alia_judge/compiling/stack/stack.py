"""`Stack`: one score from the verdicts of several configurations, and from surface features where they are allowed.

Each verdict enters with the whole distribution over the scale's points, not with its expected score alone: what a small
model knows often shows in how its probability is spread. Fitting costs no call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.space.build import calls_of
from alia_judge.compiling.stack.surface_model import SurfaceModel
from alia_judge.errors import UsageError
from alia_judge.judging.readouts import Readout, readout_from_dict
from alia_judge.records import Configuration, Item, Judgments, Scale
from alia_judge.stats.folds import Fold
from alia_judge.stats.ridge import fit_ridge, standardised
from alia_judge.text.surface import surface_features

__all__ = ["FURTHEST", "Stack", "fit_stack", "single_stack", "surface_stack", "verdict_features"]

Floats = NDArray[np.float64]

#: Probabilities below this count as this much, so that a rounded zero is no infinite evidence.
_FLOOR = 1e-3
#: A verdict feature so many spreads from its centre counts as no further: one that is all but constant on the items
#: fitted on, as a sure model's are, would otherwise outweigh everything where it is not.
FURTHEST = 4.0
#: Spread of a feature that is constant; JSON knows no infinity.
_CONSTANT = 1e12


@dataclass(frozen=True, kw_only=True, eq=False)
class Stack:
    """A linear reading of verdicts, fitted.

    Parameters
    ----------
    configurations
        The members: each item to score is judged with each, in a call or as many as the member takes.
    scale
        The scale of the verdicts.
    weights
        Weight of each verdict feature, for one spread of it, shape (k, p).
    centres, spreads
        Mean and standard deviation of the features on the items fitted on, shape (k, p). A member that left an item
        unscored counts as at its centre, and a feature as at most four spreads away from it.
    intercept
        Constant.
    surface
        What surface features say; None where only verdicts are read. The verdicts' part is added to it.
    readout
        Reads the verdicts of the one member, instead of weights: the best single judge, where no stack was better.

    References
    ----------
    Breiman (1996). Stacked regressions. Machine Learning 24.
    """

    schema = "alia-judge/stack/1"

    configurations: tuple[Configuration, ...]
    scale: Scale
    weights: Floats
    centres: Floats
    spreads: Floats
    intercept: float
    surface: SurfaceModel | None = None
    readout: Readout | None = None

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
                f"a stack of {len(self.configurations)} configurations needs the verdicts of each, got {len(judgments)}"
            )
        if self.readout is not None:
            return self.scale.oriented(self.readout.predict(judgments[0]))
        scores = np.full(len(items), self.intercept)
        scored = np.full(len(items), not self.configurations)
        for place, member in enumerate(judgments):
            features = verdict_features(member, self.scale)
            scores += standardised(features, self.centres[place], self.spreads[place], FURTHEST) @ self.weights[place]
            scored |= member.scored
        if self.surface is not None:
            scores += self.surface.predict(surface_features(items)[1])
        return np.asarray(np.where(scored, scores, np.nan))

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "schema": self.schema,
            "name": self.name,
            "configurations": [dict(configuration.parameters) for configuration in self.configurations],
            "names": [configuration.name for configuration in self.configurations],
            "scale": self.scale.to_dict(),
            "weights": self.weights.tolist(),
            "centres": self.centres.tolist(),
            "spreads": self.spreads.tolist(),
            "intercept": self.intercept,
            "surface": None if self.surface is None else self.surface.to_dict(),
            "single_readout": None if self.readout is None else self.readout.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        shape = (len(data["configurations"]), -1) if data["configurations"] else (0, 0)
        return cls(
            configurations=tuple(
                Configuration(parameters=parameters, name=name)
                for parameters, name in zip(data["configurations"], data["names"], strict=True)
            ),
            scale=Scale.from_dict(data["scale"]),
            weights=np.array(data["weights"], dtype=np.float64).reshape(shape),
            centres=np.array(data["centres"], dtype=np.float64).reshape(shape),
            spreads=np.array(data["spreads"], dtype=np.float64).reshape(shape),
            intercept=data["intercept"],
            surface=None if data["surface"] is None else SurfaceModel.from_dict(data["surface"]),
            readout=None if data.get("single_readout") is None else readout_from_dict(data["single_readout"]),
        )


def verdict_features(judgments: Judgments, scale: Scale) -> Floats:
    """Verdicts as features, shape (n, p): centred log-ratios of the points' probabilities; NaN where unscored.

    A score without probabilities is read as a normal distribution about it, one point wide: its log-ratios are linear
    in the score. On a continuous scale the one feature is the score.

    References
    ----------
    Aitchison (1982). The statistical analysis of compositional data. JRSS B 44. (The centred log-ratio, eq. 4.1.)
    """
    if not scale.points:
        return judgments.score[:, None]
    points = np.asarray(scale.points, dtype=np.float64)
    width = float(np.ptp(points)) / (len(points) - 1)
    told = ~np.isnan(judgments.probabilities).any(axis=1, keepdims=True)
    about = -0.5 * ((points - judgments.score[:, None]) / width) ** 2
    logs = np.where(told, np.log(np.maximum(judgments.probabilities, _FLOOR)), about)
    logs[~judgments.scored] = np.nan
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))


def fit_stack(
    members: Sequence[Configuration],
    features: Sequence[Floats],
    scale: Scale,
    target: Floats,
    folds: Sequence[Fold],
    *,
    surface: SurfaceModel | None = None,
    surface_held_out: Floats | None = None,
) -> tuple[Stack, Floats]:
    """Fit a stack by ridge, its penalty chosen by cross-validated error over the folds.

    Parameters
    ----------
    members
        k configurations.
    features
        `verdict_features` of each member on n items, each of shape (n, p).
    scale
        The scale of the verdicts.
    target
        Consensus of the items, shape (n,).
    folds
        Over the n items, groups whole.
    surface
        What surface features say. The verdicts then explain what it leaves unexplained, so that with verdicts that add
        nothing the stack is the surface fit.
    surface_held_out
        Its held-out predictions for the n items.

    Returns
    -------
    stack : Stack
    held_out : ndarray
        Predictions for the n items, each from a fit without its group, shape (n,).
    """
    offset = np.zeros(len(target)) if surface_held_out is None else surface_held_out
    ridge = fit_ridge(np.concatenate(features, axis=1), target - offset, folds, cautious=True, furthest=FURTHEST)
    shape = (len(members), -1)
    stack = Stack(
        configurations=tuple(members),
        scale=scale,
        weights=ridge.weights.reshape(shape),
        centres=ridge.centre.reshape(shape),
        spreads=np.minimum(ridge.spread, _CONSTANT).reshape(shape),
        intercept=ridge.intercept,
        surface=surface,
    )
    return stack, ridge.held_out + offset


def surface_stack(surface: SurfaceModel, scale: Scale) -> Stack:
    """The stack without members: surface features alone."""
    empty = np.empty((0, 0))
    return Stack(
        configurations=(), scale=scale, weights=empty, centres=empty, spreads=empty, intercept=0.0, surface=surface
    )


def single_stack(configuration: Configuration, readout: Readout, scale: Scale) -> Stack:
    """The stack of one member that is read as the best single judge is."""
    empty = np.empty((1, 0))
    return Stack(
        configurations=(configuration,),
        scale=scale,
        weights=empty,
        centres=empty,
        spreads=empty,
        intercept=0.0,
        readout=readout,
    )
