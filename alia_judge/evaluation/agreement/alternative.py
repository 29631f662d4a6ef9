"""The alternative annotator test on a panel: may the judge replace one of these annotators?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import RatedItems
from alia_judge.stats.alternative_annotator import AltTestResult, alt_test

__all__ = ["alternative_annotator_test"]


def alternative_annotator_test(
    human: RatedItems, scores: NDArray[np.float64], options: EvaluationOptions
) -> tuple[AltTestResult | None, str | None]:
    """The test's result, or None and why there is none.

    Labels are compared by whether they are equal where they are words or two points, else by their distance, unless
    `options.alt_test_score` says otherwise.
    """
    if not human.annotators:
        return None, message("the ratings do not say who gave them")
    if len(human.annotators) < 2:
        return None, message("there is one annotator")
    given = human.ratings
    if not np.any((given.size >= 2) & ~np.isnan(scores)):
        return None, message("no item has two annotators and a score")
    rows: dict[str, dict[int, float]] = {annotator: {} for annotator in human.annotators}
    for rater, item, value in zip(given.rater.tolist(), given.item.tolist(), given.value.tolist(), strict=True):
        rows[human.annotators[rater]][item] = value
    labels = human.scale.kind in ("nominal", "binary")
    result = alt_test(
        rows,
        dict(enumerate(scores.tolist())),
        score=options.alt_test_score or ("accuracy" if labels else "neg_rmse"),
        epsilon=options.epsilon,
        alpha=options.alpha,
        interval=options.interval,
        confidence=options.level,
        n_resamples=options.n_resamples,
        groups=None if human.resampled is None else dict(enumerate(human.resampled.tolist())),
        rng=options.seed,
    )
    return result, None
