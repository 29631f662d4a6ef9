"""Whether verdicts say anything of what people said, or only look as if they did."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.stack.features import FURTHEST
from alia_judge.stats.folds import Fold
from alia_judge.stats.ridge import cautious_choice, cross_validated

__all__ = ["permuted_figures"]

Floats = NDArray[np.float64]


def permuted_figures(
    features: Floats,
    target: Target,
    folds: Sequence[Fold],
    objective: Objective,
    fresh: NDArray[np.intp],
    *,
    n_permutations: int = 199,
    seed: int = 0,
) -> Floats:
    """What a stack fitted to the real targets has on held-out groups, and stacks fitted to permuted ones.

    Held-out predictions of a stack depend on one another through the fits that they share, so resampling them makes
    their figure look surer than it is. Fitting again to permuted targets does not have this fault.

    Parameters
    ----------
    features
        Verdict features of all members on n items, shape (n, d).
    target
        Of the n items.
    folds
        Over the items, groups whole; without any no figure differs from another.
    objective
        What is maximised.
    fresh
        Places of the items that the figure is of. Targets are permuted among these, and among the others.
    n_permutations
        How many.
    seed
        Of the permutations.

    Returns
    -------
    ndarray
        Shape (1 + n_permutations,): the share that is at least the first is the p-value, in (0, 1].

    References
    ----------
    Ojala and Garriga (2010). Permutation tests for studying classifier performance. JMLR 11, definition 1.
    """
    if not folds:
        return np.zeros(1 + n_permutations)
    rng = np.random.default_rng(seed)
    n = len(target)
    others = np.setdiff1d(np.arange(n), fresh)
    orders = np.tile(np.arange(n), (1 + n_permutations, 1))
    for order in orders[1:]:
        order[fresh], order[others] = rng.permutation(fresh), rng.permutation(others)
    targets = target.values[orders].T
    held_out = cross_validated(features, targets, folds, furthest=FURTHEST)
    scores = np.empty((len(orders), len(fresh)))
    for row, order in enumerate(orders):
        chosen = held_out[cautious_choice(held_out[:, :, row], targets[:, row], folds), :, row]
        # A score against a permuted target is the same pair as the score moved to where that target came from.
        moved = np.empty(n)
        moved[order] = chosen
        scores[row] = moved[fresh]
    fresh_target = target.take(fresh)
    return objective.rows(objective.readings_of_scores(scores, fresh_target), fresh_target)
