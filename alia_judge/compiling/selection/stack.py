"""Which stack to deploy, and what it must beat."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.selection.common_items import CommonItems, Contenders
from alia_judge.compiling.selection.judges import Deployed
from alia_judge.compiling.selection.single import named_single
from alia_judge.compiling.stack.candidates import Deployable, Stacker, surface_alone
from alia_judge.compiling.stack.stack import single_stack, verdict_features
from alia_judge.compiling.stack.surface_model import fit_surface
from alia_judge.stats.estimate import Estimate

__all__ = ["StackCandidates", "choose_stack"]

#: Standard errors of a difference that make it a clear one.
_CLEARLY = 2.0
#: Standard errors by which verdicts must do better than the surface features that they are read beside.
_PAYS = 1.0
#: Calls an item up to which the trade-off is drawn one by one where there is no bound.
_CURVE_CALLS = 8


class StackCandidates:
    """The stacks of the settled candidates, with surface features and without."""

    def __init__(self, common: CommonItems, settled: NDArray[np.intp]) -> None:
        self._common, self.settled = common, settled
        self._stackers: dict[bool, Stacker] = {}

    @cached_property
    def features(self) -> list[NDArray[np.float64]]:
        """`verdict_features` of each settled candidate."""
        scale = self._common.learning.scale
        return [verdict_features(self._common.judgments(int(candidate)), scale) for candidate in self.settled]

    @cached_property
    def surface_alone(self) -> Deployable:
        """Surface features and no verdict."""
        learning = self._common.learning
        model, held_out = fit_surface(learning.surface, learning.target.values, learning.folds(len(learning)))
        return surface_alone(model, held_out[: self._common.n], learning.scale)

    def stacks(self, deploy_calls: int | None, *, surface: bool) -> list[Deployable]:
        """Those of at most so many calls an item, the largest last."""
        if not self._common.learning.scale.ordered:
            return []  # a weighted sum of the codes of labels is no label
        if surface not in self._stackers:
            self._stackers[surface] = Stacker(
                [self._common.configurations[int(candidate)] for candidate in self.settled],
                self.features,
                self._common.learning.scale,
                self._common.target.values,
                self._common.folds,
                beside=self.surface_alone if surface else None,
            )
        stacker = self._stackers[surface]
        # As many as the trade-off shows, so that another bound finds them made.
        stacks = stacker.few(max(deploy_calls or 0, _CURVE_CALLS))[: deploy_calls or _CURVE_CALLS]
        everything = deploy_calls is None or deploy_calls >= len(self.settled)
        stacks = [*stacks, stacker.everything] if everything and len(stacks) < len(self.settled) else stacks
        # A member may take several calls by itself.
        return [one for one in stacks if deploy_calls is None or one.stack.calls_per_item <= deploy_calls]


def choose_stack(
    common: CommonItems,
    candidates: StackCandidates,
    singles: Contenders,
    deploy_calls: int | None,
    *,
    surface: bool,
    fewest: bool = False,
) -> Contenders:
    """The stacks that are allowed, and what they must beat: the single judge, or surface features where they are read.

    The largest is deployed if it does better on held-out groups (beside surface features, by a standard error of the
    difference), and else what it must beat. The figures of stacks of different sizes are too close for their order to
    mean anything. With `fewest` it gives way to the one of fewest calls whose figure is within a standard error of its
    own: the second call an item doubles the bill, and buys a user nothing that can be told.
    """
    settled = candidates.settled
    rivals = [_as_stack(common, singles)] + ([candidates.surface_alone] if surface else [])
    stacks = candidates.stacks(deploy_calls, surface=surface)
    options = [*rivals, *stacks]
    scores = np.stack([option.held_out for option in options])
    comparison = common.compare(common.fitted_readings(scores))
    # The single judge was picked as the best of many, and its figure says so.
    figures = [named_single(singles).dev, *(comparison.estimate(place) for place in range(1, len(options)))]
    tradeoff: dict[int, Estimate] = {}
    for option, figure in zip(options, figures, strict=True):
        calls = option.stack.calls_per_item
        if calls not in tradeoff or figure.value > tradeoff[calls].value:
            tradeoff[calls] = figure
    # On all items, not the fresh ones alone: what chose the first items favours nobody here, and a figure on more of
    # them is less noisy.
    whole = common.objective.rows(common.fitted_readings(scores), common.target)
    whole[0] -= comparison.value[0] - figures[0].value

    # Where surface features may be read, a judge that does not read them must be clearly better than they are.
    first = len(rivals) - 1
    if surface and whole[0] - whole[1] > _CLEARLY * np.nanstd(
        comparison.replicates[:, 0] - comparison.replicates[:, 1]
    ):
        first = 0

    replicates = comparison.replicates

    def best(rows: Sequence[int]) -> int:
        largest, ahead = max(rows), first if first in rows else min(rows)
        error = np.nanstd(comparison.replicates[:, largest] - comparison.replicates[:, ahead])
        least = _PAYS * float(error) if surface else 0.0
        best = largest if ahead == largest or whole[largest] - whole[ahead] > least else ahead
        if not fewest:
            return best
        error = np.nanstd(replicates[:, [best]] - replicates[:, rows], axis=0)
        within = [row for row, one in zip(rows, error, strict=True) if whole[best] - whole[row] <= one]
        return min([best, *within], key=lambda row: (options[row].stack.calls_per_item, row != best, -whole[row]))

    return common.contenders(
        comparison,
        scores,
        np.ones(scores.shape, dtype=np.bool_),
        [
            [one if row < len(rivals) else int(settled[one]) for one in option.members]
            for row, option in enumerate(options)
        ],
        best,
        lambda row: Deployed(stack=options[row].stack, dev=figures[row], tradeoff=dict(sorted(tradeoff.items()))),
        lambda row: f"{options[row].stack.name} of {options[row].stack.calls_per_item} calls",
    )


def _as_stack(common: CommonItems, singles: Contenders) -> Deployable:
    """The single judge that was named, as one that may be deployed."""
    named = named_single(singles)
    candidate = next(place for place, one in enumerate(common.configurations) if one == named.configuration)
    return Deployable(
        stack=single_stack(named.configuration, named.readout, common.learning.scale),
        held_out=singles.scores[singles.choice.row],
        members=(candidate,),
    )
