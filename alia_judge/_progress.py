"""How far a run or a search has come, in a line; and that line where a notebook shows it.

What is put into words are the runner's `Progress` and `Trouble` and the search's `SearchProgress`; all lie above.
"""

from __future__ import annotations

import importlib
import math
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = [
    "duration",
    "in_a_line",
    "in_notebooks",
    "is_known",
    "pace",
    "run_line",
    "search_line",
    "trouble_in_words",
    "worth",
]

#: Seconds that a trouble must last before a word is lost on it: a call that is answered at the second try is none.
_LASTS = 2.0
#: Seconds before a notebook shows anything, and between two lines of it.
_QUIET, _EVERY = 1.0, 0.5
P = TypeVar("P")


def in_notebooks(line: Callable[[P], str]) -> Callable[[P], None] | None:
    """What shows progress below a notebook's cell, one line that is written over; None outside of a notebook.

    Nothing is shown of what takes less than a second.

    Parameters
    ----------
    line
        The progress in words.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if not hasattr(shell, "kernel"):  # a prompt of IPython's on a terminal is no notebook
        return None
    display = importlib.import_module("IPython.display").display  # no dependency: a notebook has it
    begun = last = time.monotonic()
    handle: Any = None

    def show(progress: P) -> None:
        nonlocal last, handle
        now = time.monotonic()
        ended = handle is not None and getattr(progress, "done", -1) == getattr(progress, "total", None)
        if (now - begun < _QUIET or now - last < _EVERY) and not ended:
            return
        last, text = now, {"text/plain": line(progress)}
        if handle is None:
            handle = display(text, raw=True, display_id=True)
        else:
            handle.update(text, raw=True)

    return show


def trouble_in_words(trouble: Any) -> tuple[str, str] | None:
    """What is the matter, and what is being done about it; None where there is nothing worth a word."""
    if trouble is None or trouble.seconds < _LASTS:
        return None
    calls, left = "1 call" if trouble.waiting == 1 else f"{trouble.waiting:,} calls", duration(trouble.then_in)
    wait = f"{calls} {'waits' if trouble.waiting == 1 else 'wait'}"
    if trouble.then == "stop":
        return trouble.cause, f"{wait}, tried again for {left} more"
    if trouble.then == "unscored":
        return trouble.cause, f"{wait}, tried again; the first is left unscored in {left}"
    cut_off = "" if math.isnan(trouble.then_in) else f", cut off in {left} and tried again"
    return f"{trouble.cause} for {duration(trouble.seconds)}", f"{calls} in flight{cut_off}"


def in_a_line(trouble: Any) -> str:
    """`trouble_in_words` for the end of a line."""
    words = trouble_in_words(trouble)
    return "" if words is None else f"; {': '.join(words)}"


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


def pace(rate: float) -> str:
    """Calls a second in words; a minute, where there are fewer than one a second.

    Examples
    --------
    >>> pace(12.34), pace(0.04)
    ('12.3 calls/s', '2.4 calls/min')
    """
    return f"{rate:.1f} calls/s" if rate >= 1 else f"{60 * rate:.1f} calls/min"


def run_line(progress: Any) -> str:
    """How far a run has come, what it paid, and what is the matter."""
    total = "" if progress.total is None else f"/{progress.total}"
    cost = "" if math.isnan(progress.cost) or not progress.cost else f", ${progress.cost:.2f}"
    left = "" if math.isnan(progress.seconds_left) else f", {duration(progress.seconds_left)} left"
    rate = "" if math.isnan(progress.rate) else f", {pace(progress.rate)}"
    if not progress.paid and progress.done and progress.seconds > 0:
        rate = f", {progress.done / progress.seconds:,.0f} verdicts/s"
    return (
        f"{progress.done}{total} judged ({progress.paid} paid, {progress.replayed} replayed, "
        f"{progress.unscored} unscored){rate}{cost}{left}{in_a_line(progress.trouble)}"
    )


def search_line(progress: Any) -> str:
    """How far a search has come, and what it believes."""
    best = (
        f"best {progress.value:.3f} [{progress.low:.3f}, {progress.high:.3f}] {progress.best}"
        if is_known(progress)
        else "screening, nothing to tell yet"
    )
    left = "" if math.isnan(progress.seconds_left) else f", {duration(progress.seconds_left)} left"
    return (
        f"{progress.calls}/{progress.budget} calls, {progress.trials} trials, {best}{worth(progress, ', ')}"
        f"{left}{in_a_line(progress.trouble)}"
    )


def is_known(progress: Any) -> bool:
    """Whether there is a belief to speak of: not while every candidate has been asked a few items only."""
    return bool(progress.low < progress.high)


def worth(progress: Any, before: str) -> str:
    """What the next hundred calls are worth, after `before`; empty where that is not known."""
    return f"{before}next 100 calls worth {progress.gain:+.3f}" if is_known(progress) and progress.gain >= 0 else ""
