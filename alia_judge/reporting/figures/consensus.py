"""`consensus_figure`: what the judge said against what people said, with density."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import _, message
from alia_judge._palette import PALETTE
from alia_judge.errors import UsageError
from alia_judge.reporting.figures.canvas import canvas, name_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["consensus_figure"]

Floats = NDArray[np.float64]

#: Cells along each axis: coarse enough to read, and the same work for twenty items or twenty thousand.
_CELLS = 24
#: The mean of fewer items than this is no line.
_FEWEST = 5


def consensus_figure(
    consensus: ArrayLike, score: ArrayLike, *, judge: str = "judge", criterion: str = "people's rating"
) -> Figure:
    """Judge against consensus: darker where there are more items, and the consensus' mean along the judge's score.

    Parameters
    ----------
    consensus, score
        Shape (n,); an item with NaN in either is left out.
    judge, criterion
        Names of the axes.

    Returns
    -------
    matplotlib.figure.Figure
        The horizontal axis is the judge's score, for what one wants to know is what people say where the judge says
        4.

    Raises
    ------
    UsageError
        If the two differ in length.

    Examples
    --------
    >>> figure = consensus_figure([1, 2, 3, 4, 5], [1, 2, 2, 4, 5], judge="mine", criterion="tone")
    >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
    ('score of mine', 'tone, consensus')
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
    x, y = x[both], y[both]
    figure, axes = canvas(4.8, 3.8)
    name_axes(axes, _("score of {judge}", judge=judge), _("{criterion}, consensus", criterion=criterion))
    axes.grid(color=PALETTE["rule"], linewidth=0.5)
    if x.size:
        x_edges, y_edges = _edges(x), _edges(y)
        counts = np.histogram2d(x, y, bins=(x_edges, y_edges))[0]
        column, row = np.nonzero(counts)
        share = counts[column, row] / counts.max()
        axes.scatter(
            (x_edges[column] + x_edges[column + 1]) / 2,
            (y_edges[row] + y_edges[row + 1]) / 2,
            s=14 + 90 * share,
            c=PALETTE["accent"],
            # The root keeps single items visible beside a crowd.
            alpha=0.15 + 0.85 * np.sqrt(share),
            linewidths=0,
        )
        centres, means = _running_mean(x, y)
        axes.plot(centres, means, "o-", color=PALETTE["contrast"], linewidth=2, markersize=4, label=_("mean consensus"))
        legend = axes.legend(frameon=False, fontsize=9, loc="lower left", bbox_to_anchor=(0, 1))
        legend.get_texts()[0].set_color(PALETTE["ink"])
    return figure


def _edges(values: Floats) -> Floats:
    distinct = np.unique(values)
    if 1 < distinct.size <= _CELLS:
        # Few values: a cell for each, and the dots stand on them.
        middles = (distinct[1:] + distinct[:-1]) / 2
        return np.concatenate([[2 * distinct[0] - middles[0]], middles, [2 * distinct[-1] - middles[-1]]])
    spread = float(values.max() - values.min()) or 1.0
    return np.linspace(values.min() - 0.02 * spread, values.max() + 0.02 * spread, _CELLS + 1)


def _running_mean(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Means of `y` along `x`: at each value where they are few, else over ten runs of equally many items."""
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    _, first, sizes = np.unique(x, return_index=True, return_counts=True)
    if sizes.size <= _CELLS:
        enough = sizes >= _FEWEST
        return x[first[enough]], (np.add.reduceat(y, first) / sizes)[enough]
    # Ties of `x` are never divided between runs.
    run = np.minimum((first + sizes / 2) * 10 // x.size, 9).repeat(sizes)
    starts = np.flatnonzero(np.diff(run, prepend=-1))
    length = np.diff(starts, append=x.size)
    return np.add.reduceat(x, starts) / length, np.add.reduceat(y, starts) / length
