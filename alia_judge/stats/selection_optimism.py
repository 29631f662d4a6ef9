"""How much the best of many candidates flatters itself on the data it was chosen on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.stats import _measures
from alia_judge.stats._association import resampling_blocks
from alia_judge.stats._interval import interval_from_replicates
from alia_judge.stats._measures import Measure
from alia_judge.stats._validate import (
    as_array,
    as_generator,
    as_groups,
    as_vector,
    check_at_least,
    check_fraction,
    undefined,
)
from alia_judge.stats.estimate import Estimate

__all__ = ["Optimism", "optimism", "picking_gain"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Optimism(Record):
    """The best of many candidates, and what its figure is worth.

    ``float(result)`` is the corrected figure.

    Parameters
    ----------
    best
        Which candidate is best, its row; None where none has a figure.
    apparent
        Its figure on the data that it was chosen on.
    optimism
        By how much that figure is expected to exceed the candidate's on other data.
    corrected
        `apparent` less `optimism`, with its interval.
    candidates
        How many there were to choose from.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(size=100)
    >>> result = optimism(rng.normal(size=(50, 100)), truth)  # fifty candidates that know nothing
    >>> result.candidates, result.optimism > 0, float(result) < float(result.apparent)
    (50, True, True)
    """

    schema = "alia-judge/optimism/1"

    best: int | None
    apparent: Estimate
    optimism: float
    corrected: Estimate
    candidates: int

    def __float__(self) -> float:
        return float(self.corrected)

    def __str__(self) -> str:
        return f"{self.corrected} ({float(self.apparent):.3f} less {self.optimism:.3f}: best of {self.candidates})"


def optimism(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    statistic: str = "spearman",
    groups: ArrayLike | None = None,
    confidence: float = 0.95,
    n_resamples: int = 200,
    rng: int | np.random.Generator = 0,
) -> Optimism:
    r"""Correct the figure of the best of many candidates for having been picked on the same data.

    In each resample the best candidate is picked again, and its figure there compared with its figure on the data
    (Efron 1983). That difference is what picking the luckiest of the *resampled* figures gains; it is too small by
    :math:`\sqrt 2` where candidates are alike: their figures on the data already differ by luck, with the same spread
    that resampling adds, so what is picked is the largest of sums of two errors, of which the resample's is one. Hence

    .. math:: optimism = \sqrt 2 \; \overline{r^*_{best^*} - r_{best^*}}

    The two limits it is made for are candidates that are all alike and one that is far ahead, where both sides are 0.
    What is left of the bias in between was measured: see the statistics page of the documentation.

    Parameters
    ----------
    scores
        Every candidate that could have been picked, shape (m, n), NaN where unscored. Candidates dropped early belong
        in it as far as they were scored.
    target
        Shape (n,), NaN where missing.
    statistic
        Name of a statistic of association; the greatest is the best.
    groups
        Label of each item's cluster, shape (n,); clusters are then resampled whole.
    confidence
        Nominal coverage of the interval of the corrected figure. It reaches from the lower end of an interval around
        that to the upper end of one around the apparent figure, and so covers more than it says where all of the
        optimism is real.
    n_resamples
        Number of resamples.
    rng
        Seed, or numpy Generator.

    Returns
    -------
    Optimism

    Raises
    ------
    UsageError
        If a shape, a value or an option is off.

    References
    ----------
    Efron, B. (1983). Estimating the error rate of a prediction rule. JASA 78(382), section 2.
    Tibshirani, R. J. and Tibshirani, R. (2009). A bias correction for the minimum error rate in cross-validation.
    Annals of Applied Statistics 3(2).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(size=100)
    >>> noise = rng.normal(size=(50, 100))  # fifty candidates that know nothing
    >>> result = optimism(noise, truth)
    >>> float(result.apparent) > 0.2 > abs(float(result))
    True
    """
    measure = _measures.by_name(statistic)
    check_fraction("confidence", confidence)
    check_at_least("n_resamples", n_resamples, 1)
    x, y = _candidates(scores, target)
    codes = np.arange(y.size) if groups is None else as_groups(groups, y.size)
    codes = np.unique(codes[~np.isnan(y)], return_inverse=True)[1].reshape(-1)
    x, y = x[:, ~np.isnan(y)], y[~np.isnan(y)]
    on_data = measure.rows(x, y)
    settings = {**measure.settings, "candidates": x.shape[0]}
    if np.isnan(on_data).all():
        why = message("no candidate has a figure on these data")
        nothing = undefined(measure.name, why, n=y.size, settings=settings)
        return Optimism(best=None, apparent=nothing, optimism=math.nan, corrected=nothing, candidates=x.shape[0])
    best = int(np.nanargmax(on_data))
    replicates = _replicates(measure, x, y, codes, n_resamples, as_generator(rng))
    luck = picking_gain(on_data, replicates)
    apparent = Estimate(
        statistic=measure.name,
        value=float(on_data[best]),
        n=int(np.count_nonzero(~np.isnan(x[best]))),
        settings=settings,
    )
    gain = math.sqrt(2) * max(luck, 0.0)  # picking the best can flatter it, and not the other way round
    value = max(measure.bounds[0], float(on_data[best]) - gain)
    n_units = int(codes.max()) + 1
    # How much of this very figure is luck is not known, only how much on average: the interval reaches from below the
    # corrected figure to above the apparent one.
    (low, _), (_, high) = (
        interval_from_replicates(
            centre, replicates[best], method="t", confidence=confidence, n_units=n_units, bounds=measure.bounds
        )
        for centre in (value, float(on_data[best]))
    )
    seed = {"seed": int(rng)} if isinstance(rng, (int, np.integer)) else {}
    corrected = Estimate(
        statistic=f"{measure.name}_corrected",
        value=value,
        low=low,
        high=high,
        level=confidence,
        method=f"t bootstrap over {'items' if groups is None else 'groups'}",
        n=apparent.n,
        groups=None if groups is None else n_units,
        settings={**settings, **seed, "resamples": n_resamples},
    )
    return Optimism(best=best, apparent=apparent, optimism=gain, corrected=corrected, candidates=x.shape[0])


def _candidates(scores: ArrayLike, target: ArrayLike) -> tuple[Floats, Floats]:
    y = as_vector("target", target)
    table = as_array("scores", scores)
    if table.ndim != 2 or table.shape[0] == 0 or table.shape[1] != y.size:
        raise UsageError(
            message(
                "scores must have shape (m, {size}), one row a candidate and at least one, got {shape}",
                size=y.size,
                shape=table.shape,
            )
        )
    return np.stack([as_vector(f"scores of candidate {k}", row) for k, row in enumerate(table)]), y


def _replicates(
    measure: Measure, x: Floats, y: Floats, codes: NDArray[np.intp], n_resamples: int, rng: np.random.Generator
) -> Floats:
    """Every candidate's figure on every resample, shape (m, b)."""
    scored = ~np.isnan(x)
    figures = [
        measure.weighted(row[keep], y[keep]) if keep.any() else None for row, keep in zip(x, scored, strict=True)
    ]
    result = np.full((x.shape[0], n_resamples), np.nan)
    start = 0
    for counts in resampling_blocks(int(codes.max()) + 1, y.size, n_resamples, rng):
        weights = counts[codes]
        columns = slice(start, start + counts.shape[1])
        for k, (figure, keep) in enumerate(zip(figures, scored, strict=True)):
            if figure is not None:
                result[k, columns] = figure(weights if keep.all() else weights[keep])
        start = columns.stop
    return result


def picking_gain(
    on_data: Floats, replicates: Floats, chosen: int | None = None, *, by: tuple[Floats, Floats] | None = None
) -> float:
    """What picking the best adds to its figure: mean over resamples of the pick's figure there less that on the data.

    Parameters
    ----------
    on_data
        Every candidate's figure on the data, shape (m,).
    replicates
        The same on every resample, shape (m, b); NaN where undefined.
    chosen
        A candidate whose own figure is taken as the measure of how resamples differ from the data, whoever is picked
        there; None takes resamples to be like the data on average.
    by
        Other figures of the candidates, by which they are picked, on the data and on every resample; None is these.

    Returns
    -------
    float
        NaN where no resample has a figure.

    References
    ----------
    Efron and Tibshirani (1993). An introduction to the bootstrap, eq. 17.10.
    """
    values, again = (on_data, replicates) if by is None else by
    unknown = np.isnan(values)[:, None] | np.isnan(again) | np.isnan(on_data)[:, None] | np.isnan(replicates)
    comparable = np.where(unknown, -np.inf, again)
    picked = comparable.argmax(axis=0)
    column = np.arange(replicates.shape[1])
    gain = replicates[picked, column] - on_data[picked]
    known = np.isfinite(comparable[picked, column])
    if chosen is not None:
        gain = gain - (replicates[chosen] - on_data[chosen])
        known &= ~np.isnan(replicates[chosen])
    return float(gain[known].mean()) if known.any() else math.nan
