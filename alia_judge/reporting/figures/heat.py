"""`heat_figure`: a table of shares as shaded cells with their figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from alia_judge._messages import message, numbers
from alia_judge._palette import PALETTE
from alia_judge.errors import UsageError
from alia_judge.reporting.figures.canvas import canvas, name_axes, tick_names

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["heat_figure"]


def heat_figure(
    shares: ArrayLike, rows: Sequence[str], columns: Sequence[str], *, quantity: str, down: str = ""
) -> Figure:
    """Each share as a cell, the darker the larger, with its per cent.

    Parameters
    ----------
    shares
        Shape (n_rows, n_columns), each in [0, 1]; NaN leaves its cell empty.
    rows, columns
        Their names.
    quantity
        What the columns are.
    down
        What the rows are.

    Raises
    ------
    UsageError
        If the names are not as many as the rows and columns.

    Examples
    --------
    >>> figure = heat_figure([[0.8, 0.2], [0.3, 0.7]], ["ana", "jon"], ["bad", "good"], quantity="what they said")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['80', '20', '30', '70']
    """
    from matplotlib.patches import Rectangle

    cells = np.asarray(shares, dtype=np.float64)
    if cells.shape != (len(rows), len(columns)):
        raise UsageError(
            message(
                "shares must have shape ({n}, {n_columns}), as the names have, got {shape}",
                n=len(rows),
                n_columns=len(columns),
                shape=cells.shape,
            )
        )
    figure, axes = canvas(7.0, 1.0 + 0.34 * len(rows))
    for (row, column), share in np.ndenumerate(cells):
        if np.isnan(share):
            continue
        # Light enough that the figure is read on every cell, on either ground.
        cell = Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=PALETTE["accent"], alpha=0.45 * share, linewidth=0)
        axes.add_patch(cell)
        figure.say(cell, f"{rows[row]}, {columns[column]}: {numbers(f'{100 * share:.0f} %')}")
        axes.text(
            column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=9,
            color=PALETTE["ink"] if share >= 0.005 else PALETTE["muted"],
        )  # fmt: skip
    axes.set_xlim(-0.5, len(columns) - 0.5)
    axes.set_ylim(-0.5, len(rows) - 0.5)
    slanted = sum(map(len, columns)) > 60
    axes.set_xticks(
        range(len(columns)),
        labels=[name if len(name) <= 20 else f"{name[:19]}…" for name in columns],
        parse_math=False,
        rotation=40 if slanted else 0,
        ha="right" if slanted else "center",
    )
    name_axes(axes, quantity, down)
    tick_names(axes, rows)
    axes.spines[["left", "bottom"]].set_visible(False)
    return figure
