"""Where judge and people part, ranked by how surprising that is: disagreements and the worst slices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from alia_judge._record import Record
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import FEWEST_GROUPS, RatedItems, thirds
from alia_judge.stats.clustered import contrasts
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.multiple import benjamini_yekutieli

__all__ = ["Disagreement", "WorstSlice", "disagreements", "expected_consensus", "worst_slices"]

Floats = NDArray[np.float64]
#: A column with more values than this is an identity, not a slice.
_MOST_VALUES = 30


@dataclass(frozen=True, kw_only=True, eq=False)
class Disagreement(Record):
    """An item on which judge and people part.

    Parameters
    ----------
    item_id
        Which.
    score, consensus
        The judge's score and the people's, higher is better.
    expected
        The consensus of items scored alike.
    surprise
        Consensus less expected, in standard errors of the consensus: few ratings or people at odds make it small.
    ratings
        What each person said.
    """

    also: ClassVar[tuple[str, ...]] = ("direction",)

    item_id: str
    score: float
    consensus: float
    expected: float
    surprise: float
    ratings: tuple[float, ...]

    @property
    def direction(self) -> Literal["too high", "too low"]:
        """Whether the judge's score is too high or too low for what people said."""
        return "too low" if self.surprise > 0 else "too high"


@dataclass(frozen=True, kw_only=True, eq=False)
class WorstSlice(Record):
    """Items on which the judge is further off than on the rest.

    Parameters
    ----------
    where
        Column -> value; two columns are an intersection.
    n_items
        How many scored items it has.
    excess
        Mean distance between consensus and what the score leads one to expect, on the slice less on the rest.
    p_value
        Of no excess, corrected for the false discovery rate over all slices that were looked at.
    """

    where: Mapping[str, str]
    n_items: int
    excess: Estimate
    p_value: float


def expected_consensus(scores: Floats, target: Floats) -> Floats:
    """The consensus of items scored alike: isotonic regression of the target on the score, shape (n,); NaN where either
    is missing.

    Only the order of the scores counts, so a judge is not blamed for using another scale.
    """
    expected = np.full(scores.size, np.nan)
    both = np.flatnonzero(~(np.isnan(scores) | np.isnan(target)))
    if both.size:
        # Equal scores are one point with the mean of their targets.
        _, level, sizes = np.unique(scores[both], return_inverse=True, return_counts=True)
        means = np.bincount(level, weights=target[both]) / sizes
        expected[both] = isotonic_regression(means, weights=sizes).x[level]
    return expected


def disagreements(human: RatedItems, scores: Floats, *, most: int = 50) -> tuple[Disagreement, ...]:
    """Up to `most` items, the most surprising first.

    Parameters
    ----------
    scores
        Shape (n,): the judge's.

    Notes
    -----
    Where the standard error of the consensus is unknown (one rating an item), the residuals' spread stands in for it,
    and the ranking is by size alone.
    """
    if human.scale.has_labels:
        return ()
    expected = expected_consensus(scores, human.target)
    residual = human.target - expected
    spread = float(np.nanstd(residual)) if np.isfinite(residual).any() else 0.0
    error = np.where(human.target_se > 0, human.target_se, spread)
    surprise = np.divide(residual, error, out=np.full(residual.size, np.nan), where=error > 0)
    # A tie is broken by the items' order, so that the same data give the same list.
    order = np.argsort(-np.abs(surprise), kind="stable")
    chosen = [place for place in order if np.isfinite(surprise[place]) and surprise[place] != 0][:most]
    return tuple(
        Disagreement(
            item_id=human.items[place].item_id,
            score=float(scores[place]),
            consensus=float(human.target[place]),
            expected=float(expected[place]),
            surprise=float(surprise[place]),
            ratings=tuple(human.ratings.value[human.ratings.item == place].tolist()),
        )
        for place in chosen
    )


def worst_slices(
    human: RatedItems, scores: Floats, options: EvaluationOptions, *, most: int = 10
) -> tuple[WorstSlice, ...]:
    """Slices on which the judge is shown to be further off than on the rest, the worst first; never a handful of items.

    Looked at are: language, system, length of the response in thirds, the columns in `options.by`, and every
    intersection of two of them, where slice and rest have `options.min_slice` items and five groups or more.

    Parameters
    ----------
    scores
        Shape (n,): the judge's.
    most
        How many are listed.
    """
    residual = np.abs(human.target - expected_consensus(scores, human.target))
    known = np.isfinite(residual)
    if human.scale.has_labels or known.sum() < 2 * options.min_slice:
        return ()
    grouped = human.resampled
    labels = np.arange(len(human)) if grouped is None else grouped
    units = np.unique(labels[known], return_inverse=True)[1].astype(np.intp)
    named = [
        (where, inside[known])
        for where, inside in _candidates(human, options)
        if _large_enough(inside[known], units, options.min_slice)
    ]
    if not named:
        return ()
    found = contrasts(residual[known], np.array([inside for _, inside in named]), units)
    p_values = found.p_values
    tested = np.flatnonzero(~np.isnan(p_values))
    adjusted = np.full(p_values.size, np.nan)
    adjusted[tested] = benjamini_yekutieli(p_values[tested])
    shown = [place for place in tested if adjusted[place] <= options.alpha and found.difference[place] > 0]
    shown.sort(key=lambda place: (-found.difference[place] / found.error[place], place))
    return tuple(
        WorstSlice(
            where=named[place][0],
            n_items=int(named[place][1].sum()),
            excess=replace(
                found.estimate(
                    place,
                    statistic="excess of the absolute residual",
                    confidence=options.level,
                    n=int(known.sum()),
                    clustered=grouped is not None,
                ),
                settings={"slices": len(named)},
            ),
            p_value=float(adjusted[place]),
        )
        for place in shown[:most]
    )


def _candidates(human: RatedItems, options: EvaluationOptions) -> Iterator[tuple[dict[str, str], NDArray[np.bool_]]]:
    names = [name for name in ("language", "system") if human.has(name)]
    columns = {name: np.array(human.column(name)) for name in dict.fromkeys((*names, *options.by))}
    columns = {name: values for name, values in columns.items() if 1 < np.unique(values).size <= _MOST_VALUES}
    if "length" not in columns:
        lengths = np.array([float(len(item.response.split())) for item in human.items])
        columns["length"] = thirds(lengths, ("short", "medium", "long"))
    singles = [
        ({name: str(value)}, values == value)
        for name, values in columns.items()
        for value in np.unique(values)
        if value
    ]
    yield from singles
    for (where, inside), (also, within) in combinations(singles, 2):
        if where.keys() != also.keys():
            yield where | also, inside & within


def _large_enough(inside: NDArray[np.bool_], units: NDArray[np.intp], least: int) -> bool:
    return all(side.sum() >= least and np.unique(units[side]).size >= FEWEST_GROUPS for side in (inside, ~inside))
