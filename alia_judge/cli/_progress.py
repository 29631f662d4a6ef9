"""Progress of long runs on stderr: a live line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from alia_judge.runner import Progress

__all__ = ["duration", "run_progress", "status_line"]

#: Seconds between plain lines where stderr is no terminal.
_PLAIN_EVERY = 10.0


@contextmanager
def status_line(console: Console) -> Iterator[Callable[[str], None]]:
    """A function that shows a line: over the last one on a terminal, else below it at most every ten seconds."""
    if console.is_terminal:
        with console.status("") as status:
            yield status.update
        return
    last = [time.monotonic()]

    def plain(line: str) -> None:
        if time.monotonic() - last[0] >= _PLAIN_EVERY:
            last[0] = time.monotonic()
            console.print(line, markup=False)

    yield plain


@contextmanager
def run_progress(console: Console) -> Iterator[Callable[[Progress], None]]:
    """What `alia_judge.runner.stream` takes as ``progress=``."""
    with status_line(console) as show:
        yield lambda progress: show(_run_line(progress))


def duration(seconds: float) -> str:
    """A time span as people write it: ``"45 s"``, ``"3 min"``, ``"2 h 5 min"``; ``"unknown"`` for NaN.

    Examples
    --------
    >>> duration(44.6), duration(200), duration(7500)
    ('45 s', '3 min', '2 h 5 min')
    """
    if not math.isfinite(seconds):
        return "unknown"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _run_line(progress: Progress) -> str:
    total = "" if progress.total is None else f"/{progress.total}"
    cost = "" if math.isnan(progress.cost) or not progress.cost else f", ${progress.cost:.2f}"
    left = "" if progress.total is None else f", {duration(progress.seconds_left)} left"
    rate = "" if math.isnan(progress.rate) else f", {progress.rate:.1f} calls/s"
    if not progress.paid and progress.done and progress.seconds > 0:
        rate = f", {progress.done / progress.seconds:,.0f} verdicts/s"
    return (
        f"{progress.done}{total} judged ({progress.paid} paid, {progress.replayed} replayed, "
        f"{progress.unscored} unscored){rate}{cost}{left}"
    )
