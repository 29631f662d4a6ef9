"""The search on made-up banks whose truth is known: near-ties, one outlier, nothing to find, unequal prices.

Run: python benchmarks/synthetic_bank.py [--repeats 10]
Writes benchmarks/results/synthetic_bank.json.

Each bank has 480 items in 24 groups, half to learn on. Configurations read the truth with known strength, share noise
with others of their model and have noise of their own. `regret` is the strength of the best configuration less that of
the configuration found; `found` is how often the search says that there is something to find. `random` is the best of
as many random configurations as the budget, in calls and in dollars, evaluates fully; `halving` is what Optuna's random
sampler names with its SuccessiveHalvingPruner over tenths of the items.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.stats import spearmanr

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _signature import signature, write
from search_on_bank import BASELINES, CHUNKS, optuna_baseline

from alia_judge import Budget, RecordedBank, compile_judge
from alia_judge.benchmark.split import Split
from alia_judge.compiling.options import Deployment
from alia_judge.records import Item, Scale
from alia_judge.stats.kernels import spearman_rows

GROUPS, PER_GROUP, MODELS = 24, 20, 4
SCALE = Scale.ordinal(1, 5)
Floats = np.ndarray


def strengths(kind: str, n: int, rng: np.random.Generator) -> Floats:
    """How strongly each configuration reads the truth, as a correlation before rounding."""
    if kind == "near-ties":
        return 0.45 + 0.02 * rng.standard_normal(n)
    if kind == "outlier":
        values = 0.1 + 0.05 * rng.standard_normal(n)
        values[rng.integers(n)] = 0.6
        return values
    if kind == "nothing":
        return np.zeros(n)
    return np.clip(0.25 + 0.15 * rng.standard_normal(n), -0.3, 0.7)  # "spread"


def make(folder: Path, strength: Floats, seed: int, *, prices: bool) -> tuple[list[Item], Floats, Floats]:
    """Write a bank; its items, the ratings, and the expected scores (m, n)."""
    rng = np.random.default_rng([seed, 7])
    n = GROUPS * PER_GROUP
    words = rng.integers(5, 120, n)
    truth = rng.standard_normal(n) + 0.3 * (words - words.mean()) / words.std()
    ratings = np.clip(np.round(3 + 1.1 * (truth + 0.5 * rng.standard_normal(n))), 1, 5)
    truth = (truth - truth.mean()) / truth.std()
    items = [
        Item(item_id=f"i{place:04d}", response="word " * int(words[place]), group=f"g{place % GROUPS:02d}", system=None)
        for place in range(n)
    ]
    by_model = rng.standard_normal((MODELS, n))
    lines, blocks = [], []
    for number, one in enumerate(strength):
        model = int(rng.integers(MODELS))
        noise = 0.6 * by_model[model] + 0.8 * rng.standard_normal(n)
        latent = 3 + one * truth + np.sqrt(1 - one**2) * noise
        logits = -0.8 * (np.arange(1, 6)[None, :] - latent[:, None]) ** 2
        shares = np.exp(logits)
        blocks.append(shares / shares.sum(axis=1, keepdims=True))
        line: dict[str, Any] = {
            "config_id": number,
            "criterion": "made",
            "model": f"model {model}",
            "style": number % 5,
        }
        lines.append(line | ({"cost": 0.05 if model == 0 else 0.001} if prices else {}))
    probabilities = np.concatenate(blocks).round(5)
    table = {
        "config_id": np.repeat(np.arange(len(strength)), n),
        "item_id": pa.array([item.item_id for item in items] * len(strength)).dictionary_encode(),
        **{f"p{point + 1}": probabilities[:, point] for point in range(5)},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "configs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    pq.write_table(pa.table(table), folder / "scores.parquet")
    return items, ratings, np.stack([block @ np.arange(1, 6) for block in blocks])


def best_of_random(scores: Floats, ratings: Floats, share: Floats, rng: np.random.Generator) -> int:
    """The best of random configurations judged on every item; one that no longer fits the budget is passed over."""
    fully, left = [], 1.0
    for candidate in rng.permutation(len(scores)):
        if share[candidate] * scores.shape[1] <= left:
            fully.append(int(candidate))
            left -= share[candidate] * scores.shape[1]
    return fully[int(np.argmax(spearman_rows(scores[fully], ratings)))]


def halving(scores: Floats, ratings: Floats, share: Floats, seed: int) -> int:
    """What Optuna names; a call takes this share of the budget."""
    order = np.random.default_rng(seed).permutation(len(ratings))
    ends = np.linspace(0, len(order), CHUNKS + 1).round().astype(int)[1:]
    values = np.stack([spearman_rows(scores[:, order[:end]], ratings[order[:end]]) for end in ends], axis=1)
    rows = [{"configuration": f"{number:04d}"} for number in range(len(scores))]
    sampler, pruner = BASELINES["random+halving"]
    most = int(1 / (share.min() * ends[0]))  # what the budget pays for if every trial ends after a tenth of the items
    return optuna_baseline(values, ends, rows, 1.0, sampler(seed), pruner(), share, most)


def one_search(kind: str, n: int, calls: int, seed: int, *, prices: bool) -> dict[str, float]:
    rng = np.random.default_rng([seed, 8])
    strength = strengths(kind, n, rng)
    with tempfile.TemporaryDirectory() as folder:
        items, ratings, expected = make(Path(folder), strength, seed, prices=prices)
        learn = np.array([place for place, item in enumerate(items) if int((item.group or "g0")[1:]) < GROUPS // 2])
        test = np.setdiff1d(np.arange(len(items)), learn)
        train = Split(
            name="train",
            criterion="made",
            scale=SCALE,
            items=tuple(items[place] for place in learn),
            target=ratings[learn],
            target_se=np.full(len(learn), np.nan),
            values=ratings[None, learn],
        )
        begun = time.perf_counter()
        budget = Budget(calls=calls, cost=2.0) if prices else Budget(calls=calls)
        bank = RecordedBank.open(folder)
        searched = compile_judge(
            deployment=Deployment(calls="all"), train=train, source=bank, budget=budget, storage=":memory:", seed=seed
        )
        seconds = time.perf_counter() - begun
        predictions = searched.predict([items[place] for place in test])
    chosen = int(searched.single.configuration.parameters["config_id"])
    share = np.full(n, 1 / calls)
    if prices:
        dollars = np.array([float(one.parameters["cost"]) for one in bank.select(criterion="made")])
        share = np.maximum(share, dollars / budget.cost)
    blind = best_of_random(expected[:, learn], ratings[learn], share, rng)
    halved = halving(expected[:, learn], ratings[learn], share, seed)
    return {
        "regret": float(strength.max() - strength[chosen]),
        "regret of random": float(strength.max() - strength[blind]),
        "regret of halving": float(strength.max() - strength[halved]),
        "single": float(spearmanr(predictions.single, ratings[test]).statistic),
        "deployed": float(spearmanr(predictions.deployed, ratings[test]).statistic),
        "dev of deployed": searched.deployed.dev.value,
        "found": float(searched.result.found),
        "paid": float(searched.result.paid),
        "cost": float(searched.result.cost or 0.0),
        "ms a trial": 1000 * seconds / searched.result.trials,
    }


CASES = [
    ("near-ties", 20, 1500, False),
    ("near-ties", 2000, 8000, False),
    ("outlier", 20, 1500, False),
    ("outlier", 2000, 20_000, False),
    ("nothing", 20, 1500, False),
    ("nothing", 200, 4000, False),
    ("spread", 200, 4000, False),
    ("spread", 200, 4000, True),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=10)
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    table = {}
    for kind, n, calls, prices in CASES:
        runs = [one_search(kind, n, calls, seed, prices=prices) for seed in range(options.repeats)]
        name = f"{kind}, {n} configurations, {calls} calls" + (", one model 50 times dearer, $2" if prices else "")
        table[name] = {
            column: {
                "mean": float(np.mean([run[column] for run in runs])),
                "se": float(np.std([run[column] for run in runs], ddof=1) / len(runs) ** 0.5),
            }
            for column in runs[0]
        }
        print(name, {column: f"{one['mean']:.3f} ± {one['se']:.3f}" for column, one in table[name].items()}, flush=True)
    write("synthetic_bank", {"table": table, "repeats": options.repeats, "signature": signature("optuna", seed=0)})


if __name__ == "__main__":
    main()
