"""`ShownFigure`: a matplotlib figure that a notebook shows without pyplot or a magic command."""

from __future__ import annotations

from matplotlib.figure import Figure

__all__ = ["ShownFigure"]


class ShownFigure(Figure):
    """A `Figure` that is a picture where a cell ends in it: on white, so that it reads in a dark notebook too.

    Examples
    --------
    >>> ShownFigure(figsize=(1, 1))._repr_png_()[1:4]
    b'PNG'
    """

    def _repr_png_(self) -> bytes:
        from alia_judge.reporting.embedding import png

        return png(self, dpi=110)
