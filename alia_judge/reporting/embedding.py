"""Matplotlib figures inside a page: SVG that follows the page's colours, PNG for elsewhere."""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING
from xml.etree import ElementTree  # nosec B405

from markupsafe import Markup

from alia_judge._palette import PALETTE
from alia_judge.text.printable import drawable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["inline_svg", "png"]

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def inline_svg(figure: Figure, name: str) -> Markup:
    """`figure` as an SVG element to stand in HTML.

    Its colours become the page's variables (so that they follow light and dark), its text stays text, and its ids
    start with `name` and are only those it refers to (several figures share a page).
    """
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
    _rename_ids(root, name)
    _recolour(root)
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
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
