"""docs/checks.md is what the checks say of themselves and what was measured of them."""

from __future__ import annotations

from document_checks import MEASURED, PAGE, document_checks, document_measured


def test_the_page_about_the_checks_is_current() -> None:
    assert PAGE.read_text("utf-8") == document_checks(), "write it anew: python tools/document_checks.py"
    assert MEASURED.read_text("utf-8") == document_measured(), "write it anew: python tools/document_checks.py"
