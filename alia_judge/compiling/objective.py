"""`Objective`: the figure a search maximises, over a whole set of items at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from alia_judge.benchmark.split import Split
from alia_judge.errors import UsageError
from alia_judge.records import Item, Scale
from alia_judge.stats.kernels import kendall_rows, midranks, pair_sums_rows, pearson_rows, spearman_rows

__all__ = ["Objective", "Statistic", "Target"]

Floats = NDArray[np.float64]
Statistic = Literal["spearman", "kendall", "pearson", "qwk", "alpha", "pairwise_accuracy", "auc"]
Grouping = Literal["pooled", "within"]


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
    """

    values: Floats
    groups: NDArray[np.str_]
    scale: Scale
    slices: NDArray[np.str_] | None = None

    def take(self, indices: NDArray[np.intp]) -> Target:
        """The target of some of the items."""
        return Target(
            values=self.values[indices],
            groups=self.groups[indices],
            scale=self.scale,
            slices=None if self.slices is None else self.slices[indices],
        )


@dataclass(frozen=True, kw_only=True)
class Objective:
    """A set-level statistic: pooled over the items or within their groups, over all of them or the worst slice.

    Parameters
    ----------
    statistic
        ``"spearman"``, ``"kendall"`` (tau-b), ``"pearson"``, ``"qwk"`` (quadratically weighted kappa of scores rounded
        to the scale), ``"alpha"`` (Krippendorff's, interval, judge and consensus as two raters),
        ``"pairwise_accuracy"`` (with ties: a pair is right if both sides order it alike or both tie it) or ``"auc"``
        (of telling items above the middle of the scale from the others).
    grouping
        ``"pooled"`` over all items, or ``"within"``: the mean over the groups where it is defined.
    slice_by
        ``"language"``, ``"system"`` or any name in `Item.extra`: the objective becomes a mix of the mean over
        slices and the worst slice. None looks at all items together.
    worst
        Weight of the worst slice in that mix, in [0, 1].

    Raises
    ------
    UsageError
        If a name is unknown or `worst` is no weight.

    References
    ----------
    Deutsch, Foster and Freitag (2023). Ties matter. EMNLP. (Pairwise accuracy with ties, eq. 6.)

    Examples
    --------
    >>> Objective(statistic="kendall", slice_by="language", worst=0.5).name
    'kendall, half mean and half worst language'
    """

    schema = "alia-judge/objective/1"

    statistic: Statistic = "spearman"
    grouping: Grouping = "pooled"
    slice_by: str | None = None
    worst: float = 1.0

    def __post_init__(self) -> None:
        if self.statistic not in get_args(Statistic):
            raise UsageError(f"objective must be one of {', '.join(get_args(Statistic))}, got {self.statistic!r}")
        if self.grouping not in get_args(Grouping):
            raise UsageError(f"grouping must be 'pooled' or 'within', got {self.grouping!r}")
        if not 0 <= self.worst <= 1:
            raise UsageError(f"worst is a weight from 0 to 1, got {self.worst}")

    @property
    def name(self) -> str:
        """What it is, in words."""
        words = self.statistic + (" within groups" if self.grouping == "within" else "")
        if self.slice_by is None:
            return words
        shares = {0.0: f"mean over {self.slice_by}", 0.5: f"half mean and half worst {self.slice_by}"}
        return f"{words}, {shares.get(self.worst, f'{self.worst:.0%} worst {self.slice_by}')}"

    def target(self, split: Split) -> Target:
        """The target of a split, with the slices this objective looks at.

        Raises
        ------
        UsageError
            If some item has no such slice.
        """
        slices = None if self.slice_by is None else np.array([_slice(item, self.slice_by) for item in split.items])
        return Target(values=split.target, groups=split.groups, scale=split.scale, slices=slices)

    def rows(self, scores: Floats, target: Target) -> Floats:
        """The objective of many candidates at once.

        Parameters
        ----------
        scores
            Shape (m, n). NaN is unscored and counts as the candidate's own mean: it says nothing of the item, and a
            candidate gains nothing by leaving hard items out.
        target
            Of the n items.

        Returns
        -------
        ndarray
            Shape (m,); NaN where undefined.
        """
        filled = _fill_unscored(scores)
        if target.slices is None:
            return self._grouped(filled, target)
        parts = np.stack(
            [
                self._grouped(filled[:, chosen], target.take(chosen))
                for chosen in (np.flatnonzero(target.slices == name) for name in np.unique(target.slices))
            ]
        )
        worst = np.where(np.isnan(parts), np.inf, parts).min(axis=0)
        return np.asarray((1 - self.worst) * _nanmean(parts) + self.worst * np.where(np.isinf(worst), np.nan, worst))

    def value(self, scores: Floats, target: Target) -> float:
        """The objective of one candidate's scores, shape (n,)."""
        return float(self.rows(scores[None, :], target)[0])

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "schema": self.schema,
            "statistic": self.statistic,
            "grouping": self.grouping,
            "slice_by": self.slice_by,
            "worst": self.worst,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return cls(
            statistic=data["statistic"], grouping=data["grouping"], slice_by=data["slice_by"], worst=data["worst"]
        )

    def _grouped(self, scores: Floats, target: Target) -> Floats:
        rows = _ROWS[self.statistic]
        if self.grouping == "pooled":
            return rows(scores, target.values, target.scale)
        by_group = (np.flatnonzero(target.groups == name) for name in np.unique(target.groups))
        return _nanmean(np.stack([rows(scores[:, group], target.values[group], target.scale) for group in by_group]))


def _slice(item: Item, name: str) -> str:
    value = getattr(item, name) if name in ("language", "system", "group") else item.extra.get(name)
    if value is None:
        raise UsageError(f"item {item.item_id!r} has no {name!r} to slice by; give every item one, or slice by another")
    return str(value)


def _fill_unscored(scores: Floats) -> Floats:
    missing = np.isnan(scores)
    if not missing.any():
        return scores
    return np.where(missing, _nanmean(scores.T)[:, None], scores)


def _nanmean(values: Floats) -> Floats:
    """Mean over the first axis of what is defined; NaN where nothing is."""
    defined = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(defined, values, 0.0).sum(axis=0) / defined.sum(axis=0), dtype=np.float64)


def _on_scale(values: Floats, scale: Scale) -> Floats:
    """Each value at its nearest scale point; as it is on a continuous scale."""
    if not scale.points:
        return values
    points = np.asarray(scale.points)
    nearest = np.searchsorted((points[1:] + points[:-1]) / 2, values)
    return np.asarray(np.where(np.isnan(values), np.nan, points[nearest]))


def _qwk(scores: Floats, target: Floats, scale: Scale) -> Floats:
    # With quadratic weights kappa is 2 cov / (var + var + squared difference of the means).
    x, y = _on_scale(scores, scale), _on_scale(target, scale)
    covariance = ((x - x.mean(axis=1, keepdims=True)) * (y - y.mean())).mean(axis=1)
    spread = x.var(axis=1) + y.var() + (x.mean(axis=1) - y.mean()) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spread > 0, 2 * covariance / spread, np.nan)


def _alpha(scores: Floats, target: Floats, scale: Scale) -> Floats:  # noqa: ARG001 - one shape for all statistics
    # Krippendorff (2011) for two raters and no gaps: alpha = 1 - Do / De with squared differences.
    both = np.concatenate([scores, np.broadcast_to(target, scores.shape)], axis=1)
    n = both.shape[1]
    observed = ((scores - target) ** 2).mean(axis=1)
    expected = 2 * both.var(axis=1) * n / (n - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 0, 1 - observed / expected, np.nan)


def _pairwise_accuracy(scores: Floats, target: Floats, scale: Scale) -> Floats:  # noqa: ARG001
    pairs = pair_sums_rows(scores, target)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((pairs.concordant + pairs.tied_both) / pairs.total)


def _auc(scores: Floats, target: Floats, scale: Scale) -> Floats:
    positive = target > (scale.low + scale.high) / 2
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if not n_positive or not n_negative:
        return np.full(len(scores), np.nan)
    # Mann-Whitney: the rank sum of the positives, less its least value, over the number of pairs.
    rank_sum = midranks(scores)[:, positive].sum(axis=1)
    return np.asarray((rank_sum - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


_ROWS: Mapping[str, Callable[[Floats, Floats, Scale], Floats]] = {
    "spearman": lambda scores, target, _: spearman_rows(scores, target),
    "kendall": lambda scores, target, _: kendall_rows(scores, target),
    "pearson": lambda scores, target, _: pearson_rows(scores, target),
    "qwk": _qwk,
    "alpha": _alpha,
    "pairwise_accuracy": _pairwise_accuracy,
    "auc": _auc,
}
