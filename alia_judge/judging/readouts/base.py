"""`Readout`: from raw verdicts to scores. Fitted after the calls were paid, so trying one costs nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.records import Judgments, Scale, Verdict

__all__ = ["FittedOn", "Readout", "ReadoutRecord", "distributions", "judgments_of", "paired"]


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedOn(Record):
    """What a readout was fitted on.

    Parameters
    ----------
    n
        Number of items with both a verdict and a target.
    low, high, mean
        Of their targets.
    """

    n: int
    low: float
    high: float
    mean: float


@runtime_checkable
class Readout(Protocol):
    """Turns raw verdicts into scores, on the scale's own numbers (a reversed scale stays reversed).

    An item without a verdict has no score either: NaN in, NaN out. Implementations are frozen; `fit` gives a new one.
    """

    name: ClassVar[str]

    @property
    def scale(self) -> Scale:
        """The scale of the verdicts."""
        ...

    @property
    def fitted_on(self) -> FittedOn | None:
        """What it was fitted on; None if it needs no fitting or has had none."""
        ...

    def fit(self, judgments: Judgments, target: NDArray[np.float64]) -> Self:
        """A copy fitted to `target`, shape (n,); items without a verdict or with a NaN target are left out."""
        ...

    def predict(self, judgments: Judgments) -> NDArray[np.float64]:
        """Scores, shape (n,); NaN where there is no verdict."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """JSON form, with ``readout`` the name; `readout_from_dict` reads it."""
        ...


class ReadoutRecord(Record):
    """A readout whose JSON form is its name and its fields."""

    name: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """JSON form, with ``readout`` the name."""
        return {"readout": self.name, **super().to_dict()}


def judgments_of(verdicts: Sequence[Verdict], scale: Scale, item_ids: Sequence[str] | None = None) -> Judgments:
    """Raw verdicts as the arrays that readouts work on."""
    points = len(scale.points)
    probabilities = np.full((len(verdicts), points), math.nan)
    for row, verdict in enumerate(verdicts):
        if verdict.probabilities is not None and verdict.unscored is None:
            probabilities[row] = verdict.probabilities
    return Judgments(
        item_ids=tuple(item_ids) if item_ids is not None else tuple(str(row) for row in range(len(verdicts))),
        probabilities=probabilities,
        score=np.array([_written_or_read(verdict) for verdict in verdicts], dtype=np.float64),
        reasons=tuple(verdict.unscored for verdict in verdicts),
    )


def distributions(judgments: Judgments, scale: Scale) -> NDArray[np.float64]:
    """The probability of each point for each item, shape (n, K).

    Where a verdict has none, its score stands in: all on its point, or shared between the two points it lies between in
    the proportion that keeps its mean. NaN where there is no verdict.
    """
    points = np.asarray(scale.points, dtype=np.float64)
    if not points.size:
        raise UsageError(message("a continuous scale has no points to have probabilities of"))
    filled = judgments.probabilities.copy()
    if not filled.shape[1]:  # their source knew of no points
        filled = np.full((len(filled), points.size), math.nan)
    rows = np.flatnonzero(judgments.scored & np.isnan(filled).any(axis=1))
    filled[rows] = np.stack([np.interp(judgments.score[rows], points, unit) for unit in np.eye(points.size)], axis=1)
    filled[~judgments.scored] = math.nan
    return filled


def paired(judgments: Judgments, target: NDArray[np.float64], *, at_least: int) -> tuple[NDArray[np.bool_], FittedOn]:
    """Which items have both a verdict and a target, and what they are.

    Raises
    ------
    UsageError
        If the lengths differ or fewer than `at_least` items have both.
    """
    if target.shape != (len(judgments.item_ids),):
        raise UsageError(
            message("target must have shape ({n},), got {shape}", n=len(judgments.item_ids), shape=target.shape)
        )
    both = judgments.scored & ~np.isnan(target)
    n = int(both.sum())
    if n < at_least:
        raise UsageError(
            message(
                "this readout needs at least {at_least} items with a verdict and a target, got {n}",
                at_least=at_least,
                n=n,
            )
        )
    known = target[both]
    return both, FittedOn(n=n, low=float(known.min()), high=float(known.max()), mean=float(known.mean()))


def _written_or_read(verdict: Verdict) -> float:
    if verdict.unscored is not None or verdict.score is None:
        return math.nan
    return verdict.parsed if verdict.parsed is not None else verdict.score
