"""`ShownFigure`: a matplotlib figure that a notebook shows without pyplot or a magic command."""

from __future__ import annotations

from typing import Any, NamedTuple

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from alia_judge._messages import numbers

__all__ = ["LanguageTicks", "ShownFigure", "Tooltip"]


class Tooltip(NamedTuple):
    """What a part of a figure says when it is pointed at, and the anchor of the page that a click leads to."""

    text: str
    anchor: str = ""


class ShownFigure(Figure):
    """A `Figure` that is a picture where a cell ends in it: on white, so that it reads in a dark notebook too.

    `said` has, by the id of an artist's group in the SVG, what it says when it is pointed at.

    Examples
    --------
    >>> ShownFigure(figsize=(1, 1))._repr_png_()[1:4]
    b'PNG'
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.said: dict[str, Tooltip] = {}

    def say(self, artist: Artist, text: str, anchor: str = "") -> None:
        """Have `artist` say `text` when it is pointed at, and lead to `anchor` when it is clicked."""
        gid = f"said-{len(self.said)}"
        artist.set_gid(gid)
        self.said[gid] = Tooltip(text, anchor)

    def _repr_png_(self) -> bytes:
        from alia_judge.reporting.embedding import png

        return png(self, dpi=110)


class LanguageTicks(ScalarFormatter):
    """Numbers along an axis as the reader's language writes them."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The tick at `x`."""
        return numbers(str(super().__call__(x, pos)))
