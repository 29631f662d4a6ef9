"""`Profile`: what later verdicts and ratings are held against, as an evaluation leaves it behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.evaluation.agreement.error import on_scale
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import RatedItems
from alia_judge.stats.clustered import clustered_mean
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.sparse_ratings import SparseRatings

__all__ = ["Profile", "distances", "order_agreement", "profile"]

Floats = NDArray[np.float64]

#: Cells of the scores' histogram between its ends; one more on either side holds what lies beyond.
_CELLS = 100
#: Groups that are compared with one another, and how often an item and a rating of each are drawn.
_GROUPS, _DRAWS = 1500, 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Profile(Record):
    """A judge's error, order and scores in its evaluation, free of how many people rated an item.

    The consensus of three people is steadier than that of one, so an error against it would rise when fewer rate. Here
    the judge is held against single ratings.

    Parameters
    ----------
    error
        Mean distance between score and one person's rating, on the ratings' scale, each group counting once; undefined
        where the scores are off the scale.
    order
        How often the judge puts two items of different groups in the order in which one person's rating of each puts
        them; a tie on either side counts half.
    low, high
        Ends of the histogram of scores.
    cells
        Cell -> how many groups have their item there, one item a group; cell 0 is below `low`, 101 above `high`.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> result = aj.evaluate_scores(ratings, {"the truth": truth}, criterion="tone")
    >>> profile = result.judge("the truth").profile
    >>> profile.low, profile.high, 0.5 < profile.order.value < 1
    (1.0, 5.0, True)
    """

    error: Estimate
    order: Estimate
    low: float
    high: float
    cells: Mapping[int, int]

    def cell(self, scores: Floats) -> NDArray[np.intp]:
        """The cell of each score, shape (n,)."""
        place = np.floor((scores - self.low) / (self.high - self.low) * _CELLS)
        # The upper end belongs to the last cell within.
        place = np.where(scores == self.high, _CELLS - 1, place)
        return np.asarray(np.clip(place + 1, 0, _CELLS + 1), dtype=np.intp)

    def reference(self) -> Floats:
        """The cell of each group of the evaluation, in ascending order."""
        cells = sorted(self.cells)
        return np.repeat(np.array(cells, dtype=np.float64), [self.cells[cell] for cell in cells])


def profile(human: RatedItems, scores: Floats, options: EvaluationOptions) -> Profile | None:
    """The profile of `scores`, shape (n,); None where the scale has no order or nothing was scored."""
    scored = np.flatnonzero(~np.isnan(scores))
    if human.scale.has_labels or not scored.size:
        return None
    unit = np.unique(human.clusters[scored], return_inverse=True)[1]
    rng = np.random.default_rng(options.seed)
    known, given = scores[scored], human.ratings.items(scored)
    inside = on_scale(human, scores)
    low, high = (human.scale.low, human.scale.high) if inside else (float(known.min()), float(known.max()))
    blank = Profile(
        error=Estimate.undefined("error", message("the scores are not on the ratings' scale")),
        order=_order(known, given, unit, rng, options),
        low=low,
        high=high if high > low else low + 1.0,
        cells={},
    )
    error = blank.error
    if inside:
        error = clustered_mean(distances(known, given, unit), None, statistic="error", confidence=options.level)
    cell, count = np.unique(blank.cell(known[_one_a_group(unit, rng)]), return_counts=True)
    return Profile(
        error=error,
        order=blank.order,
        low=blank.low,
        high=blank.high,
        cells=dict(zip(cell.tolist(), count.tolist(), strict=True)),
    )


def distances(scores: Floats, ratings: SparseRatings, unit: NDArray[np.intp]) -> Floats:
    """Mean distance between score and rating in each group, shape (G,).

    Parameters
    ----------
    scores
        Shape (n,).
    ratings
        Of shape (annotators, n); every item has one.
    unit
        Shape (n,): codes 0..G-1 of the groups.
    """
    gap = np.bincount(ratings.item, weights=np.abs(ratings.value - scores[ratings.item])) / ratings.size
    return np.asarray(np.bincount(unit, weights=gap) / np.bincount(unit))


def order_agreement(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> float:
    """How often scores order items of two groups as single ratings do; each group is (scores, values)."""
    (s, x), (t, y) = first, second
    judged = np.sign(s[:, None] - t[None, :])
    said = np.sign(x[:, None, :, None] - y[None, :, None, :])  # annotators by annotators by items by items
    with np.errstate(invalid="ignore"):
        agreement = np.nanmean(said * judged, axis=(0, 1))
    return float((1 + agreement.mean()) / 2)


def _order(
    scores: Floats,
    ratings: SparseRatings,
    unit: NDArray[np.intp],
    rng: np.random.Generator,
    options: EvaluationOptions,
) -> Estimate:
    """The mean over pairs of groups, with the interval of a U-statistic (Hoeffding 1948: its first projection)."""
    n_groups = int(unit.max()) + 1
    blank = Estimate(statistic="order", value=np.nan, n=scores.size, groups=n_groups)
    if n_groups < 3:
        return replace(blank, groups=None, why=message("it needs at least 3 groups"))
    chosen = rng.permutation(n_groups)[:_GROUPS]
    projection = np.zeros(chosen.size)
    for _ in range(_DRAWS):
        item = _one_a_group(unit, rng)[chosen]
        s, r = scores[item], _one_rating(ratings.of_items(item), rng)
        agreement = np.sign(s[:, None] - s) * np.sign(r[:, None] - r)
        projection += (1 + agreement.sum(axis=1) / (chosen.size - 1)) / 2 / _DRAWS
    value = float(projection.mean())
    error = 2 * float(projection.std(ddof=1)) / np.sqrt(chosen.size)
    return replace(blank, value=value).with_error(
        error,
        level=options.level,
        freedom=chosen.size - 1,
        method="t over groups",
        groups=n_groups,
        bounds=(0.0, 1.0),
    )


def _one_a_group(unit: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    """The place of one item of each group, drawn at random, shape (G,)."""
    shuffled = rng.permutation(unit.size)
    return np.asarray(shuffled[np.unique(unit[shuffled], return_index=True)[1]], dtype=np.intp)


def _one_rating(values: Floats, rng: np.random.Generator) -> Floats:
    """One of the ratings of each item, drawn at random."""
    luck = np.where(np.isnan(values), -1.0, rng.random(values.shape))
    return np.asarray(values[luck.argmax(axis=0), np.arange(values.shape[1])])
