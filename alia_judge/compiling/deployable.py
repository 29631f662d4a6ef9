"""What may be deployed: stacks of few members, and of all, each with honest scores of the items it was fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.folds import Fold
from alia_judge.compiling.selection import held_out_selection, select_members
from alia_judge.compiling.stacking import Stack, fit_stack, surface_stack
from alia_judge.compiling.surface_model import SurfaceModel
from alia_judge.records import Configuration, Scale

__all__ = ["Deployable", "stacks_of", "surface_alone"]

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


def stacks_of(
    candidates: Sequence[Configuration],
    features: Sequence[Floats],
    scale: Scale,
    target: Floats,
    folds: Sequence[Fold],
    *,
    most: int,
    everything: bool,
    beside: Deployable | None = None,
) -> list[Deployable]:
    """Stacks of 1, 2, ... members, each with one more only where it adds something, and perhaps the stack of all.

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
    most
        Most members of a stack of few.
    everything
        Whether the stack of all m is one of them.
    beside
        What surface features say, where the stacks may read them.
    """
    surface = None if beside is None else beside.stack.surface
    offset = np.zeros(len(target)) if beside is None else beside.held_out

    def fit(members: Sequence[int]) -> tuple[Stack, Floats]:
        return fit_stack(
            [candidates[member] for member in members],
            [features[member] for member in members],
            scale,
            target,
            folds,
            surface=surface,
            surface_held_out=None if beside is None else offset,
        )

    picked = select_members(features, target - offset, folds, most)
    held_out = held_out_selection(features, target - offset, folds, len(picked)) + offset
    found = [
        Deployable(stack=fit(picked[:calls])[0], held_out=held_out[calls - 1], members=tuple(picked[:calls]))
        for calls in range(1, len(picked) + 1)
    ]
    if everything and len(picked) < len(candidates):
        stack, scores = fit(range(len(candidates)))
        found.append(Deployable(stack=stack, held_out=scores, members=tuple(range(len(candidates)))))
    return found
