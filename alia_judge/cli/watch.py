"""``alia-judge watch``: how a search stands, while it runs elsewhere or when it has ended."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Annotated

import typer

from alia_judge._messages import _, message, numbers
from alia_judge.cli._console import JsonOption, say, write_json
from alia_judge.cli._search_display import spark
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from alia_judge.compiling.race.watched import WatchedCandidate, WatchedStudy

__all__ = ["watch"]

#: Candidates that are shown, and width of the line that an interval is drawn on.
_SHOWN, _WIDTH = 12, 31


def watch(
    storage: Annotated[
        str, typer.Argument(metavar="STORAGE", help="Where the study is: sqlite:///study.db, postgresql://..., a path.")
    ],
    study: Annotated[
        str | None, typer.Option("--study", metavar="NAME", help="Which study, where the storage holds several.")
    ] = None,
    every: Annotated[
        float | None,
        typer.Option("--every", metavar="S", help="Look again every so many seconds, until Ctrl-C.", min=0.2),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Show what a search believes of each candidate, where its calls go, and what the next hundred are worth."""
    from alia_judge.compiling.race.watched import watch_study

    out = say(json)
    if every is not None and (json is not None or not out.is_terminal):
        raise UsageError(
            message(
                "--every draws over what it drew until Ctrl-C, which takes a terminal and writes no "
                "JSON; leave it out to look once"
            )
        )
    now = watch_study(storage, study)
    if every is None:
        out.print(_shown(now))
    else:
        from rich.live import Live

        with Live(_shown(now), console=out, auto_refresh=False) as live:
            while True:
                time.sleep(every)
                now = watch_study(storage, now.study)
                live.update(_shown(now), refresh=True)
    write_json(json, now.to_dict(), schema="alia-judge/watch/1", signature=f"watch|study:{now.study}")


def _shown(now: WatchedStudy) -> RenderableType:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    flying = _(", {running} under way", running=now.running) if now.running else ""
    lines = [
        Text(
            _(
                "{study}: {calls} calls paid in {requests} requests{flying}",
                study=now.study,
                calls=now.calls,
                requests=now.requests,
                flying=flying,
            )
        )
    ]
    if now.curve:
        last = now.curve[-1]
        lines.append(
            Text(
                _(
                    "best {objective} {value:.3f} [{low:.3f}, {high:.3f}]: {best}",
                    objective=now.objective,
                    value=last.value,
                    low=last.low,
                    high=last.high,
                    best=last.best,
                )
            )
        )
        if not math.isnan(last.gain):
            lines.append(Text(_("the next hundred calls are expected to gain {gain:+.3f}", gain=last.gain)))
        if len(now.curve) > 1:
            lines.append(Text(_("so far {spark}", spark=spark([point.value for point in now.curve]))))
    table = Table(title=_("what was told of each, of {n} asked", n=len(now.candidates)), title_justify="left")
    for heading in (message("candidate"), message("items"), message("calls"), now.objective, "-1        0        1"):
        table.add_column(_(heading), justify="right" if heading in ("items", "calls") else "left")
    most = max((one.calls for one in now.candidates), default=0)
    for one in now.candidates[:_SHOWN]:
        figure = "" if math.isnan(one.value) else numbers(f"{one.value:.3f}")
        share = "▪" * (round(8 * one.calls / most) if most else 0)
        table.add_row(Text(one.name), str(one.items), f"{one.calls} {share:<8}", figure, Text(_drawn(one)))
    if not now.members:
        return Group(*lines, table)
    members = "; ".join(f"{one.name} {numbers(f'{one.share:.0%}')}" for one in now.members)
    return Group(*lines, table, Text(_("deployed, by share of the weights: {members}", members=members)))


def _drawn(one: WatchedCandidate) -> str:
    """The interval on a line from -1 to 1, and the one before it."""
    line = [" "] * _WIDTH

    def at(value: float) -> int:
        return round((value + 1) / 2 * (_WIDTH - 1))

    for told in one.before[-1:]:  # what it was before it judged as many, to see it shrink
        if not math.isnan(told.low):
            for place in range(at(told.low), at(told.high) + 1):
                line[place] = "·"
    if not math.isnan(one.low):
        for place in range(at(one.low), at(one.high) + 1):
            line[place] = "─"
    if -1 <= one.value <= 1:
        line[at(one.value)] = "●"
    return "".join(line)
