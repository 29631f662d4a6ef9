"""What a benchmark's figures depend on, to be stored beside them; no date, so that one run writes one file."""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

__all__ = ["signature", "write"]


def signature(*packages: str, seed: int | None = None) -> dict[str, Any]:
    """Versions of alia_judge, Python, numpy, scipy and `packages`; the seed; the machine's kind and cores."""
    versions = {name: version(name) for name in ("alia-judge", "numpy", "scipy", *packages)}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "command": " ".join(["python", *sys.argv]),
        "versions": {"python": platform.python_version(), **versions},
        "seed": seed,
        "machine": {"system": platform.system(), "architecture": platform.machine(), "cores": cores},
    }


def write(name: str, result: dict[str, Any]) -> Path:
    """Store `result` as ``benchmarks/results/NAME.json``."""
    path = Path(__file__).with_name("results") / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
