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

from alia_judge._messages import Written, _

__all__ = [
    "duration",
    "in_a_line",
    "in_notebooks",
    "is_known",
    "money",
    "pace",
    "run_line",
    "search_line",
    "time_left",
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
    one, n, left = trouble.waiting == 1, trouble.waiting, duration(trouble.then_in)
    cause = _(trouble.cause)
    if trouble.then == "again":
        cut_off = "" if math.isnan(trouble.then_in) else _(", cut off in {left} and tried again", left=left)
        calls = _("1 call in flight") if one else _("{n:,} calls in flight", n=n)
        return _("{cause} for {time}", cause=cause, time=duration(trouble.seconds)), f"{calls}{cut_off}"
    wait = _("1 call waits") if one else _("{n:,} calls wait", n=n)
    if trouble.then == "stop":
        return cause, _("{wait}, tried again for {left} more", wait=wait, left=left)
    return cause, _("{wait}, tried again; the first is left unscored in {left}", wait=wait, left=left)


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
        return _("unknown")
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
    return _("{rate:.1f} calls/s", rate=rate) if rate >= 1 else _("{rate:.1f} calls/min", rate=60 * rate)


def run_line(progress: Any) -> str:
    """How far a run has come, what it paid, and what is the matter."""
    total = "" if progress.total is None else f"/{progress.total}"
    rate = "" if math.isnan(progress.rate) else f", {pace(progress.rate)}"
    if not progress.paid and progress.done and progress.seconds > 0:
        rate = _(", {rate:,.0f} verdicts/s", rate=progress.done / progress.seconds)
    said = _(
        "{done}{total} judged ({paid} paid, {replayed} replayed, {unscored} unscored)",
        done=progress.done,
        total=total,
        paid=progress.paid,
        replayed=progress.replayed,
        unscored=progress.unscored,
    )
    return f"{said}{rate}{money(progress.cost)}{time_left(progress.seconds_left)}{in_a_line(progress.trouble)}"


def search_line(progress: Any) -> str:
    """How far a search has come, and what it believes."""
    figure = Written(f"{progress.value:.3f} [{progress.low:.3f}, {progress.high:.3f}]")
    best = (
        _("best {figure} {best}", figure=figure, best=progress.best)
        if is_known(progress)
        else _("screening, nothing to tell yet")
    )
    said = _(
        "{calls}/{budget} calls, {trials} trials, {best}",
        calls=progress.calls,
        budget=progress.budget,
        trials=progress.trials,
        best=best,
    )
    return f"{said}{worth(progress)}{time_left(progress.seconds_left)}{in_a_line(progress.trouble)}"


def is_known(progress: Any) -> bool:
    """Whether there is a belief to speak of: not while every candidate has been asked a few items only."""
    return bool(progress.low < progress.high)


def worth(progress: Any) -> str:
    """What the next hundred calls are worth, after a comma; empty where that is not known."""
    if not is_known(progress) or not progress.gain >= 0:
        return ""
    return _(", next 100 calls worth {gain:+.3f}", gain=progress.gain)


def money(cost: float) -> str:
    """What was paid, after a comma; empty where nothing was, or nobody knows."""
    return "" if math.isnan(cost) or not cost else _(", ${cost:.2f}", cost=cost)


def time_left(seconds: float) -> str:
    """How long it will take yet, after a comma; empty where that is not known."""
    return "" if math.isnan(seconds) else _(", {time} left", time=duration(seconds))
