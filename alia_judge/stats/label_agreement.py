"""How well one labelling agrees with another: accuracy, balanced accuracy, macro F1, kappa, rates, confusion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.stats._against_rest import Associations, Part
from alia_judge.stats._options import ResamplingKeywords, shows
from alia_judge.stats._totals import Totals, UnitResampling, estimate_over_items, quotient
from alia_judge.stats._validate import as_vector
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.kernels import WeightedKappa

__all__ = ["LabelAgreement", "label_agreement", "one_against_the_others"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class LabelAgreement:
    """A labelling held against a true one.

    Parameters
    ----------
    accuracy
        Share of the items with the true label.
    balanced_accuracy
        Mean over the true labels of the share of their items that were found.
    macro_f1
        Mean over the labels that occur of the harmonic mean of precision and recall.
    kappa
        Cohen's kappa: agreement beyond what the two marginals give by chance.
    majority
        Share of the commonest true label: the accuracy of whoever always says that one.
    counts
        Shape (k, k): how many items have the true label of the row and were given the label of the column.
    true_positive_rate, false_positive_rate
        Of two labels, the second being positive: share of the positive items that were found, and of the others that
        were taken for positive. None where there are not two labels.
    """

    accuracy: Estimate
    balanced_accuracy: Estimate
    macro_f1: Estimate
    kappa: Estimate
    majority: float
    counts: NDArray[np.int64]
    true_positive_rate: Estimate | None = None
    false_positive_rate: Estimate | None = None


@shows(UnitResampling)
def label_agreement(
    given: ArrayLike,
    true: ArrayLike,
    labels: Sequence[float],
    **options: Unpack[ResamplingKeywords],
) -> LabelAgreement:
    """Every figure of a labelling, each with its interval.

    Parameters
    ----------
    given, true
        Labels as numbers, shape (n,); an item that has NaN in either is left out.
    labels
        Every label there is, in the order of the confusion's rows and columns.
    interval, confidence, n_resamples, groups, rng
        As in `cohen_kappa`.

    Returns
    -------
    LabelAgreement
        NaN with a `DegenerateDataWarning` where a figure is undefined, as kappa where both sides have one label only.

    Raises
    ------
    UsageError
        If shapes differ or a value is none of `labels`.

    References
    ----------
    Cohen, J. (1960). A coefficient of agreement for nominal scales. Educ. and Psychological Measurement 20, 37-46.
    Brodersen, K. H. et al. (2010). The balanced accuracy and its posterior distribution. ICPR.
    Opitz, J. and Burst, S. (2021). Macro F1 and macro F1. arXiv 1911.03347 (the mean of the labels' F1, eq. 4).

    Examples
    --------
    >>> found = label_agreement([0, 1, 1, 1], [0, 0, 1, 1], labels=[0, 1])
    >>> print(found.accuracy, found.kappa, found.majority)
    0.750 0.500 0.5
    >>> found.counts.tolist()
    [[1, 1], [0, 2]]
    """
    x = as_vector("given", given)
    y = as_vector("true", true, n=x.size)
    both = np.flatnonzero(~np.isnan(x) & ~np.isnan(y))
    known = np.asarray(labels, dtype=np.float64)
    k = known.size
    order = np.argsort(known)
    place = [order[np.minimum(np.searchsorted(known[order], side[both]), k - 1)] for side in (y, x)]
    if stray := sorted({*y[both][known[place[0]] != y[both]], *x[both][known[place[1]] != x[both]]}):
        raise UsageError(
            message(
                "{stray:g} is none of the labels {known}",
                stray=stray[0],
                known=", ".join(f"{label:g}" for label in known),
            )
        )
    cell = place[0] * k + place[1]
    features = np.zeros((both.size, k * k))
    features[np.arange(both.size), cell] = 1
    resampling = UnitResampling(**options)

    def figure(name: str, finish: Callable[[Floats], Floats], why: str, bounds: tuple[float, float]) -> Estimate:
        return estimate_over_items(
            name,
            Totals(features=features, finish=lambda totals: finish(totals.reshape(-1, k, k))),
            units=both,
            n_items=x.size,
            resampling=resampling,
            settings={"labels": k},
            why=why if both.size else message("no item has both labels"),
            bounds=bounds,
        )

    counts = np.bincount(cell, minlength=k * k).reshape(k, k)
    share = (0.0, 1.0)
    one_label = message("both sides have one and the same label throughout")
    rates: dict[str, Estimate] = {}
    if k == 2:
        rates["true_positive_rate"] = figure("true_positive_rate", _recall_of(1), message("no item is positive"), share)
        rates["false_positive_rate"] = figure(
            "false_positive_rate", lambda c: 1 - _recall_of(0)(c), message("every item is positive"), share
        )
    return LabelAgreement(
        accuracy=figure("accuracy", _accuracy, "", share),
        balanced_accuracy=figure("balanced_accuracy", _balanced_accuracy, "", share),
        macro_f1=figure("macro_f1", _macro_f1, "", share),
        kappa=figure("kappa", _kappa, one_label, (-1.0, 1.0)),
        majority=float(counts.sum(axis=1).max() / both.size) if both.size else float("nan"),
        counts=counts,
        **rates,
    )


def one_against_the_others(
    values: Floats, labels: Sequence[float], *, identified: bool, resampling: UnitResampling
) -> Estimate:
    """Kappa of one annotator's labels with the commonest of the others': what `leave_one_out` is of grades.

    Parameters
    ----------
    values
        Labels, shape (n_raters, n_items), NaN where missing.
    labels
        Every label there is.
    identified
        Whether a row is a person, and the figure the mean over people; else it is that of all ratings pooled.
    resampling
        How the interval is made.

    Returns
    -------
    Estimate
        Items whose other labels are evenly divided count for nobody. NaN, with a `DegenerateDataWarning`, where nobody
        shares three items with others.

    Examples
    --------
    >>> people = np.array([[0, 1, 1, 0, 1], [0, 1, 1, 0, 0], [0, 1, 0, 0, 1.0]])
    >>> none = UnitResampling(interval=None, confidence=0.95, n_resamples=1, rng=0)
    >>> print(one_against_the_others(people, [0, 1], identified=True, resampling=none))
    0.667
    """
    given = (values == np.asarray(labels)[:, None, None]).astype(np.float64)  # label, rater, item
    others = given.sum(axis=1, keepdims=True) - given
    most = np.sort(others, axis=0)[-2:]
    rest = np.where(most[0] < most[1], np.asarray(labels)[others.argmax(axis=0)], np.nan)
    raters, items = np.nonzero(~np.isnan(values) & ~np.isnan(rest))
    rows = [np.flatnonzero(raters == rater) for rater in np.unique(raters)] if identified else [np.arange(raters.size)]
    parts = [
        Part(
            units=items[row],
            kernel=WeightedKappa(values[raters[row], items[row]], rest[raters[row], items[row]]),
        )
        for row in rows
        if np.unique(items[row]).size >= 3
    ]
    shared = np.unique(items)
    return estimate_over_items(
        "leave_one_out",
        Associations(
            parts=tuple(Part(units=np.searchsorted(shared, part.units), kernel=part.kernel) for part in parts),
            n_units=shared.size,
            combine=lambda figures: _mean_of_defined(figures.T),
        ),
        units=shared,
        n_items=values.shape[1],
        resampling=resampling,
        settings={"association": "kappa", "annotators": "identified" if identified else "anonymous"},
        why=message("nobody shares three items or more with others whose labels are not evenly divided"),
    )


def _accuracy(cells: Floats) -> Floats:
    return quotient(np.einsum("bkk->b", cells), cells.sum(axis=(1, 2)))


def _balanced_accuracy(cells: Floats) -> Floats:
    return _mean_of_defined(quotient(np.einsum("bkk->bk", cells), cells.sum(axis=2)))


def _macro_f1(cells: Floats) -> Floats:
    hits = np.einsum("bkk->bk", cells)
    return _mean_of_defined(quotient(2 * hits, cells.sum(axis=1) + cells.sum(axis=2)))


def _kappa(cells: Floats) -> Floats:
    n = cells.sum(axis=(1, 2))
    chance = np.einsum("bk,bk->b", cells.sum(axis=2), cells.sum(axis=1))
    return 1.0 - quotient(n * (n - np.einsum("bkk->b", cells)), n**2 - chance, above=1e-14 * n**2)


def _recall_of(label: int) -> Callable[[Floats], Floats]:
    return lambda cells: quotient(cells[:, label, label], cells[:, label].sum(axis=1))


def _mean_of_defined(values: Floats) -> Floats:
    defined = ~np.isnan(values)
    return quotient(np.where(defined, values, 0.0).sum(axis=1), defined.sum(axis=1).astype(np.float64))
