"""Have these values begun to come from elsewhere? A test of a stream against a reference, valid at any time."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge.stats._validate import as_generator, as_vector, check_fraction
from alia_judge.stats.betting import SequentialTest

__all__ = ["exchangeability_test"]

Floats = NDArray[np.float64]

#: Cells in which the bettor learns how the ranks have come to lie.
_CELLS = 5
#: Slopes of the bets on the ranks being high or low, and how readily the bettor changes between them.
_SLOPES = np.array([-1.8, -0.9, 0.0, 0.9, 1.8])
_CHANGE = 0.01


def exchangeability_test(
    reference: ArrayLike, stream: ArrayLike, *, alpha: float = 0.05, rng: int | np.random.Generator = 0
) -> SequentialTest:
    r"""Test, after each value of a stream, that it comes from where the reference came from.

    Parameters
    ----------
    reference
        Shape (m,): values from before, independent of one another.
    stream
        Shape (n,): the new ones in the order they came, independent of one another.
    alpha
        The chance of a false alarm, at any time.
    rng
        Seed, or numpy Generator: it breaks ties.

    Returns
    -------
    SequentialTest
        A change of level is seen soonest; any other change in time.

    Raises
    ------
    UsageError
        If a value is not finite.

    Notes
    -----
    The rank of each new value among all before it, with ties broken at random, is uniform and independent of the ranks
    before, if all are exchangeable: however few the reference values are, they cost nothing (Vovk, Gammerman and
    Shafer 2022, chapter 8). Half of the capital is staked on a slope of the ranks' density that may change (the "simple
    jumper" of Vovk et al. 2021), half on a histogram of the ranks so far.

    References
    ----------
    Vovk, V., Gammerman, A. and Shafer, G. (2022). Algorithmic learning in a random world, 2nd edition, chapter 8.
    Vovk, V., Petej, I., Nouretdinov, I., Ahlberg, E., Carlsson, L. and Gammerman, A. (2021). Retrain or not retrain:
    conformal test martingales for change-point detection. COPA, PMLR 152.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> before, same, higher = rng.normal(size=300), rng.normal(size=500), rng.normal(0.6, 1, size=500)
    >>> exchangeability_test(before, same).alarm is None
    True
    >>> exchangeability_test(before, higher).alarm
    16
    """
    check_fraction("alpha", alpha)
    seen = as_vector("reference", reference, missing=False)
    new = as_vector("stream", stream, missing=False)
    ranks = _ranks(seen, new, as_generator(rng))
    evidence = (_sloped(ranks) + _by_histogram(ranks)) / 2
    return SequentialTest(evidence=evidence, alpha=alpha)


def _ranks(seen: Floats, new: Floats, rng: np.random.Generator) -> Floats:
    """Rank of each new value among all up to it, in (0, 1), ties broken at random."""
    every = np.concatenate([seen, new])
    level = np.unique(every, return_inverse=True)[1]
    counts = np.bincount(level[: seen.size], minlength=int(level.max(initial=-1)) + 1)
    ranks = np.empty(new.size)
    luck = rng.random(new.size)
    # A stream of a month is some thousand values of some dozen levels: a sum each is cheaper than a tree.
    for place, own in enumerate(level[seen.size :]):
        counts[own] += 1
        ranks[place] = (counts[:own].sum() + luck[place] * counts[own]) / (seen.size + place + 1)
    return ranks


def _sloped(ranks: Floats) -> Floats:
    shares = np.full(_SLOPES.size, 1 / _SLOPES.size)
    growth = np.empty(ranks.size)
    for place, rank in enumerate(ranks):
        shares = (1 - _CHANGE) * shares + _CHANGE / _SLOPES.size
        won = shares * (1 + _SLOPES * (rank - 0.5))
        growth[place] = won.sum()
        shares = won / growth[place]
    return _capital(growth)


def _by_histogram(ranks: Floats) -> Floats:
    cell = np.minimum((ranks * _CELLS).astype(int), _CELLS - 1)
    counts = np.ones(_CELLS)
    density = np.empty(ranks.size)
    for place, here in enumerate(cell):
        density[place] = _CELLS * counts[here] / counts.sum()
        counts[here] += 1
    return _capital(density)


def _capital(growth: Floats) -> Floats:
    return np.asarray(np.exp(np.minimum(np.cumsum(np.log(growth)), 700.0)))
