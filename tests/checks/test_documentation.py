"""docs/checks.md is what the checks say of themselves and what was measured of them."""

from __future__ import annotations

import json
from pathlib import Path

from alia_judge.checks.documentation import document_checks

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_about_the_checks_is_current() -> None:
    measured = json.loads((ROOT / "benchmarks" / "results" / "planted_faults.json").read_text("utf-8"))
    page = (ROOT / "docs" / "checks.md").read_text("utf-8")
    hint = "write it anew: python benchmarks/document_checks.py"
    assert page == document_checks(measured), hint
