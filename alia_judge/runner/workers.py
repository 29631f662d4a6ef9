"""Where calls run: on an event loop in a thread of its own, or in a pool of threads. One attempt, one future."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, Self

from alia_judge.models.gguf import GGUFEngine
from alia_judge.records import Item, Verdict
from alia_judge.runner.options import RunOptions

__all__ = ["BulkJudge", "LoopWorkers", "ThreadWorkers", "Workers", "workers_for"]

#: Calls in flight where nobody says: enough to hide a server's latency; a model in this process computes one at a time.
_REMOTE = 32
_LOCAL = 1


class BulkJudge(Protocol):
    """What the runner needs of a judge."""

    def verdict(self, item: Item, *, sample: int = 0) -> Verdict:
        """One raw verdict."""
        ...

    async def averdict(self, item: Item, *, sample: int = 0) -> Verdict:
        """One raw verdict, without blocking the event loop."""
        ...


class Workers(Protocol):
    """Runs single calls."""

    def submit(self, judge: BulkJudge, item: Item, sample: int) -> Future[Verdict]:
        """Start one call."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class ThreadWorkers:
    """For models that are called synchronously: the embedded one, and legacy `BaseLM`s."""

    def __init__(self, concurrency: int) -> None:
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="alia-judge")

    def submit(self, judge: BulkJudge, item: Item, sample: int) -> Future[Verdict]:
        """Start one call."""
        return self._pool.submit(judge.verdict, item, sample=sample)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


class LoopWorkers:
    """For models behind HTTP: one event loop holds every call in flight, and enforces their time limit.

    Parameters
    ----------
    timeout
        Seconds a call may take, from its first byte to its last; a slow drip cannot hold it open.
    lm
        Whose connections on this loop are closed at the end.
    """

    def __init__(self, timeout: float, lm: Any) -> None:
        self._timeout = timeout
        self._lm = lm
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="alia-judge", daemon=True)

    def submit(self, judge: BulkJudge, item: Item, sample: int) -> Future[Verdict]:
        """Start one call."""
        return asyncio.run_coroutine_threadsafe(self._one(judge, item, sample), self._loop)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _one(self, judge: BulkJudge, item: Item, sample: int) -> Verdict:
        async with asyncio.timeout(self._timeout):
            return await judge.averdict(item, sample=sample)

    async def _close(self) -> None:
        ours = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in ours:
            task.cancel()
        await asyncio.gather(*ours, return_exceptions=True)
        close = getattr(self._lm, "aclose", None)
        if close is not None:
            await close()
        await self._loop.shutdown_default_executor()


def workers_for(judge: Any, options: RunOptions) -> tuple[Workers, int]:
    """Workers that suit the judge's model, and how many calls may be in flight."""
    lm = judge.lm
    engine = getattr(lm, "engine", None)
    if isinstance(engine, str):
        return LoopWorkers(options.timeout, lm), options.concurrency or _REMOTE
    local = isinstance(engine, GGUFEngine)
    most = options.concurrency or (_LOCAL if local else _REMOTE)
    # A custom engine's asynchronous side is known to DSPy alone.
    if getattr(lm, "_async_engine_spec", None) is not None and not local:
        return LoopWorkers(options.timeout, lm), most
    return ThreadWorkers(most), most
