"""How well one labelling agrees with another: accuracy, balanced accuracy, macro F1, kappa, rates, confusion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge.errors import UsageError
from alia_judge.stats._interval import IntervalMethod
from alia_judge.stats._totals import Totals, UnitResampling, estimate_over_items, quotient
from alia_judge.stats._validate import as_vector
from alia_judge.stats.estimate import Estimate

__all__ = ["LabelAgreement", "label_agreement"]

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


def label_agreement(
    given: ArrayLike,
    true: ArrayLike,
    labels: Sequence[float],
    *,
    interval: IntervalMethod | None = None,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    groups: ArrayLike | None = None,
    rng: int | np.random.Generator = 0,
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
        raise UsageError(f"{stray[0]:g} is none of the labels {', '.join(f'{label:g}' for label in known)}")
    cell = place[0] * k + place[1]
    features = np.zeros((both.size, k * k))
    features[np.arange(both.size), cell] = 1
    resampling = UnitResampling(
        interval=interval, confidence=confidence, n_resamples=n_resamples, groups=groups, rng=rng
    )

    def figure(name: str, finish: Callable[[Floats], Floats], why: str, bounds: tuple[float, float]) -> Estimate:
        return estimate_over_items(
            name,
            Totals(features=features, finish=lambda totals: finish(totals.reshape(-1, k, k))),
            units=both,
            n_items=x.size,
            resampling=resampling,
            settings={"labels": k},
            why=why if both.size else "no item has both labels",
            bounds=bounds,
        )

    counts = np.bincount(cell, minlength=k * k).reshape(k, k)
    share = (0.0, 1.0)
    one_label = "both sides have one and the same label throughout"
    rates: dict[str, Estimate] = {}
    if k == 2:
        rates["true_positive_rate"] = figure("true_positive_rate", _recall_of(1), "no item is positive", share)
        rates["false_positive_rate"] = figure(
            "false_positive_rate", lambda c: 1 - _recall_of(0)(c), "every item is positive", share
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
