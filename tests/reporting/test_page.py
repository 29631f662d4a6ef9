from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from alia_judge.reporting.figures import consensus_figure, history_figure, intervals_figure
from alia_judge.reporting.page import Case, Cases, Code, Facts, Page, Plot, Prose, Section, Table, render, write_page
from alia_judge.stats.estimate import Estimate

HOSTILE = [
    "<script>document.title = 'executed'</script>",
    "</title></style></svg><script>document.title = 'executed'</script>",
    "<img src=x onerror=\"document.title = 'executed'\">",
    '"><svg onload="document.title = \'executed\'">',
    "javascript:document.title='executed'",
    "{{ 7 * 7 }}{% for x in y %}",
    "]]><script>document.title = 'executed'</script><![CDATA[",
    "--><script>document.title = 'executed'</script><!--",
    "$\\frac{1}{0}$ \\unknown",
    "& &amp; &#60;b&#62; \u202e reversed",
    "日本語 ñ",
]


def estimate(name: str = "spearman") -> Estimate:
    return Estimate(statistic=name, value=-0.1, low=-0.2, high=0.3, level=0.95, method=name, n=10, why=None)


def page_full_of(text: str) -> Page:
    """`text` in every field that a page has."""
    rng = np.random.default_rng(0)
    people = rng.integers(1, 6, 60).astype(float)
    plots = (
        consensus_figure(people, rng.normal(people), judge=text, criterion=text),
        intervals_figure({text: estimate(text), "other": estimate()}, quantity=text, highlight=text),
        history_figure(np.arange(9), np.ones(9), np.zeros(9), np.full(9, 2), objective=text),
    )
    case = Case(heading=text, facts={text: text}, texts={text: text}, tags=[text, "other"])
    blocks = [
        Prose(text=text),
        Code(text=text, caption=text),
        Facts(facts={text: text, "estimate": estimate(text)}),
        Table(caption=text, columns=[text, "n"], rows=[[text, 1], [text, text]], note=text),
        Table(caption=text, columns=[text], rows=[[text]], folded=True),
        *(Plot(figure=figure, caption=text, description=text) for figure in plots),
        Cases(caption=text, cases=[case]),
    ]
    return Page(title=text, headline=[text], sections=[Section(title=text, blocks=blocks)], signature=text)


class Inspector(HTMLParser):
    """Counts what could run or fetch, and keeps the visible text."""

    def __init__(self) -> None:
        super().__init__()
        self.active: list[str] = []
        self.ids: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "base", "link", "img", "foreignobject", "form"):
            self.active.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (name in ("href", "src", "xlink:href") and not (value or "").startswith("#")):
                self.active.append(f"{tag} {name}={value}")
            if name == "id":
                self.ids.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field_stays_text(text: str) -> None:
    inspector = Inspector()
    inspector.feed(render(page_full_of(text)))
    assert inspector.active == []
    shown = "".join(inspector.text)
    assert shown.count(text) >= 18  # once a field, unharmed
    assert len(inspector.ids) == len(set(inspector.ids))


def test_nothing_is_fetched_and_no_script_is_allowed() -> None:
    html = render(page_full_of("plain"))
    assert "default-src 'none'" in html
    addresses = set(re.findall(r"https?://[^\s\"'<]+", html))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_numbers_read_as_numbers() -> None:
    table = Table(
        caption="t",
        columns=["a", "b"],
        rows=[[1.23456, -2.0], [None, float("nan")], [12345, True], [estimate(), "x"]],
    )
    html = render(Page(title="t", headline=[], sections=[Section(title="s", blocks=[table])]))
    for cell in ("1.235", "−2.000", "–", "12\u202f345", "yes", "−0.100 [−0.200,\u00a00.300]"):
        assert cell in html


def test_the_same_page_is_the_same_bytes() -> None:
    assert render(page_full_of("x")) == render(page_full_of("x"))


def test_twenty_thousand_items_make_a_small_page(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    people = rng.normal(size=20_000)
    figure = consensus_figure(people, people + rng.normal(size=20_000))
    section = Section(title="s", blocks=[Plot(figure=figure, caption="c", description="d")])
    path = write_page(Page(title="t", headline=[], sections=[section]), tmp_path / "report.html")
    assert path.stat().st_size < 300_000


@pytest.mark.chromium
def test_a_browser_executes_nothing_and_nothing_runs_off_the_side(tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium on this machine")
    path = write_page(page_full_of(" ".join(HOSTILE)), tmp_path / "report.html")
    # The page's own policy forbids scripts; without it, the text must be harmless by its escaping alone.
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", path.read_text())
    probe = (
        "<script>addEventListener('load', () => { document.documentElement.dataset.width = "
        "document.documentElement.scrollWidth + ' of ' + innerWidth })</script>"
    )
    path.write_text(bare.replace("</body>", f"{probe}</body>"))
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=500,900", "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=900,
        check=True,
    )
    title = re.search(r"<title>(.*?)</title>", done.stdout, re.DOTALL)
    assert title is not None
    assert title.group(1) != "executed"
    width = re.search(r'data-width="(\d+) of (\d+)"', done.stdout)
    assert width is not None
    assert int(width.group(1)) <= int(width.group(2))


def test_a_column_without_anything_is_left_out_and_numbers_go_to_the_right_wherever_they_begin() -> None:
    table = Table(caption="t", columns=["name", "empty", "gap"], rows=[["a", None, None], ["b", "", 0.5]])
    html = render(Page(title="t", headline=[], sections=[Section(title="s", blocks=[table])]))
    assert "empty" not in html
    assert '<th scope="col" class="n">gap</th>' in html
    assert '<td class="n">–</td>' in html
    assert Table(caption="t", columns=["name", "other"], rows=[]).shown == (0, 1)
