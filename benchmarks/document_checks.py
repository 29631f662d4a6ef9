"""Write docs/checks.md from the checks and from what planted_faults.py measured.

Run: python benchmarks/document_checks.py
"""

from __future__ import annotations

import json
from pathlib import Path

from alia_judge.checks.documentation import document_checks

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Write the page."""
    measured = json.loads((ROOT / "benchmarks" / "results" / "planted_faults.json").read_text("utf-8"))
    (ROOT / "docs" / "checks.md").write_text(document_checks(measured), "utf-8")


if __name__ == "__main__":
    main()
