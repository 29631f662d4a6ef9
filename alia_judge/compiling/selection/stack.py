"""Which stack to deploy, and what it must beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.objective.criteria import CriteriaObjective
from alia_judge.compiling.selection.common_items import CommonItems, Contenders
from alia_judge.compiling.selection.judges import Deployed
from alia_judge.compiling.selection.permutation import permuted_figures
from alia_judge.compiling.selection.single import named_single
from alia_judge.compiling.stack.candidates import Deployable, Learnt, Stacker, surface_alone
from alia_judge.compiling.stack.criteria import CriteriaStacker, joined, single_of
from alia_judge.compiling.stack.stack import Stack
from alia_judge.compiling.stack.surface_model import fit_surface
from alia_judge.compiling.stack.vote import VoteStacker
from alia_judge.records import Judgments
from alia_judge.stats.estimate import Estimate

__all__ = ["StackCandidates", "choose_stack"]

#: Standard errors of a difference that make it a clear one.
_CLEARLY = 2.0
#: Standard errors by which verdicts must do better than the surface features that they are read beside, and the single
#: judge better than a stack.
_PAYS = 1.0
#: A candidate that the race dropped may be taken back if so many of its verdicts are there.
_FEWEST_VERDICTS = 5
#: Calls an item up to which the trade-off is drawn one by one where there is no bound.
_CURVE_CALLS = 8


class StackCandidates:
    """The stacks of the settled candidates, with surface features and without."""

    def __init__(
        self,
        common: CommonItems,
        settled: NDArray[np.intp],
        pool: NDArray[np.intp] | None = None,
        beside: Mapping[str, CommonItems] | None = None,
    ) -> None:
        self._common, self.settled, self._pool, self._beside = common, settled, pool, beside or {}
        self._stackers: dict[bool, Stacker | VoteStacker | CriteriaStacker] = {}

    @cached_property
    def _parts(self) -> dict[str, StackCandidates]:
        """Of several criteria, the same candidates with their verdicts on each."""
        parts = self._common.parts
        ordered = {name: part for name, part in parts.items() if part.learning.scale.ordered}
        return {
            name: StackCandidates(
                part, self.settled, self.pool, {other: one for other, one in ordered.items() if other != name}
            )
            for name, part in parts.items()
        }

    def permuted_figures(self, *, n_permutations: int, seed: int) -> NDArray[np.float64]:
        """The objective of all settled verdicts together, and the same on permuted targets (`permuted_figures`)."""
        common = self._common
        if isinstance(common.objective, CriteriaObjective):
            each = [one.permuted_figures(n_permutations=n_permutations, seed=seed) for one in self._parts.values()]
            return common.objective.combined(np.stack(each))
        stacker = self._stacker(surface=False)
        return permuted_figures(
            stacker.features,  # type: ignore[union-attr]  # of one criterion it is a `Stacker`
            common.target,
            common.folds,
            common.objective,
            common.fresh,
            n_permutations=n_permutations,
            seed=seed,
        )

    @cached_property
    def pool(self) -> NDArray[np.intp]:
        """The settled candidates, then those that the race dropped: what `Deployable.members` are places in."""
        if self._pool is not None:
            return self._pool
        common = self._common
        scored = np.isfinite(common.table.score[:, : common.n]).sum(axis=1)
        dropped = np.setdiff1d(np.flatnonzero(scored >= _FEWEST_VERDICTS), self.settled)
        if common.tracker is not None:
            dropped = dropped[~common.tracker.barred(common.table)[dropped]]
        return np.concatenate([self.settled, dropped])

    @cached_property
    def surface_alone(self) -> Deployable:
        """Surface features and no verdict."""
        if self._parts:
            return joined({name: one.surface_alone for name, one in self._parts.items()})
        learning = self._common.learning
        model, held_out = fit_surface(learning.surface, learning.target.values, learning.folds(len(learning)))
        return surface_alone(model, held_out[: self._common.n], learning.scale)

    @property
    def predictions(self) -> NDArray[np.float64] | None:
        """What the stack of all that are settled says of the items, by fits without their groups.

        None of labels, and where it reads probabilities: more than a single judge's score has.
        """
        if any(one.labels for one in self._parts.values() or (self,)):
            return None
        everything = self._stacker(surface=False).everything
        stacks = getattr(everything.stack, "parts", {"": everything.stack}).values()
        reads_more = any(member.probabilities for one in stacks for member in one.members)
        return None if reads_more else everything.held_out

    def stacks(self, deploy_calls: int | None, *, surface: bool) -> list[Deployable]:
        """Those of at most so many calls an item, the largest last."""
        stacker = self._stacker(surface=surface)
        # As many as the trade-off shows, so that another bound finds them made.
        stacks = stacker.few(max(deploy_calls or 0, _CURVE_CALLS))[: deploy_calls or _CURVE_CALLS]
        if deploy_calls is None or deploy_calls >= len(self.settled):
            stacks = [*stacks[: len(self.settled) - 1], stacker.everything]
        if deploy_calls is None and stacker.everybody is not None:
            stacks = [*stacks, stacker.everybody]
        # A member may take several calls by itself.
        return [one for one in stacks if deploy_calls is None or one.stack.calls_per_item <= deploy_calls]

    def small(self, most: int, among: Sequence[int], *, surface: bool) -> list[Deployable]:
        """Stacks of 1, 2, ... `most` members among some of the settled candidates alone, by their places."""
        return self._stacker(surface=surface).few_among(most, among)  # type: ignore[union-attr]  # of one criterion

    @property
    def labels(self) -> bool:
        """Whether what is wanted is a label, which a vote gives and a weighted sum does not."""
        scale = self._common.learning.scale
        return not scale.ordered or (scale.has_labels and getattr(self._common.objective, "statistic", "") == "kappa")

    def _judged(self, candidate: int) -> Judgments:
        """Its verdicts; with those that the same calls gave on criteria that have an order, where there are others."""
        own = self._common.judgments(candidate)
        if self.labels:
            return replace(own, parts={})
        return replace(
            own, parts={**own.parts, **{name: one.judgments(candidate) for name, one in self._beside.items()}}
        )

    def _stacker(self, *, surface: bool) -> Stacker | VoteStacker | CriteriaStacker:
        surface = surface and not self.labels
        if surface not in self._stackers and self._parts:
            each = {name: one._stacker(surface=surface) for name, one in self._parts.items()}
            self._stackers[surface] = CriteriaStacker(each)  # type: ignore[arg-type]  # a part has no parts
        if surface not in self._stackers:
            common = self._common
            given = (
                [common.configurations[int(candidate)] for candidate in self.pool],
                [self._judged(int(candidate)) for candidate in self.pool],
                range(len(self.settled)),
                Learnt(
                    target=common.target,
                    objective=common.objective,
                    groupings=tuple(labels[: common.n] for labels in common.learning.groupings),
                    n_folds=common.learning.n_folds,
                    seed=common.learning.seed,
                ),
                common.learning.scale,
            )
            self._stackers[surface] = (
                VoteStacker(*given) if self.labels else Stacker(*given, beside=self.surface_alone if surface else None)
            )
        return self._stackers[surface]


def choose_stack(
    common: CommonItems,
    candidates: StackCandidates,
    singles: Contenders,
    deploy_calls: int | None,
    *,
    surface: bool,
    fewest: bool = False,
) -> Contenders:
    """The stacks that are allowed, beside the single judge and, where they are read, surface features.

    The largest is deployed, unless the single judge is better on held-out groups by a standard error of the difference;
    beside surface features only if it is better than they are by as much. Figures of stacks of different sizes are too
    close for their order to mean anything. With `fewest` it gives way to the one of fewest calls whose figure is within
    a standard error of its own: the second call an item doubles the bill, and buys a user nothing that can be told.
    """
    pool = candidates.pool
    rivals = [_as_stack(common, singles)] + ([candidates.surface_alone] if surface else [])
    stacks = candidates.stacks(deploy_calls, surface=surface)
    options = [*rivals, *stacks]
    scores = np.stack([option.held_out for option in options])
    readings = common.fitted_readings(scores)
    comparison, each = common.compare(readings), common.compare_each(readings)
    # The single judge was picked as the best of many, and its figure says so.
    figures = [named_single(singles).dev, *(comparison.estimate(place) for place in range(1, len(options)))]
    tradeoff: dict[int, Estimate] = {}
    for option, figure in zip(options, figures, strict=True):
        calls = option.stack.calls_per_item
        if calls not in tradeoff or figure.value > tradeoff[calls].value:
            tradeoff[calls] = figure
    # On all items, not the fresh ones alone: what chose the first items favours nobody here, and a figure on more of
    # them is less noisy.
    whole = common.objective.rows(readings, common.target)
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
        # Verdicts must pay beside surface features; without them it is for the single judge to be clearly better.
        least = _PAYS * float(error) * (1 if surface else -1)
        best = largest if ahead == largest or whole[largest] - whole[ahead] > least else ahead
        if not fewest:
            return best
        error = np.nanstd(replicates[:, [best]] - replicates[:, rows], axis=0)
        within = [row for row, one in zip(rows, error, strict=True) if whole[best] - whole[row] <= one]
        return min([best, *within], key=lambda row: (options[row].stack.calls_per_item, row != best, -whole[row]))

    def judge(row: int) -> Deployed:
        criteria = {name: one.estimate(row) for name, one in each.items()}
        return Deployed(
            stack=options[row].stack,
            dev=figures[row],
            tradeoff=dict(sorted(tradeoff.items())),
            criteria=criteria if row else named_single(singles).criteria,
        )

    return common.contenders(
        comparison,
        scores,
        np.ones(scores.shape[:2], dtype=np.bool_),
        [
            [one if row < len(rivals) else int(pool[one]) for one in option.members]
            for row, option in enumerate(options)
        ],
        best,
        judge,
        lambda row: f"{options[row].stack.name} of {options[row].stack.calls_per_item} calls",
    )


def _as_stack(common: CommonItems, singles: Contenders) -> Deployable:
    """The single judge that was named, as one that may be deployed."""
    named = named_single(singles)
    candidate = next(place for place, one in enumerate(common.configurations) if one == named.configuration)
    return Deployable(
        stack=cast("Stack", single_of(named.configuration, named.readout, common.learning.scale)),
        held_out=singles.scores[singles.choice.row],
        members=(candidate,),
    )
