"""How long it takes to import alia_judge and to print its help, as ratios to `import numpy`.

Run: python benchmarks/import_time.py
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

REPEATS = 15
COMMANDS = {
    "import numpy": [sys.executable, "-c", "import numpy"],
    "import alia_judge": [sys.executable, "-c", "import alia_judge"],
    "import alia_judge.stats": [sys.executable, "-c", "import alia_judge.stats"],
    "alia-judge --help": [str(Path(sys.executable).with_name("alia-judge")), "--help"],
    "import dspy": [sys.executable, "-c", "import dspy"],
}


def main() -> None:
    """Measure the commands in turn, so that drift of the machine meets all alike; print and store the ratios."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for repeat in range(REPEATS + 1):
        for name, command in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            if repeat:  # the first round fills the file cache
                seconds[name].append(time.perf_counter() - start)
    reference = statistics.median(seconds["import numpy"])
    result = {
        name: {
            "median_s": round(statistics.median(taken), 4),
            "ratio_to_numpy": round(statistics.median(taken) / reference, 2),
        }
        for name, taken in seconds.items()
    }
    out = Path(__file__).with_name("results") / "import_time.json"
    out.parent.mkdir(exist_ok=True)
    signature = f"python:{platform.python_version()}|machine:{platform.machine()}|repeats:{REPEATS}"
    out.write_text(json.dumps({"signature": signature, "commands": result}, indent=2) + "\n")
    print(out.read_text())


if __name__ == "__main__":
    main()
