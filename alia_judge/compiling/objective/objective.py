"""`Objective`: the figure a search maximises, over a whole set of items at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.benchmark.split import Split
from alia_judge.compiling.objective.statistics import NeedsOther, SetStatistic, all_statistics
from alia_judge.compiling.objective.target import Target, reliability_weights
from alia_judge.errors import UsageError
from alia_judge.records import Item, Scale

__all__ = ["Objective", "Statistic"]

Floats = NDArray[np.float64]
#: Name of a statistic (`alia_judge.compiling.objective.statistics`), other packages' included.
Statistic = str
Grouping = Literal["pooled", "within"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Objective(Record):
    """A set-level statistic: pooled over the items or within their groups, over all of them or the worst slice.

    Parameters
    ----------
    statistic
        Its name: ``"spearman"``, ``"kendall"``, ``"pearson"``, ``"qwk"``, ``"alpha"``, ``"pairwise_accuracy"``,
        ``"auc"``, ``"log_score"``, ``"alt_test"``, or one that another package registers: `all_statistics` has what
        each is.
    grouping
        ``"pooled"`` over all items, or ``"within"``: the mean over the groups where it is defined.
    slice_by
        ``"language"``, ``"system"`` or any name in `Item.extra`: the objective becomes a mix of the mean over
        slices and the worst slice. None looks at all items together.
    worst
        Weight of the worst slice in that mix, in [0, 1].
    weighted
        Whether items count by how sure their consensus is (see `reliability_weights`).

    Raises
    ------
    UsageError
        If a name is unknown, `worst` is no weight, or the statistic has no form that was asked for.

    References
    ----------
    Deutsch, Foster and Freitag (2023). Ties matter. EMNLP. (Pairwise accuracy with ties, eq. 7.)
    Calderon, Reichart and Dror (2025). The alternative annotator test. ACL.

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
    weighted: bool = False

    def __post_init__(self) -> None:
        if self.statistic not in all_statistics():
            raise UsageError(
                message(
                    "objective must be one of {all_statistics}, got {statistic!r}",
                    all_statistics=", ".join(all_statistics()),
                    statistic=self.statistic,
                )
            )
        if self.grouping not in get_args(Grouping):
            raise UsageError(message("grouping must be 'pooled' or 'within', got {grouping!r}", grouping=self.grouping))
        if not 0 <= self.worst <= 1:
            raise UsageError(message("worst is a weight from 0 to 1, got {worst}", worst=self.worst))
        if self.weighted and not self.of.weighted:
            raise UsageError(message("{statistic} has no weighted form; use weighted=False", statistic=self.statistic))
        if self.grouping == "within" and not self.of.grouped:
            raise UsageError(
                message(
                    "{statistic} is a mean over items and has no form within groups; use 'pooled'",
                    statistic=self.statistic,
                )
            )

    @cached_property
    def of(self) -> SetStatistic:
        """All there is to know of its statistic."""
        return all_statistics.named(self.statistic)

    @classmethod
    def of_ratings(cls, wanted: Objective | Statistic | None, scale: Scale) -> Objective:
        """What is wanted; where nothing is said, Spearman of grades and kappa of labels."""
        if isinstance(wanted, Objective):
            return wanted
        return cls(statistic=wanted or ("kappa" if scale.has_labels else "spearman"))

    @property
    def name(self) -> str:
        """What it is, in words."""
        words = self.statistic + (" within groups" if self.grouping == "within" else "")
        words += " weighted by certainty" if self.weighted else ""
        if self.slice_by is None:
            return words
        shares = {0.0: f"mean over {self.slice_by}", 0.5: f"half mean and half worst {self.slice_by}"}
        return f"{words}, {shares.get(self.worst, f'{self.worst:.0%} worst {self.slice_by}')}"

    @property
    def reads_probabilities(self) -> bool:
        """Whether a verdict's probabilities count, and not its score alone."""
        return self.of.reads_probabilities

    def target(self, split: Split) -> Target:
        """The target of a split, with what of it this objective looks at.

        Raises
        ------
        UsageError
            If some item has no such slice, no certainty is known, or there are no single ratings to look at.
        """
        try:
            self.of.needs(split)
        except NeedsOther as lacking:
            raise UsageError(
                message(
                    "{statistic} needs {lacking}; choose another objective", statistic=self.statistic, lacking=lacking
                )
            ) from None
        slices = None if self.slice_by is None else np.array([_slice(item, self.slice_by) for item in split.items])
        weights = reliability_weights(split.target, split.target_se) if self.weighted else None
        if self.weighted and weights is None:
            raise UsageError(
                message("weighted=True needs items that several people rated: no consensus has a standard error")
            )
        return Target(
            values=split.target,
            groups=split.groups,
            scale=split.scale,
            slices=slices,
            weights=weights,
            ratings=split.scale.oriented(split.values) if self.of.ratings else None,
        )

    def readings(self, score: Floats, probabilities: Floats, target: Target) -> Floats:
        """What this objective reads of a candidate's verdicts: what `rows` takes.

        Parameters
        ----------
        score, probabilities
            Oriented so that higher is better, shape (n,), and of each scale point, shape (n, K).
        target
            Of the n items.

        Returns
        -------
        ndarray
            Shape (n,).
        """
        return self.of.readings(score, probabilities, target)

    def readings_of_scores(self, scores: Floats, target: Target) -> Floats:
        """The same for judges that give scores alone, as a fitted readout does; shape (a, n) in and out."""
        return self.of.readings_of_scores(scores, target)

    def chance(self, target: Target, *, seed: int = 0) -> float:
        """What a judge has that sees nothing of the items.

        Its record says so (`SetStatistic.chance`): 0 for a correlation, else what blind scores have.
        """
        chance = self.of.chance
        if not callable(chance):
            return chance
        found = self.rows(chance(target, np.random.default_rng(seed)), target)
        return float(np.nanmax(found)) if not np.isnan(found).all() else 0.0

    def rows(self, scores: Floats, target: Target) -> Floats:
        """The objective of many candidates at once.

        Parameters
        ----------
        scores
            What `readings` gave, shape (m, n). NaN is unscored and counts as the candidate's own mean: it says nothing
            of the item, and a candidate gains nothing by leaving hard items out.
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

    def _grouped(self, scores: Floats, target: Target) -> Floats:
        rows = self.of.rows
        if self.grouping == "pooled":
            return rows(scores, target)
        by_group = (np.flatnonzero(target.groups == name) for name in np.unique(target.groups))
        return _nanmean(np.stack([rows(scores[:, group], target.take(group)) for group in by_group]))


def _slice(item: Item, name: str) -> str:
    value = getattr(item, name) if name in ("language", "system", "group") else item.extra.get(name)
    if value is None:
        raise UsageError(
            message(
                "{called} has no {name!r} to slice by; give every item one, or slice by another",
                called=item.called,
                name=name,
            )
        )
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
