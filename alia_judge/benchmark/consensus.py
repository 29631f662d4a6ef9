"""One value an item from several people's ratings, with its standard error."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge.errors import UsageError
from alia_judge.records import Scale

__all__ = ["Consensus", "build_consensus", "consensus_methods", "default_method"]

_Values = NDArray[np.float64]


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
    settings
        Every setting that changes it.
    """

    method: str
    target: _Values
    standard_error: _Values
    settings: Mapping[str, Any] = field(default_factory=dict)


def default_method(scale: Scale) -> str:
    """``"mean"`` where values are ordered, ``"majority"`` where they are only labels."""
    return "mean" if scale.ordered else "majority"


def consensus_methods() -> tuple[str, ...]:
    """The names that `build_consensus` takes."""
    return tuple(sorted(_METHODS))


def build_consensus(values: _Values, scale: Scale, *, method: str | None = None) -> Consensus:
    """The consensus of each item.

    Parameters
    ----------
    values
        Shape (n_rows, n_items): a row an annotator or a position, NaN where there is no rating.
    scale
        Their scale.
    method
        ``"mean"``, ``"median"`` or ``"majority"`` (the commonest value; among equally common ones the lowest); by
        default the mean of ordered values and the majority of labels.

    Raises
    ------
    UsageError
        If the method is unknown, or takes the mean or median of unordered labels.

    Notes
    -----
    The standard error of the mean is s / sqrt(k) for an item with k ratings, where s² is the variance within items
    pooled over all items with two ratings or more: with two or three ratings an item's own variance says next to
    nothing of its error, and three people who agree are not infallible. The median's is 1.2533 times that.

    Examples
    --------
    >>> import numpy as np
    >>> ratings = np.array([[1.0, 4.0, 2.0], [3.0, 4.0, np.nan]])
    >>> consensus = build_consensus(ratings, Scale.ordinal(1, 5))
    >>> consensus.target
    array([2., 4., 2.])
    >>> consensus.standard_error.round(3)
    array([0.707, 0.707, 1.   ])
    """
    name = method or default_method(scale)
    if name not in _METHODS:
        raise UsageError(f"there is no consensus {name!r}; there are: {', '.join(consensus_methods())}")
    if not scale.ordered and name != "majority":
        raise UsageError(f"labels have no {name}; use consensus='majority', or declare an ordered scale")
    return _METHODS[name](values, scale)


def _mean(values: _Values, _: Scale) -> Consensus:
    counts = (~np.isnan(values)).sum(axis=0)
    totals = np.nansum(values, axis=0)
    target = np.divide(totals, counts, out=np.full(values.shape[1], np.nan), where=counts > 0)
    return Consensus(method="mean", target=target, standard_error=_error(values, counts))


def _median(values: _Values, _: Scale) -> Consensus:
    counts = (~np.isnan(values)).sum(axis=0)
    # Asymptotic efficiency of the median under normal noise: sqrt(pi / 2).
    error = math.sqrt(math.pi / 2) * _error(values, counts)
    target = np.full(values.shape[1], np.nan)
    rated = counts > 0
    target[rated] = np.nanmedian(values[:, rated], axis=0)
    return Consensus(method="median", target=target, standard_error=error)


def _majority(values: _Values, scale: Scale) -> Consensus:
    points = np.array(scale.points) if scale.points else np.unique(values[~np.isnan(values)])
    votes = np.stack([(values == point).sum(axis=0) for point in points])
    target = np.where(votes.sum(axis=0) > 0, points[votes.argmax(axis=0)], np.nan)
    return Consensus(method="majority", target=target, standard_error=np.full(values.shape[1], np.nan))


def _error(values: _Values, counts: NDArray[np.int_]) -> _Values:
    several = counts >= 2
    degrees = int((counts[several] - 1).sum())
    if not degrees:
        return np.full(values.shape[1], np.nan)
    rated = values[:, several]
    squares = np.nansum((rated - np.nanmean(rated, axis=0)) ** 2)
    pooled = math.sqrt(squares / degrees)
    error = np.full(values.shape[1], np.nan)
    np.divide(pooled, np.sqrt(counts), out=error, where=counts > 0)
    return error


_METHODS: dict[str, Callable[[_Values, Scale], Consensus]] = {"mean": _mean, "median": _median, "majority": _majority}
