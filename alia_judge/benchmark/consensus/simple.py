"""Mean, median, majority: everybody counts alike."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alia_judge.benchmark.consensus.base import Consensus, Fitted, Floats, Observations, cells_of_normal
from alia_judge.records import Scale

__all__ = ["MODELS", "Majority", "Mean", "Median"]


class Mean:
    """The mean rating.

    Notes
    -----
    The standard error is s / sqrt(k) for an item with k ratings, where s² is the variance within items pooled over all
    items with two ratings or more: with two or three ratings an item's own variance says next to nothing of its error,
    and three people who agree are not infallible.
    """

    name: ClassVar[str] = "mean"
    order: ClassVar[int] = 10

    def applies(self, scale: Scale) -> bool:
        """Ordered values."""
        return scale.ordered

    def fit(self, observations: Observations) -> Fitted:
        """A rating that was not seen is normal round the item's mean, with the pooled variance."""
        counts = observations.per_item(np.ones(observations.value.size))
        totals = observations.per_item(observations.value)
        target = _over(totals, counts)
        noise = _pooled(observations, target, counts)
        return _about(observations, self.name, target, noise, _over(np.full(counts.size, noise), np.sqrt(counts)))


class Median:
    """The median rating; its standard error is that of the mean times sqrt(pi / 2), the normal distribution's price."""

    name: ClassVar[str] = "median"
    order: ClassVar[int] = 20

    def applies(self, scale: Scale) -> bool:
        """Ordered values."""
        return scale.ordered

    def fit(self, observations: Observations) -> Fitted:
        """A rating that was not seen is normal round the item's median."""
        counts = observations.per_item(np.ones(observations.value.size))
        mean = _over(observations.per_item(observations.value), counts)
        noise = _pooled(observations, mean, counts)
        target = np.full(observations.n_items, np.nan)
        order = np.argsort(observations.item, kind="stable")
        parts = np.split(observations.value[order], np.cumsum(counts.astype(int))[:-1])
        for item, values in enumerate(parts):
            if values.size:
                target[item] = np.median(values)
        error = math.sqrt(math.pi / 2) * _over(np.full(counts.size, noise), np.sqrt(counts))
        return _about(observations, self.name, target, noise, error)


class Majority:
    """The commonest value; among equally common ones the lowest. It has no standard error."""

    name: ClassVar[str] = "majority"
    order: ClassVar[int] = 30

    def applies(self, scale: Scale) -> bool:
        """Anything with points."""
        return bool(scale.points)

    def fit(self, observations: Observations) -> Fitted:
        """A rating that was not seen follows the item's votes, with one vote's worth of everybody's shares added."""
        votes = observations.votes()
        total = votes.sum(axis=1)
        target = np.where(total > 0, observations.points[votes.argmax(axis=1)], np.nan)
        shares = (votes.sum(axis=0) + 1) / (votes.sum() + votes.shape[1])
        smoothed = (votes + shares) / (total + 1)[:, None]
        consensus = Consensus(
            method=self.name,
            target=target,
            standard_error=np.full(target.size, np.nan),
            distribution=_over(votes, total[:, None]),
        )

        def predict(_: NDArray[np.intp], item: NDArray[np.intp]) -> Floats:
            return np.asarray(smoothed[item], dtype=np.float64)

        return Fitted(consensus=consensus, predict=predict)


MODELS = (Mean(), Median(), Majority())


def _about(observations: Observations, name: str, target: Floats, noise: float, error: Floats) -> Fitted:
    """The model that a rating is normal round the item's target."""
    votes = observations.votes()
    consensus = Consensus(
        method=name,
        target=target,
        standard_error=error,
        distribution=_over(votes, votes.sum(axis=1, keepdims=True)),
    )
    overall = float(np.nanmean(observations.value)) if observations.value.size else 0.0
    spread = float(np.nanstd(observations.value)) if observations.value.size else 1.0

    def predict(_: NDArray[np.intp], item: NDArray[np.intp]) -> Floats:
        seen = ~np.isnan(target[item])
        mean = np.where(seen, target[item], overall)
        own = 0.0 if math.isnan(noise) else noise
        sd = np.where(seen, np.sqrt(own**2 + np.nan_to_num(error[item]) ** 2), spread)
        return cells_of_normal(mean, np.maximum(sd, 0.05 * max(spread, 1e-6)), observations.points)

    return Fitted(consensus=consensus, predict=predict)


def _pooled(observations: Observations, mean: Floats, counts: Floats) -> float:
    degrees = float(np.maximum(counts - 1, 0).sum())
    if not degrees:
        return math.nan
    return math.sqrt(float(((observations.value - mean[observations.item]) ** 2).sum()) / degrees)


def _over(numerator: Floats, denominator: Floats) -> Floats:
    shape = np.broadcast_shapes(numerator.shape, denominator.shape)
    result: Floats = np.divide(numerator, denominator, out=np.full(shape, np.nan), where=denominator > 0)
    return result
