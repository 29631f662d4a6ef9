"""A search as it goes: a panel on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from alia_judge._messages import _, numbers
from alia_judge._progress import is_known, money, pace, search_line, time_left, trouble_in_words
from alia_judge.cli._progress import status_line

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from alia_judge.compiling.race.search import SearchProgress
    from alia_judge.stats.estimate import Estimate

__all__ = ["search_display", "spark"]

_BARS = "▁▂▃▄▅▆▇█"
_SPARK_WIDTH = 24
_BAR_WIDTH = 24


@contextmanager
def search_display(
    out: Console, *, objective: str = "objective", ceiling: Estimate | None = None
) -> Iterator[Callable[[SearchProgress], None]]:
    """What `compile_judge` takes as ``progress=``.

    Parameters
    ----------
    out
        Where it is shown.
    objective
        What is maximised, in words.
    ceiling
        What people reach against one another, where that is known of this objective.
    """
    if not out.is_terminal:
        with status_line(out) as show:
            yield lambda progress: show(search_line(progress), news=trouble_in_words(progress.trouble) is not None)
        return
    from rich.live import Live

    history: dict[int, float] = {}
    with Live(console=out, refresh_per_second=4, transient=True) as live:

        def update(progress: SearchProgress) -> None:
            if is_known(progress):
                history[progress.trials] = progress.value
            live.update(_panel(progress, list(history.values()), objective, ceiling))

        yield update


def _panel(progress: SearchProgress, history: list[float], objective: str, ceiling: Estimate | None) -> RenderableType:
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", justify="right")
    rows.add_column()
    if is_known(progress):
        best = Text(numbers(f"{progress.value:.3f}"), style="bold green")
        best.append(numbers(f"  [{progress.low:.3f}, {progress.high:.3f}]"), style="not bold default")
        rows.add_row(_("best"), best)
        rows.add_row("", Text(progress.best, overflow="ellipsis", no_wrap=True))
    else:
        rows.add_row(_("best"), Text(_("screening: every candidate on the same few items"), style="dim"))
    if ceiling is not None and math.isfinite(ceiling.value):
        share = (
            _(", the best has {share:.0%} of it", share=progress.value / ceiling.value)
            if is_known(progress) and progress.value > 0
            else ""
        )
        rows.add_row(_("people"), _("{value:.3f} against one another{share}", value=ceiling.value, share=share))
    rows.add_row(_("calls"), _spent(progress))
    if is_known(progress) and not math.isnan(progress.gain):
        rows.add_row(_("next 100"), _("expected to gain {gain:+.3f}", gain=progress.gain))
    if (words := trouble_in_words(progress.trouble)) is not None and progress.trouble is not None:
        cause, rest = words
        # A model that takes its time, as a large one in this process does, has not failed.
        slow = progress.trouble.then == "again"
        label, style = (_("waiting"), "dim") if slow else (_("trouble"), "bold yellow")
        rows.add_row(Text(label, style=style), Text(cause, style=style))
        rows.add_row("", Text(rest, style="dim" if slow else "yellow"))
    if len(history) > 1:
        rows.add_row(_("so far"), Text(spark(history), style="green"))
    return Panel(
        rows,
        title=_("searching for the best {objective}", objective=objective),
        subtitle=_("Ctrl-C stops, and keeps what is paid"),
        title_align="left",
        subtitle_align="left",
        expand=False,
    )


def _spent(progress: SearchProgress) -> str:
    done = round(_BAR_WIDTH * min(progress.calls / progress.budget, 1.0))
    bar = "━" * done + "╌" * (_BAR_WIDTH - done)
    rate = (progress.budget - progress.calls) / progress.seconds_left if progress.seconds_left > 0 else math.nan
    speed = "" if math.isnan(rate) else f", {pace(rate)}{time_left(progress.seconds_left)}"
    spent = _("{calls:,} of {budget:,}", calls=progress.calls, budget=progress.budget)
    return f"{bar} {spent}{speed}{money(progress.cost)}"


def spark(values: list[float]) -> str:
    """The values as bars, the last ones where there are many."""
    shown = values[-_SPARK_WIDTH:]
    low, high = min(shown), max(shown)
    if high == low:
        return _BARS[3] * len(shown)
    return "".join(_BARS[round((value - low) / (high - low) * (len(_BARS) - 1))] for value in shown)
