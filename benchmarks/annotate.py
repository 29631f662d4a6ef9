"""What to annotate next, against asking at random: hide real ratings, ask for some, reveal them.

Run: python benchmarks/annotate.py --data ../shared/data [--repeats 30]

Of items with three ratings or more one is kept and the others are hidden. With a budget of half a rating an item, the
plan and chance (each item as likely) ask, and are answered from what was hidden. `agreement`: Spearman of the new
consensus with the last hidden rating of each item, which nobody is given. `judges` (BASSE): the share of pairs of
judges from the bank, of those whose correlations with all ratings differ by .02 to .10, that the new ratings order.
"""

from __future__ import annotations

import argparse
import json
import platform
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from selection import recorded_judges

from alia_judge.benchmark.annotation import what_to_annotate
from alia_judge.benchmark.consensus import build_consensus
from alia_judge.ratings import Ratings, load_ratings
from alia_judge.records import Scale

#: Judges of which all pairs are put in order, in each repeat.
_JUDGES = 12
SETS = {
    "cebab_stars": ("alt-test/cebab_stars/human_annotations.json", None),
    "summeval": ("alt-test/summeval/human_annotations.json", None),
    "newsroom Informativeness": ("judge-bench/newsroom.json", "Informativeness"),
    "BASSE Coherence": ("basse-es/BASSE.es.jsonl", "Coherence"),
    "BASSE 5W1H": ("basse-es/BASSE.es.jsonl", "5W1H"),
}


def main() -> None:
    """Ask, reveal, compare; print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=30)
    options = parser.parse_args()
    result: dict[str, object] = {
        "signature": f"repeats:{options.repeats}|python:{platform.python_version()}|numpy:{np.__version__}"
    }
    for name, (file, criterion) in SETS.items():
        ratings = load_ratings(options.data / file)
        criterion = ratings.require(criterion)
        matrix = ratings.matrix(criterion, by="position")
        several = (~np.isnan(matrix.values)).sum(axis=0) >= 3
        values = matrix.values[:, several][:, :800]
        scale = ratings.scales[criterion]
        result[f"{name}: agreement"] = _summary([_agreement(values, scale, seed) for seed in range(options.repeats)])
        if name.startswith("BASSE"):
            split, scores, _ = recorded_judges(options.data / "basse-es", criterion)
            place = {item: column for column, item in enumerate(split.item_ids)}
            shared = [column for column, item in enumerate(matrix.item_ids) if several[column] and item in place]
            scores = scores[:, [place[matrix.item_ids[column]] for column in shared]]
            outcomes = [_judges(matrix.values[:, shared], scores, scale, seed) for seed in range(options.repeats)]
            result[f"{name}: judges"] = _summary(outcomes)
    out = Path(__file__).with_name("results") / "annotate.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    print(out.read_text())


def _agreement(values: np.ndarray, scale: Scale, seed: int) -> dict[str, float]:  # type: ignore[type-arg]
    rng = np.random.default_rng([5, seed])
    start, hidden = _hide(values, rng)
    n = values.shape[1]
    asked = _ways(start, scale, n // 2, rng)
    found = {}
    # Judged on the ratings that no way revealed: the last hidden one of each item is never given out.
    truth = np.array([column[-1] for column in hidden])
    for name, counts in asked.items():
        target = build_consensus(_reveal(start, hidden, counts), scale, method="rasch", identified=False).target
        found[name] = float(stats.spearmanr(target, truth).statistic)
    return found


def _judges(values: np.ndarray, scores: np.ndarray, scale: Scale, seed: int) -> dict[str, float]:  # type: ignore[type-arg]
    rng = np.random.default_rng([6, seed])
    start, hidden = _hide(values, rng)
    n = values.shape[1]
    everything = np.nanmean(values, axis=0)
    right: dict[str, list[float]] = {}
    for first, second in combinations(rng.choice(len(scores), _JUDGES, replace=False), 2):
        pair = scores[[first, second]]
        difference = _difference(pair, everything)
        if not 0.02 <= abs(difference) <= 0.10:
            continue
        for name, counts in _ways(start, scale, n // 2, rng, judgments=pair).items():
            target = np.nanmean(_reveal(start, hidden, counts), axis=0)
            right.setdefault(name, []).append(float(np.sign(_difference(pair, target)) == np.sign(difference)))
    return {name: float(np.mean(found)) for name, found in right.items()}


def _difference(pair: np.ndarray, target: np.ndarray) -> float:  # type: ignore[type-arg]
    one, two = (stats.spearmanr(row, target).statistic for row in pair)
    return float(one - two)


def _hide(values: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, list[np.ndarray]]:  # type: ignore[type-arg]
    start, hidden = np.full((1, values.shape[1]), np.nan), []
    for item, column in enumerate(values.T):
        given = rng.permutation(column[~np.isnan(column)])
        start[0, item] = given[0]
        hidden.append(given[1:])
    return start, hidden


def _ways(
    start: np.ndarray,
    scale: Scale,
    budget: int,
    rng: np.random.Generator,
    judgments: np.ndarray | None = None,  # type: ignore[type-arg]
) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    """How many further ratings of each item each way asks for; one at most, since the last hidden one is the truth."""
    n = start.shape[1]
    chance = np.zeros(n, dtype=int)
    chance[rng.choice(n, budget, replace=False)] = 1
    frame = pd.DataFrame({"item_id": [f"i{item:04d}" for item in range(n)], "value": start[0]})
    ratings: Ratings = load_ratings(frame, scales={"rating": scale})
    plan = what_to_annotate(
        ratings,
        budget=budget,
        goal="reliability" if judgments is None else "judges",
        judgments=judgments,
        most_per_item=1,
    )
    planned = np.zeros(n, dtype=int)
    for request in plan.requests:
        planned[int(request.item_id[1:])] = request.n
    return {"random": chance, "planned": planned}


def _reveal(start: np.ndarray, hidden: list[np.ndarray], counts: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    revealed = np.full((1 + int(counts.max()), start.shape[1]), np.nan)
    revealed[0] = start[0]
    for item, count in enumerate(counts):
        revealed[1 : 1 + count, item] = hidden[item][:count]
    return revealed


def _summary(outcomes: list[dict[str, float]]) -> dict[str, float]:
    columns = {name: np.array([outcome[name] for outcome in outcomes]) for name in outcomes[0]}
    gain = columns["planned"] - columns["random"]
    return {
        **{name: round(float(values.mean()), 4) for name, values in columns.items()},
        "gain": round(float(gain.mean()), 4),
        "gain_error": round(float(gain.std(ddof=1) / np.sqrt(gain.size)), 4),
    }


if __name__ == "__main__":
    main()
