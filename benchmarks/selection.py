"""How well a subset of items recovers the order of judges that the full set gives, by how the subset was chosen.

Run: python benchmarks/selection.py --data ../shared/data [--splits 30]

The judges are the bank's configurations (expected scores) and the recorded LLM judges, on BASSE's Coherence and 5W1H.
In each split a random half of the judges is known beforehand (what `matched` may use), the other half is ranked:
Spearman with the consensus on the subset against the same on all items. Given is the mean Kendall tau-b of the two
orders, and the difference from stratified random choice with its standard error over splits. `unlike` knows the
configurations of two models and ranks those of the third with the recorded judges.
"""

from __future__ import annotations

import argparse
import json
import platform
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from alia_judge.benchmark import build_benchmark
from alia_judge.benchmark.selection import select_items
from alia_judge.benchmark.split import Split
from alia_judge.ratings import load_ratings

SIZES = (50, 100, 200)
METHODS = ("random", "stratified", "matched")


def main() -> None:
    """Rank on subsets; print and store the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--splits", type=int, default=30)
    options = parser.parse_args()
    result: dict[str, object] = {
        "signature": f"splits:{options.splits}|sizes:{SIZES}|python:{platform.python_version()}|numpy:{np.__version__}"
    }
    for criterion in ("Coherence", "5W1H"):
        split, scores, family = recorded_judges(options.data / "basse-es", criterion)
        for scheme in ("half", "unlike"):
            result[f"{criterion}, {scheme}"] = _compare(split, scores, family, scheme, options.splits)
    out = Path(__file__).with_name("results") / "selection.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    print(out.read_text())


def recorded_judges(folder: Path, criterion: str) -> tuple[Split, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """The items all judges scored, the scores (judges, items), and the model behind each judge."""
    recorded = pd.read_csv(folder / "recorded_judges.csv")
    recorded = recorded[recorded["criterion"] == criterion].pivot_table(
        index="judge", columns="item_id", values="score"
    )
    configs = [json.loads(line) for line in (folder / "bank" / "configs.jsonl").read_text().splitlines()]
    family = {config["config_id"]: config["model"] for config in configs if config["criterion"] == criterion}
    bank = pd.read_parquet(folder / "bank" / "scores.parquet")
    bank = bank[bank["config_id"].isin(family)]
    chances = bank[["p1", "p2", "p3", "p4", "p5"]].to_numpy(dtype=np.float64)
    bank = bank.assign(score=chances @ np.arange(1, 6) / chances.sum(axis=1))
    bank = bank.pivot_table(index="config_id", columns="item_id", values="score")
    ratings = load_ratings(folder / "BASSE.es.jsonl").select(criteria=[criterion])
    both = pd.concat([recorded, bank]).dropna(axis=1, how="any")
    benchmark = build_benchmark(ratings.select(items=list(both.columns)), splits=(1.0, 0.0, 0.0))
    split = benchmark.train
    names = np.array([family.get(judge, "recorded") for judge in both.index])
    return split, both[list(split.item_ids)].to_numpy(), names


def _compare(
    split: Split,
    scores: np.ndarray,
    family: np.ndarray,
    scheme: str,
    n_splits: int,  # type: ignore[type-arg]
) -> dict[str, dict[str, object]]:
    target = stats.rankdata(split.target)
    found: dict[tuple[int, str], list[float]] = {}
    models = sorted(set(family) - {"recorded"})
    for number in range(n_splits):
        rng = np.random.default_rng([3, number])
        if scheme == "half":
            known = rng.random(len(family)) < 0.5
        else:
            known = ~np.isin(family, [models[number % len(models)], "recorded"])
        asked = scores[~known]
        truth = _correlations(asked, target)
        for size in SIZES:
            for method in METHODS:
                if method == "random":
                    chosen = rng.choice(len(split), size=size, replace=False)
                else:
                    judgments = scores[known] if method == "matched" else None
                    chosen = np.array(
                        select_items(split, size, judgments=judgments, method=method, seed=number).indices
                    )
                order = _correlations(asked[:, chosen], target[chosen])
                found.setdefault((size, method), []).append(float(stats.kendalltau(truth, order).statistic))
    table: dict[str, dict[str, object]] = {}
    for (size, method), taus in found.items():
        gain = np.array(taus) - np.array(found[size, "stratified"])
        table.setdefault(str(size), {})[method] = {
            "tau": round(float(np.mean(taus)), 3),
            "gain": round(float(gain.mean()), 3),
            "gain_error": round(float(gain.std(ddof=1) / np.sqrt(gain.size)), 3),
        }
    return table


def _correlations(scores: np.ndarray, target: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    ranks = stats.rankdata(scores, axis=1)
    ranks = ranks - ranks.mean(axis=1, keepdims=True)
    rank = stats.rankdata(target)
    rank = rank - rank.mean()
    norms = np.sqrt((ranks**2).sum(axis=1) * (rank**2).sum())
    return np.divide(ranks @ rank, norms, out=np.zeros(len(ranks)), where=norms > 0)


if __name__ == "__main__":
    main()
