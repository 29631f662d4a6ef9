"""`Doubt`: how far a stack's score of an item is likely to be off, from what its members said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from alia_judge._record import Record
from alia_judge.compiling.stack.stack import Stack
from alia_judge.records import Judgments
from alia_judge.stats.folds import Fold
from alia_judge.stats.ridge import fit_ridge

__all__ = ["Doubt", "signals"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Doubt(Record):
    """A line in the `signals` of a stack's verdicts, held within what was seen.

    Parameters
    ----------
    intercept, weights
        Of the line; one weight a signal.
    least, most
        Ends of what it gave on the items it was fitted to.
    """

    intercept: float
    weights: tuple[float, ...]
    least: float
    most: float

    @classmethod
    def of(cls, told: Floats, distance: Floats, folds: Sequence[Fold]) -> tuple[Self, Floats]:
        """Fitted to how far scores were off, with what it says of each item by fits without its group.

        Parameters
        ----------
        told
            `signals` of n items, shape (n, 5).
        distance
            Shape (n,).
        folds
            Over the items.
        """
        fitted = fit_ridge(told, distance, folds)
        slopes = np.where(np.isfinite(fitted.spread), fitted.weights / fitted.spread, 0.0)
        intercept = fitted.intercept - float(fitted.centre @ slopes)
        own = intercept + told @ slopes
        doubt = cls(intercept=intercept, weights=tuple(slopes.tolist()), least=float(own.min()), most=float(own.max()))
        return doubt, np.clip(fitted.held_out, doubt.least, doubt.most)

    def __call__(self, told: Floats) -> Floats:
        """What it says of items, shape (n, 5) -> (n,); NaN where a signal is."""
        return np.asarray(np.clip(self.intercept + told @ np.asarray(self.weights), self.least, self.most))


def signals(stack: Stack, judgments: Sequence[Judgments], scores: Floats) -> Floats:
    """What there is to tell by: the score, its square, how far members are apart, that times the score, their spread.

    Parameters
    ----------
    stack
        The stack.
    judgments
        Its members' verdicts on n items.
    scores
        Its scores, shape (n,).

    Returns
    -------
    ndarray
        Shape (n, 5); NaN where there is no score.
    """
    from_usual = scores - stack.intercept
    apart = np.zeros(len(scores))
    if stack.members:
        read = [
            member.read(given, stack.scale) / max(float(np.abs(member.weights).sum()), 1e-12)
            for member, given in zip(stack.members, judgments, strict=True)
        ]
        apart = np.std(read, axis=0)
    points = np.asarray(stack.scale.points, dtype=np.float64)
    spread = np.zeros(len(scores))
    for given in judgments:
        if given.probabilities.shape[1] == len(points):
            mean = given.probabilities @ points
            variance = given.probabilities @ points**2 - mean**2
            spread += np.sqrt(np.maximum(np.nan_to_num(variance), 0.0)) / len(judgments)
    return np.column_stack(
        [from_usual, from_usual**2, apart, apart * from_usual, np.where(np.isnan(scores), np.nan, spread)]
    )
