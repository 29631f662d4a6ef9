"""`bars_figure`: how often each value was used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from alia_judge._palette import PALETTE
from alia_judge.reporting.figures.canvas import canvas, name_axes, tick_names

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["bars_figure"]


def bars_figure(counts: Mapping[str, int], *, quantity: str) -> Figure:
    """One bar for each value, from top to bottom, with its count beside it.

    Parameters
    ----------
    counts
        Value -> how often.
    quantity
        What is counted.

    Examples
    --------
    >>> bars_figure({"1": 3, "2": 8, "3": 5}, quantity="ratings").axes[0].get_xlabel()
    'ratings'
    """
    figure, axes = canvas(7.0, 0.9 + 0.3 * max(len(counts), 1))
    axes.barh(range(len(counts)), list(counts.values()), color=PALETTE["accent"], height=0.65)
    longest = max(counts.values(), default=0)
    for place, count in enumerate(counts.values()):
        axes.text(count + 0.01 * longest, place, f" {count}", va="center", fontsize=9, color=PALETTE["muted"])
    axes.set_xlim(0, 1.1 * longest if longest else 1)
    name_axes(axes, quantity, "")
    tick_names(axes, list(counts))
    axes.spines["left"].set_visible(False)
    return figure
