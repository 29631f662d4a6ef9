"""`ConsensusModel`: the protocol of every way to make one value of several people's; `Observations` and `Consensus`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alia_judge.records import Scale
from alia_judge.stats.sparse_ratings import SparseRatings, as_sparse

__all__ = ["Consensus", "ConsensusModel", "Fitted", "Floats", "Observations", "cells_of_normal"]

Floats = NDArray[np.float64]

#: Cells into which a continuous scale is cut, so that all models predict the same thing.
_CELLS = 25


@dataclass(frozen=True, kw_only=True, eq=False)
class Observations:
    """Ratings of one criterion as triples: who, what, how much.

    Parameters
    ----------
    annotator, item
        Shape (m,): indices from 0.
    value
        Shape (m,): as given.
    n_annotators, n_items
        How many there are.
    scale
        Of the values.
    identified
        Whether `annotator` is who; otherwise it is 0 throughout, and all people are taken as alike.
    pairs
        Shape (n_items, 2): of preferences, the indices of the two systems that each item compares; None where the
        data do not say.
    """

    annotator: NDArray[np.intp]
    item: NDArray[np.intp]
    value: Floats
    n_annotators: int
    n_items: int
    scale: Scale
    identified: bool = True
    pairs: NDArray[np.intp] | None = None

    @classmethod
    def of(
        cls,
        values: Floats | SparseRatings,
        scale: Scale,
        *,
        identified: bool,
        pairs: Sequence[tuple[str, str]] | None = None,
    ) -> Observations:
        """From ratings of shape (n_rows, n_items); `pairs` names the items' systems."""
        ratings = as_sparse(values)
        # By annotator, then by item.
        order = np.argsort(ratings.rater, kind="stable")
        return cls(
            annotator=ratings.rater[order] if identified else np.zeros_like(ratings.rater),
            item=ratings.item[order],
            value=ratings.value[order],
            n_annotators=ratings.n_raters if identified else 1,
            n_items=ratings.n_items,
            scale=scale,
            identified=identified,
            pairs=None if pairs is None else np.unique(np.array(pairs), return_inverse=True)[1].reshape(-1, 2),
        )

    def take(self, chosen: NDArray[np.bool_]) -> Observations:
        """Only the chosen ratings, shape (m,); the annotators and items stay as many."""
        return Observations(
            annotator=self.annotator[chosen],
            item=self.item[chosen],
            value=self.value[chosen],
            n_annotators=self.n_annotators,
            n_items=self.n_items,
            scale=self.scale,
            identified=self.identified,
            pairs=self.pairs,
        )

    @cached_property
    def points(self) -> Floats:
        """The scale's points, shape (K,); the middles of 25 cells of a continuous one."""
        if self.scale.points:
            return np.array(self.scale.points)
        edges = np.linspace(self.scale.low, self.scale.high, _CELLS + 1)
        return np.asarray((edges[1:] + edges[:-1]) / 2, dtype=np.float64)

    @cached_property
    def code(self) -> NDArray[np.intp]:
        """Which point each value is, or is nearest to, shape (m,)."""
        return np.asarray(np.abs(self.value[:, None] - self.points).argmin(axis=1), dtype=np.intp)

    def votes(self) -> Floats:
        """How often each point was given to each item, shape (n_items, K)."""
        counts = np.zeros((self.n_items, self.points.size))
        np.add.at(counts, (self.item, self.code), 1.0)
        return counts

    def per_item(self, weights: Floats) -> Floats:
        """Sum over each item's ratings, shape (n_items,)."""
        return np.bincount(self.item, weights=weights, minlength=self.n_items).astype(np.float64)

    def per_annotator(self, weights: Floats) -> Floats:
        """Sum over each annotator's ratings, shape (n_annotators,)."""
        return np.bincount(self.annotator, weights=weights, minlength=self.n_annotators).astype(np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Consensus:
    """What people together said of each item.

    Parameters
    ----------
    method
        How it was made.
    target
        Shape (n,): in the scale's units as given, not turned round; NaN for an item nobody rated.
    standard_error
        Shape (n,): NaN where it is unknown or has no meaning (nominal labels).
    distribution
        Shape (n, K): how probable each point is for the item, as the model sees it; the shares of the votes where the
        model has no view. Dissent stays visible here; None where it was not kept.
    annotators
        What the model learnt of each annotator, in the rows' order: ``weight`` is how much a rating of theirs counts,
        1 on average; empty where the model, or the data, tell none apart.
    difficulty
        Shape (n,), above 0: how hard each item was to rate, where the model has a view; the higher, the harder.
    settings
        Every setting that changes it.
    """

    method: str
    target: Floats
    standard_error: Floats
    distribution: Floats | None = None
    annotators: tuple[Mapping[str, float], ...] = ()
    difficulty: Floats | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitted:
    """A model fitted to ratings.

    Parameters
    ----------
    consensus
        Its consensus.
    predict
        ``predict(annotator, item)``, both of shape (m,), gives the probability of each point for a rating that was
        not seen, shape (m, K).
    """

    consensus: Consensus
    predict: Callable[[NDArray[np.intp], NDArray[np.intp]], Floats]


@runtime_checkable
class ConsensusModel(Protocol):
    """A way to make one value an item of several people's. Every model passes ``tests/benchmark/test_consensus.py``."""

    #: What ``consensus=`` takes.
    name: ClassVar[str]
    #: Its place among the others, simple ones first.
    order: ClassVar[int]

    def applies(self, scale: Scale) -> bool:
        """Whether the model is meant for such values."""
        ...

    def fit(self, observations: Observations) -> Fitted:
        """Fit it. An item without ratings gets what the model expects of any item, and a target of NaN."""
        ...


def cells_of_normal(mean: Floats, sd: Floats, points: Floats) -> Floats:
    """Probability of each point when a normal variable is rounded to the nearest, shape (m, K).

    The outer points take the tails: a scale's end is where people who would go further stop.
    """
    edges = np.concatenate([[-np.inf], (points[1:] + points[:-1]) / 2, [np.inf]])
    below = special.ndtr((edges - mean[:, None]) / np.maximum(sd, 1e-9)[:, None])
    return np.maximum(np.diff(below, axis=1), 1e-12)
