"""One annotator beside the others, on the items they share: what most checks of annotators look at."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from alia_judge.checks.base import CheckData
from alia_judge.stats.multiple import holm

__all__ = ["Beside", "Skill", "beside_others", "one_by_one", "significant", "skill"]

#: Shared items below which nothing is said of an annotator.
FEWEST_SHARED = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Beside:
    """One annotator's ratings of one criterion beside those of the others.

    Parameters
    ----------
    criterion, annotator
        Which and who.
    mine
        Shape (n,): the ratings, turned so that higher is better, of the n items somebody else rated too.
    mean
        Shape (n,): the mean of the others.
    columns
        Shape (n,): the items' places among the criterion's.
    """

    criterion: str
    annotator: str
    mine: NDArray[np.float64]
    mean: NDArray[np.float64]
    columns: NDArray[np.intp]
    #: Of all annotators and items, and this annotator's row: what is made of them only some checks look at.
    _values: NDArray[np.float64]
    _row: int
    _all_items: tuple[str, ...]

    @cached_property
    def others(self) -> NDArray[np.float64]:
        """The others' ratings of the same items, NaN where missing, shape (m, n)."""
        others = np.delete(self._values[:, self.columns], self._row, axis=0)
        return np.asarray(others[~np.isnan(others).all(axis=1)], dtype=np.float64)

    @cached_property
    def item_ids(self) -> tuple[str, ...]:
        """The n items."""
        return tuple(self._all_items[column] for column in self.columns)

    @cached_property
    def deviation(self) -> NDArray[np.float64]:
        """This annotator less the mean of the others, shape (n,)."""
        return np.asarray(self.mine - self.mean, dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class Skill:
    """How well an annotator goes with the others: 0 is chance, 1 perfect.

    Spearman's correlation with their mean for ordered values, a kappa for labels; `z` and `z_error` are its normal
    transform (Fisher's z, or the kappa itself) and its standard error.
    """

    value: float
    z: float
    z_error: float

    def p_below(self, value: float) -> float:
        """One-sided p-value of the hypothesis that the skill is `value` or more."""
        return float(stats.norm.cdf((self.z - self._transformed(value)) / self.z_error))

    def _transformed(self, value: float) -> float:
        return math.atanh(value) if self.graded else value

    graded: bool = True


def beside_others(data: CheckData, criterion: str, *, without: Collection[str] = ()) -> Iterator[Beside]:
    """Each identified annotator with enough items that somebody else rated; as if those `without` were not there."""
    matrix = data.matrix(criterion)
    values = data.ratings.scales[criterion].oriented(matrix.values).copy()
    values[[matrix.annotators.index(name) for name in without]] = np.nan
    rated = ~np.isnan(values)
    counts, totals = rated.sum(axis=0), np.nansum(values, axis=0)
    for row, name in enumerate(matrix.annotators):
        columns = np.flatnonzero(rated[row] & (counts >= 2))
        if columns.size >= FEWEST_SHARED:
            mine = values[row, columns]
            yield Beside(
                criterion=criterion,
                annotator=name,
                mine=mine,
                mean=(totals[columns] - mine) / (counts[columns] - 1),
                columns=columns,
                _values=values,
                _row=row,
                _all_items=matrix.item_ids,
            )


def one_by_one(
    data: CheckData, criterion: str, test: Callable[[Beside], tuple[float, float, bool] | None], *, level: float
) -> Iterator[tuple[Beside, float, float]]:
    """Whom a test against the others names, the surest first, each then taken out before the next is looked for.

    One person who goes the other way makes those who share items with them look as if they did: once the culprit is
    out, they no longer do. With two annotators nobody can say who it is, and both are named.

    Parameters
    ----------
    data, criterion
        What is looked at.
    test
        For one annotator beside the others: the figure, its p-value, and whether it is large enough to matter; None
        where it cannot be computed.
    level
        Familywise rate of false alarms over the criterion's annotators (Holm).

    Yields
    ------
    (Beside, float, float)
        The annotator, the figure and its p-value.
    """
    out: set[str] = set()
    n_annotators = len(data.matrix(criterion).annotators)
    while True:
        found = [
            (beside, outcome) for beside in beside_others(data, criterion, without=out) if (outcome := test(beside))
        ]
        alarms = significant([p for _, (_, p, _) in found], level)
        named = [
            (beside, value, p)
            for (beside, (value, p, matters)), alarm in zip(found, alarms, strict=True)
            if alarm and matters
        ]
        if not named:
            return
        if n_annotators - len(out) <= 2:
            # Of the last two it was the one who is left over that the others agreed with.
            yield from named if not out else ()
            return
        worst = min(named, key=lambda entry: (entry[2], -abs(entry[1])))
        yield worst
        out.add(worst[0].annotator)


def skill(beside: Beside, *, ordered: bool) -> Skill | None:
    """The annotator's skill; None where it is undefined because somebody gave one value throughout.

    Notes
    -----
    For labels: with s_i the share of the others who gave item i the annotator's label, and e_i the share expected had
    the annotator drawn labels at random in the same proportions, the kappa is mean(s - e) / mean(1 - e).
    """
    mine = beside.mine
    if np.all(mine == mine[0]):
        return None
    if ordered:
        mean = beside.mean
        if np.all(mean == mean[0]):
            return None
        rho = float(stats.spearmanr(mine, mean).statistic)
        bounded = min(max(rho, -0.999), 0.999)
        # Bonett and Wright (2000).
        error = math.sqrt((1 + bounded**2 / 2) / (mine.size - 3))
        return Skill(value=rho, z=math.atanh(bounded), z_error=error)
    rated = (~np.isnan(beside.others)).sum(axis=0)
    agreed = (beside.others == mine).sum(axis=0) / rated
    labels, counts = np.unique(mine, return_counts=True)
    share = counts / mine.size
    expected = sum(p * (beside.others == label).sum(axis=0) / rated for p, label in zip(share, labels, strict=True))
    beyond = agreed - expected
    room = float(np.mean(1 - expected))
    if room <= 0:
        return None
    error = float(beyond.std(ddof=1)) / math.sqrt(mine.size) / room
    return Skill(
        value=float(beyond.mean()) / room, z=float(beyond.mean()) / room, z_error=max(error, 1e-6), graded=False
    )


def significant(p_values: list[float], level: float) -> NDArray[np.bool_]:
    """Which hypotheses are rejected while the chance of any false alarm stays at `level` (Holm)."""
    if not p_values:
        return np.zeros(0, dtype=bool)
    return np.asarray(holm(np.clip(p_values, 0.0, 1.0)) <= level, dtype=bool)
