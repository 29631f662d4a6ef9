"""What the search itself costs a trial, with 1,000 items to learn on and hundreds of earlier trials.

Run: python benchmarks/search_overhead.py
Writes benchmarks/results/search_overhead.json.

1,000 made-up candidates on 1,000 items, 20,000 calls: 500 trials before those that are timed. A trial's overhead is the
processor time from the end of one request to the source to the beginning of the next: learning from the verdicts,
writing them to the study, and deciding. The study is in memory or in SQLite. `whole` is the whole search, wall clock,
fitting the judges included.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _signature import signature, write

from alia_judge import Budget, compile_judge
from alia_judge.benchmark.split import Split
from alia_judge.compiling.options import Deployment
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.records import Configuration, Item, Judgments, Scale

ITEMS, CANDIDATES, CALLS, EARLIER = 1000, 1000, 20_000, 500
SCALE = Scale.ordinal(1, 5)
Floats = np.ndarray


class Timed:
    """Made-up verdicts, and the processor time that passes between requests for them."""

    scale = SCALE

    def __init__(self, truth: Floats) -> None:
        rng = np.random.default_rng(1)
        strength = np.clip(0.25 + 0.15 * rng.standard_normal(CANDIDATES), 0, 0.8)[:, None]
        self._latent = 3 + strength * truth + np.sqrt(1 - strength**2) * rng.standard_normal((CANDIDATES, len(truth)))
        self.between: list[float] = []
        self._ended = time.process_time()

    def paid(self, _: Configuration, items: Sequence[Item]) -> Sequence[bool]:
        return [False] * len(items)

    def judge(self, configuration: Configuration, items: Sequence[Item]) -> Judgments:
        self.between.append(time.process_time() - self._ended)
        latent = self._latent[int(configuration.parameters["number"]), [int(item.item_id) for item in items]]
        shares = np.exp(-0.8 * (np.arange(1, 6) - latent[:, None]) ** 2)
        probabilities = shares / shares.sum(axis=1, keepdims=True)
        found = Judgments(
            item_ids=tuple(item.item_id for item in items),
            probabilities=probabilities,
            score=probabilities @ np.arange(1, 6),
            reasons=(None,) * len(items),
            paid=len(items),
        )
        self._ended = time.process_time()
        return found


def one_search(storage: str) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    truth = rng.standard_normal(ITEMS)
    ratings = np.clip(np.round(3 + truth + 0.5 * rng.standard_normal(ITEMS)), 1, 5)
    items = tuple(
        Item(item_id=str(place), response="word " * int(rng.integers(5, 80)), group=f"g{place % 50}")
        for place in range(ITEMS)
    )
    train = Split(
        name="train",
        criterion="made",
        scale=SCALE,
        items=items,
        target=ratings,
        target_se=np.full(ITEMS, np.nan),
        values=ratings[None, :],
    )
    source = Timed(truth)
    space = SearchSpace(
        recorded=tuple(Configuration(parameters={"number": one}, name=f"c{one}") for one in range(CANDIDATES))
    )
    begun = time.perf_counter()
    searched = compile_judge(
        deployment=Deployment(calls="all"),
        train=train,
        source=source,
        space=space,
        budget=Budget(calls=CALLS),
        storage=storage,
    )
    whole = time.perf_counter() - begun
    late = 1000 * np.array(source.between[EARLIER:])
    return {
        "trials": searched.result.trials,
        "timed trials": len(late),
        "mean ms a trial": float(late.mean()),
        "median ms a trial": float(np.median(late)),
        "95% of trials below, ms": float(np.quantile(late, 0.95)),
        "slowest trial, ms": float(late.max()),
        "whole search, seconds": whole,
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        storages = {"memory": ":memory:", "SQLite": f"sqlite:///{folder}/study.db"}
        table = {name: one_search(storage) for name, storage in storages.items()}
    for name, row in table.items():
        print(name, {column: round(value, 2) for column, value in row.items()}, flush=True)
    write(
        "search_overhead", {"table": table, "items": ITEMS, "earlier trials": EARLIER, "signature": signature("optuna")}
    )


if __name__ == "__main__":
    main()
