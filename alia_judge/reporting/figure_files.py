"""`write_figures`: the plots of a page as PNG files."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

from alia_judge._json import write_atomic
from alia_judge.reporting.embedding import png
from alia_judge.reporting.page import Page, Plot

__all__ = ["write_figures"]


def write_figures(page: Page, folder: str | os.PathLike[str], *, dpi: int = 144) -> list[Path]:
    """Write every plot of `page` to `folder`, numbered in reading order and named by its section; gives the paths.

    Examples
    --------
    >>> import alia_judge as aj
    >>> from alia_judge.reporting import audit_page
    >>> ratings = aj.load_sample()
    >>> paths = write_figures(audit_page(aj.audit_ratings(ratings, "tone"), ratings), "figures")
    >>> paths[0].name
    '01-agreement-on-tone.png'
    """
    written = []
    for number, (title, plot) in enumerate(
        ((section.title, block) for section in page.sections for block in section.blocks if isinstance(block, Plot)),
        start=1,
    ):
        path = Path(folder) / f"{number:02}-{_slug(title)}.png"
        write_atomic(path, png(plot.figure, dpi=dpi))
        written.append(path)
    return written


def _slug(title: str) -> str:
    """Letters and digits of ASCII with hyphens between: a title of the data's words is never a path."""
    ascii_ = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_.lower()).strip("-")[:60] or "plot"
