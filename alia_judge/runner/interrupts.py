"""Ctrl-C as a request to stop, not as an exception between two statements: nothing that was paid for is lost to it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from alia_judge._messages import message
from alia_judge.runner.store import VerdictStore

__all__ = ["deferred_interrupts", "how_to_resume"]


#: Ctrl-C; what ends a process kindly (``kill``, a scheduler, a shutdown); and a terminal that was closed.
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def deferred_interrupts(asked: Callable[[], None]) -> Iterator[None]:
    """Within the block, the first Ctrl-C, SIGTERM or SIGHUP calls `asked` and raises nothing; the second does as usual.

    Where interrupts do not arrive (outside the main thread), or are ignored or handled by someone else, nothing is
    changed.

    Parameters
    ----------
    asked
        Called inside the signal handler: it may set a flag and put into a `queue.SimpleQueue`, and little else.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = {one: signal.getsignal(one) for one in _SIGNALS}
    ours = [one for one, how in usual.items() if how is signal.default_int_handler or _ends(one, how)]

    def handler(_number: int, _frame: FrameType | None) -> None:
        restore()
        asked()

    def restore() -> None:
        for one in ours:
            signal.signal(one, usual[one])

    for one in ours:
        signal.signal(one, handler)
    try:
        yield
    finally:
        restore()


def _ends(number: int, how: object) -> bool:
    """Whether a signal would end the process without a word."""
    return number != signal.SIGINT and how == signal.SIG_DFL


def how_to_resume(store: VerdictStore | None, done: int) -> str:
    """What is saved of a run that stopped after `done` verdicts, and what to do to go on."""
    if store is None or not store.shared:
        return message("{done} verdicts were not saved; give a store with a path to keep them", done=done)
    return message(
        "{n} verdicts are saved in {place}; the same command goes on from there and pays for none of them again",
        n=len(store),
        place=store.place,
    )
