"""Write docs/probes.md from the probes and what was measured of them.

python benchmarks/document_probes.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from alia_judge.probes.documentation import document_probes

ROOT = Path(__file__).resolve().parents[1]


def measured(name: str) -> dict[str, Any] | None:
    path = ROOT / "benchmarks" / "results" / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else None


if __name__ == "__main__":
    page = document_probes(*(measured(name) for name in ("probe_detection", "probe_yardstick", "probe_embedded")))
    (ROOT / "docs" / "probes.md").write_text(page, encoding="utf-8")
