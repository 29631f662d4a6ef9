"""Progress of long runs on stderr: a live line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from alia_judge._progress import run_line, trouble_in_words

if TYPE_CHECKING:
    from rich.console import Console

    from alia_judge.runner import Progress

__all__ = ["ShowLine", "run_progress", "status_line"]

#: Seconds between plain lines where stderr is no terminal.
_PLAIN_EVERY = 10.0


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
        yield lambda progress: show(run_line(progress), news=trouble_in_words(progress.trouble) is not None)
