"""`FailureWatch`: what a run knows of its failures as a whole: how long they have lasted, and when enough is enough."""

from __future__ import annotations

import math
from collections.abc import Hashable

import numpy as np

from alia_judge._messages import message
from alia_judge.runner.faults import Fault
from alia_judge.runner.trouble import Trouble, in_words

__all__ = ["FailureWatch"]

#: Share of the patience with one item after which a model that never answered is given up.
_SILENCE = 0.1
#: Seconds without an answer that are worth a word.
_QUIET = 10.0


class FailureWatch:
    """Keeps account of the calls that failed and have no answer yet.

    Parameters
    ----------
    patience
        Seconds after which an item whose calls keep failing is given up.
    time_limit
        Seconds after which a call is cut off; NaN where it is not.
    place
        Who is asked, for people.

    Attributes
    ----------
    detail
        What happened to the call that failed last, for people.
    """

    def __init__(self, patience: float, time_limit: float, place: str) -> None:
        self._patience, self._time_limit, self._place = patience, time_limit, place
        self._failing: dict[Hashable, float] = {}  # when each was first sent; the first of them is the oldest
        self.detail = ""
        self._cause = ""
        self._since = self._quiet_since = self._refused_since = self._first_failure_at = math.nan
        self._pushed_back = False
        self._answered = False

    def sending(self, now: float, in_flight: int) -> None:
        """Calls are about to be sent; from an idle run on, an answer is waited for."""
        if not in_flight:
            self._quiet_since = now

    def answered(self, now: float) -> None:
        """A call was answered."""
        self._quiet_since = now
        self._refused_since = math.nan
        self._answered = True

    def nothing_for(self, now: float) -> float:
        """Seconds since when the server lets nothing through, though it is there; 0 where it does."""
        return 0.0 if math.isnan(self._refused_since) else now - self._refused_since

    def failed(self, now: float, fault: Fault, cause: str) -> None:
        """A call failed, for this cause in short; a server that pushes back is there."""
        asks = fault.retry_after is not None and fault.retry_after >= 1
        if math.isnan(self._refused_since):
            self._refused_since = now
        self.detail = fault.detail
        wait = in_words(fault.retry_after or 0.0)
        self._cause = message("{cause}, which asks to wait {wait}", cause=cause, wait=wait) if asks else cause
        self._pushed_back, self._quiet_since = fault.pushback, now

    def tried_again(self, call: Hashable, now: float, first_sent_at: float) -> None:
        """A call that failed is to be tried again."""
        if not self._failing:
            self._since = now
        if math.isnan(self._first_failure_at):
            self._first_failure_at = now
        self._failing.setdefault(call, first_sent_at)

    def settled(self, call: Hashable) -> None:
        """A call has its verdict, or none for good."""
        self._failing.pop(call, None)

    def silent_for(self, now: float) -> float:
        """Seconds that a model which never answered has been tried in vain; NaN where it has, or is but busy."""
        there = self._answered or self._pushed_back or not self._failing
        return math.nan if there else now - self._first_failure_at

    def ends_in(self, now: float) -> float:
        """Seconds until a model that never answered is given up; NaN where it is not to be."""
        return _SILENCE * self._patience - self.silent_for(now)

    def trouble(self, now: float, in_flight: int) -> Trouble | None:
        """What there is to tell."""
        if self._failing:
            oldest = next(iter(self._failing.values()))
            unscored_in, ends_in = self._patience - (now - oldest), self.ends_in(now)
            ends = not math.isnan(ends_in)
            return Trouble(
                cause=self._cause,
                waiting=len(self._failing),
                seconds=now - self._since,
                then="stop" if ends else "unscored",
                then_in=max(0.0, ends_in if ends else unscored_in),
            )
        quiet = now - self._quiet_since
        if in_flight and quiet >= _QUIET:
            return Trouble(
                cause=message("no answer yet from {place}", place=self._place),
                waiting=in_flight,
                seconds=quiet,
                then="again",
                then_in=float(np.maximum(0.0, self._time_limit - quiet)),
            )
        return None
