"""How long `load_ratings` takes as a file grows, in every layout, beside `pandas.read_csv` of the same ratings as CSV.

Run: python benchmarks/load_ratings.py [--ratings 6000 24000 120000 480000] [--repeats 3]

Ratings with their texts, six an item, by 800 people. Each load runs in a process of its own, `repeats` times; the time
is processor time, the peak of memory the process's own. Languages, which no column declares, are detected when they
are first asked for: in `long_languages_asked`, where every item has a text of its own. `slope` is the exponent with
which the time of a layout grows (1: linear), over the sizes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from _signature import signature, write

#: The reader of each file, by what it is called in the result.
LAYOUTS = {
    "long": "long.csv",
    "long_languages_asked": "long.csv",
    "long_jsonl": "long.jsonl",
    "long_parquet": "long.parquet",
    "wide": "wide.csv",
    "nested": "nested.json",
}
LOAD = """
import sys, time, json
import pandas as pd, pyarrow
from alia_judge.ratings import load_ratings
path, how = sys.argv[1:]
start = time.process_time()
loaded = pd.read_csv(path) if how == "pandas" else load_ratings(path)
if how == "asked":
    assert loaded.language_doubt is not None
seconds = time.process_time() - start
# Not ru_maxrss, which begins at what the parent process held.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"s": seconds, "mb": int(peak.split()[1]) / 1024, "n": len(loaded)}))
"""


def main() -> None:
    """Write the files, load each, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ratings", type=int, nargs="+", default=[6_000, 24_000, 120_000, 480_000])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    curve: dict[str, list[dict[str, Any]]] = {name: [] for name in LAYOUTS}
    for n in options.ratings:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _write(folder, n)
            yardstick = _load(folder / "long.csv", "pandas", options.repeats)
            for layout, file in LAYOUTS.items():
                found = _load(folder / file, "asked" if "asked" in layout else "read", options.repeats)
                curve[layout].append(
                    {
                        "ratings": found["n"],
                        "seconds": round(found["s"], 3),
                        "times_read_csv": round(found["s"] / yardstick["s"], 1),
                        "peak_mb": round(found["mb"]),
                    }
                )
                print(layout, curve[layout][-1], flush=True)
    slopes = {
        layout: round(
            float(np.polyfit(np.log([p["ratings"] for p in points]), np.log([p["seconds"] for p in points]), 1)[0]), 2
        )
        for layout, points in curve.items()
        if len(points) > 1
    }
    write("load_ratings", {**signature("pandas", seed=0), "repeats": options.repeats, "slope": slopes, "curve": curve})
    print("slopes", slopes)


def _write(folder: Path, n: int) -> None:
    rng = np.random.default_rng(0)
    item = np.repeat(np.arange(-(-n // 6)), 6)[:n]
    frame = pd.DataFrame({
        "item_id": [f"c{i}" for i in item],
        "prompt": [f"Consulta {i}: la factura de este mes trae un cargo que no reconozco." for i in item],
        "response": [f"Respuesta {i}: gracias por llamar; hemos anulado el cargo y lo verá mañana." for i in item],
        "annotator_id": [f"worker-{who}" for who in (item * 7 + np.arange(n) % 6 * 131) % 800],
        "value": rng.integers(1, 6, n),
    })  # fmt: skip
    frame.to_csv(folder / "long.csv", index=False)
    frame.to_json(folder / "long.jsonl", orient="records", lines=True)
    frame.to_parquet(folder / "long.parquet")
    # As many ratings, two in a row.
    half = frame.iloc[::2].rename(columns={"value": "utilidad"}).assign(tono=frame["value"].to_numpy()[1::2])
    half.to_csv(folder / "wide.csv", index=False)
    nested: dict[str, dict[str, int]] = {}
    for who, what, value in zip(frame["annotator_id"], frame["item_id"], frame["value"], strict=True):
        nested.setdefault(who, {})[what] = int(value)
    (folder / "nested.json").write_text(json.dumps(nested))


def _load(path: Path, how: str, repeats: int) -> dict[str, float]:
    runs = [
        json.loads(subprocess.run([sys.executable, "-c", LOAD, str(path), how], check=True, capture_output=True).stdout)
        for _ in range(repeats)
    ]
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


if __name__ == "__main__":
    main()
