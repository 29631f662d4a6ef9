"""Progress of long runs on stderr: a live line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console

    from alia_judge.runner import Progress, Trouble

__all__ = ["ShowLine", "duration", "in_a_line", "run_progress", "status_line", "trouble_in_words"]

#: Seconds between plain lines where stderr is no terminal.
_PLAIN_EVERY = 10.0
#: Seconds that a trouble must last before a word is lost on it: a call that is answered at the second try is none.
_LASTS = 2.0


class ShowLine(Protocol):
    """Shows a line."""

    def __call__(self, line: str, *, news: bool = False) -> None:
        """Show it; where it is news that something is wrong, or goes on being so, it does not wait for its turn."""
        ...


@contextmanager
def status_line(console: Console) -> Iterator[ShowLine]:
    """A function that shows a line: over the last one on a terminal, else below it at most every ten seconds.

    Off a terminal, the first line with news is shown at once.
    """
    if console.is_terminal:
        from rich.text import Text

        with console.status("") as status:

            def over(line: str, *, news: bool = False) -> None:  # noqa: ARG001 - a terminal shows all of them
                status.update(Text(line))

            yield over
        return
    last, knew = time.monotonic(), False

    def plain(line: str, *, news: bool = False) -> None:
        nonlocal last, knew
        if (news and not knew) or time.monotonic() - last >= _PLAIN_EVERY:
            last, knew = time.monotonic(), news
            console.print(line, markup=False)

    yield plain


@contextmanager
def run_progress(console: Console) -> Iterator[Callable[[Progress], None]]:
    """What `alia_judge.runner.stream` takes as ``progress=``."""
    with status_line(console) as show:
        yield lambda progress: show(_run_line(progress), news=trouble_in_words(progress.trouble) is not None)


def trouble_in_words(trouble: Trouble | None) -> tuple[str, str] | None:
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


def in_a_line(trouble: Trouble | None) -> str:
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


def _run_line(progress: Progress) -> str:
    total = "" if progress.total is None else f"/{progress.total}"
    cost = "" if math.isnan(progress.cost) or not progress.cost else f", ${progress.cost:.2f}"
    left = "" if math.isnan(progress.seconds_left) else f", {duration(progress.seconds_left)} left"
    rate = "" if math.isnan(progress.rate) else f", {progress.rate:.1f} calls/s"
    if not progress.paid and progress.done and progress.seconds > 0:
        rate = f", {progress.done / progress.seconds:,.0f} verdicts/s"
    return (
        f"{progress.done}{total} judged ({progress.paid} paid, {progress.replayed} replayed, "
        f"{progress.unscored} unscored){rate}{cost}{left}{in_a_line(progress.trouble)}"
    )
