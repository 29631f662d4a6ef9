"""`Page`: what a report holds, as data; `render` makes one self-contained HTML file of it."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alia_judge._json import write_atomic
from alia_judge._messages import Message, _, language, numbers
from alia_judge._palette import DARK, PALETTE
from alia_judge._version import __version__
from alia_judge.reporting.embedding import inline_svg
from alia_judge.stats.estimate import Estimate
from alia_judge.text.printable import drawable

if TYPE_CHECKING:
    import jinja2
    from matplotlib.figure import Figure

__all__ = [
    "Block",
    "Case",
    "Cases",
    "Code",
    "Facts",
    "Page",
    "Plot",
    "Prose",
    "Section",
    "Table",
    "number",
    "render",
    "shown_figure",
    "write_page",
]


@dataclass(frozen=True, kw_only=True)
class Prose:
    """A paragraph; `lead` sets it larger."""

    text: str
    lead: bool = False
    kind: str = "prose"


@dataclass(frozen=True, kw_only=True)
class Code:
    """Text to copy: a command, a signature."""

    text: str
    caption: str = ""
    kind: str = "code"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Names and what they are, a line each."""

    facts: Mapping[str, Any]
    kind: str = "facts"


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows under named columns. Numbers, and estimates with their intervals, align to the right.

    `anchors` are what links on the page lead to the rows by, the page's own. `note` stands under the table; `folded`
    shows the caption alone until it is opened. A column in which no row has anything is left out.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: str = ""
    folded: bool = False
    anchors: Sequence[str] = ()
    kind: str = "table"

    @property
    def shown(self) -> tuple[int, ...]:
        """The places of the columns that are shown: the first, and those in which a row has something."""
        if not self.rows:
            return tuple(range(len(self.columns)))
        return tuple(
            place
            for place in range(len(self.columns))
            if not place or any(row[place] not in (None, "") for row in self.rows)
        )

    def numeric(self, place: int) -> bool:
        """Whether a column holds numbers or estimates."""
        return any(_is_numeric(row[place]) for row in self.rows)


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A matplotlib figure with its caption, and in `description` what it shows, for those who do not see it."""

    figure: Figure
    caption: str
    description: str
    kind: str = "plot"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One item to look at: its heading, the facts about it, its texts by name, and the tags it can be filtered by.

    `anchor` is what a link on the page leads to it by; `links` names other cases, ``{what stands there: its anchor}``.
    Anchors are the page's own (letters, digits, hyphens), never a text of the data. `language` is that of its texts.
    """

    heading: str
    facts: Mapping[str, Any]
    texts: Mapping[str, str]
    tags: Sequence[str] = ()
    anchor: str = ""
    language: str = ""
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Cases:
    """Items to look at, folded, with a filter over their tags; `order` says which tags stand first."""

    caption: str
    cases: Sequence[Case]
    order: Sequence[str] = ()
    kind: str = "cases"

    @property
    def tags(self) -> tuple[str, ...]:
        """Every tag of any case: those of `order` first, then by first appearance."""
        there = dict.fromkeys(tag for case in self.cases for tag in case.tags)
        return tuple(dict.fromkeys([*(tag for tag in self.order if tag in there), *there]))


Block = Prose | Code | Facts | Table | Plot | Cases


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A whole report.

    Parameters
    ----------
    title
        The page's heading.
    headline
        What the reader should take away, in sentences.
    sections
        In reading order.
    signature
        The settings that change the figures, one line.

    Examples
    --------
    >>> page = Page(title="Tone", headline=("People agree.",), sections=(), signature="seed:0")
    >>> "People agree." in render(page)
    True
    """

    title: str
    headline: Sequence[str]
    sections: Sequence[Section] = field(default_factory=tuple)
    signature: str = ""


def render(page: Page) -> str:
    """`page` as one HTML document: no script, nothing fetched, every text of the data escaped.

    Examples
    --------
    >>> html = render(Page(title="<b>", headline=["AT&T"]))
    >>> "<h1>&lt;b&gt;</h1>" in html, "AT&amp;T" in html, "<script" in html
    (True, True, False)
    """
    return _environment().get_template("report.html.j2").render(page=page, version=__version__)


def write_page(page: Page, path: str | os.PathLike[str]) -> Path:
    """Write `render` of `page` to `path`, atomically; gives the path.

    Examples
    --------
    >>> page = Page(title="Tone", headline=("People agree.",), sections=(), signature="seed:0")
    >>> write_page(page, "tone.html").name
    'tone.html'
    """
    target = Path(path)
    write_atomic(target, render(page))
    return target


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("alia_judge.reporting"),
        autoescape=True,
        finalize=_shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"cell": _cell, "svg": inline_svg}
    environment.globals |= {"palette": PALETTE, "dark": DARK, "_": _, "language": language}
    return environment


def _shown(value: Any) -> Any:
    """What the page shows of a text from elsewhere: characters that HTML has no place for are written out."""
    if isinstance(value, Message):
        value = _(value)
    return drawable(value) if type(value) is str else value


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, Estimate):
        if not value.defined:
            return _("undefined")
        # An interval may stand under its figure, where a table is wide; it is not broken itself.
        return re.sub(r"([,;]) ", "\\1\u00a0", shown_figure(value).replace("-", "−"))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Message):
        return _(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u202f").replace("-", "−")
    return str(value)


def number(value: float) -> str:
    """Three decimals, a true minus; what would read as zero and is not says so.

    Examples
    --------
    >>> number(-0.25), number(1e-9), number(0.0), number(float("nan"))
    ('−0.250', '< 0.001', '0.000', '–')
    """
    if math.isnan(value):
        return "–"
    return numbers("< 0.001" if 0 < value < 0.0005 else f"{value:.3f}".replace("-", "−"))


def shown_figure(estimate: Estimate) -> str:
    """An estimate as its language writes it, or that it is undefined and why.

    Examples
    --------
    >>> shown_figure(Estimate(statistic="rho", value=0.5, low=0.25, high=0.75))
    '0.500 [0.250, 0.750]'
    """
    return _(estimate)


def _is_numeric(value: Any) -> bool:
    return isinstance(value, (int, float, Estimate)) and not isinstance(value, bool)
