"""The README's and the docs' Python code runs, page by page, in an empty directory.

Where a page asks a model at `MODEL_SERVER`, the real loopback server of these tests answers in its place.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MODEL_SERVER = "http://localhost:8000/v1"
LINK = re.compile(r"\[[^\]]*\]\((?!https?://|#)([^)#\s]+)")


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", [page for page in PAGES if BLOCK.search(page.read_text("utf-8"))], ids=_name)
def test_the_code_on_a_page_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, openai_server: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "the-loopback-server-asks-for-none")
    text = page.read_text("utf-8").replace(MODEL_SERVER, openai_server.base_url)
    namespace: dict[str, object] = {"__name__": "__docs__"}
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start(1))
        code = compile("\n" * line + block.group(1), str(page), "exec")  # so that a traceback names the page's line
        exec(code, namespace)  # noqa: S102 - our own documentation


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("file", [*sorted((ROOT / ".github").rglob("*.yml")), ROOT / "CITATION.cff"], ids=_name)
def test_what_hosts_read_is_yaml(file: Path) -> None:
    assert len(yaml.safe_load(file.read_text("utf-8"))) > 2


@pytest.mark.parametrize(("page", "root"), [("one-call.md", "alia_judge"), ("one-search.md", "alia_judge/compiling")])
def test_every_file_that_a_page_walks_through_exists(page: str, root: str) -> None:
    text = (ROOT / "docs" / "design" / page).read_text("utf-8")
    named = set(re.findall(r"`([\w/]+\.py)`", text)) - {"tools/trace_search.py"}
    assert len(named) > 15
    assert sorted(name for name in named if not (ROOT / root / name).is_file()) == []
