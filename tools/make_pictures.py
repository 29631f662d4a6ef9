"""The pages' pictures: README's from the report of a demo, with headless Chromium; the search's from its results::

alia-judge demo --out demo
python tools/make_pictures.py demo
python tools/make_pictures.py banks
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser import Browser  # noqa: E402 - the tests' own, which drive the same pages

WIDTH = 820
#: Picture -> the heading of the one section that is kept, whether the page's own heading stays.
PICTURES = {"report.png": ("Agreement with people", True), "search.png": ("The search", False)}
_ONLY = """
const [kept, head] = %s;
for (const one of document.querySelectorAll('main > section'))
  if (one.querySelector('h2').textContent !== kept) one.remove();
for (const one of document.querySelectorAll('details, nav, footer, .skip')) one.remove();
if (!head) document.querySelector('header').remove();
document.body.style.paddingBlock = 0;
"""


def main(demo: Path) -> None:
    with Browser() as page:
        for name, (kept, head) in PICTURES.items():
            page.show(demo / "report.html", width=WIDTH)
            page.run(_ONLY % f"[{kept!r}, {str(head).lower()}]")
            page.screenshot(ROOT / "docs" / "img" / name)


#: Bank of `benchmarks/results/stack_aims.json` -> how it is called.
BANKS = {
    "hanna, 1,500 calls": "HANNA\n1,500 calls",
    "summeval, 2,000 calls": "SummEval\n2,000 calls",
    "gemba, 4,000 calls": "GEMBA\n4,000 calls",
    "basse, 4,000 calls": "BASSE\n4,000 calls",
}
#: Figure -> its name, colour and marker.
ROWS = {
    "deployed": ("deployed", "accent", "o"),
    "five": ("at most five calls", "accent", "D"),
    "single": ("one call", "accent", "v"),
    "mean of all": ("plain mean of every judge", "contrast", "s"),
    "surface": ("surface features, no judge", "muted", "x"),
}


def banks() -> None:
    """What the search deploys on four recorded banks, beside a plain mean and surface features."""
    from alia_judge._palette import PALETTE
    from alia_judge.reporting.embedding import png
    from alia_judge.reporting.figures.canvas import canvas, name_axes

    table = json.loads((ROOT / "benchmarks" / "results" / "stack_aims.json").read_text("utf-8"))["table"]
    figure, axes = canvas(7.0, 4.4)
    axes.grid(axis="x", color=PALETTE["rule"], linewidth=0.5)
    for place, bank in enumerate(BANKS):
        figures = table[bank]["mean"]["figures"]
        for row, (key, (name, colour, marker)) in enumerate(ROWS.items()):
            if key not in figures:
                continue
            found, y = figures[key], place + 0.15 * (row - 2)
            axes.plot([found["low"], found["high"]], [y, y], color=PALETTE[colour], linewidth=1.5)
            axes.plot([found["mean"]], [y], marker, color=PALETTE[colour], markersize=5, label=name)
    handles, names = axes.get_legend_handles_labels()
    legend = dict(zip(names, handles, strict=True))
    shown = [name for name, _colour, _marker in ROWS.values() if name in legend]
    axes.legend(
        [legend[name] for name in shown],
        shown,
        frameon=False,
        fontsize=9,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=3,
    )
    axes.set_yticks(range(len(BANKS)), labels=list(BANKS.values()))
    axes.invert_yaxis()
    axes.spines["left"].set_visible(False)
    name_axes(axes, "Spearman with people on held-out groups, 95 % interval", "")
    (ROOT / "docs" / "img" / "search-banks.png").write_bytes(png(figure))


if __name__ == "__main__":
    banks() if sys.argv[1] == "banks" else main(Path(sys.argv[1]))
