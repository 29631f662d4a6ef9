"""docs/probes.md is what the probes say of themselves and what was measured of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from alia_judge.probes.documentation import document_probes

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_about_the_probes_is_current() -> None:
    def measured(name: str) -> Any:
        path = ROOT / "benchmarks" / "results" / f"{name}.json"
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    page = (ROOT / "docs" / "probes.md").read_text("utf-8")
    hint = "write it anew: python benchmarks/document_probes.py"
    results = [measured(name) for name in ("probe_detection", "probe_yardstick", "probe_embedded")]
    assert page == document_probes(*results), hint
