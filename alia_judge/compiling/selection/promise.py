"""What judges' figures on rated items promise on others, given how each agrees with all of them read together.

The best of several figures is partly luck: people's ratings are noisy, and few. A stack's held-out predictions have
most of that noise averaged out. Were they the best that the verdicts can say, a judge would correlate with people as it
does with them, times their own correlation with people; what its figure has beyond that is shrunk as noise asks.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.objective.criteria import CriteriaObjective, CriteriaTarget
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target

__all__ = ["promised"]

Floats = NDArray[np.float64]

#: The noise is a jackknife's over so many parts at most, groups whole.
_PARTS = 20


def promised(readings: Floats, target: Target, objective: Objective, predictions: Floats) -> Floats:
    """Figures of several judges, each drawn towards what its agreement with a stack promises.

    Parameters
    ----------
    readings
        Shape (a, n), what the objective reads; with the criteria as the last axis where there are several.
    target
        Of the n items.
    objective
        Where it is no rank correlation, or groups are too few to tell noise, figures stay as they are. Of several
        criteria each has a promise of its own.
    predictions
        The stack's of the items, without their groups, shape (n,) or (n, criteria).

    Returns
    -------
    ndarray
        Shape (a,); NaN where a judge has no figure.

    References
    ----------
    Morris (1983). Parametric empirical Bayes inference. JASA 78. (Shrinking towards a regression.)
    """
    if isinstance(objective, CriteriaObjective) and isinstance(target, CriteriaTarget):
        each = [
            promised(readings[..., place], target.parts[name], one, predictions[..., place])
            for place, (name, one) in enumerate(objective.parts.items())
        ]
        return objective.combined(np.stack(each))
    figures = objective.rows(readings, target)
    if not objective.of.ranks or objective.of.chance != 0:
        return figures
    told = replace(target, values=predictions)
    agreement = objective.rows(readings, told)
    slope = float(objective.rows(predictions[None], target)[0])
    known = np.isfinite(figures) & np.isfinite(agreement)
    if not slope > 0 or not known.any():
        return figures
    part = np.unique(target.groups, return_inverse=True)[1] % _PARTS
    again = []
    for number in np.unique(part):
        rest = np.flatnonzero(part != number)
        left = readings[:, rest]
        again.append(objective.rows(left, target.take(rest)) - slope * objective.rows(left, told.take(rest)))
    beyond = figures - slope * agreement
    apart = np.array(again)[:, known] - beyond[known]
    # Without a part that holds nearly all items nobody has a figure, and a judge may have one with all parts alone.
    apart = apart[:, np.isfinite(apart).any(axis=0)]
    apart = apart[np.isfinite(apart).any(axis=1)]
    if len(apart) < 2:
        return figures
    # What all of them share, noise or not, chooses nobody.
    noise = (len(apart) - 1) * float(np.nanmean(np.nanvar(apart - np.nanmean(apart, axis=1, keepdims=True), axis=0)))
    common, spread = float(beyond[known].mean()), float(beyond[known].var())
    share = max(0.0, 1.0 - noise / spread) if spread > 0 else 0.0
    return np.asarray(np.where(known, slope * agreement + common + share * (beyond - common), np.nan))
