"""How many attacks were tried on this library, and how many it held, by kind; and the same of bytes from anybody.

Run: python benchmarks/security.py [--fuzz EXAMPLES]

Runs `tests/security/`, where each case is an attack, and counts the cases of each file. ``--fuzz`` runs the
properties of `tests/security/test_fuzz.py` instead, on so many examples each, others each time, as `make fuzz` does.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SECURITY = ROOT / "tests" / "security"


class Counted:
    """What became of each test, and how long it took."""

    def __init__(self) -> None:
        self.outcomes: dict[str, bool] = {}
        self.seconds: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call" or report.failed:
            self.outcomes[report.nodeid] = self.outcomes.get(report.nodeid, True) and report.passed
            self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration


def main() -> None:
    """Run what is asked for and store the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fuzz", type=int, default=0, metavar="EXAMPLES")
    arguments = parser.parse_args()
    files = [SECURITY / "test_fuzz.py"] if arguments.fuzz else sorted(SECURITY.glob("test_*.py"))
    if arguments.fuzz:
        os.environ["FUZZ_EXAMPLES"] = str(arguments.fuzz)
    counted, begun = Counted(), time.monotonic()
    options = ["-q", "--tb=short", "--timeout", "0", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")]
    pytest.main([*options, *map(str, files)], plugins=[counted])
    seconds = round(time.monotonic() - begun, 1)
    if arguments.fuzz:
        names = {name.rpartition("::")[2]: name for name in counted.outcomes}
        properties = {
            name: {"held": counted.outcomes[full], "seconds": round(counted.seconds[full], 1)}
            for name, full in names.items()
        }
        store("fuzz", {"examples_each": arguments.fuzz, "properties": properties, "seconds": seconds})
        return
    kinds: dict[str, dict[str, int]] = {}
    for name, held in counted.outcomes.items():
        kind = kinds.setdefault(Path(name.partition("::")[0]).stem.removeprefix("test_"), {"tried": 0, "held": 0})
        kind["tried"] += 1
        kind["held"] += held
    total = {what: sum(kind[what] for kind in kinds.values()) for what in ("tried", "held")}
    store("security", {"kinds": kinds, "total": total, "seconds": seconds})


def store(name: str, result: dict[str, Any]) -> None:
    from _signature import signature, write

    print(write(name, {"signature": signature("hypothesis", "pytest"), **result}).read_text())


if __name__ == "__main__":
    main()
