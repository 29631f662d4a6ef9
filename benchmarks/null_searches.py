"""How often a search says that it found something where there is nothing to find.

Run: python benchmarks/null_searches.py [--searches 200] [--part K/N] [--scores]
Writes benchmarks/results/null_searches.json once all are done, with --scores null_searches_scores.json, where verdicts
are whole numbers without probabilities. Each search goes to a file of that name in benchmarks/out, a line of JSON, and
the same command goes on from there; --part 1/2 and --part 2/2 may run beside one another.

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
import optuna
import pyarrow as pa
import pyarrow.parquet as pq

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _signature import signature, write
from search_on_bank import OUT, Kept

from alia_judge import Budget, RecordedBank, compile_judge
from alia_judge.benchmark.split import Split
from alia_judge.records import Item, Scale

BUDGETS = (30, 60, 100, 200)


def null_bank(folder: Path, seed: int, *, scores: bool = False) -> tuple[RecordedBank, Split]:
    """A bank of verdicts that know nothing, as probabilities or `scores` alone, and the items to learn on."""
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
    verdicts = {f"p{point + 1}": shares[:, :, point].ravel().round(5) for point in range(5)}
    if scores:
        verdicts = {"score": np.clip(np.round(latent), 1, 5).ravel()}
    table: dict[str, Any] = {
        "config_id": np.repeat(np.arange(n_configs), n),
        "item_id": [item.item_id for item in items] * n_configs,
        **verdicts,
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
    parser.add_argument("--part", default="1/1", metavar="K/N")
    parser.add_argument("--scores", action="store_true", help="verdicts without probabilities")
    options = parser.parse_args()
    name = "null_searches_scores" if options.scores else "null_searches"
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    place, parts = map(int, options.part.split("/"))
    for seed in range(place - 1, options.searches, parts):
        calls = BUDGETS[seed % len(BUDGETS)]
        kept = Kept(OUT / f"{name}.jsonl")
        kept.once(("made", seed, calls), lambda: one_search(seed, calls, scores=options.scores))  # noqa: B023
    lines = {one["seed"]: one for one in Kept(OUT / f"{name}.jsonl").lines}
    done = [lines[seed] for seed in range(options.searches) if seed in lines]
    found = Counter(dict.fromkeys(BUDGETS, 0))
    for line in done:
        found[line["calls"]] += int(line["figures"]["found"])
    outside = int(sum(line["figures"]["outside"] for line in done))
    print(f"{len(done)} searches: found {found.total()}, estimates outside their interval {outside}")
    if len(done) < options.searches:
        print(f"{options.searches - len(done)} are still to be made: the result is written by whoever makes the last")
        return
    result = {
        "signature": signature("optuna", seed=0),
        "searches": options.searches,
        "found": found.total(),
        "at_most": 16,
        "found_by_calls": {str(calls): found[calls] for calls in BUDGETS},
        "estimates_outside_their_interval": outside,
    }
    print(write(name, result))


def one_search(seed: int, calls: int, *, scores: bool = False) -> dict[str, float]:
    """Whether a search of a bank that knows nothing says "found", and how many of its estimates are off."""
    with tempfile.TemporaryDirectory() as folder:
        bank, train = null_bank(Path(folder), seed, scores=scores)
        searched = compile_judge(train=train, source=bank, budget=Budget(calls=calls), storage=":memory:", seed=seed)
    figures = (searched.single.dev, searched.deployed.dev)
    return {
        "found": float(searched.result.found),
        "outside": float(sum(not np.isnan(one.low) and not one.low <= one.value <= one.high for one in figures)),
    }


if __name__ == "__main__":
    main()
