"""What the search itself costs a trial, with 1,000 items to learn on and hundreds of earlier trials.

Run: python benchmarks/search_overhead.py [--gemba gemba-en-de]
Writes benchmarks/results/search_overhead.json; with --gemba that part of it alone, and the rest stays.

1,000 made-up candidates on 1,000 items, 20,000 calls: 500 trials before those that are timed. A trial's overhead is the
processor time from the end of one request to the source to the beginning of the next: learning from the verdicts,
writing them to the study, and deciding. The study is in memory or in SQLite. `whole` is the whole search, wall clock,
fitting the judges included.

With --gemba (a folder of ratings.csv and bank): processor time of a search of 4,000 calls on half of the documents,
beside that of reading the ratings and the bank, medians over processes of their own, what they import included.
"""

from __future__ import annotations

import argparse
import json
import subprocess
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

from alia_judge import Budget, RecordedBank, build_benchmark, compile_judge, load_ratings
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


def of_a_bank(folder: Path) -> dict[str, float]:
    """Processor seconds of reading a bank and its ratings, of dealing the documents, and of a search of 4,000 calls."""
    ends = [time.process_time()]
    ratings, bank = load_ratings(folder / "ratings.csv"), RecordedBank.open(folder / "bank")
    ends.append(time.process_time())
    benchmark = build_benchmark(ratings, splits=(0.5, 0.0, 0.5))
    ends.append(time.process_time())
    compile_judge(train=benchmark.train, source=bank, budget=Budget(calls=4000), storage=":memory:")
    ends.append(time.process_time())
    return dict(zip(("reading", "dealing", "search"), np.diff(ends).tolist(), strict=True))


def of_processes(folder: Path, processes: int = 5) -> dict[str, float]:
    """The medians of `of_a_bank` over processes of their own, and the search's share of the reading."""
    command = [sys.executable, __file__, "--one", "--gemba", str(folder)]
    runs = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
        for _ in range(processes)
    ]
    found = {name: float(np.median([run[name] for run in runs])) for name in runs[0]}
    return found | {"search over reading": found["search"] / found["reading"], "processes": processes}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gemba", type=Path)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(of_a_bank(options.gemba)))
        return
    stored = Path(__file__).with_name("results") / "search_overhead.json"
    if options.gemba is not None:
        found = of_processes(options.gemba) | {"signature": signature("optuna")}
        print(found)
        write("search_overhead", json.loads(stored.read_text("utf-8")) | {"gemba": found})
        return
    with tempfile.TemporaryDirectory() as folder:
        storages = {"memory": ":memory:", "SQLite": f"sqlite:///{folder}/study.db"}
        table = {name: one_search(storage) for name, storage in storages.items()}
    for name, row in table.items():
        print(name, {column: round(value, 2) for column, value in row.items()}, flush=True)
    result = {"table": table, "items": ITEMS, "earlier trials": EARLIER, "signature": signature("optuna")}
    write("search_overhead", json.loads(stored.read_text("utf-8")) | result)


if __name__ == "__main__":
    main()
