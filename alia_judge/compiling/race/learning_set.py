"""`LearningSet`: the items a search may look at, in the order in which it judges them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.benchmark.split import Split
from alia_judge.compiling.objective.criteria import CriteriaTarget
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.race.ordering import balanced_order
from alia_judge.errors import UsageError
from alia_judge.records import Item, Scale
from alia_judge.stats.folds import Fold, deal_folds
from alia_judge.text.surface import surface_features

__all__ = ["BALANCED_ITEMS", "LearningSet"]

#: The first items are chosen to stand for all: as many as screening may take, and some for the first contenders.
BALANCED_ITEMS = 40

_FEWEST_ITEMS = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class LearningSet:
    """Items with what people said of them, ordered so that every beginning stands for the whole.

    Parameters
    ----------
    items
        n items, in the order in which they are judged.
    target
        What people said, in that order.
    surface
        Surface features, shape (n, d).
    groupings
        Labels by which folds are made, each of shape (n,): the items' groups, and any grouping crossed with them.
    scale
        The scale of the ratings.
    quoted
        Groups of which a proposer of rubrics has seen an item: figures leave them out where enough others are left.
    seed, n_folds
        Of the folds, and how many parts groups are cut into.
    parts
        Where there are several criteria, the same items with what people said of each.
    """

    items: tuple[Item, ...]
    target: Target
    surface: NDArray[np.float64]
    groupings: tuple[NDArray[np.str_], ...]
    scale: Scale
    quoted: frozenset[str] = frozenset()
    seed: int = 0
    n_folds: int = 5
    parts: Mapping[str, LearningSet] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        train: Split,
        dev: Split | None,
        objective: Objective,
        *,
        crossed: tuple[str, ...],
        shown: NDArray[np.intp],
        seed: int,
        n_folds: int = 5,
    ) -> LearningSet:
        """All of dev and what of train is not set aside for demonstrations, without items that nobody rated.

        Parameters
        ----------
        train, dev
            The splits; `dev` may be empty or None.
        objective
            Whose target is wanted.
        crossed
            ``"system"`` or names in `Item.extra` by which folds must not overlap either.
        shown
            Indices of the train items that may be demonstrations.
        seed
            Of the order, and of the folds.
        n_folds
            Parts that groups are cut into.

        Raises
        ------
        UsageError
            If fewer than four rated items are left, their target is constant, or the splits are of different criteria.
        """
        kept = np.setdiff1d(np.arange(len(train)), np.flatnonzero(np.isin(train.groups, train.groups[shown])))
        parts = [train.take(kept)] + ([dev] if dev is not None and len(dev) else [])
        if len({(part.criterion, part.scale) for part in parts}) > 1:
            raise UsageError(message("train and dev are of different criteria or scales; take both from one benchmark"))
        parts = [part.take(np.flatnonzero(~_unrated(part))) for part in parts]
        items = [item for part in parts for item in part.items]
        if len(items) < _FEWEST_ITEMS:
            raise UsageError(
                message(
                    "at least {fewest_items} rated items are needed to learn from, got {n}",
                    fewest_items=_FEWEST_ITEMS,
                    n=len(items),
                )
            )
        if len({item.item_id for item in items}) < len(items):
            raise UsageError(message("some item is in train and in dev; splits must not overlap"))
        whole = _joined(parts)
        values = whole.target
        for one in whole.parts or (whole,):
            if one.target.min() == one.target.max():
                on = f" on {one.criterion}" if whole.parts else ""
                raise UsageError(
                    message(
                        "all {n} items have the same consensus ({target:g}){on}: there is nothing to learn",
                        n=len(items),
                        target=one.target[0],
                        on=on,
                    )
                )
        groups = np.concatenate([part.groups for part in parts])
        surface = surface_features(items)[1]
        order = balanced_order(values, surface, groups, np.random.default_rng([seed, 4]), balanced=BALANCED_ITEMS)
        target = objective.target(whole)
        ordered = tuple(items[place] for place in order)
        target = target.take(order)
        learning = cls(
            items=ordered,
            target=target,
            surface=surface[order],
            groupings=(groups[order], *(np.array([_label(item, name) for item in ordered]) for name in crossed)),
            scale=train.scale,
            seed=seed,
            n_folds=n_folds,
        )
        if not isinstance(target, CriteriaTarget):
            return learning
        each = {name: replace(learning, target=one, scale=one.scale) for name, one in target.parts.items()}
        return replace(learning, parts=each)

    def __len__(self) -> int:
        return len(self.items)

    def folds(self, n: int) -> list[Fold]:
        """Folds over the first `n` items, groups whole; by items where there is one group only."""
        return deal_folds([labels[:n] for labels in self.groupings], self.n_folds, np.random.default_rng(self.seed))


def _joined(parts: list[Split]) -> Split:
    """The parts as one: rows of ratings are matched by annotator where annotators are named, by place where not."""
    if len(parts) == 1:
        return parts[0]
    names = sorted({name for part in parts for name in part.annotators})
    n_rows = len(names) or max(len(part.values) for part in parts)
    values = np.full((n_rows, sum(len(part) for part in parts)), np.nan)
    start = 0
    for part in parts:
        rows = [names.index(name) for name in part.annotators] if names else list(range(len(part.values)))
        values[rows, start : start + len(part)] = part.values
        start += len(part)
    return replace(
        parts[0],
        items=tuple(item for part in parts for item in part.items),
        target=np.concatenate([part.target for part in parts]),
        target_se=np.concatenate([part.target_se for part in parts]),
        values=values,
        annotators=tuple(names),
        parts=tuple(_joined([part.parts[place] for part in parts]) for place in range(len(parts[0].parts))),
    )


def _unrated(split: Split) -> NDArray[np.bool_]:
    """Which items lack a consensus, on any criterion."""
    return np.asarray(np.any([np.isnan(one.target) for one in (split, *split.parts)], axis=0))


def _label(item: Item, name: str) -> str:
    value = item.system if name == "system" else item.extra.get(name)
    if value is None:
        raise UsageError(
            message(
                "{called} has no {name!r} to hold out; give every item one, or do not cross by it",
                called=item.called,
                name=name,
            )
        )
    return str(value)
