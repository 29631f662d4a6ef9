"""`intervals_figure`: estimates with their intervals, one below the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from alia_judge._messages import _
from alia_judge._palette import PALETTE
from alia_judge.reporting.figures.canvas import canvas, name_axes, tick_names
from alia_judge.stats.estimate import Estimate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["intervals_figure"]


def intervals_figure(
    estimates: Mapping[str, Estimate],
    *,
    quantity: str,
    highlight: str | None = None,
    beside: Collection[str] = (),
    reference: float | None = 0.0,
    anchors: Mapping[str, str] | None = None,
) -> Figure:
    """Each estimate as a dot with its interval.

    Parameters
    ----------
    estimates
        Name -> estimate, from top to bottom; an undefined one keeps its line, empty.
    quantity
        What is on the axis.
    highlight
        The name to set apart.
    beside
        Names that the others are to be measured by: hollow, in another colour.
    reference
        Where to draw a vertical line; None for none.
    anchors
        Name -> the anchor of its row on the page, where a click leads.

    Examples
    --------
    >>> from alia_judge.stats import spearman
    >>> agreement = {"mine": spearman([1, 2, 3, 4, 6, 5], [1, 2, 3, 4, 5, 6], interval="jackknife")}
    >>> figure = intervals_figure(agreement, quantity="Spearman correlation with people")
    >>> figure.axes[0].get_xlabel()
    'Spearman correlation with people'
    """
    figure, axes = canvas(7.0, 0.9 + 0.36 * max(len(estimates), 1))
    if reference is not None:
        axes.axvline(reference, color=PALETTE["muted"], linewidth=1, linestyle=(0, (3, 3)))
    axes.grid(axis="x", color=PALETTE["rule"], linewidth=0.5)
    for place, (name, estimate) in enumerate(estimates.items()):
        if not estimate.defined:
            continue
        set_apart = name == highlight or name in beside
        colour = PALETTE["contrast"] if set_apart else PALETTE["accent"]
        if estimate.level is not None:
            axes.plot([estimate.low, estimate.high], [place, place], color=colour, linewidth=2, solid_capstyle="butt")
        fill: dict[str, Any] = {"markerfacecolor": "none", "markeredgewidth": 2} if name in beside else {}
        axes.plot([estimate.value], [place], "o", color=colour, markersize=7 if fill else 6, **fill)
        # The whole line of the figure can be pointed at, not the thin interval alone.
        figure.say(
            axes.axhline(place, linewidth=16, alpha=0.0),
            f"{name}: {_(estimate)}",
            (anchors or {}).get(name, ""),
        )
    name_axes(axes, quantity, "")
    tick_names(axes, list(estimates))
    axes.set_ylim(max(len(estimates), 1) - 0.5, -0.5)
    axes.spines["left"].set_visible(False)
    return figure
