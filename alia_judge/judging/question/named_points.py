"""Points by other names: a verdict on what they are called as one on the scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from alia_judge.judging.answer.probabilities import expected_score
from alia_judge.records import Scale, Verdict

__all__ = ["on_the_scale"]


def on_the_scale(verdict: Verdict, means: Mapping[float, float], scale: Scale) -> Verdict:
    """A raw verdict on named points as one on `scale`; `means` gives the point of each, as they were listed."""
    if verdict.score is None:
        return verdict
    parsed = None if verdict.parsed is None else means[verdict.parsed]
    if verdict.probabilities is None:
        return replace(verdict, score=parsed, parsed=parsed)
    by_point = dict(zip(means.values(), verdict.probabilities, strict=True))
    likely = tuple(by_point[point] for point in scale.points)
    best = scale.points[int(np.argmax(likely))]
    score = float(expected_score(np.asarray(likely), scale.points)) if scale.ordered else best
    return replace(verdict, score=score, parsed=parsed, probabilities=likely)
