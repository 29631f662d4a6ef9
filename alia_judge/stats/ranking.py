"""Does a judge rank as people do? Accuracy over pairs of items with ties calibrated, and soft accuracy over systems."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.stats import _measures
from alia_judge.stats._association import IntervalOptions, associate, estimate_figure
from alia_judge.stats._figures import system_means
from alia_judge.stats._interval import IntervalMethod
from alia_judge.stats._options import AssociationKeywords, shows
from alia_judge.stats._pairing import pairing
from alia_judge.stats._ties import best_epsilon
from alia_judge.stats._validate import as_generator, as_groups, as_vector, check_at_least
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.kernels.ranks import BLOCK, row_blocks

__all__ = ["pairwise_accuracy", "soft_pairwise_accuracy"]

Floats = NDArray[np.float64]


@shows(associate)
def pairwise_accuracy(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    epsilon: float | Literal["best"] = "best",
    **options: Unpack[AssociationKeywords],
) -> Estimate:
    r"""Share of the pairs of items that scores and target order alike, or both call tied: acc*_eq.

    .. math:: acc_{eq} = \frac{C + T_{hm}}{C + D + T_h + T_m + T_{hm}}

    A judge with fine scores never ties and would lose every pair that people tie, a coarse one would win by tying
    often; so scores at most `epsilon` apart are called tied, with the epsilon that serves the judge best.

    Parameters
    ----------
    scores, target, grouping, groups, systems, interval, confidence, n_resamples, rng
        As in `spearman`. Deutsch et al. recommend ``grouping="within"`` the segment.
    epsilon
        ``"best"``: calibrated on these very data, one for all groups (acc*_eq); it is among the estimate's settings,
        and stays fixed when an interval resamples. A number: that threshold, 0 for ties as they are.
    weights
        Weight of each item, shape (n,); a pair weighs the product of its two.

    Returns
    -------
    Estimate
        In [0, 1]. What chance gives depends on how often people tie: compare judges on one benchmark only. NaN, with a
        `DegenerateDataWarning`, where there is no pair.

    Raises
    ------
    UsageError
        If a shape, a value or an option is off.

    Notes
    -----
    To calibrate, every pair is looked at (in blocks; memory stays flat): time grows with the square of the items.
    With a given epsilon, it grows with n log n.

    References
    ----------
    Deutsch, D., Foster, G. and Freitag, M. (2023). Ties matter: meta-evaluating modern metrics with pairwise accuracy
    and tie calibration. EMNLP, eq. 7 and section 5.

    Examples
    --------
    >>> estimate = pairwise_accuracy([0, 2, 6, 8], [1, 1, 1, 4])
    >>> print(estimate, round(estimate.settings["epsilon"], 6))
    0.667 4.0
    """
    if isinstance(epsilon, str):
        if epsilon != "best":
            raise UsageError(
                message('epsilon must be "best" or a number of at least 0, got {epsilon!r}', epsilon=epsilon)
            )
        grouping = options.get("grouping", "pooled")
        data = pairing(
            scores,
            target,
            weights=options.get("weights"),
            groups=options.get("groups"),
            systems=options.get("systems"),
            grouping=grouping,
        )
        if grouping == "system":
            systems_only = system_means(data)
            threshold = best_epsilon(systems_only.scores, systems_only.target, systems_only.weights, None)
        else:
            threshold = best_epsilon(
                data.scores, data.target, data.weights, data.groups if grouping == "within" else None
            )
    else:
        check_at_least("epsilon", epsilon, 0)
        threshold = float(epsilon)
    estimate = associate(_measures.pair_accuracy(threshold), scores, target, **options)
    return replace(estimate, settings={**estimate.settings, "calibrated": epsilon == "best"})


def soft_pairwise_accuracy(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    systems: ArrayLike,
    groups: ArrayLike,
    n_permutations: int = 1000,
    interval: IntervalMethod | None = None,
    confidence: float = 0.95,
    n_resamples: int = 200,
    rng: int | np.random.Generator = 0,
) -> Estimate:
    r"""Does the judge separate systems with as much confidence as people do? Soft pairwise accuracy (SPA).

    .. math:: SPA = 1 - \binom{S}{2}^{-1} \sum_{i < j} |p^h_{ij} - p^m_{ij}|

    where p is the one-sided p-value that system i is better than j, by a permutation test that exchanges the two
    systems' scores on each input, once with people's ratings and once with the judge's scores.

    Parameters
    ----------
    scores, target
        Shape (n,), NaN where missing.
    systems, groups
        Labels of each item's system and input (document, conversation), shape (n,). Each system has each input at most
        once. Two systems are compared on the inputs where both have a value, for each side by itself.
    n_permutations
        Number of exchanges; people and judge share them.
    interval, confidence, n_resamples
        Interval over inputs, as in `spearman`. The p-values, and so SPA itself, depend on how many inputs there are:
        the interval is for this many. Its coverage has not been measured.
    rng
        Seed, or numpy Generator, of the exchanges and of the interval.

    Returns
    -------
    Estimate
        In [0, 1]; `n` counts systems. NaN, with a `DegenerateDataWarning`, with fewer than two systems.

    Raises
    ------
    UsageError
        If a shape, a value or an option is off, or a system has an input twice.

    References
    ----------
    Thompson, B., Mathur, N., Deutsch, D. and Khayrallah, H. (2024). Improving statistical significance in human
    evaluation of automatic metrics via soft pairwise accuracy. WMT, eq. 3.

    Examples
    --------
    >>> systems, inputs = ["a", "a", "b", "b", "c", "c"], [1, 2, 1, 2, 1, 2]
    >>> print(soft_pairwise_accuracy([5, 4, 3, 3, 1, 2], [5, 4, 3, 3, 1, 2], systems=systems, groups=inputs))
    1.000
    """
    options = IntervalOptions(interval=interval, confidence=confidence, n_resamples=n_resamples, rng=rng)
    check_at_least("n_permutations", n_permutations, 1)
    x = as_vector("scores", scores)
    y = as_vector("target", target, n=x.size)
    system, group = as_groups(systems, x.size), as_groups(groups, x.size)
    shape = (int(system.max()) + 1, int(group.max()) + 1) if x.size else (0, 0)
    cell = system * shape[1] + group
    if np.unique(cell).size < cell.size:
        twice = int(np.argmax(np.bincount(cell) > 1))
        first = int(np.flatnonzero(cell == twice)[1])
        raise UsageError(
            message("each system must have each input at most once, got another one at index {first}", first=first)
        )
    sides = []
    for values in (x, y):
        table = np.full(shape, np.nan)
        table[system, group] = values
        sides.append(table)
    figure = _Soft(sides[0], sides[1], n_permutations, as_generator(rng))
    return estimate_figure(
        "soft_pairwise_accuracy",
        figure,
        settings={"permutations": n_permutations},
        why=message("it needs at least 2 systems, got {shape}", shape=shape[0]),
        bounds=(0.0, 1.0),
        units="groups",
        options=options,
        stacklevel=4,
    )


class _Soft:
    """SPA of any multiset of inputs."""

    def __init__(self, scores: Floats, target: Floats, n_permutations: int, rng: np.random.Generator) -> None:
        self.n, self.n_units = scores.shape
        self.n_items = self.n_units
        self.multiplicity: NDArray[np.intp] | None = None
        self._scores, self._target = scores, target
        # As small as signs can be: a million ratings of two systems have half a billion of them.
        self._signs: NDArray[np.int8] = rng.integers(0, 2, size=(self.n_units, n_permutations), dtype=np.int8)
        self._signs *= 2
        self._signs -= 1

    def __call__(self, counts: NDArray[Any]) -> Floats:
        if self.n < 2:
            return np.full(counts.shape[1], np.nan)
        drawn = (np.repeat(np.arange(self.n_units), column.astype(np.intp)) for column in counts.T)
        return np.array([self._on(inputs) for inputs in drawn])

    def _on(self, inputs: NDArray[np.intp]) -> float:
        signs = self._signs[: inputs.size]
        by_judge, by_people = _p_values(self._scores[:, inputs], signs), _p_values(self._target[:, inputs], signs)
        return 1 - float(np.mean(np.abs(by_judge - by_people)))


def _p_values(table: Floats, signs: NDArray[np.int8]) -> Floats:
    """One-sided p-value that the first of each two systems is better, shape (pairs,)."""
    first, second = np.triu_indices(table.shape[0], 1)
    p = np.empty(first.size)
    # Where nothing is missing, the difference of two systems' exchanged sums is the exchanged sum of their difference.
    complete = not np.isnan(table).any()
    if complete:
        table = table - table.mean(axis=0)
        by_system = _exchanged(table, signs)
    for pairs in row_blocks(first.size, max(signs.shape), most=BLOCK):
        apart = np.nan_to_num(table[first[pairs]] - table[second[pairs]])  # an input that one lacks says nothing
        observed = apart.sum(axis=1, keepdims=True)
        hair = 1e-9 * np.abs(apart).sum(axis=1, keepdims=True)  # ratings tie often, and rounding must not untie them
        exchanged = by_system[first[pairs]] - by_system[second[pairs]] if complete else _exchanged(apart, signs)
        p[pairs] = np.mean(exchanged >= observed - hair, axis=1)
    return p


def _exchanged(rows: Floats, signs: NDArray[np.int8]) -> Floats:
    """Sum of each row under each column of signs: (m, n) and (n, b) to (m, b). Signs become numbers in blocks."""
    total = np.zeros((rows.shape[0], signs.shape[1]))
    for block in row_blocks(signs.shape[0], signs.shape[1], most=BLOCK):
        total += rows[:, block] @ signs[block].astype(np.float64)
    return total
