"""Record once, search as often as you like: a bank of verdicts replays a search in seconds, without a model.

Run: python examples/05_search_without_a_model.py [BANK --ratings RATINGS --criterion C]
Without arguments, a bank is simulated over the bundled sample: 24 configurations that read its constructed truth more
or less well.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

import alia_judge as aj
from alia_judge.stats import spearman


def main() -> None:
    """Compile from a bank under several budgets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bank", nargs="?", type=Path)
    parser.add_argument("--ratings")
    parser.add_argument("--criterion", default="helpfulness")
    options = parser.parse_args()
    ratings = aj.load_sample() if options.ratings is None else aj.load_ratings(options.ratings)
    benchmark = aj.build_benchmark(ratings, criterion=options.criterion)
    with TemporaryDirectory() as folder:
        bank = options.bank or _simulated(Path(folder), ratings)
        for calls in (300, 1000, 2000):
            tuned = aj.compile_judge(
                train=benchmark.train,
                dev=benchmark.dev,
                source=aj.RecordedBank.open(bank),
                budget=aj.Budget(calls=calls),
                storage=":memory:",
            )
            held_out = tuned.predict(benchmark.test.items)
            single, deployed = (
                spearman(scores, benchmark.test.target) for scores in (held_out.single, held_out.deployed)
            )
            print(f"{calls} calls: single {single}, deployed ({tuned.deployed.stack.calls_per_item} calls) {deployed}")


def _simulated(folder: Path, ratings: aj.Ratings) -> Path:
    rng = np.random.default_rng(0)
    items = ratings.items()
    truth = np.array([item.extra["true_helpfulness"] for item in items], dtype=float)
    rows, lines = [], []
    for number in range(24):
        noise = rng.uniform(0.8, 4.0)
        lines.append(json.dumps({"config_id": number, "model": f"m{number % 3}", "criterion": "helpfulness"}))
        read = np.clip(np.round(truth + rng.normal(0, noise, len(items))), 1, 5)
        rows += [(number, item.item_id, score) for item, score in zip(items, read, strict=True)]
    (folder / "configs.jsonl").write_text("\n".join(lines) + "\n")
    pd.DataFrame(rows, columns=["config_id", "item_id", "score"]).to_parquet(folder / "scores.parquet")
    return folder


if __name__ == "__main__":
    main()
