"""`VerdictTable`: every verdict a search has, as arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.records import Judgments

__all__ = ["VerdictTable"]

Floats = NDArray[np.float64]


class VerdictTable:
    """Verdicts of m candidates on n learning items, in the order in which items are judged.

    Because the order is the same for every candidate, candidates are compared on common items: of two candidates the
    one with fewer verdicts has judged a beginning of what the other has judged.

    Parameters
    ----------
    n_candidates, n_items, n_points
        m, n, and the number of scale points (0 for a continuous scale).
    separate
        Whether the objective reads something else of a verdict than its score.
    parts
        Where a verdict answers several criteria, the table of each; `reading` then has them as its last axis.

    Attributes
    ----------
    asked
        Which verdicts were asked for, by this process or another, shape (m, n).
    charged
        Which of those the budget pays for: not what was paid for before the search, nor what a source does not hold.
    known
        Which of them have come back, scored or not, shape (m, n).
    score
        Shape (m, n); NaN where unscored or not known.
    probabilities
        Shape (m, n, n_points); NaN where there are none.
    beside
        What the same calls said on other criteria than the one that is searched on, by name: scores of shape (m, n).
    """

    def __init__(
        self,
        n_candidates: int,
        n_items: int,
        n_points: int,
        *,
        separate: bool = False,
        parts: Mapping[str, VerdictTable] | None = None,
    ) -> None:
        self.asked = np.zeros((n_candidates, n_items), dtype=np.bool_)
        self.charged = np.zeros((n_candidates, n_items), dtype=np.bool_)
        self.known = np.zeros((n_candidates, n_items), dtype=np.bool_)
        self.score: Floats = np.full((n_candidates, n_items), np.nan)
        self._reading: Floats = self.score.copy() if separate else self.score
        self.parts = dict(parts or {})
        self.beside: dict[str, Floats] = {}
        self._taken = np.zeros((2, n_candidates))
        self._calls = np.zeros((2, n_candidates))
        self.probabilities = np.full((n_candidates, n_items, n_points), np.nan, dtype=np.float32)

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)."""
        return self.known.shape[0], self.known.shape[1]

    @property
    def reading(self) -> Floats:
        """What the objective reads of each verdict (`Objective.readings`), shape (m, n): its score, as a rule."""
        if not self.parts:
            return self._reading
        return np.stack([part.reading for part in self.parts.values()], axis=-1)

    @property
    def mean_cost(self) -> Floats:
        """Dollars a verdict of each candidate, shape (m,)."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self._taken[0] / self._calls[0])

    @property
    def mean_seconds(self) -> Floats:
        """Seconds a verdict of each candidate, shape (m,)."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self._taken[1] / self._calls[1])

    @property
    def depth(self) -> NDArray[np.intp]:
        """How many items from the beginning each candidate has verdicts on, without a gap, shape (m,)."""
        return np.where(self.known.all(axis=1), self.known.shape[1], np.argmin(self.known, axis=1))

    @property
    def reach(self) -> NDArray[np.intp]:
        """`depth`, counting what was asked for but has not come back."""
        return np.where(self.asked.all(axis=1), self.asked.shape[1], np.argmin(self.asked, axis=1))

    def claim(self, candidate: int, items: NDArray[np.intp], free: NDArray[np.intp]) -> None:
        """Note that somebody asks for these verdicts, some of which are free."""
        self.asked[candidate, items] = True
        self.charged[candidate, items] = True
        self.charged[candidate, free] = False

    def release(self, candidate: int, items: NDArray[np.intp]) -> None:
        """Note that whoever asked for these verdicts will not get them."""
        lost = items[~self.known[candidate, items]]
        self.asked[candidate, lost] = self.charged[candidate, lost] = False

    def forget(self, candidate: int, items: NDArray[np.intp]) -> None:
        """Give verdicts back that were taken in."""
        self.known[candidate, items] = False
        self.score[candidate, items] = self._reading[candidate, items] = np.nan
        self.probabilities[candidate, items] = np.nan
        for other in self.beside.values():
            other[candidate, items] = np.nan
        self.release(candidate, items)
        for part in self.parts.values():
            part.forget(candidate, items)

    def add(
        self,
        candidate: int,
        items: NDArray[np.intp],
        judgments: Judgments,
        score: Floats,
        reading: Floats | None = None,
    ) -> None:
        """Take in verdicts that were claimed; `score` is theirs, oriented so that higher is better.

        Raises
        ------
        UsageError
            If they have probabilities of other points than the ratings'.
        """
        self.known[candidate, items] = True
        missing = np.array([reason == "missing" for reason in judgments.reasons], dtype=np.bool_)
        self.charged[candidate, items[missing]] = False
        self.score[candidate, items] = score
        self._reading[candidate, items] = score if reading is None else reading
        for name, part in judgments.parts.items() if not self.parts else ():
            self.beside.setdefault(name, np.full(self.shape, np.nan))[candidate, items] = part.score
        for row, taken in enumerate((judgments.cost, judgments.seconds)):
            if not np.isnan(taken):
                self._taken[row, candidate] += taken
                self._calls[row, candidate] += len(items)
        n_points = judgments.probabilities.shape[1]
        if np.isnan(judgments.probabilities).all():
            return  # none were given, however many points their source has room for
        if n_points != self.probabilities.shape[2]:
            raise UsageError(
                message(
                    "verdicts with {n_points} probabilities for ratings on {shape} points; open the "
                    "source with the scale of the ratings",
                    n_points=n_points,
                    shape=self.probabilities.shape[2],
                )
            )
        self.probabilities[candidate, items] = judgments.probabilities
