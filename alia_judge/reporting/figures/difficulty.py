"""`difficulty_figure`: how far people differ about each item, against what they say of it on average."""

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

__all__ = ["difficulty_figure"]

#: Cells along each axis: the same work for twenty items or twenty thousand.
_CELLS = 40


def difficulty_figure(mean: ArrayLike, spread: ArrayLike, *, criterion: str) -> Figure:
    """Items as dots, the darker and larger the more there are at one place.

    Parameters
    ----------
    mean, spread
        Shape (n,): mean and standard deviation of each item's ratings.
    criterion
        What was rated.

    Raises
    ------
    UsageError
        If the two differ in length.

    Examples
    --------
    >>> difficulty_figure([1.5, 3.0, 4.5], [0.5, 1.2, 0.5], criterion="tone").axes[0].get_xlabel()
    'mean rating on tone'
    """
    x, y = np.asarray(mean, dtype=np.float64), np.asarray(spread, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise UsageError(
            message(
                "mean and spread must be vectors of one length, got shapes {shape} and {y_shape}",
                shape=x.shape,
                y_shape=y.shape,
            )
        )
    figure, axes = canvas(4.8, 3.2)
    axes.grid(color=PALETTE["rule"], linewidth=0.5)
    if x.size:
        width = max(float(np.ptp(x)), float(np.ptp(y)), 1e-9) / _CELLS
        places, counts = np.unique(np.round(np.column_stack([x, y]) / width), axis=0, return_counts=True)
        share = counts / counts.max()
        axes.scatter(
            places[:, 0] * width, places[:, 1] * width, s=14 + 90 * share, c=PALETTE["accent"],
            alpha=0.2 + 0.8 * np.sqrt(share), linewidths=0,
        )  # fmt: skip
    name_axes(axes, _("mean rating on {criterion}", criterion=criterion), _("standard deviation"))
    axes.set_ylim(bottom=min(0.0, -0.04 * float(y.max(initial=1.0))))
    return figure
