"""Ctrl-C as a request to stop, not as an exception between two statements: nothing that was paid for is lost to it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from alia_judge.runner.store import VerdictStore

__all__ = ["deferred_interrupts", "how_to_resume"]


@contextmanager
def deferred_interrupts(asked: Callable[[], None]) -> Iterator[None]:
    """Within the block, the first Ctrl-C calls `asked` and raises nothing; the second raises `KeyboardInterrupt`.

    Where interrupts do not arrive (outside the main thread) or are handled by someone else, nothing is changed.

    Parameters
    ----------
    asked
        Called inside the signal handler: it may set a flag and put into a `queue.SimpleQueue`, and little else.
    """
    usual = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or usual is not signal.default_int_handler:
        yield
        return

    def handler(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, usual)
        asked()

    signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


def how_to_resume(store: VerdictStore | None, done: int) -> str:
    """What is saved of a run that stopped after `done` verdicts, and what to do to go on."""
    if store is None or not store.shared:
        return f"{done} verdicts were not saved; give a store with a path to keep them"
    return (
        f"{len(store)} verdicts are saved in {store.place}; the same command goes on from there and pays for none of "
        "them again"
    )
