"""`history_figure`: how the best of a search grew with the calls it paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from alia_judge.reporting.figures.canvas import canvas, name_axes
from alia_judge.reporting.palette import PALETTE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["history_figure"]


def history_figure(calls: ArrayLike, values: ArrayLike, *, objective: str = "objective on dev") -> Figure:
    """Every trial of a search as a dot, and the best so far as a line.

    Parameters
    ----------
    calls
        Shape (n_trials,): calls paid when the trial ended, in order.
    values
        Shape (n_trials,): its objective; NaN where it has none (pruned before it could).
    objective
        What is on the vertical axis.
    """
    x, y = np.asarray(calls, dtype=np.float64), np.asarray(values, dtype=np.float64)
    figure, axes = canvas(7.0, 3.6)
    name_axes(axes, "calls paid", objective)
    axes.grid(color=PALETTE["rule"], linewidth=0.5)
    known = np.isfinite(y)
    if known.any():
        best = np.fmax.accumulate(np.where(known, y, -np.inf))
        start = int(np.argmax(known))
        axes.scatter(x[known], y[known], s=12, c=PALETTE["accent"], alpha=0.45, linewidths=0, label="a trial")
        axes.step(x[start:], best[start:], where="post", color=PALETTE["contrast"], linewidth=2, label="best so far")
        legend = axes.legend(frameon=False, fontsize=9, loc="lower right")
        for text in legend.get_texts():
            text.set_color(PALETTE["ink"])
    return figure
