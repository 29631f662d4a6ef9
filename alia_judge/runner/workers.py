"""Where calls run: on an event loop in a thread of its own, or in a pool of threads. Single attempts, and nothing else.

What was asked and what came of it go into a queue, several at a time where several are ready: waking another thread
costs as much as a good part of a call.
"""

from __future__ import annotations

import asyncio
import math
import queue
import selectors
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, Self

from alia_judge.models.gguf import GGUFEngine
from alia_judge.models.litellm_sessions import close_sessions
from alia_judge.records import Item, Verdict
from alia_judge.runner.options import RunOptions

__all__ = ["BulkJudge", "Call", "LoopWorkers", "Outcome", "ThreadWorkers", "Workers", "workers_for"]

#: Calls in flight where nobody says: enough to hide a server's latency; a model in this process computes one at a time.
_REMOTE = 32
_LOCAL = 1
#: Seconds within which the next of the closed connections must be gone: TLS ends with an answer, which DSPy does not
#: await. LiteLLM keeps its connections for good, so that there is nothing to wait for.
_PARTING = 0.25


class BulkJudge(Protocol):
    """What the runner needs of a judge."""

    def verdict(self, item: Item, *, sample: int = 0) -> Verdict:
        """One raw verdict."""
        ...

    async def averdict(self, item: Item, *, sample: int = 0) -> Verdict:
        """One raw verdict, without blocking the event loop."""
        ...


class Call(Protocol):
    """What is to be asked."""

    @property
    def item(self) -> Item:
        """The item."""
        ...

    @property
    def sample(self) -> int:
        """The number of the sample."""
        ...


#: A call, and its verdict or what went wrong.
Outcome = tuple[Any, Verdict | BaseException]


class Workers(Protocol):
    """Runs single calls, and puts their outcomes into `finished`."""

    finished: queue.SimpleQueue[list[Outcome]]
    #: Seconds after which a call is cut off; NaN where it is not.
    time_limit: float

    def start(self, calls: Sequence[Call]) -> None:
        """Start some calls."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class ThreadWorkers:
    """For models that are called synchronously: the embedded one, and legacy `BaseLM`s."""

    def __init__(self, judge: BulkJudge, concurrency: int) -> None:
        self.finished: queue.SimpleQueue[list[Outcome]] = queue.SimpleQueue()
        self.time_limit = math.nan
        self._judge = judge
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="alia-judge")

    def start(self, calls: Sequence[Call]) -> None:
        """Start some calls."""
        for call in calls:
            self._pool.submit(self._one, call)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _one(self, call: Call) -> None:
        outcome: Verdict | BaseException
        try:
            outcome = self._judge.verdict(call.item, sample=call.sample)
        except BaseException as error:  # noqa: BLE001 - the coordinator decides what it means, and raises bugs
            outcome = error
        self.finished.put([(call, outcome)])


class LoopWorkers:
    """For models behind HTTP: one event loop holds every call in flight, and enforces their time limit.

    Parameters
    ----------
    judge
        Who is asked; its model's connections on this loop are closed at the end.
    timeout
        Seconds a call may take, from its first byte to its last; a slow drip cannot hold it open.
    """

    def __init__(self, judge: Any, timeout: float) -> None:
        self.finished: queue.SimpleQueue[list[Outcome]] = queue.SimpleQueue()
        self.time_limit = timeout
        self._judge = judge
        self._ready: list[Outcome] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, calls: Sequence[Call]) -> None:
        """Start some calls."""
        if not self._thread.is_alive():
            self._thread.start()  # only now: a run that replays everything needs none
        self._loop.call_soon_threadsafe(self._create, calls)

    def __enter__(self) -> Self:
        # Not before: a run that is given up before its first call would leave it open.
        self._selector = selectors.DefaultSelector()
        self._loop = asyncio.SelectorEventLoop(self._selector)
        self._own = len(self._selector.get_map())  # by which other threads wake the loop
        self._thread = threading.Thread(target=self._loop.run_forever, name="alia-judge", daemon=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    def _create(self, calls: Sequence[Call]) -> None:
        for call in calls:
            task = self._loop.create_task(self._one(call))
            self._tasks.add(task)  # the loop itself holds tasks by weak references
            task.add_done_callback(self._tasks.discard)

    async def _one(self, call: Call) -> None:
        outcome: Verdict | BaseException
        try:
            async with asyncio.timeout(self.time_limit):
                outcome = await self._judge.averdict(call.item, sample=call.sample)
        except Exception as error:  # noqa: BLE001 - the coordinator decides what it means, and raises bugs
            outcome = error
        if not self._ready:
            # After every other call that is answered in this turn of the loop.
            self._loop.call_soon(self._hand_over)
        self._ready.append((call, outcome))

    def _hand_over(self) -> None:
        ready, self._ready = self._ready, []
        self.finished.put(ready)

    async def _close(self) -> None:
        # Not only the calls' own tasks: libraries leave theirs on the loop too (LiteLLM's logger does).
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        close = getattr(self._judge.lm, "aclose", None)
        if close is not None:
            await close()
        await close_sessions()
        await self._parted()
        await self._loop.shutdown_default_executor()

    async def _parted(self) -> None:
        # A socket still open when the loop closes stays so until it is collected, with a warning in whatever runs then.
        left, until = math.inf, 0.0
        while (open_ := len(self._selector.get_map()) - self._own) > 0:
            if open_ < left:
                left, until = open_, self._loop.time() + _PARTING
            elif self._loop.time() > until:
                break
            await asyncio.sleep(0.001)
        await asyncio.sleep(0)  # what has left the selector is closed in the turn after


def workers_for(judge: Any, options: RunOptions) -> tuple[Workers, int]:
    """Workers that suit the judge's model, and how many calls may be in flight."""
    lm = judge.lm
    engine = getattr(lm, "engine", None)
    if isinstance(engine, str):
        return LoopWorkers(judge, options.timeout), options.concurrency or _REMOTE
    local = isinstance(engine, GGUFEngine)
    most = options.concurrency or (_LOCAL if local else _REMOTE)
    # A custom engine's asynchronous side is known to DSPy alone.
    if getattr(lm, "_async_engine_spec", None) is not None and not local:
        return LoopWorkers(judge, options.timeout), most
    return ThreadWorkers(judge, most), most
