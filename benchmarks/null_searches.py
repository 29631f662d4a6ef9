"""How often a search says that it found something where there is nothing to find.

Run: python benchmarks/null_searches.py [--searches 200]
Writes benchmarks/results/null_searches.json.

Made-up banks whose verdicts know nothing of the ratings: 6 to 40 configurations in four models with shared noise, 10 to
30 groups of two to six items, 30 to 200 calls, all drawn by the seed. A search may be wrong at its own level, .05; of
200 searches 16 may then say "found" at most (.05 and two standard errors).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _signature import signature, write

from alia_judge import Budget, RecordedBank, compile_judge
from alia_judge.benchmark.split import Split
from alia_judge.records import Item, Scale

BUDGETS = (30, 60, 100, 200)


def null_bank(folder: Path, seed: int) -> tuple[RecordedBank, Split]:
    """A bank of verdicts that know nothing, and the items to learn on."""
    rng = np.random.default_rng([seed, 1])
    groups, each, n_configs = int(rng.integers(10, 31)), int(rng.integers(2, 7)), int(rng.integers(6, 41))
    n = groups * each
    ratings = np.clip(np.round(3 + 1.1 * rng.standard_normal(n)), 1, 5)
    items = tuple(
        Item(item_id=f"i{place:04d}", response="word " * int(words), group=f"g{place % groups:02d}")
        for place, words in enumerate(rng.integers(5, 120, n))
    )
    by_model = rng.standard_normal((4, n))
    models = rng.integers(4, size=n_configs)
    latent = 3 + 0.6 * by_model[models] + 0.8 * rng.standard_normal((n_configs, n))
    shares = np.exp(-0.8 * (np.arange(1, 6) - latent[:, :, None]) ** 2)
    shares /= shares.sum(axis=2, keepdims=True)
    lines = [
        {"config_id": place, "criterion": "made", "model": f"model {model}"}
        for place, model in enumerate(models.tolist())
    ]
    table: dict[str, Any] = {
        "config_id": np.repeat(np.arange(n_configs), n),
        "item_id": [item.item_id for item in items] * n_configs,
        **{f"p{point + 1}": shares[:, :, point].ravel().round(5) for point in range(5)},
    }
    (folder / "configs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    pq.write_table(pa.table(table), folder / "scores.parquet")
    split = Split(
        name="train",
        criterion="made",
        scale=Scale.ordinal(1, 5),
        items=items,
        target=ratings,
        target_se=np.full(n, np.nan),
        values=ratings[None],
    )
    return RecordedBank.open(folder), split


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--searches", type=int, default=200)
    searches = parser.parse_args().searches
    found: Counter[int] = Counter()
    outside = 0
    for seed in range(searches):
        calls = BUDGETS[seed % len(BUDGETS)]
        with tempfile.TemporaryDirectory() as folder:
            bank, train = null_bank(Path(folder), seed)
            searched = compile_judge(
                train=train, source=bank, budget=Budget(calls=calls), storage=":memory:", seed=seed
            )
        found[calls] += searched.result.found
        for figure in (searched.single.dev, searched.deployed.dev):
            outside += not np.isnan(figure.low) and not figure.low <= figure.value <= figure.high
        print(
            f"{seed + 1} searches: found {sum(found.values())}, estimates outside their interval {outside}", flush=True
        )
    result = {
        "signature": signature("optuna", seed=0),
        "searches": searches,
        "found": sum(found.values()),
        "at_most": 16,
        "found_by_calls": {str(calls): found[calls] for calls in BUDGETS},
        "estimates_outside_their_interval": outside,
    }
    print(write("null_searches", result))


if __name__ == "__main__":
    main()
