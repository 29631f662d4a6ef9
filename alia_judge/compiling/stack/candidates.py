"""What may be deployed: stacks of few members, and of all, each with honest scores of the items it was fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from alia_judge._messages import message
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.stack.distil import distil
from alia_judge.compiling.stack.features import FeatureMap, verdict_features
from alia_judge.compiling.stack.filling import fill, shared_attributes
from alia_judge.compiling.stack.stack import Member, Stack, surface_stack
from alia_judge.compiling.stack.surface_model import SurfaceModel
from alia_judge.compiling.stack.ties import tied_share
from alia_judge.compiling.stack.weights import halfway_weights, mean_is_as_good, unit
from alia_judge.records import Configuration, Judgments, Scale
from alia_judge.stats.folds import Fold, deal_folds

__all__ = ["FEWEST_TO_WEIGH", "Deployable", "Learnt", "Stacker", "distilled", "surface_alone"]

Floats = NDArray[np.float64]

#: With no more rated items than this, no weights were surely better than a plain mean.
FEWEST_TO_WEIGH = 40
#: How often folds are dealt to choose the weights of a stack that may be deployed.
_DEALINGS = 2
#: A stack's scores change by this share of the ratings' spread at least, so that a judge that is deployed ranks.
_LEAST_SLOPE = 0.01
#: Candidates that the race dropped are taken back where so many columns at most are to be filled in.
_MOST_COLUMNS = 500


@dataclass(frozen=True, kw_only=True, eq=False)
class Deployable:
    """A judge that may be deployed.

    Parameters
    ----------
    stack
        Fitted on all n items.
    held_out
        Scores of the items by the same procedure, the choice of members included, without their groups, shape (n,); of
        several criteria (n, criteria).
    members
        Which of the candidates it asks.
    """

    stack: Stack
    held_out: Floats
    members: tuple[int, ...]


def surface_alone(model: SurfaceModel, held_out: Floats, scale: Scale) -> Deployable:
    """Surface features and no verdict: what a stack that reads them too must beat."""
    return Deployable(stack=surface_stack(model, scale), held_out=held_out, members=())


@dataclass(frozen=True, kw_only=True, eq=False)
class Learnt:
    """What stacks are fitted to.

    Parameters
    ----------
    target
        Of n items.
    objective
        What is maximised. Where only the order counts for it, stacks are fitted to ranks.
    groupings
        Labels of the items by which folds are made, each of shape (n,).
    n_folds, seed
        Of the folds.
    """

    target: Target
    objective: Objective
    groupings: tuple[NDArray[np.str_], ...]
    n_folds: int = 5
    seed: int = 0

    def dealings(self, places: NDArray[np.intp], times: int) -> list[list[Fold]]:
        """Folds over some of the items, dealt so many times."""
        labels = [grouping[places] for grouping in self.groupings]
        return [deal_folds(labels, self.n_folds, np.random.default_rng([self.seed, time])) for time in range(times)]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Readings:
    """The verdicts of k candidates on n items, as a stack reads them: blocks of features, and all standardised."""

    blocks: list[Floats]
    maps: list[tuple[FeatureMap, ...]]
    standard: Floats
    probabilities: list[bool]
    beside: list[tuple[str, ...]]
    signs: Floats

    @classmethod
    def of(cls, judged: Sequence[Judgments], scale: Scale, *, plain: bool) -> _Readings:
        """`plain` reads scores alone, so that `signs` are the weights of their plain mean."""
        own = [one.score[:, None] if plain else verdict_features(one, scale) for one in judged]
        beside = [() if plain else tuple(one.parts) for one in judged]
        blocks = [
            np.column_stack([block, *(one.parts[name].score for name in names)])
            for block, one, names in zip(own, judged, beside, strict=True)
        ]
        maps = [tuple(map(FeatureMap.of, block.T)) for block in blocks]
        columns = [
            one(column)
            for block, each in zip(blocks, maps, strict=True)
            for column, one in zip(block.T, each, strict=True)
        ]
        return cls(
            blocks=blocks,
            maps=maps,
            standard=np.stack(columns, axis=1),
            probabilities=[block.shape[1] > 1 for block in own],
            beside=beside,
            signs=np.full(len(columns), -1.0 if scale.reverse else 1.0),
        )

    @property
    def columns(self) -> list[slice]:
        """Those of each candidate."""
        ends = np.cumsum([0, *(block.shape[1] for block in self.blocks)]).tolist()
        return [slice(start, stop) for start, stop in pairwise(ends)]

    def only(self, places: Sequence[int]) -> _Readings:
        """The readings of some of the candidates."""
        kept = np.concatenate([np.arange(self.standard.shape[1])[self.columns[place]] for place in places])
        return _Readings(
            blocks=[self.blocks[place] for place in places],
            maps=[self.maps[place] for place in places],
            standard=self.standard[:, kept],
            probabilities=[self.probabilities[place] for place in places],
            beside=[self.beside[place] for place in places],
            signs=self.signs[kept],
        )


class Stacker:
    """Makes stacks of candidates on the same items, each once however often it is asked for.

    Parameters
    ----------
    configurations, judged
        m candidates and their verdicts on the n items; with those on other criteria in `parts`, which are read too.
    settled
        Which of them were judged on all of the items; of the others only verdicts that were paid for are scored.
    learnt
        What stacks are fitted to.
    scale
        The scale of the scores.
    beside
        What surface features say, where the stacks may read them.
    """

    def __init__(
        self,
        configurations: Sequence[Configuration],
        judged: Sequence[Judgments],
        settled: Sequence[int],
        learnt: Learnt,
        scale: Scale,
        *,
        beside: Deployable | None = None,
    ) -> None:
        self._configurations, self._judged, self._settled = configurations, judged, list(settled)
        self._learnt, self._scale, self._beside = learnt, scale, beside
        self._n = len(learnt.target)
        self._offset = np.zeros(self._n) if beside is None else beside.held_out
        self._residual = learnt.target.values - self._offset
        by_rank = learnt.objective.of.ranks and beside is None
        wanted = rankdata(self._residual) if by_rank else self._residual
        self._wanted = (wanted - wanted.mean()) / max(float(wanted.std()), 1e-12)
        self._may_tie = by_rank
        #: Whether there are too few ratings to weigh judges by.
        self.plain = self._n <= FEWEST_TO_WEIGH
        self._few: list[Deployable] = []
        self._asked = 0

    def few(self, most: int) -> list[Deployable]:
        """Stacks of 1, 2, ... `most` members, each of which says best what the stack of all says."""
        most = min(most, len(self._settled))
        if most > self._asked:
            (self._few,) = distilled([self], most)
            self._asked = most
        return self._few[:most]

    def few_among(self, most: int, among: Sequence[int]) -> list[Deployable]:
        """The same with members among some of the settled ones alone, by their places."""
        return distilled([self], min(most, len(among)), among)[0]

    @cached_property
    def everything(self) -> Deployable:
        """The stack of all that are settled."""
        return self._deployable(self._settled, self._readings, self._weights, self._held_out, self._share)

    @cached_property
    def everybody(self) -> Deployable | None:
        """The stack of all candidates, those that the race dropped too; None where that is no gain to be had.

        They are taken back where the settled ones look exchangeable: where the ratings cannot tell their plain mean
        from their stack, what one judge more says is worth as much as what another does.
        """
        dropped = [one for one in range(len(self._judged)) if one not in set(self._settled)]
        if not dropped or self.plain:
            return None
        members = [*self._settled, *dropped]
        readings = self._read(members, plain=False)
        if readings.standard.shape[1] > _MOST_COLUMNS:
            return None
        mean = self._read(self._settled, plain=True)
        alone = np.nan_to_num(mean.standard) @ mean.signs
        if not mean_is_as_good(self._wanted, alone - alone.mean(), self._held_out, self._learnt.target.groups):
            return None
        standard = fill(
            readings.standard,
            shared_attributes(
                [
                    {**self._configurations[member].parameters, "feature": str(place)}
                    for member, block in zip(members, readings.blocks, strict=True)
                    for place in range(block.shape[1])
                ]
            ),
        )
        readings = replace(readings, standard=standard)
        held_out = self._predicted(standard, self._by_fold(standard))
        everyone = np.arange(self._n)
        return self._deployable(
            members, readings, self._weigh(standard, everyone, _DEALINGS), held_out, self._tied(held_out)
        )

    @cached_property
    def features(self) -> Floats:
        """The settled candidates' verdicts as stacks read them, without gaps, shape (n, d)."""
        return np.nan_to_num(self._readings.standard)

    @cached_property
    def _readings(self) -> _Readings:
        return self._read(self._settled, plain=self.plain)

    @cached_property
    def _weights(self) -> Floats:
        return self._weigh(self.features, np.arange(self._n), _DEALINGS)

    @cached_property
    def _weights_by_fold(self) -> list[tuple[Fold, Floats]]:
        return self._by_fold(self.features)

    @cached_property
    def _held_out(self) -> Floats:
        return self._predicted(self.features, self._weights_by_fold)

    @cached_property
    def _share(self) -> float:
        return self._tied(self._held_out)

    def _read(self, members: Sequence[int], *, plain: bool) -> _Readings:
        return _Readings.of([self._judged[member] for member in members], self._scale, plain=plain)

    def _weigh(self, standard: Floats, places: NDArray[np.intp], times: int) -> Floats:
        """Weights fitted to some of the items."""
        standard = standard[places]
        if self.plain:
            return unit(standard, self._readings.signs)
        groups = self._learnt.groupings[0][places]
        return halfway_weights(standard, self._wanted[places], groups, self._learnt.dealings(places, times))

    def _by_fold(self, standard: Floats) -> list[tuple[Fold, Floats]]:
        return [(fold, self._weigh(standard, fold[0], 1)) for fold in self._folds]

    @cached_property
    def _folds(self) -> list[Fold]:
        return self._learnt.dealings(np.arange(self._n), 1)[0]

    def _predicted(self, standard: Floats, weights: Sequence[tuple[Fold, Floats]]) -> Floats:
        """Held-out predictions of spread 1, shape (n,), from weights that were fitted without each fold."""
        held_out = np.zeros(self._n)
        for (fit, predict), one in weights:
            # From the mean of all items, not of the fold's: see `alia_judge.stats.ridge.cross_validated`.
            predicted = (standard - standard.mean(axis=0)) @ one
            held_out[predict] = predicted[predict] / max(float(predicted[fit].std()), 1e-12)
        return held_out

    def to_distil(self, among: Sequence[int], fold: int | None = None) -> tuple[Floats, Floats, list[slice]]:
        """Features, predictions of the stack of all, and columns of some members; those that a fold is fitted on."""
        places, weights = np.arange(self._n), self._weights
        if fold is not None:
            (places, _), weights = self._weights_by_fold[fold]
        standard = self.features[places]
        return standard, standard @ weights, [self._readings.columns[place] for place in among]

    def of_members(self, picked: Sequence[int], weights: Floats, by_fold: Sequence[Floats]) -> Deployable:
        """The stack of some of the settled, with weights of all columns, and those that each fold gave."""
        columns = self._readings.columns
        folds = [fold for fold, _ in self._weights_by_fold]
        return self._deployable(
            [self._settled[place] for place in picked],
            self._readings.only(picked),
            np.concatenate([weights[columns[place]] for place in picked]),
            self._predicted(self.features, list(zip(folds, by_fold, strict=True))),
            self._share,
        )

    @property
    def leaves(self) -> list[Stacker]:
        """The stackers that it is made of: itself."""
        return [self]

    def of_leaves(self, stacks: Sequence[Deployable]) -> Deployable:
        """What it makes of a stack of each of its leaves."""
        return stacks[0]

    @property
    def n_settled(self) -> int:
        """How many candidates are settled."""
        return len(self._settled)

    @property
    def n_folds(self) -> int:
        """How many folds there are."""
        return len(self._weights_by_fold)

    def _tied(self, held_out: Floats) -> float:
        """The share of the items to tie at the top."""
        return tied_share(held_out, self._learnt.target, self._learnt.objective) if self._may_tie else 0.0

    def _deployable(
        self, members: Sequence[int], readings: _Readings, weights: Floats, held_out: Floats, share: float
    ) -> Deployable:
        """The stack with these weights, on the numbers of the scale: a line through held-out predictions."""
        own = np.nan_to_num(readings.standard)
        weights = unit(own, weights)
        # The share is of what is held out too, so that the figure is of ties. It chose the share, but of few and only
        # where it gained by two standard errors.
        tied = np.minimum(held_out, np.quantile(held_out, 1 - share)) if share else held_out
        slope, constant = self._line(tied, np.arange(self._n))
        scores = self._offset + constant + slope * tied
        if self._beside is not None:
            # How much verdicts count beside the surface is fitted too, and so without each fold.
            for _, predict in self._folds:
                steep, level = self._line(tied, np.setdiff1d(np.arange(self._n), predict))
                scores[predict] = self._offset[predict] + level + steep * tied[predict]
        predictions = own @ weights
        top = None
        if share:
            top = constant + slope * float(np.quantile(predictions - predictions.mean(), 1 - share))
        ends = np.cumsum([len(maps) for maps in readings.maps])[:-1]
        stack = Stack(
            configurations=tuple(self._configurations[member] for member in members),
            scale=self._scale,
            members=tuple(
                Member(maps=maps, weights=own, probabilities=read, beside=others)
                for maps, own, read, others in zip(
                    readings.maps, np.split(slope * weights, ends), readings.probabilities, readings.beside, strict=True
                )
            ),
            intercept=constant - slope * float(predictions.mean()),
            ceiling=top,
            surface=None if self._beside is None else self._beside.stack.surface,
            rule=self._rule(len(members)),
        )
        return Deployable(stack=stack, held_out=scores, members=tuple(members))

    def _line(self, predictions: Floats, places: NDArray[np.intp]) -> tuple[float, float]:
        """Slope and constant of the line through held-out predictions of some items."""
        given, wanted = predictions[places], self._residual[places]
        least = _LEAST_SLOPE * float(self._learnt.target.values.std()) if self._beside is None else 0.0
        along = float(np.mean((given - given.mean()) * wanted)) / max(float(given.var()), 1e-12)
        slope = max(along, least)
        return slope, float(wanted.mean()) - slope * float(given.mean())

    def _rule(self, members: int) -> str:
        few = members < len(self._settled)
        if self.plain:
            what = (
                message("reproduces the plain mean of {n}", n=len(self._settled)) if few else message("the plain mean")
            )
            return message("{what}: {n} rated items are too few to weigh judges by", what=what, n=self._n)
        return f"reproduces the stack of {len(self._settled)}" if few else "weights between correlations and ridge"


def distilled(stackers: Sequence[Stacker], most: int, among: Sequence[int] | None = None) -> list[list[Deployable]]:
    """Stacks of 1, 2, ... `most` members for each stacker, of the same members: those that serve all of them.

    `among` has the settled candidates to pick from, by their places; None is all. The members are picked anew without
    each fold, as the choice is part of the procedure.
    """
    among = range(stackers[0].n_settled) if among is None else among
    path = distil([one.to_distil(among) for one in stackers], most)
    by_fold = [distil([one.to_distil(among, fold) for one in stackers], most) for fold in range(stackers[0].n_folds)]
    return [
        [
            stacker.of_members(
                [among[one] for one in picked], weights[place], [steps[calls][1][place] for steps in by_fold]
            )
            for calls, (picked, weights) in enumerate(path)
        ]
        for place, stacker in enumerate(stackers)
    ]
