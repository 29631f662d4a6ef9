"""The properties of tests/security/test_fuzz.py, guided by coverage: `make fuzz` runs them where atheris has a wheel.

Run: ``python tools/fuzz_guided.py [--runs 20000] [PROPERTY ...]``. Each property is a process of its own, as libFuzzer
ends the one that it runs in; what it finds is printed as Hypothesis prints it, and this exits with 1.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Run every property, or those named; how many inputs each held for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("properties", nargs="*")
    parser.add_argument("--runs", type=int, default=20_000, help="inputs for each property")
    parser.add_argument("--here", action="store_true", help="in this process, which ends with the property")
    given = parser.parse_args()
    try:
        atheris = importlib.import_module("atheris")
    except ImportError:
        print("atheris has no wheel for this Python: the properties were tried without coverage alone", file=sys.stderr)
        return 0
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    if given.here:
        with atheris.instrument_imports(include=["alia_judge"]):
            fuzzed = importlib.import_module("security.test_fuzz")
        warnings.simplefilter("ignore")
        target = getattr(fuzzed, given.properties[0]).hypothesis.fuzz_one_input
        # Hypothesis prints what it found as an example; libFuzzer's own file of it is of no use beside that.
        quiet = ["-print_final_stats=0", "-verbosity=0", f"-artifact_prefix={tempfile.gettempdir()}/"]
        atheris.Setup([sys.argv[0], f"-runs={given.runs}", *quiet], target)
        atheris.Fuzz()
    fuzzed = importlib.import_module("security.test_fuzz")
    names = given.properties or [name for name, one in vars(fuzzed).items() if hasattr(one, "hypothesis")]
    failed = []
    for name in names:
        begun = time.monotonic()
        command = [sys.executable, __file__, "--here", "--runs", str(given.runs), name]
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
        print(f"{name}: {'held' if not ended.returncode else 'FAILED'}, {time.monotonic() - begun:.0f} s", flush=True)
        if ended.returncode:
            failed.append(name)
            print(ended.stdout[-4000:], ended.stderr[-4000:], sep="\n", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
