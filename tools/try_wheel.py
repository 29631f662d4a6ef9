"""Install the wheel of a folder into an empty environment, without extras, and walk the path with it::

    python tools/try_wheel.py dist

Prints how long the installation took, how large it is, and what the demo's first part says there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

WALK = """
import alia_judge as aj
ratings = aj.load_sample()
benchmark = aj.build_benchmark(ratings, criterion="helpfulness")
benchmark.freeze("benchmark")
assert aj.Benchmark.load("benchmark").fingerprint == benchmark.fingerprint
print("installed in", aj.__file__)
"""


def main(folder: Path) -> None:
    (wheel,) = folder.resolve().glob("*.whl")
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        venv.create(place / "env", with_pip=True)
        binaries = place / "env" / ("Scripts" if os.name == "nt" else "bin")
        python = str(binaries / "python")
        started = time.monotonic()
        _run([python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", str(wheel)], place)
        seconds = time.monotonic() - started
        size = sum(path.stat().st_size for path in (place / "env").rglob("*") if path.is_file()) / 2**20
        print(
            f"{wheel.name}: {wheel.stat().st_size / 2**20:.1f} MiB; installed in {seconds:.0f} s, {size:.0f} MiB with all it needs"
        )
        _run([python, "-c", WALK], place)
        _run([str(binaries / "alia-judge"), "validate", "benchmark", "--report", "audit.html"], place, quiet=True)
        _run([str(binaries / "alia-judge"), "demo"], place)


def _run(command: list[str], place: Path, *, quiet: bool = False) -> None:
    # Nothing of the environment that this script runs in.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    subprocess.run(command, cwd=place, env=environment, check=True, stdout=subprocess.DEVNULL if quiet else None)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
