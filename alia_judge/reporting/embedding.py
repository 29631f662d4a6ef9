"""Matplotlib figures inside a page: SVG that follows the page's colours, PNG for elsewhere."""

from __future__ import annotations

import io
import re
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree  # nosec B405

from markupsafe import Markup

from alia_judge._palette import PALETTE
from alia_judge.text.printable import drawable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from alia_judge.reporting.figures.shown_figure import Tooltip

__all__ = ["inline_svg", "png"]

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
#: A figure of no more inches is read on a telephone as it is; how broad it is drawn there otherwise, and the letters of
#: a name and of an axis' label on a line of it.
_READABLE, _NARROW, _NAME, _LABEL = 5.0, 3.4, 17, 32
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def inline_svg(figure: Figure, name: str) -> Markup:
    """`figure` to stand in HTML: an SVG element for a wide page, and where it is broad another for a telephone.

    Its colours become the page's variables (so that they follow light and dark), its text stays text, and its ids
    start with `name` and are only those it refers to (several figures share a page). What a part of the figure says
    (`ShownFigure.say`) is its title, and its link.
    """
    if figure.get_figwidth() <= _READABLE:
        return _svg(figure, name)
    wide = _svg(figure, name, "wide")
    with _narrowed(figure):
        return wide + _svg(figure, f"{name}-narrow", "narrow")


def _svg(figure: Figure, name: str, kind: str = "") -> Markup:
    import matplotlib as mpl

    buffer = io.BytesIO()
    _write_out(figure)
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}), warnings.catch_warnings():
        # The browser has glyphs for scripts that matplotlib's own font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    # ElementTree drops comments, into which matplotlib writes the texts of the figure.
    root = ElementTree.fromstring(buffer.getvalue())  # matplotlib's own  # nosec B314
    for metadata in root.findall(f"{{{_SVG}}}metadata"):
        root.remove(metadata)
    for gid, said in getattr(figure, "said", {}).items():
        _title(root, gid, said)
    _rename_ids(root, name)
    _recolour(root)
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    if kind:
        root.set("class", kind)
    root.attrib.pop("height", None)
    width = root.attrib.pop("width", "")
    # As wide as drawn where there is room, as wide as the page where there is not.
    root.set("style", f"width:{width};max-width:100%;height:auto")
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # its texts escaped by ElementTree  # nosec B704


def png(figure: Figure, *, dpi: int = 144) -> bytes:
    """`figure` as PNG bytes on white."""
    buffer = io.BytesIO()
    _write_out(figure)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


@contextmanager
def _narrowed(figure: Figure) -> Iterator[None]:
    """The figure as narrow as a telephone, its names and axes' labels broken into lines; as it was, after."""
    from matplotlib.ticker import FixedFormatter, FuncFormatter

    width, height = figure.get_size_inches()
    before: list[tuple[Any, Any]] = []
    lines = 1
    for axes in figure.axes:
        labels = [text.get_text() for text in axes.get_yticklabels()]
        named = isinstance(axes.yaxis.get_major_formatter(), (FixedFormatter, FuncFormatter)) and any(labels)
        if named:
            broken = [_broken(label, _NAME) for label in labels]
            lines = max(lines, *(one.count("\n") + 1 for one in broken))
            axes.set_yticklabels(broken, parse_math=False)
            before.append((partial(axes.set_yticklabels, parse_math=False), labels))
        for label in (axes.xaxis.label, axes.yaxis.label):
            before.append((label.set_text, label.get_text()))
            label.set_text(_broken(label.get_text(), _LABEL))
    figure.set_size_inches(_NARROW, height * (1 if lines < 3 else 0.4 * lines))
    try:
        yield
    finally:
        figure.set_size_inches(width, height)
        for put_back, text in before:
            put_back(text)


def _broken(text: str, longest: int) -> str:
    return "\n".join(textwrap.wrap(text, longest, break_long_words=True)) or text


def _title(root: ElementTree.Element, gid: str, said: Tooltip) -> None:
    """Give the group of that id its title, and have it lead to its anchor."""
    for parent in root.iter():
        for place, group in enumerate(parent):
            if group.get("id") == gid:
                title = ElementTree.Element(f"{{{_SVG}}}title")
                title.text = drawable(said.text)
                group.insert(0, title)
                if said.anchor:
                    # The tables are what a keyboard and a screen reader go by: the figure is hidden from them.
                    link = ElementTree.Element(f"{{{_SVG}}}a", {"href": f"#{said.anchor}", "tabindex": "-1"})
                    link.append(group)
                    parent[place] = link
                return


def _rename_ids(root: ElementTree.Element, name: str) -> None:
    href = f"{{{_XLINK}}}href"
    used: set[str] = set()
    for element in root.iter():
        for key, value in element.attrib.items():
            used.update(_REFERENCE.findall(value))
            if key == href:
                used.add(value.removeprefix("#"))
    for element in root.iter():
        identity = element.attrib.pop("id", None)
        if identity in used:
            element.set("id", f"{name}-{identity}")
        for key, value in element.attrib.items():
            if key == href:
                element.set(key, f"#{name}-{value.removeprefix('#')}")
            elif "url(#" in value:
                element.set(key, _REFERENCE.sub(rf"url(#{name}-\1)", value))


def _recolour(root: ElementTree.Element) -> None:
    for element in root.iter():
        style = element.get("style")
        if style is None:
            continue
        for variable, colour in PALETTE.items():
            style = style.replace(colour, f"var(--{variable})")
        if element.tag == f"{{{_SVG}}}text":
            # A text without a fill of its own is black, which the dark page would swallow.
            style = style if "fill:" in style else f"{style}; fill: var(--ink)"
        element.set("style", style)


def _write_out(figure: Figure) -> None:
    """Have every text of the figure be one that can be drawn and stand in XML: names come from the data."""
    from matplotlib.text import Text
    from matplotlib.ticker import FixedFormatter, FuncFormatter

    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            labels = axis.get_major_formatter()
            if isinstance(labels, FixedFormatter):
                labels.seq = [drawable(str(label)) for label in labels.seq]
            elif isinstance(labels, FuncFormatter):  # what matplotlib makes of labels at fixed places
                labels.func = lambda *place, given=labels.func: drawable(str(given(*place)))
    for text in figure.findobj(Text):
        text.set_text(drawable(text.get_text()))
