"""`RatedItems`: the items of one criterion, what people said of them, and what they are grouped by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.benchmark.consensus import adjudicated_consensus, build_consensus
from alia_judge.benchmark.split import Split
from alia_judge.errors import UsageError
from alia_judge.learnt.record import NOWHERE, Origin
from alia_judge.ratings.table import Ratings
from alia_judge.records import Item, Scale
from alia_judge.stats.sparse_ratings import SparseRatings, as_sparse

__all__ = ["FEWEST_GROUPS", "RatedItems", "rated_items", "thirds"]

Floats = NDArray[np.float64]
#: A resample of fewer groups than this hardly differs from the data: it says nothing of other groups.
FEWEST_GROUPS = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class RatedItems:
    """What every figure of one criterion is computed from.

    Parameters
    ----------
    items
        n rated items.
    target
        Shape (n,): the consensus, higher is better.
    target_se
        Shape (n,): its standard error; NaN where unknown.
    ratings
        Of shape (n_annotators, n): higher is better. Most people rate few of the items.
    annotators
        Names of the raters of `ratings`; empty where annotators are not identified.
    groups
        Shape (n,): what items share; None where every item stands alone.
    systems
        Shape (n,): who wrote the response, ``""`` where unknown; None where nobody knows of any.
    fingerprint, split
        Of what they come from; `split` is None for ratings as a whole.
    origin
        Where the items come from, for whoever asks whether they were learnt from.
    left_out
        Ids of rated items that were excluded.
    further
        Columns that the items do not carry themselves, by name, each of shape (n,): see `with_columns`.
    """

    criterion: str
    scale: Scale
    items: tuple[Item, ...]
    target: Floats
    target_se: Floats
    ratings: SparseRatings
    annotators: tuple[str, ...]
    groups: NDArray[np.str_] | None
    systems: NDArray[np.str_] | None
    fingerprint: str
    split: str | None
    origin: Origin = NOWHERE
    left_out: frozenset[str] = frozenset()
    further: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def values(self) -> Floats:
        """The ratings as an array of shape (n_annotators, n), NaN where there is none: for panels that are small."""
        return self.ratings.dense()

    @property
    def clusters(self) -> NDArray[np.str_]:
        """Shape (n,): the groups, each item its own where there are none."""
        return self.groups if self.groups is not None else np.array([item.item_id for item in self.items])

    @property
    def resampled(self) -> NDArray[np.str_] | None:
        """Shape (n,): what a resample draws whole; None where there are too few groups to draw, and items are drawn."""
        if self.groups is None or np.unique(self.groups).size < FEWEST_GROUPS:
            return None
        return self.groups

    def take(self, chosen: NDArray[np.bool_]) -> RatedItems:
        """The panel restricted to the items that are True in `chosen`, shape (n,)."""
        return replace(
            self,
            items=tuple(item for item, keep in zip(self.items, chosen, strict=True) if keep),
            target=self.target[chosen],
            target_se=self.target_se[chosen],
            ratings=self.ratings.items(np.flatnonzero(chosen)),
            groups=None if self.groups is None else self.groups[chosen],
            systems=None if self.systems is None else self.systems[chosen],
            further={name: values[chosen] for name, values in self.further.items()},
        )

    def without(self, left_out: frozenset[str]) -> RatedItems:
        """The same without the items of these ids."""
        if not left_out:
            return self
        kept = np.array([item.item_id not in left_out for item in self.items])
        return replace(self.take(kept), left_out=self.left_out | left_out)

    def with_columns(self, scores: Floats, where: Mapping[str, Callable[[Item], bool]] | None = None) -> RatedItems:
        """The panel with columns made of what is known of the items, to slice by.

        ``"length"`` of the response and ``"disagreement"`` among an item's raters, each in thirds (short, medium, long;
        low, medium, high; nothing for an item with one rating); ``"score range"``: thirds of `scores`, shape (n,); and,
        for each predicate of `where`, ``"yes"`` or ``"no"``. A column of the items goes before one of the same name.
        """
        item, value, rated = self.ratings.item, self.ratings.value, self.ratings.size
        count = np.maximum(rated, 1)
        mean = np.bincount(item, weights=value, minlength=len(self)) / count
        variance = np.bincount(item, weights=(value - mean[item]) ** 2, minlength=len(self)) / count
        # Equal spreads are one, whatever the order in which they were added up.
        spread = np.where(rated >= 2, np.sqrt(np.round(variance, 12)), np.nan)
        lengths = np.array([float(len(item.response.split())) for item in self.items])
        made = {
            "length": thirds(lengths, ("short", "medium", "long")),
            "disagreement": thirds(spread, ("low", "medium", "high")),
            "score range": thirds(scores, ("low", "medium", "high")),
        }
        for name, predicate in (where or {}).items():
            made[name] = np.array(["yes" if predicate(item) else "no" for item in self.items])
        return replace(self, further={**self.further, **made})

    def scores(self, by_item: Mapping[str, float]) -> Floats:
        """Shape (n,): a judge's scores in the order of the items, higher is better, NaN where it has none."""
        raw = np.array([by_item.get(item.item_id, np.nan) for item in self.items], dtype=np.float64)
        return self.scale.oriented(raw)

    def has(self, name: str) -> bool:
        """Whether any item has something in the column."""
        return name in self.further or any(_column(item, name) is not None for item in self.items)

    def column(self, name: str) -> list[str]:
        """What each item has in a column, ``""`` where it has nothing.

        Two names with a ``+`` between them are their intersections: ``"language+system"`` has ``"es and gpt-4o"``.

        Raises
        ------
        UsageError
            If no item has the column.
        """
        values = [_column(item, name) for item in self.items]
        if all(value is None for value in values) and name in self.further:
            return [str(value) for value in self.further[name]]
        if all(value is None for value in values):
            if "+" in name:
                parts = [self.column(part) for part in name.split("+")]
                return [" and ".join(here) if all(here) else "" for here in zip(*parts, strict=True)]
            known = sorted({*self.further, *(column for item in self.items for column in _columns(item))})
            raise UsageError(
                message(
                    "no item has a column {name!r} to slice by; there are: {known}",
                    name=name,
                    known=", ".join(known) or message("none"),
                )
            )
        return ["" if value is None else str(value) for value in values]


def rated_items(
    source: Ratings | Split, *, criterion: str | None = None, exclude_systems: Sequence[str] = ()
) -> Iterator[RatedItems]:
    """The panel of each criterion, or of the one asked for, without the items of excluded systems.

    Raises
    ------
    UsageError
        If there is no such criterion or system, or nothing is left.
    """
    if isinstance(source, Split):
        if criterion not in (None, source.criterion):
            raise UsageError(
                message(
                    "there is no criterion {criterion!r}; the split is about {source_criterion!r}",
                    criterion=criterion,
                    source_criterion=source.criterion,
                )
            )
        every = [_of_split(source)]
    else:
        chosen = source.criteria if criterion is None else (source.require(criterion),)
        every = [_of_ratings(source, name) for name in chosen]
    for human in every:
        yield _without(human, exclude_systems)


def _of_split(split: Split) -> RatedItems:
    return _assembled(
        split.criterion,
        split.scale,
        split.items,
        target=split.target,
        target_se=split.target_se,
        ratings=as_sparse(split.scale.oriented(split.values)),
        annotators=split.annotators,
        fingerprint=split.fingerprint,
        split=split.name,
        origin=split.origin,
    )


def _of_ratings(ratings: Ratings, criterion: str) -> RatedItems:
    matrix, scale = ratings.matrix(criterion), ratings.scales[criterion]
    consensus = adjudicated_consensus(
        build_consensus(matrix.ratings, scale), matrix.item_ids, ratings.adjudicated.get(criterion)
    )
    return _assembled(
        criterion,
        scale,
        ratings.items(matrix.item_ids),
        target=scale.oriented(consensus.target),
        target_se=consensus.standard_error,
        ratings=matrix.ratings.with_values(scale.oriented(matrix.ratings.value)),
        annotators=matrix.annotators,
        fingerprint=ratings.fingerprint,
        split=None,
        origin=Origin(ratings=ratings.fingerprint),
    )


def _assembled(criterion: str, scale: Scale, items: tuple[Item, ...], **arrays: Any) -> RatedItems:
    groups = np.array([f"item:{item.item_id}" if item.group is None else item.group for item in items])
    systems = np.array([item.system or "" for item in items])
    return RatedItems(
        criterion=criterion,
        scale=scale,
        items=items,
        groups=groups if any(item.group is not None for item in items) else None,
        systems=systems if any(item.system for item in items) else None,
        **arrays,
    )


def _without(human: RatedItems, systems: Sequence[str]) -> RatedItems:
    if not systems:
        return human
    there = human.systems if human.systems is not None else np.array([""] * len(human))
    unknown = [system for system in systems if system not in there]
    if unknown:
        known = ", ".join(sorted({str(system) for system in there if system})) or "none"
        raise UsageError(
            message(
                "no item of criterion {criterion!r} has the system {unknown!r}; there are: {known}",
                criterion=human.criterion,
                unknown=unknown[0],
                known=known,
            )
        )
    excluded = np.isin(there, list(systems))
    if excluded.all():
        raise UsageError(
            message(
                "excluding {systems} leaves no item of criterion {criterion!r}",
                systems=", ".join(systems),
                criterion=human.criterion,
            )
        )
    return human.without(frozenset(human.items[place].item_id for place in np.flatnonzero(excluded)))


def thirds(values: Floats, names: tuple[str, str, str]) -> NDArray[np.str_]:
    """The third of the known values that each lies in, by name, shape (n,); ``""`` where it is NaN."""
    known = values[~np.isnan(values)]
    if not known.size:
        return np.full(values.size, "", dtype=np.str_)
    place = np.searchsorted(np.quantile(known, [1 / 3, 2 / 3]), values)
    return np.where(np.isnan(values), "", np.array(names)[np.minimum(place, 2)])


def _column(item: Item, name: str) -> Any:
    if name in ("group", "system", "language"):
        return getattr(item, name)
    return item.extra.get(name)


def _columns(item: Item) -> list[str]:
    named = [name for name in ("group", "system", "language") if getattr(item, name) is not None]
    return named + [str(name) for name in item.extra]
