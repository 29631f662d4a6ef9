"""`candidates_figure`: what a search was told of each candidate, its intervals as they shrank, and where calls went."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from alia_judge._messages import _, numbers
from alia_judge._palette import PALETTE
from alia_judge.reporting.figures.canvas import canvas, name_axes, tick_names

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from alia_judge.compiling.race.watched import WatchedStudy

__all__ = ["candidates_figure"]


def candidates_figure(watched: WatchedStudy, *, most: int = 12) -> Figure:
    """Each candidate as a dot with its interval, over what it was when it had judged fewer items; its calls beside it.

    Parameters
    ----------
    watched
        A search, as `alia_judge.compiling.race.watched.watch_study` reads it, under way or ended.
    most
        So many candidates are shown, those of most items.

    Examples
    --------
    >>> from alia_judge.compiling.race.watched import WatchedCandidate, WatchedStudy
    >>> one = WatchedCandidate(name="terse", items=24, calls=24, value=0.4, low=0.0, high=0.7)
    >>> study = WatchedStudy(
    ...     study="s", objective="spearman", requests=1, running=0, calls=24, candidates=(one,), curve=()
    ... )
    >>> candidates_figure(study).axes[0].get_xlabel()
    'spearman'
    """
    shown = watched.candidates[:most]
    figure, axes = canvas(7.0, 0.9 + 0.36 * max(len(shown), 1))
    axes.axvline(0.0, color=PALETTE["muted"], linewidth=1, linestyle=(0, (3, 3)))
    axes.grid(axis="x", color=PALETTE["rule"], linewidth=0.5)
    for place, one in enumerate(shown):
        for told in one.before:
            if not math.isnan(told.low):
                axes.plot([told.low, told.high], [place, place], color=PALETTE["accent"], alpha=0.18, linewidth=8,
                          solid_capstyle="butt")  # fmt: skip
        if not math.isnan(one.low):
            axes.plot([one.low, one.high], [place, place], color=PALETTE["accent"], linewidth=2, solid_capstyle="butt")
        axes.plot([one.value], [place], "o", color=PALETTE["accent"], markersize=6)
        said = _("{n} calls", n=one.calls)
        axes.text(1.01, place, said, transform=axes.get_yaxis_transform(), va="center", fontsize=9,
                  color=PALETTE["muted"])  # fmt: skip
        figure.say(
            axes.axhline(place, linewidth=16, alpha=0.0),
            f"{one.name}: {numbers(f'{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]')}, {said}",
        )
    name_axes(axes, watched.objective, "")
    tick_names(axes, [one.name for one in shown])
    axes.set_ylim(max(len(shown), 1) - 0.5, -0.5)
    axes.spines["left"].set_visible(False)
    return figure
