"""Where annotators agree and disagree: by category, by annotator, by item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import message
from alia_judge._process_wide import warn_degenerate
from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.stats._categories import CategoryCounts
from alia_judge.stats._totals import quotient
from alia_judge.stats._validate import check_choice
from alia_judge.stats._value_table import LEVELS, Level, ValueTable
from alia_judge.stats.sparse_ratings import SparseRatings, as_sparse

__all__ = [
    "AnnotatorDisagreement",
    "CategoryAgreement",
    "DisagreementBreakdown",
    "category_agreement",
    "disagreement",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class CategoryAgreement(Record):
    """How well annotators agree on one category.

    Parameters
    ----------
    category
        Its value.
    n_ratings
        How often it was given, among items with two ratings or more.
    share
        Its share of these ratings.
    agreement
        Specific agreement: if one of an item's annotators gives this category, the probability that another does.
    kappa
        Fleiss' kappa of this category against all others together; NaN where undefined.

    Examples
    --------
    >>> first = category_agreement([[1, 2, 3, 1], [1, 2, 3, 3]])[0]
    >>> first.category, first.n_ratings, round(first.agreement, 2)
    (1.0, 3, 0.67)
    """

    category: float
    n_ratings: int
    share: float
    agreement: float
    kappa: float


@dataclass(frozen=True, kw_only=True, eq=False)
class AnnotatorDisagreement(Record):
    """One annotator's part in the disagreement.

    Parameters
    ----------
    annotator
        Row of the values.
    n_ratings
        Ratings on items that somebody else rated, too.
    share
        Share of all observed disagreement that is in pairs with this annotator (half of each pair).
    ratio
        `share` over the annotator's share of the ratings: 1 is as much as anybody, 2 twice as much.
    offset
        Mean difference from the mean of the item's other ratings: above 0 is lenient where more is better. NaN at the
        nominal level.

    Examples
    --------
    >>> careless = disagreement([[1, 2, 3, 5], [1, 2, 3, 5], [1, 2, 3, 1]], "interval").annotators[2]
    >>> round(careless.share, 2), round(careless.ratio, 2), careless.offset
    (0.5, 1.5, -1.0)
    """

    annotator: int
    n_ratings: int
    share: float
    ratio: float
    offset: float


@dataclass(frozen=True, kw_only=True, eq=False)
class DisagreementBreakdown(Record):
    """The observed disagreement, attributed to annotators and to items.

    Parameters
    ----------
    level
        The distance it is measured by.
    observed
        Krippendorff's observed disagreement D_o: the mean squared distance of two ratings of an item.
    annotators
        One row an annotator, in the order of the values.
    items
        Share of the disagreement on each item, length n_items; 0 for an item with fewer than two ratings. Sums to 1,
        as the annotators' shares do; NaN where there is no disagreement at all.

    Examples
    --------
    >>> found = disagreement([[1, 2, 3, 5], [1, 2, 3, 5], [1, 2, 3, 1]], "interval")
    >>> round(found.observed, 2), found.items
    (2.67, (0.0, 0.0, 0.0, 1.0))
    """

    schema = "alia-judge/disagreement/1"

    level: Level
    observed: float
    annotators: tuple[AnnotatorDisagreement, ...]
    items: tuple[float, ...]

    def __float__(self) -> float:
        return self.observed


def category_agreement(values: ArrayLike) -> tuple[CategoryAgreement, ...]:
    """How well annotators agree on each category.

    Parameters
    ----------
    values
        Ratings, shape (n_raters, n_items), NaN where missing.

    Returns
    -------
    tuple of CategoryAgreement
        One a category that was given on an item with two ratings or more, ascending.

    Raises
    ------
    UsageError
        If the values are not numbers in two dimensions.

    References
    ----------
    Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin 76, 378-382.

    Examples
    --------
    >>> for row in category_agreement([[1, 2, 3, 3], [1, 2, 3, 1], [1, 2, 1, 2]]):
    ...     print(f"{row.category:g}: {row.n_ratings} ratings, agreement {row.agreement:.2f}, kappa {row.kappa:.2f}")
    1: 5 ratings, agreement 0.60, kappa 0.31
    2: 4 ratings, agreement 0.75, kappa 0.63
    3: 3 ratings, agreement 0.33, kappa 0.11
    """
    table = CategoryCounts.of(values)
    paired = table.size >= 2
    counts, size = table.counts[paired], table.size[paired]
    rows = []
    for column in np.flatnonzero(counts.any(axis=0)):
        given, total = counts[:, column], counts[:, column].sum()
        alike = np.sum(given * (given - 1) / (size - 1)) / total
        # Fleiss (1971), eq. 10 onwards: the category against the rest, items of any size.
        agreeing = np.mean((given * (given - 1) + (size - given) * (size - given - 1)) / (size * (size - 1)))
        share = np.mean(given / size)
        chance = share**2 + (1 - share) ** 2
        rows.append(
            CategoryAgreement(
                category=float(table.categories[column]),
                n_ratings=int(total),
                share=float(total / size.sum()),
                agreement=float(alike),
                kappa=float((agreeing - chance) / (1 - chance)) if share < 1 else float("nan"),
            )
        )
    return tuple(rows)


def disagreement(values: ArrayLike | SparseRatings, level: Level = "ordinal") -> DisagreementBreakdown:
    """Attribute the observed disagreement to annotators and to items.

    The observed disagreement is a sum over pairs of ratings of the same item. Half of each pair goes to either
    annotator, the whole to the item, so the shares add up to one on both sides.

    Parameters
    ----------
    values
        Ratings, shape (n_raters, n_items), NaN where missing.
    level
        How far apart two values are, as for `krippendorff_alpha`.

    Returns
    -------
    DisagreementBreakdown
        Its shares are NaN, with a `DegenerateDataWarning`, if all agree on everything.

    Raises
    ------
    UsageError
        If the values are not numbers in two dimensions, no item has two ratings, or the level is unknown.

    Examples
    --------
    The third annotator disagrees with the two others on the last item:

    >>> found = disagreement([[1, 2, 3, 5], [1, 2, 3, 5], [1, 2, 3, 1]], "interval")
    >>> [round(row.share, 2) for row in found.annotators], found.items
    ([0.25, 0.25, 0.5], (0.0, 0.0, 0.0, 1.0))
    """
    ratings = as_sparse(values)
    check_choice("level", level, LEVELS)
    if level == "ratio" and (ratings.value < 0).any():
        raise UsageError(message("ratio values must not be negative, got {value:g}", value=ratings.value.min()))
    pairable = np.flatnonzero(ratings.size >= 2)
    if pairable.size == 0:
        raise UsageError(message("disagreement needs an item with two ratings or more, got none"))
    shared = ratings.items(pairable)
    table = ValueTable.of(shared)
    # Each rating's part: its distances from the item's other ratings, weighted as in alpha's observed disagreement.
    part = (table.spread(level) / (table.size[table.unit] - 1))[table.cell]
    total = part.sum()
    if total == 0:
        warn_degenerate(message("shares of disagreement are undefined: every item's ratings are equal"))
    share = part / total if total > 0 else np.full(part.size, np.nan)
    by_item = np.zeros(ratings.n_items)
    by_item[pairable] = np.bincount(shared.item, weights=share, minlength=pairable.size)
    n_ratings = np.bincount(shared.rater, minlength=ratings.n_raters).astype(np.float64)
    by_rater = np.bincount(shared.rater, weights=share, minlength=ratings.n_raters).astype(np.float64)
    ratio = quotient(by_rater * part.size, n_ratings)
    offset = _offsets(shared) if level != "nominal" else np.full(ratings.n_raters, np.nan)
    return DisagreementBreakdown(
        level=level,
        observed=float(total / part.size),
        annotators=tuple(
            AnnotatorDisagreement(
                annotator=row,
                n_ratings=int(n_ratings[row]),
                share=float(by_rater[row]),
                ratio=float(ratio[row]),
                offset=float(offset[row]),
            )
            for row in range(ratings.n_raters)
        ),
        items=tuple(by_item.tolist()),
    )


def _offsets(ratings: SparseRatings) -> Floats:
    """Mean difference of each annotator from the mean of the others, shape (n_raters,); NaN for no items."""
    item, value = ratings.item, ratings.value
    total = np.bincount(item, weights=value, minlength=ratings.n_items)
    rest = (total[item] - value) / (ratings.size[item] - 1)
    given = np.bincount(ratings.rater, minlength=ratings.n_raters).astype(np.float64)
    offsets = np.bincount(ratings.rater, weights=value - rest, minlength=ratings.n_raters).astype(np.float64)
    return quotient(offsets, given)
