"""A bare matplotlib figure in the library's style, without pyplot and its global state."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from alia_judge._palette import PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from alia_judge.reporting.figures.shown_figure import ShownFigure

__all__ = ["canvas", "name_axes", "tick_names"]


def canvas(width: float = 7.0, height: float = 4.0) -> tuple[ShownFigure, Axes]:
    """A figure of `width` by `height` inches with one pair of axes."""
    from alia_judge.reporting.figures.shown_figure import LanguageTicks, ShownFigure

    figure = ShownFigure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(PALETTE["rule"])
    axes.tick_params(colors=PALETTE["muted"], labelsize=9, length=3)
    axes.set_axisbelow(True)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(LanguageTicks())
    return figure, axes


def name_axes(axes: Axes, x: str, y: str) -> None:
    """Label both axes; the text is the user's and no formula."""
    width, height = axes.get_figure().get_size_inches()  # type: ignore[union-attr]  # these axes are on a figure
    style: Any = {"fontsize": 10, "color": PALETTE["ink"], "parse_math": False}
    axes.set_xlabel(_lines(x, width), **style)
    axes.set_ylabel(_lines(y, height), **style)


def tick_names(axes: Axes, names: Sequence[str]) -> None:
    """Names at 0, 1, ... down the left side; the text is the user's and no formula."""
    axes.set_yticks(range(len(names)), labels=[_shortened(name, 40) for name in names], parse_math=False)
    axes.tick_params(axis="y", length=0)
    for label in axes.get_yticklabels():
        label.set_color(PALETTE["ink"])
    axes.invert_yaxis()


def _lines(text: str, inches: float) -> str:
    """Ten letters take an inch at most."""
    return textwrap.fill(_shortened(text, 70), int(10 * inches))


def _shortened(text: str, longest: int) -> str:
    # A name as long as a paragraph would leave no room for the plot; the tables have it in full.
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
