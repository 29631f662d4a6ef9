"""The expected score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alia_judge.judging.answer.probabilities import expected_score
from alia_judge.judging.readouts.base import distributions
from alia_judge.judging.readouts.unfitted import UnfittedReadout
from alia_judge.records import Judgments

__all__ = ["READOUTS", "Expected"]


@dataclass(frozen=True, kw_only=True)
class Expected(UnfittedReadout):
    """The mean over the points, weighted by their probability (Liu et al. 2023, eq. 1).

    Examples
    --------
    >>> from alia_judge.records import Scale
    >>> judgments = Judgments(item_ids=("a", "b"), probabilities=np.array([[0.25, 0.75], [np.nan, np.nan]]),
    ...     score=np.array([2.0, np.nan]), reasons=(None, "refusal"))
    >>> Expected(scale=Scale.ordinal(1, 2)).predict(judgments)
    array([1.75,  nan])
    """

    name: ClassVar[str] = "expected"

    def predict(self, judgments: Judgments) -> NDArray[np.float64]:
        """Scores, shape (n,); NaN where there is no verdict."""
        if not self.scale.points:
            return judgments.score.copy()
        return expected_score(distributions(judgments, self.scale), self.scale.points)


READOUTS = (Expected,)
