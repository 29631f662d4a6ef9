"""README's pictures, from the report of a demo, with headless Chromium::

alia-judge demo --out demo
python tools/make_pictures.py demo
"""

from __future__ import annotations

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


if __name__ == "__main__":
    main(Path(sys.argv[1]))
