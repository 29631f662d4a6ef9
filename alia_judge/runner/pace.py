"""`Pace`: how many calls to have in flight, and when to wait; slower when the server pushes back."""

from __future__ import annotations

import math

import numpy as np

__all__ = ["Pace"]

_FIRST_WAIT = 0.5
_LONGEST_WAIT = 60.0


class Pace:
    """Additive increase, multiplicative decrease (Chiu and Jain 1989), and jittered exponential back-off.

    Parameters
    ----------
    concurrency
        Most calls in flight; where a run starts.
    rng
        For the jitter, which keeps calls that failed together from coming back together.
    """

    def __init__(self, concurrency: int, rng: np.random.Generator) -> None:
        self._most = concurrency
        self._limit = float(concurrency)
        self._rng = rng
        self._resume_at = -math.inf
        self._cut_at = -math.inf

    @property
    def limit(self) -> int:
        """How many calls may be in flight now."""
        return max(1, int(self._limit))

    def wait(self, now: float) -> float:
        """Seconds until the next call may be sent; 0 if at once."""
        return max(0.0, self._resume_at - now)

    def answered(self) -> None:
        """A call was answered: a whole round of answers makes room for one more."""
        self._limit = min(float(self._most), self._limit + 1.0 / self._limit)

    def pushed_back(self, now: float, sent_at: float, retry_after: float | None) -> None:
        """The server asked for fewer calls: half as many, once for all those that were sent before it was known."""
        if sent_at > self._cut_at:
            self._limit = max(1.0, self._limit / 2.0)
            self._cut_at = now
        if retry_after is not None:
            self._resume_at = max(self._resume_at, now + retry_after)

    def backoff(self, attempt: int, retry_after: float | None) -> float:
        """Seconds before attempt number `attempt` (from 1) is tried again.

        What the server asked for, and up to a fifth more; or else, a random share of 0.5 s doubled with each attempt,
        up to a minute.
        """
        jitter = float(self._rng.random())
        if retry_after is not None:
            return retry_after * (1.0 + 0.2 * jitter)
        return min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (attempt - 1)) * (0.5 + 0.5 * jitter)
