"""One event loop in a thread of its own, for callers that wait: synchronous calls go the way asynchronous ones do."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

__all__ = ["wait_for"]

_Result = TypeVar("_Result")

#: Seconds that connections may take to part when the process ends.
_PARTING = 1.0
_lock = threading.Lock()
#: The loop of this process: one that was inherited by a fork has no thread any more.
_loops: dict[int, asyncio.AbstractEventLoop] = {}


def wait_for(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run `work` on the background loop and wait for it; whoever stops waiting (Ctrl-C) cancels it.

    Examples
    --------
    >>> async def work() -> int:
    ...     return 4
    >>> wait_for(work())
    4
    """
    future = asyncio.run_coroutine_threadsafe(work, _loop())
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


def _loop() -> asyncio.AbstractEventLoop:
    with _lock:
        loop = _loops.get(os.getpid())
        if loop is None:
            loop = asyncio.new_event_loop()
            _loops.clear()
            _loops[os.getpid()] = loop
            threading.Thread(target=loop.run_forever, name="alia-judge-calls", daemon=True).start()
        return loop


def _end() -> None:
    """Give what is being closed the time to close, when the process ends."""
    loop = _loops.get(os.getpid())
    if loop is not None:
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(_others(), loop).result(2 * _PARTING)


async def _others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=_PARTING)


atexit.register(_end)  # before anybody's finalizer is registered, and so after them
