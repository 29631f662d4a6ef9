"""What a judge is set beside unasked, and the claim that each comparison allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from alia_judge.evaluation.comparison import Comparison
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.panel import Panel
from alia_judge.stats.multiple import holm
from alia_judge.stats.paired import paired_difference

__all__ = ["compare"]

Floats = NDArray[np.float64]


def compare(
    panel: Panel, scores: Floats, baselines: Mapping[str, Floats], options: EvaluationOptions
) -> tuple[Comparison, ...]:
    """`scores` beside each of `baselines` (name -> shape (n,)) in item-level Spearman, on the items that both scored.

    Intervals and tests are paired; where items have groups, whole groups are resampled and exchanged. The p-values are
    Holm's over the baselines.
    """
    found = [_against(name, panel, scores, other, options) for name, other in baselines.items()]
    known = [place for place, comparison in enumerate(found) if not np.isnan(comparison.p_value)]
    adjusted = holm([found[place].p_value for place in known])
    for place, p_value in zip(known, adjusted, strict=True):
        found[place] = replace(found[place], p_value=float(p_value))
    return tuple(found)


def _against(name: str, panel: Panel, scores: Floats, other: Floats, options: EvaluationOptions) -> Comparison:
    paired = paired_difference(
        scores,
        other,
        panel.target,
        statistic="spearman",
        groups=panel.resampled,
        interval=options.interval,
        permute="both" if panel.resampled is None else "items",
        confidence=options.level,
        n_resamples=options.n_resamples,
        rng=options.seed,
    )
    return Comparison(
        baseline=name,
        statistic="Spearman",
        judge_value=float(paired.first),
        baseline_value=float(paired.second),
        difference=paired.difference,
        p_value=paired.p_value,
        alpha=options.alpha,
    )
