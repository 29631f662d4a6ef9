"""Which workers of a study are still at work: each says so in the trials it has begun, and the others listen.

A beat is a number that grows; whoever listens measures by its own clock how long it has not grown. No two machines need
have the same time, and any storage will do.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

import optuna
from optuna.trial import FrozenTrial

__all__ = ["SILENCE", "Heartbeat", "Pulse"]

#: Attribute of a running trial with the number of the beat.
_BEAT = "beat"
#: Seconds between two beats.
_EVERY = 2.0
#: Seconds without a beat after which whoever began a trial is taken to be gone, or stopped.
SILENCE = 15.0


class Heartbeat:
    """Says of the trials that this process has begun that it is still at them.

    Parameters
    ----------
    storage
        Where they are.
    """

    def __init__(self, storage: Any) -> None:
        self._storage = storage
        self._trials: set[int] = set()
        self._lock = threading.Lock()
        self._woken = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None

    def begin(self, trial_id: int) -> None:
        """A trial is begun."""
        with self._lock:
            self._trials.add(trial_id)
            if self._thread is None:
                self._thread = threading.Thread(target=self._beat, name="alia-judge heartbeat", daemon=True)
                self._thread.start()

    def end(self, trial_id: int) -> None:
        """It is done, or given up."""
        with self._lock:
            self._trials.discard(trial_id)
            self._woken.notify()

    def _beat(self) -> None:
        number = 0
        while True:
            with self._lock:
                self._woken.wait_for(lambda: not self._trials, timeout=_EVERY)
                trials = list(self._trials)
                if not trials:
                    self._thread = None
                    return
            number += 1
            for trial_id in trials:
                # A trial that is over needs none, and a storage that is away hears the next one.
                with contextlib.suppress(Exception):
                    self._storage.set_trial_user_attr(trial_id, _BEAT, number)


class Pulse:
    """How long running trials have given no sign."""

    def __init__(self) -> None:
        self._heard: dict[int, tuple[int, float]] = {}

    def silent(self, trial: FrozenTrial) -> bool:
        """Whether whoever began a trial has given no sign for too long."""
        beat, now = trial.user_attrs.get(_BEAT, 0), time.monotonic()
        known = self._heard.get(trial.number)
        if known is None or known[0] != beat:
            self._heard[trial.number] = (beat, now)
            return False
        return now - known[1] > SILENCE

    def listen_again(self) -> None:
        """Nothing could be heard for a while, whoever spoke: begin to measure again."""
        self._heard.clear()


def is_shared(storage: Any) -> bool:
    """Whether other processes can see a storage."""
    return not isinstance(storage, optuna.storages.InMemoryStorage)
