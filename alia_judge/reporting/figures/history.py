"""`history_figure`: how good the best judge of a search was as it paid for calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from alia_judge._messages import _, message
from alia_judge._palette import PALETTE
from alia_judge.errors import UsageError
from alia_judge.reporting.figures.canvas import canvas, name_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["history_figure"]


def history_figure(
    calls: ArrayLike,
    best: ArrayLike,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    *,
    objective: str | None = None,
) -> Figure:
    """The objective of the judge that was best after so many calls, with its interval.

    Parameters
    ----------
    calls
        Shape (n,): calls paid, ascending.
    best
        Shape (n,): the objective; NaN before anything is known.
    low, high
        Shape (n,): the ends of its interval; None for none.
    objective
        What is on the vertical axis; by default the objective on the learning items.

    Raises
    ------
    UsageError
        If the lengths differ, or only one end of the interval is given.

    Examples
    --------
    >>> figure = history_figure([100, 200, 300], [0.2, 0.35, 0.4], [0.0, 0.2, 0.3], [0.4, 0.5, 0.5])
    >>> figure.axes[0].get_xlabel()
    'calls paid'
    """
    x, y = np.asarray(calls, dtype=np.float64), np.asarray(best, dtype=np.float64)
    if (low is None) != (high is None):
        raise UsageError(message("an interval has two ends: give both low and high, or neither"))
    ends = [] if low is None or high is None else [np.asarray(low, dtype=float), np.asarray(high, dtype=float)]
    if any(each.shape != x.shape for each in (y, *ends)):
        raise UsageError(
            message(
                "calls, best, low and high must have one length, got {value}",
                value=[len(each) for each in (x, y, *ends)],
            )
        )
    figure, axes = canvas(4.8, 3.2)
    name_axes(axes, _("calls paid"), objective or _("objective on the learning items"))
    axes.grid(color=PALETTE["rule"], linewidth=0.5)
    if ends:
        axes.fill_between(
            x, ends[0], ends[1], step="post", color=PALETTE["accent"], alpha=0.18, linewidth=0, label=_("its interval")
        )
    axes.step(x, y, where="post", color=PALETTE["accent"], linewidth=2, label=_("best judge, as believed then"))
    legend = axes.legend(frameon=False, fontsize=9, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    for text in legend.get_texts():
        text.set_color(PALETTE["ink"])
    return figure
