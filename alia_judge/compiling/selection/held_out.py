"""What fitted readouts of single configurations say of items that they were not fitted on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.objective.target import Target
from alia_judge.judging.readouts import make_readout
from alia_judge.records import Judgments, Scale
from alia_judge.stats.folds import Fold

__all__ = ["FEWEST_TO_FIT", "held_out_readouts"]

Floats = NDArray[np.float64]

#: Readouts are fitted on at least this many items; with fewer, the expected score is taken.
FEWEST_TO_FIT = 20


def held_out_readouts(
    judged: Sequence[Judgments], scale: Scale, target: Target, folds: Sequence[Fold]
) -> Floats | None:
    """Each candidate's scores by a ridge readout fitted without the item's group; None without scale points.

    Parameters
    ----------
    judged
        Verdicts of a candidates on n items.
    scale
        Of the verdicts.
    target
        Of the items.
    folds
        Over the items, groups whole.

    Returns
    -------
    ndarray or None
        Shape (a, n), oriented so that higher is better; NaN where too few items were scored to fit on.
    """
    if not scale.points:
        return None
    unfitted = make_readout("ridge", scale)
    held_out = np.full((len(judged), len(target)), np.nan)
    for row, judgments in enumerate(judged):
        for fit, predict in folds:
            part = _part(judgments, fit)
            if part.scored.sum() >= FEWEST_TO_FIT // 2:
                readout = unfitted.fit(part, scale.oriented(target.values[fit]))
                predicted = scale.oriented(readout.predict(judgments))
                # Moved for the reason that `cross_validated` gives.
                held_out[row, predict] = predicted[predict] - np.nanmean(predicted) + target.values.mean()
    return held_out


def _part(judgments: Judgments, places: NDArray[np.intp]) -> Judgments:
    return Judgments(
        item_ids=tuple(judgments.item_ids[place] for place in places),
        probabilities=judgments.probabilities[places],
        score=judgments.score[places],
        reasons=tuple(judgments.reasons[place] for place in places),
    )
