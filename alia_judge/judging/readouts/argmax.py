"""The likeliest point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alia_judge.judging.readouts.base import distributions
from alia_judge.judging.readouts.unfitted import UnfittedReadout
from alia_judge.records import Judgments

__all__ = ["READOUTS", "Argmax"]


@dataclass(frozen=True, kw_only=True)
class Argmax(UnfittedReadout):
    """The likeliest point of the scale; of equally likely ones the lowest."""

    name: ClassVar[str] = "argmax"

    def predict(self, judgments: Judgments) -> NDArray[np.float64]:
        """Scores, shape (n,); NaN where there is no verdict."""
        if not self.scale.points:
            return judgments.score.copy()
        likely = distributions(judgments, self.scale)
        scores = np.full(len(judgments.item_ids), np.nan)
        scores[judgments.scored] = np.asarray(self.scale.points)[likely[judgments.scored].argmax(axis=1)]
        return scores


READOUTS = (Argmax,)
