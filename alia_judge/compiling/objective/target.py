"""`Target`: what people said of the items, as an objective needs it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.records import Scale

__all__ = ["Target", "nearest_points", "rating_shares", "reliability_weights"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Target:
    """What people said of n items, as an objective needs it.

    Parameters
    ----------
    values
        Consensus, oriented so that higher is better, shape (n,).
    groups
        Group of each item, shape (n,).
    slices
        Slice of each item (its language, its system), shape (n,); None where the objective knows no slices.
    scale
        The scale of both sides.
    weights
        Weight of each item, shape (n,); None weighs all alike.
    ratings
        Single ratings, oriented as `values`, shape (n_annotators, n), NaN where an annotator did not rate; None where
        the objective looks at the consensus alone.
    """

    values: Floats
    groups: NDArray[np.str_]
    scale: Scale
    slices: NDArray[np.str_] | None = None
    weights: Floats | None = None
    ratings: Floats | None = None

    def __len__(self) -> int:
        return len(self.values)

    def take(self, indices: NDArray[np.intp]) -> Target:
        """The target of some of the items."""
        return Target(
            values=self.values[indices],
            groups=self.groups[indices],
            scale=self.scale,
            slices=None if self.slices is None else self.slices[indices],
            weights=None if self.weights is None else self.weights[indices],
            ratings=None if self.ratings is None else self.ratings[:, indices],
        )


def reliability_weights(values: Floats, errors: Floats) -> Floats | None:
    """How much each consensus says: the share of its variance that is not its own error.

    An item's weight is :math:`\\tau^2 / (\\tau^2 + se_i^2)`, with :math:`\\tau^2` the variance of the consensus less
    the mean of its squared errors, and at least a hundredth of that variance.

    Parameters
    ----------
    values, errors
        Consensus and its standard error, shape (n,). An error that is not known (a single rating) counts as the
        largest one that is.

    Returns
    -------
    ndarray or None
        Shape (n,), in (0, 1]; None where no error is known.

    References
    ----------
    Raudenbush and Bryk (2002). Hierarchical linear models, eq. 3.42. (Reliability of a group's mean.)
    """
    known = errors[~np.isnan(errors)]
    if not len(known):
        return None
    squared = np.where(np.isnan(errors), known.max(), errors) ** 2
    spread = float(np.var(values))
    between = max(spread - float(squared.mean()), 0.01 * spread)
    return np.asarray(between / (between + squared)) if between > 0 else np.ones(len(values))


def rating_shares(target: Target) -> Floats:
    """Share of the annotators at each scale point, shape (n, K), in the order of the scale's points.

    A rating between points (a mean of several) is shared between the two so that its value is kept.

    Raises
    ------
    UsageError
        If the target has no single ratings.
    """
    if target.ratings is None:
        raise UsageError(message("the target has no single ratings"))
    points = np.asarray(target.scale.points)
    given = target.scale.oriented(target.ratings)
    rated = ~np.isnan(given)
    filled = np.where(rated, given, points[0])
    shares = np.stack([np.interp(filled, points, unit) for unit in np.eye(len(points))], axis=-1)
    shares[~rated] = 0.0
    totals = rated.sum(axis=0)[:, None]
    with np.errstate(invalid="ignore"):
        return np.asarray(shares.sum(axis=0) / totals)


def nearest_points(values: Floats, scale: Scale) -> Floats:
    """Each oriented value at its nearest scale point; as it is on a continuous scale."""
    if not scale.points:
        return values
    points = np.sort(scale.oriented(np.asarray(scale.points)))
    return np.asarray(points[np.searchsorted((points[1:] + points[:-1]) / 2, values)])
