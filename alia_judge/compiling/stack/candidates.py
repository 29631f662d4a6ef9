"""What may be deployed: stacks of few members, and of all, each with honest scores of the items it was fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.stack.member_selection import held_out_selection, select_members
from alia_judge.compiling.stack.stack import Stack, fit_stack, surface_stack
from alia_judge.compiling.stack.surface_model import SurfaceModel
from alia_judge.records import Configuration, Scale
from alia_judge.stats.folds import Fold

__all__ = ["Deployable", "Stacker", "surface_alone"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Deployable:
    """A judge that may be deployed.

    Parameters
    ----------
    stack
        Fitted on all n items.
    held_out
        Scores of the items by the same procedure, the choice of members included, without their groups, shape (n,).
    members
        Which of the candidates it asks.
    """

    stack: Stack
    held_out: Floats
    members: tuple[int, ...]


def surface_alone(model: SurfaceModel, held_out: Floats, scale: Scale) -> Deployable:
    """Surface features and no verdict: what a stack that reads them too must beat."""
    return Deployable(stack=surface_stack(model, scale), held_out=held_out, members=())


class Stacker:
    """Makes stacks of candidates on the same items, each once however often it is asked for.

    Parameters
    ----------
    candidates
        m configurations.
    features
        `verdict_features` of each on n items, each of shape (n, p).
    scale
        The scale of the verdicts.
    target
        Consensus of the items, shape (n,).
    folds
        Over the n items, groups whole.
    beside
        What surface features say, where the stacks may read them.
    """

    def __init__(
        self,
        candidates: Sequence[Configuration],
        features: Sequence[Floats],
        scale: Scale,
        target: Floats,
        folds: Sequence[Fold],
        *,
        beside: Deployable | None = None,
    ) -> None:
        self._candidates, self._features, self._scale = candidates, features, scale
        self._target, self._folds, self._beside = target, folds, beside
        self._offset = np.zeros(len(target)) if beside is None else beside.held_out
        self._few: list[Deployable] = []
        self._asked = 0

    def few(self, most: int) -> list[Deployable]:
        """Stacks of 1, 2, ... `most` members, each with one more only where it adds something."""
        most = min(most, len(self._candidates))
        if most > self._asked:
            residual = self._target - self._offset
            picked = select_members(self._features, residual, self._folds, most)
            held_out = held_out_selection(self._features, residual, self._folds, len(picked)) + self._offset
            self._few = [
                Deployable(
                    stack=self._fit(picked[:calls])[0], held_out=held_out[calls - 1], members=tuple(picked[:calls])
                )
                for calls in range(1, len(picked) + 1)
            ]
            self._asked = most
        return self._few[:most]

    @cached_property
    def everything(self) -> Deployable:
        """The stack of all m."""
        stack, held_out = self._fit(range(len(self._candidates)))
        return Deployable(stack=stack, held_out=held_out, members=tuple(range(len(self._candidates))))

    def _fit(self, members: Sequence[int]) -> tuple[Stack, Floats]:
        return fit_stack(
            [self._candidates[member] for member in members],
            [self._features[member] for member in members],
            self._scale,
            self._target,
            self._folds,
            surface=None if self._beside is None else self._beside.stack.surface,
            surface_held_out=None if self._beside is None else self._offset,
        )
