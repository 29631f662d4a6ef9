"""`Learned`: a cross-validated prediction, and how much its figures owe to which groups it learnt from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alia_judge.evaluation.comparisons.crossfit import out_of_group_ridges
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import RatedItems
from alia_judge.stats.correlation import spearman
from alia_judge.stats.estimate import Estimate

__all__ = ["Learned", "learned_ridge", "learned_spearman", "widened"]

Floats = NDArray[np.float64]
#: Blocks of groups that the jackknife leaves out of the learning: 19 degrees of freedom.
_BLOCKS = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class Learned:
    """A cross-validated prediction of n items, and what it would have been had it learnt from fewer groups.

    Parameters
    ----------
    prediction
        Shape (n,), NaN where there is none.
    without
        Shape (b, n): the prediction with each of b blocks of groups left out of the learning.

    Notes
    -----
    A bootstrap of the items takes the prediction as given. Of features that know nothing this is half of the truth: the
    covariance of such a prediction with its target is a sum over pairs of items, and each pair counts twice, as one
    learnt from the other and the other way round. `learning_variance` is the second half.

    References
    ----------
    Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. Machine Learning 52, section 3.
    """

    prediction: Floats
    without: Floats

    @property
    def known(self) -> bool:
        """Whether there is any prediction."""
        return bool(np.isfinite(self.prediction).any())

    def learning_variance(self, figure: Callable[[Floats], float]) -> float:
        """The variance of `figure` of a prediction over what was learnt from, by the jackknife over blocks."""
        figures = np.array([figure(prediction) for prediction in self.without])
        figures = figures[~np.isnan(figures)]
        return float((figures.size - 1) * figures.var()) if figures.size else 0.0


def learned_ridge(features: Floats, target: Floats, groups: NDArray[np.str_], *, seed: int = 0) -> Learned:
    """`out_of_group_ridge` with its jackknife over groups; the same parameters."""
    names, group = np.unique(groups, return_inverse=True)
    # Another draw than that of the folds, so that a block is not what a fold leaves out anyhow.
    n_blocks = min(_BLOCKS, names.size)
    block = np.random.default_rng([seed, 1]).permutation(names.size)[group] % n_blocks
    found = out_of_group_ridges(features, target, groups, block, n_blocks, seed=seed)
    return Learned(prediction=found[0], without=found[1:] if np.isfinite(found[0]).any() else found[:0])


def learned_spearman(
    learned: Learned, human: RatedItems, scored: NDArray[np.bool_], options: EvaluationOptions
) -> Estimate:
    """Spearman of a prediction with the consensus on the items that are True in `scored`, shape (n,).

    The interval says how far the figure would move with other items, and with other items to learn from.
    """
    target = np.where(scored, human.target, np.nan)
    estimate = spearman(
        learned.prediction,
        target,
        groups=human.resampled,
        interval=options.interval,
        confidence=options.level,
        n_resamples=options.n_resamples,
        rng=options.seed,
    )
    return widened(estimate, learned.learning_variance(lambda prediction: spearman(prediction, target).value))


def widened(estimate: Estimate, variance: float, *, bound: float = 1.0) -> Estimate:
    """The estimate with `variance` from another source of chance in its interval, added to that which it has.

    On the scale of Fisher's z, so that no end lies beyond what the figure can be: `bound` is its greatest absolute
    value, 1 of a correlation and 2 of a difference of two.
    """
    if np.isnan(estimate.low) or estimate.level is None:
        return estimate
    edge = 1 - 1e-12
    value, low, high = (
        float(np.arctanh(np.clip(one / bound, -edge, edge))) for one in (estimate.value, estimate.low, estimate.high)
    )
    freedom = (estimate.groups or estimate.n) - 1
    slope = bound * (1 - np.tanh(value) ** 2)  # of the figure in z: the delta method
    more = (float(special.stdtrit(freedom, (1 + estimate.level) / 2)) / slope) ** 2 * variance
    return estimate.with_interval(
        bound * float(np.tanh(value - np.hypot(value - low, np.sqrt(more)))),
        bound * float(np.tanh(value + np.hypot(high - value, np.sqrt(more)))),
        level=estimate.level,
        method=f"{estimate.method}, learning included",
        groups=estimate.groups,
    )
