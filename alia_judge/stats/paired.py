"""Is one judge better than another on the same items? Bootstrap, permutation, and Williams' test."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.stats import _measures
from alia_judge.stats._association import (
    IntervalOptions,
    figure_interval,
    method_name,
    on_data,
    resampling_settings,
    unit_name,
)
from alia_judge.stats._figures import Resampled, figure_rows, resampled
from alia_judge.stats._interval import IntervalMethod
from alia_judge.stats._measures import Measure
from alia_judge.stats._pairing import Grouping, Pairing, pairing
from alia_judge.stats._threads import ONE_THREAD
from alia_judge.stats._validate import as_generator, as_vector, check_at_least, check_choice, undefined
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.kernels.ranks import row_blocks

__all__ = ["PairedDifference", "paired_difference", "williams_test"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class PairedDifference(Record):
    """How much better the first judge does than the second on the same items.

    ``float(result)`` is the difference.

    Parameters
    ----------
    difference
        First less second, with its interval.
    first, second
        The two figures on the items that both scored.
    p_value
        Two-sided, of no difference; NaN where no test was asked for.
    test
        How the p-value was got, or an empty string.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(size=200)
    >>> better, worse = truth + rng.normal(size=200), truth + 3 * rng.normal(size=200)
    >>> result = paired_difference(better, worse, truth, permute="both")
    >>> float(result) > 0, result.difference.low > 0, result.p_value < 0.05
    (True, True, True)
    """

    schema = "alia-judge/paired-difference/1"

    difference: Estimate
    first: Estimate
    second: Estimate
    p_value: float = math.nan
    test: str = ""

    def __float__(self) -> float:
        return float(self.difference)

    def __str__(self) -> str:
        test = f", p = {self.p_value:.3g} ({self.test})" if self.test else ""
        return f"{self.difference} = {float(self.first):.3f} - {float(self.second):.3f}{test}"


def paired_difference(
    first: ArrayLike,
    second: ArrayLike,
    target: ArrayLike,
    *,
    statistic: str | Callable[..., Any] = "spearman",
    grouping: Grouping = "pooled",
    groups: ArrayLike | None = None,
    systems: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    interval: IntervalMethod | None = "jackknife",
    permute: Literal["both", "items", "systems"] | None = None,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    rng: int | np.random.Generator = 0,
) -> PairedDifference:
    """The difference of two judges' association with a target, on the items that both scored.

    The two are resampled together: figures on the same items rise and fall together, so their difference is known
    better than either.

    Parameters
    ----------
    first, second
        Scores of the two judges, shape (n,), NaN where unscored. Items that either left out are left out for both.
    target
        Shape (n,), NaN where missing.
    statistic
        A statistic of association, such as `spearman`, or its name.
    grouping, groups, systems, weights
        As in `spearman`.
    interval
        How to make the interval of the difference, as in `spearman`, or None.
    permute
        Whether to test for a difference by permutation, and what to exchange between the judges at random, after their
        scores are standardised (Deutsch, Dror and Roth 2021): ``"both"``: each item of each system by itself
        (PERM-BOTH: other systems and other inputs are imagined); ``"items"``: all that share one of `groups` together
        (PERM-INPUTS); ``"systems"``: all of a system together (PERM-SYSTEMS).
    confidence
        Nominal coverage.
    n_resamples
        Number of resamples, and of permutations.
    rng
        Seed, or numpy Generator.

    Returns
    -------
    PairedDifference

    Raises
    ------
    UsageError
        If a shape, a value or an option is off.

    References
    ----------
    Deutsch, D., Dror, R. and Roth, D. (2021). A statistical analysis of summarization evaluation metrics using
    resampling methods. TACL 9, sections 4 and 5.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(size=300)
    >>> good, poor = truth + rng.normal(size=300), truth + 3 * rng.normal(size=300)
    >>> result = paired_difference(good, poor, truth, permute="both")
    >>> result.difference.low > 0 and result.p_value < 0.01
    True
    """
    measure = _measures.by_name(statistic)
    options = IntervalOptions(interval=interval, confidence=confidence, n_resamples=n_resamples, rng=rng)
    if permute is not None:
        check_at_least("n_resamples", n_resamples, 1)
    if permute is not None:
        _check_permutable(permute, groups, systems, weights)
    a = as_vector("first", first)
    b = as_vector("second", second, n=a.size)
    both = ~(np.isnan(a) | np.isnan(b))
    data = [
        pairing(np.where(both, x, np.nan), target, weights=weights, groups=groups, systems=systems, grouping=grouping)
        for x in (a, b)
    ]
    figures = [resampled(measure, each, grouping) for each in data]
    n_units = figures[0].n_units
    values = [on_data(figure) for figure in figures]
    settings = {**measure.settings, "grouping": grouping, **data[0].settings}
    each = [
        Estimate(statistic=measure.name, value=value, n=figure.n, settings=settings)
        for value, figure in zip(values, figures, strict=True)
    ]
    name = f"{measure.name}_difference"
    if np.isnan(values).any():
        why = message(
            "{name} is undefined for the {more} judge",
            name=measure.name,
            more=message("first") if np.isnan(values[0]) else message("second"),
        )
        return PairedDifference(
            difference=undefined(name, why, n=figures[0].n, settings=settings), first=each[0], second=each[1]
        )
    generator = as_generator(rng)
    gap = _Gap(figures[0], figures[1])
    difference = Estimate(
        statistic=name,
        value=values[0] - values[1],
        n=gap.n,
        settings={**settings, **resampling_settings(options)},
    )
    if interval is not None:
        low, high = figure_interval(gap, float(difference), bounds=None, options=options, rng=generator)
        units = unit_name(data[0], grouping)
        difference = difference.with_interval(
            low,
            high,
            level=confidence,
            method=f"paired {method_name(interval, units)}",
            groups=n_units if units == "groups" else None,
        )
    if permute is None:
        return PairedDifference(difference=difference, first=each[0], second=each[1])
    with ONE_THREAD:
        p_value = _permutation(measure, data[0], data[1], grouping, permute, n_resamples, generator)
    return PairedDifference(
        difference=difference, first=each[0], second=each[1], p_value=p_value, test=f"permutation of {permute}"
    )


def williams_test(r_first: float, r_second: float, r_between: float, n: int) -> float:
    """Williams' test that two correlations with the same target are equal: its two-sided p-value.

    Parameters
    ----------
    r_first, r_second
        Pearson's r of each judge with the target.
    r_between
        Pearson's r of the two judges.
    n
        Number of items, at least 4. They are taken as independent and normal: for clustered items or rank
        correlations use `paired_difference`.

    Returns
    -------
    float
        NaN where the three correlations cannot occur together.

    Raises
    ------
    UsageError
        If a correlation lies outside [-1, 1] or there are fewer than four items.

    References
    ----------
    Williams, E. J. (1959). The comparison of regression variables. JRSS B 21(2).
    Steiger, J. H. (1980). Tests for comparing elements of a correlation matrix. Psychological Bulletin 87(2), eq. 7.

    Examples
    --------
    >>> round(williams_test(0.5, 0.3, 0.6, 100), 4)
    0.013
    """
    check_at_least("n", n, 4)
    for name, r in (("r_first", r_first), ("r_second", r_second), ("r_between", r_between)):
        if not -1 <= r <= 1:
            raise UsageError(message("{name} must be a correlation in [-1, 1], got {r!r}", name=name, r=r))
    # Determinant of the correlation matrix of the three.
    determinant = 1 - r_first**2 - r_second**2 - r_between**2 + 2 * r_first * r_second * r_between
    mean = (r_first + r_second) / 2
    scale = 2 * (n - 1) / (n - 3) * determinant + mean**2 * (1 - r_between) ** 3
    if determinant < 0 or scale <= 0:
        return math.nan
    t = (r_first - r_second) * math.sqrt((n - 1) * (1 + r_between) / scale)  # Steiger's eq. 7
    return float(2 * special.stdtr(n - 3, -abs(t)))


class _Gap:
    """Difference of two figures over the same units."""

    def __init__(self, first: Resampled, second: Resampled) -> None:
        self._first, self._second = first, second
        self.n, self.n_units, self.n_items = first.n, first.n_units, first.n_items
        self.multiplicity: NDArray[np.intp] | None = None

    def __call__(self, counts: NDArray[Any]) -> Floats:
        return self._first(counts) - self._second(counts)


def _check_permutable(permute: str, groups: object, systems: object, weights: object) -> None:
    check_choice("permute", permute, ("both", "items", "systems"))
    if permute == "systems" and systems is None:
        raise UsageError(message('permute="systems" needs systems, one label an item; got none'))
    if permute == "items" and groups is None:
        raise UsageError(message('permute="items" needs groups, one label an item; got none (use permute="both")'))
    if weights is not None:
        raise UsageError(message("a permutation test takes no weights; got some"))


def _permutation(
    measure: Measure,
    first: Pairing,
    second: Pairing,
    grouping: Grouping,
    permute: str,
    n_permutations: int,
    rng: np.random.Generator,
) -> float:
    """Share of exchanges with a difference at least as far from 0 as the one observed, which counts as one of them."""
    a, b = (_standard(each.scores) for each in (first, second))
    n = a.size
    units = {"both": np.arange(n), "items": first.groups, "systems": first.systems}[permute]
    codes = np.arange(n) if units is None else units
    figures = _exchanged(measure, first, grouping, a, b)
    observed = np.subtract(*figures(np.zeros((1, n), dtype=bool)))[0]
    extreme, counted = 0, 0
    for rows in row_blocks(n_permutations, n):
        swap = rng.integers(0, 2, size=(rows.stop - rows.start, int(codes.max()) + 1), dtype=bool)[:, codes]
        gaps = np.subtract(*figures(swap))
        gaps = gaps[~np.isnan(gaps)]
        # A hair's breadth of tolerance: the same exchange must tie with itself whatever the rounding.
        extreme += int(np.count_nonzero(np.abs(gaps) >= abs(observed) - 1e-12))
        counted += gaps.size
    return (extreme + 1) / (counted + 1)


def _exchanged(
    measure: Measure, data: Pairing, grouping: Grouping, a: Floats, b: Floats
) -> Callable[[NDArray[np.bool_]], tuple[Floats, Floats]]:
    """Both judges' figures after exchanges of their scores, (m, n) to (m,) and (m,)."""
    if grouping != "pooled":
        return lambda swap: (
            figure_rows(measure, data, grouping, np.where(swap, b, a)),
            figure_rows(measure, data, grouping, np.where(swap, a, b)),
        )
    if measure.swapped is not None:
        return measure.swapped(a, b, data.target)
    # Both judges' scores are items of one judge, of which each side has those of weight one.
    figure = measure.weighted(np.concatenate([a, b]), np.tile(data.target, 2))

    def figures(swap: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        second = np.ascontiguousarray(swap.T).astype(np.float64)
        first = 1.0 - second
        return figure(np.concatenate([first, second])), figure(np.concatenate([second, first]))

    return figures


def _standard(scores: Floats) -> Floats:
    centred = scores - np.nanmean(scores)
    centred /= np.nanmax(np.abs(centred))  # tiny numbers have squares that are 0
    return np.asarray(centred / np.nanstd(centred))
