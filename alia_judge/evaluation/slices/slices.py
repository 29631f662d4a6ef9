"""For whom does the judge fail? Its correlation on parts of the items, each against the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.evaluation.agreement.correlations import CORRELATIONS, item_correlations
from alia_judge.evaluation.agreement.error import on_scale
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import FEWEST_GROUPS, RatedItems
from alia_judge.stats.clustered import contrasts
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.kernels import WeightedSpearman
from alia_judge.stats.multiple import benjamini_yekutieli

__all__ = ["Slice", "slices"]

Floats = NDArray[np.float64]
#: A standard error needs no more resamples than this: its own error is then 4 %.
_RESAMPLES = 400


@dataclass(frozen=True, kw_only=True, eq=False)
class Slice(Record):
    """A judge on a part of the items.

    Parameters
    ----------
    n_items, n_asked
        Items of the part that the judge scored, and all of them.
    correlation
        Statistic -> estimate, over the part's items.
    difference
        Spearman on the part less Spearman on the rest, with its interval; undefined where a side is too small.
    p_value
        Of no difference, corrected for the false discovery rate over all slices of the judge; NaN where undefined.
    offset
        Judge less consensus on the part, less the same on the rest: whether its items are scored too high or too low
        compared with others; undefined where the scores are off the ratings' scale.
    alpha
        The level at which `worse` is decided.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> result = aj.evaluate_scores(ratings, {"the truth": truth}, criterion="tone")
    >>> part = result.judge("the truth").slices["language"]["eu"]
    >>> part.n_items, part.worse
    (36, False)
    """

    in_json: ClassVar[Mapping[str, str]] = {"correlation": "correlation.item"}
    also: ClassVar[tuple[str, ...]] = ("coverage", "worse")

    n_items: int
    n_asked: int
    correlation: Mapping[str, Estimate]
    difference: Estimate
    p_value: float
    offset: Estimate
    alpha: float = 0.05

    @property
    def worse(self) -> bool:
        """Whether the judge is shown to agree less with people here than on the rest."""
        return self.p_value <= self.alpha and self.difference.value < 0

    @property
    def coverage(self) -> float:
        """Share of the part's items that the judge scored."""
        return self.n_items / self.n_asked


def slices(human: RatedItems, scores: Floats, options: EvaluationOptions) -> dict[str, dict[str, Slice]]:
    """Column -> value -> the judge on these items: for languages, unasked, and for the columns in `options.by`.

    A slice with fewer than `options.min_slice` scored items is counted, not judged. The p-values of the others, each of
    the null hypothesis that the judge agrees with people as well there as on the remaining items, are corrected for the
    false discovery rate over all slices of all columns (Benjamini and Yekutieli).

    Raises
    ------
    UsageError
        If no item has a column.
    """
    languages = ("language",) if human.has("language") and len(set(human.column("language"))) > 1 else ()
    columns = dict.fromkeys((*languages, *options.by))
    found = {column: _of_column(human, scores, np.array(human.column(column)), options) for column in columns}
    tested = [
        (column, value) for column, parts in found.items() for value, part in parts.items() if part.difference.defined
    ]
    adjusted = benjamini_yekutieli([found[column][value].p_value for column, value in tested])
    for (column, value), p_value in zip(tested, adjusted, strict=True):
        found[column][value] = replace(found[column][value], p_value=float(p_value))
    return found


def _of_column(
    human: RatedItems, scores: Floats, values: NDArray[np.str_], options: EvaluationOptions
) -> dict[str, Slice]:
    scored = ~np.isnan(scores)
    rest = _Rest(human, scores, options)
    result = {}
    for value in np.unique(values):
        inside = values == value
        part = human.take(inside)
        n_items = int((inside & scored).sum())
        if n_items < options.min_slice:
            why = message(
                "{n_items} scored items, fewer than {min_slice}", n_items=n_items, min_slice=options.min_slice
            )
            result[str(value)] = Slice(
                n_items=n_items,
                n_asked=int(inside.sum()),
                correlation={name: Estimate.undefined(name, why, n=n_items) for name in CORRELATIONS},
                difference=Estimate.undefined("difference of spearman", why, n=n_items),
                p_value=np.nan,
                offset=Estimate.undefined("offset", why, n=n_items),
                alpha=options.alpha,
            )
            continue
        difference, p_value = rest.difference(inside)
        result[str(value)] = Slice(
            n_items=n_items,
            n_asked=int(inside.sum()),
            correlation=item_correlations(part, scores[inside], options),
            difference=difference,
            p_value=p_value,
            offset=rest.offset(inside),
            alpha=options.alpha,
        )
    return result


class _Rest:
    """Spearman on a slice less Spearman on the rest, both on the same resamples."""

    def __init__(self, human: RatedItems, scores: Floats, options: EvaluationOptions) -> None:
        self.scored = ~(np.isnan(scores) | np.isnan(human.target))
        self.ordered = not human.scale.has_labels
        self.options = options
        self.clustered = human.resampled is not None
        units = human.resampled if human.resampled is not None else np.arange(len(human))
        names, self.unit = np.unique(units[self.scored], return_inverse=True)
        rng = np.random.default_rng(options.seed)
        draws = rng.integers(0, names.size, size=(min(options.n_resamples, _RESAMPLES), names.size))
        counts = [np.bincount(drawn, minlength=names.size) for drawn in draws]
        # The first column is the data themselves.
        self.counts = np.column_stack([np.ones(names.size), *counts])
        self.residual = (scores - human.target)[self.scored] if on_scale(human, scores) else None
        self.pairs = scores[self.scored], human.target[self.scored]

    def difference(self, inside: NDArray[np.bool_]) -> tuple[Estimate, float]:
        """The difference with its interval, and its two-sided p-value."""
        mine = inside[self.scored]
        blank = Estimate(statistic="difference of spearman", value=np.nan, n=int(mine.sum()))
        if not self.ordered:
            return replace(blank, why=message("the criterion has labels and no grades")), np.nan
        if (~mine).sum() < self.options.min_slice:
            return replace(blank, why=message("the rest is too small to compare with")), np.nan
        if min(np.unique(self.unit[mine]).size, np.unique(self.unit[~mine]).size) < FEWEST_GROUPS:
            return replace(
                blank,
                why=message("the slice or the rest has fewer than {fewest_groups} groups", fewest_groups=FEWEST_GROUPS),
            ), np.nan
        inner, outer = (
            WeightedSpearman(*(values[side] for values in self.pairs))(self.counts[self.unit[side]])
            for side in (mine, ~mine)
        )
        replicates = inner - outer
        value, drawn = float(replicates[0]), replicates[1:][~np.isnan(replicates[1:])]
        if np.isnan(value) or drawn.size < 2 or drawn.std() == 0:
            return replace(blank, why=message("the correlation is undefined on the slice or on the rest")), np.nan
        estimate = replace(blank, value=value).with_error(
            float(drawn.std(ddof=1)),
            level=self.options.level,
            freedom=self.counts.shape[0] - 1,
            method=f"t bootstrap over {'groups' if self.clustered else 'items'}",
            groups=self.counts.shape[0] if self.clustered else None,
        )
        return estimate, estimate.p_value()

    def offset(self, inside: NDArray[np.bool_]) -> Estimate:
        """Judge less consensus inside, less the same outside."""
        mine = inside[self.scored]
        blank = Estimate(statistic="offset", value=np.nan, n=int(mine.sum()))
        if self.residual is None:
            return replace(blank, why=message("the scores are not on the ratings' scale"))
        found = contrasts(self.residual, mine[None, :], self.unit)
        if np.isnan(found.error[0]):
            return replace(blank, why=message("the slice or the rest is empty"))
        return found.estimate(0, statistic="offset", confidence=self.options.level, n=blank.n, clustered=self.clustered)
