"""How long does a full evaluation take, how much memory does it need, and how do both grow with the items?

Ten thousand items with texts, rated by three people, judged by six judges, a thousand resamples; each size runs in a
process of its own, so that its peak memory is its own.

    python benchmarks/evaluation_speed.py
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from alia_judge.evaluation import EvaluationOptions, evaluate_scores
from alia_judge.ratings import load_ratings
from alia_judge.records import Scale

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _signature import signature, write

SIZES = (1_000, 3_000, 10_000)
JUDGES, ANNOTATORS, RESAMPLES, SEED = 6, 3, 1_000, 0


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps(one(int(sys.argv[1]))))
        return
    rows = []
    for size in SIZES:
        done = subprocess.run([sys.executable, __file__, str(size)], capture_output=True, text=True, check=True)
        rows.append(json.loads(done.stdout))
        print(rows[-1], flush=True)
    settings = {"judges": JUDGES, "annotators": ANNOTATORS, "resamples": RESAMPLES}
    print(f"wrote {write('evaluation_speed', {'signature': signature(seed=SEED), **settings, 'rows': rows})}")


def one(n: int) -> dict[str, float]:
    """Seconds and peak MiB of one evaluation of `n` items in groups of ten, of twenty systems and five languages."""
    rng = np.random.default_rng(SEED)
    truth = rng.normal(3, 1, n)
    words = np.array(["factura", "línea", "el", "datos", "no", "router", "euros", "llame", "gratis", "avería"])
    texts = [" ".join(rng.choice(words, size=int(rng.integers(10, 120)))) + "." for _ in range(n)]
    rows = [
        {
            "item_id": f"i{item:06}",
            "annotator_id": f"a{annotator}",
            "value": float(np.clip(np.round(truth[item] + rng.normal(0, 0.7)), 1, 5)),
            "response": texts[item],
            "group": f"g{item // 10}",
            "system": f"s{item % 20}",
            "language": ("es", "ca", "eu", "gl", "en")[item % 5],
        }
        for item in range(n)
        for annotator in range(ANNOTATORS)
    ]
    ratings = load_ratings(rows, criterion="c", scales={"c": Scale.ordinal(1, 5)})
    judged = {
        f"judge {judge}": dict(
            zip((f"i{item:06}" for item in range(n)), np.clip(truth + rng.normal(0, 1, n), 1, 5).tolist(), strict=True)
        )
        for judge in range(JUDGES)
    }
    started, worked = time.perf_counter(), time.process_time()
    evaluate_scores(ratings, judged, options=EvaluationOptions(n_resamples=RESAMPLES))
    return {
        "items": n,
        "seconds": round(time.perf_counter() - started, 1),
        # What the processor did, whoever else was using it.
        "cpu_seconds": round(time.process_time() - worked, 1),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


if __name__ == "__main__":
    main()
