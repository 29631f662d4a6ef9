"""docs/probes.md is what the probes say of themselves and what was measured of them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

TOOL = Path(__file__).resolve().parents[2] / "tools" / "document_probes.py"


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("document_probes", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_about_the_probes_is_current() -> None:
    tool = _tool()
    again = "write it anew: python tools/document_probes.py"
    assert tool.PAGE.read_text("utf-8") == tool.document_probes(), again
    assert tool.MEASURED.read_text("utf-8") == tool.document_measured(*tool.measured()), again
