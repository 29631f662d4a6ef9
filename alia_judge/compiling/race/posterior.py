"""What is believed of every candidate's objective, from verdicts on different numbers of items.

A few candidates (the references) have many verdicts, the others few. Verdicts of language models on the same item are
alike whoever gives them, so a regression of a candidate's few scores on the references' scores of the same items, and
on what people said of them, predicts its scores on the items it has not judged. Completing its scores so, several
times with the regression's own uncertainty and with residuals drawn again, gives draws of any set-level statistic.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.objective.criteria import CriteriaTarget
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.verdict_table import VerdictTable

__all__ = ["posterior_draws"]

Floats = NDArray[np.float64]

#: Ridge penalty on standardised reference scores, in items: references count for little until more are judged.
_PENALTY = 3.0
#: A leverage of an item above this would blow its residual up without bound.
_MOST_LEVERAGE = 0.8
#: Fewest verdicts from which a candidate's scores are completed.
_FEWEST = 3


def posterior_draws(
    table: VerdictTable,
    target: Target,
    objective: Objective,
    references: NDArray[np.intp],
    horizon: int,
    rng: np.random.Generator,
    *,
    n_draws: int = 12,
) -> Floats:
    """Draws of each candidate's objective on the first `horizon` items.

    Parameters
    ----------
    table
        Verdicts of m candidates.
    target
        Of all items, in the order in which they are judged.
    objective
        What is drawn.
    references
        Candidates whose depth is at least `horizon`; none completes nothing, and candidates are compared on what they
        have judged.
    horizon
        Number of items.
    rng
        Source of the draws. Candidates with verdicts on the same items share the draws of the residuals' places, as
        they share the items.
    n_draws
        Number of draws.

    Returns
    -------
    ndarray
        Shape (n_draws, m); NaN for a candidate with fewer than three verdicts. A candidate judged on all `horizon`
        items has the same value in every draw.

    References
    ----------
    Rubin (1987). Multiple imputation for nonresponse in surveys, ch. 5. (Draws of coefficients, then of values.)
    """
    depth = np.minimum(table.depth, horizon)
    draws = np.full((n_draws, table.shape[0]), np.nan)
    basis = _bases(table, target, references, horizon)
    for level in np.unique(depth[depth >= _FEWEST]):
        members = np.flatnonzero(depth == level)
        scores = table.reading[members, :level]
        if level == horizon or not len(references):
            draws[:, members] = objective.rows(scores, target.take(np.arange(level)))
            continue
        for draw, completed in enumerate(_completed(scores, basis, rng, n_draws)):
            draws[draw, members] = objective.rows(completed, target.take(np.arange(horizon)))
    return draws


def _bases(table: VerdictTable, target: Target, references: NDArray[np.intp], horizon: int) -> list[Floats]:
    """What predicts scores on the first items, for each criterion where there are several."""
    if isinstance(target, CriteriaTarget):
        return [_basis(table.parts[name], one, references, horizon) for name, one in target.parts.items()]
    return [_basis(table, target, references, horizon)]


def _completed(scores: Floats, bases: Sequence[Floats], rng: np.random.Generator, n_draws: int) -> list[Floats]:
    """Completed scores, criterion by criterion where there are several: each on what predicts that one."""
    if scores.ndim == 2:
        return _completions(scores, bases[0], rng, n_draws)
    each = [_completions(scores[..., place], basis, rng, n_draws) for place, basis in enumerate(bases)]
    return [np.stack(parts, axis=-1) for parts in zip(*each, strict=True)]


def _basis(table: VerdictTable, target: Target, references: NDArray[np.intp], horizon: int) -> Floats:
    """What predicts scores on the first items, shape (horizon, r + 1): the references' readings, and the target.

    Without the target, a candidate that agrees with people and is like no reference would be completed with noise.
    """
    columns = np.column_stack([table.reading[references, :horizon].T, target.values[:horizon]])
    return _standardised_columns(columns)[0]


def _standardised_columns(scores: Floats) -> tuple[Floats, Floats, Floats]:
    """Columns of mean 0 and spread 1, unscored 0; their means and spreads, shape (columns,)."""
    known = ~np.isnan(scores)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, scores, 0.0).sum(axis=0) / count
    centred = np.where(known, scores - mean, 0.0)
    spread = np.sqrt((centred**2).sum(axis=0) / count)
    return np.asarray(centred / np.where(spread > 0, spread, 1.0)), mean, spread


def _completions(scores: Floats, basis: Floats, rng: np.random.Generator, n_draws: int) -> list[Floats]:
    """Completed scores, each of shape (members, horizon), from scores on a beginning of shape (members, level)."""
    level, horizon = scores.shape[1], basis.shape[0]
    standard, mean, own_spread = _standardised_columns(scores.T)
    judged = standard.T
    centre = basis[:level].mean(axis=0)
    inside, outside = basis[:level] - centre, basis[level:] - centre
    inverse = np.linalg.inv(inside.T @ inside + _PENALTY * np.eye(basis.shape[1]))
    coefficients = judged @ inside @ inverse
    leverage = np.einsum("id,de,ie->i", inside, inverse, inside) + 1 / level
    residuals = (judged - coefficients @ inside.T) / np.sqrt(1 - np.minimum(leverage, _MOST_LEVERAGE))
    noise = residuals.std(axis=1, keepdims=True)
    spread = np.linalg.cholesky(inverse)
    completed = []
    for _ in range(n_draws):
        drawn = coefficients + (rng.standard_normal(coefficients.shape) @ spread.T) * noise
        places = rng.integers(level, size=horizon - level)
        whole = np.concatenate([judged, drawn @ outside.T + residuals[:, places]], axis=1)
        # Back to the candidate's own numbers: an objective may look at more than their order.
        completed.append(mean[:, None] + own_spread[:, None] * whole)
    return completed
