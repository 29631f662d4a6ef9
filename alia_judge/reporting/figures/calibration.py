"""`calibration_figure`: does a 4 mean a 4?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from alia_judge._messages import _, message
from alia_judge._palette import PALETTE
from alia_judge.errors import UsageError
from alia_judge.evaluation.agreement.error import calibration_bins
from alia_judge.reporting.figures.canvas import canvas, name_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["calibration_figure"]


def calibration_figure(
    consensus: ArrayLike, score: ArrayLike, *, judge: str = "judge", criterion: str = "people's rating"
) -> Figure:
    """Mean consensus against mean score over bins of the score, and the line on which they are equal.

    Parameters
    ----------
    consensus, score
        Shape (n,), on one scale; an item with NaN in either is left out.
    judge, criterion
        Names of the axes.

    Raises
    ------
    UsageError
        If the two differ in length.

    Examples
    --------
    >>> figure = calibration_figure([1, 2, 3, 4, 5], [1, 2, 2, 4, 5], judge="mine", criterion="tone")
    >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
    ('mean score of mine', 'tone, mean consensus')
    """
    x, y = np.asarray(score, dtype=np.float64), np.asarray(consensus, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise UsageError(
            message(
                "consensus and score must be vectors of one length, got shapes {shape} and {x_shape}",
                shape=y.shape,
                x_shape=x.shape,
            )
        )
    both = np.isfinite(x) & np.isfinite(y)
    figure, axes = canvas(4.6, 4.1)
    name_axes(axes, _("mean score of {judge}", judge=judge), _("{criterion}, mean consensus", criterion=criterion))
    axes.grid(color=PALETTE["rule"], linewidth=0.5)
    if both.any():
        means, consensus_means, sizes = calibration_bins(x[both], y[both])
        ends = [min(means.min(), consensus_means.min()), max(means.max(), consensus_means.max())]
        axes.plot(ends, ends, color=PALETTE["muted"], linewidth=1, linestyle=(0, (3, 3)))
        axes.plot(means, consensus_means, color=PALETTE["accent"], linewidth=1)
        axes.scatter(means, consensus_means, s=20 + 180 * sizes / sizes.max(), c=PALETTE["accent"], linewidths=0)
    return figure
