"""A million ratings: how long `load_ratings` takes and how much memory it holds, beside pandas reading the same file.

Run: python benchmarks/load_ratings.py [--ratings 1000000]

Each load runs in a process of its own, three times; peak memory is the process's own, less what an empty process with
the same imports takes.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

REPEATS = 3
LOAD = """
import sys, time
import pandas as pd, pyarrow, json
from alia_judge.ratings import load_ratings
path, how = sys.argv[1:]
start = time.perf_counter()
if how == "pandas":
    loaded = pd.read_json(path, lines=True) if path.endswith("jsonl") else (
        pd.read_parquet(path) if path.endswith("parquet") else pd.read_csv(path))
elif how == "alia_judge":
    loaded = load_ratings(path)
    assert len(loaded) > 0
seconds = time.perf_counter() - start
# Not ru_maxrss, which begins at what the parent process held.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"s": seconds, "mb": int(peak.split()[1]) / 1024}))
"""


def main() -> None:
    """Write the files, load each both ways, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ratings", type=int, default=1_000_000)
    options = parser.parse_args()
    result: dict[str, object] = {
        "signature": f"ratings:{options.ratings}|repeats:{REPEATS}|python:{platform.python_version()}"
        f"|pandas:{pd.__version__}|machine:{platform.machine()}"
    }
    with tempfile.TemporaryDirectory() as folder:
        for path in _write(Path(folder), options.ratings):
            base = _load(path, "nothing")["mb"]
            rows = {}
            for how in ("pandas", "alia_judge"):
                loads = [_load(path, how) for _ in range(REPEATS)]
                rows[how] = {
                    "seconds": round(statistics.median(load["s"] for load in loads), 2),
                    "peak_mb": round(statistics.median(load["mb"] for load in loads) - base),
                }
            rows["ratio"] = {
                name: round(rows["alia_judge"][name] / max(rows["pandas"][name], 0.01), 2) for name in rows["pandas"]
            }
            result[path.suffix[1:]] = {"file_mb": round(path.stat().st_size / 2**20, 1), **rows}
    out = Path(__file__).with_name("results") / "load_ratings.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    print(out.read_text())


def _write(folder: Path, n: int) -> list[Path]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({
        "item_id": np.char.add("item-", rng.integers(0, n // 5, n).astype(str)),
        "annotator_id": np.char.add("worker-", rng.integers(0, 500, n).astype(str)),
        "criterion": rng.choice(["helpfulness", "tone"], n),
        "value": rng.integers(1, 6, n),
    })  # fmt: skip
    frame.to_csv(folder / "r.csv", index=False)
    frame.to_json(folder / "r.jsonl", orient="records", lines=True)
    frame.to_parquet(folder / "r.parquet")
    return [folder / "r.csv", folder / "r.jsonl", folder / "r.parquet"]


def _load(path: Path, how: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", LOAD, str(path), how], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    main()
