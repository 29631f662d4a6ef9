"""How often does monitoring cry wolf, and how soon does it see a judge decay?

A judge is evaluated on so many items; then verdicts and ratings come in one by one, and the monitor looks after each.
The published evaluation is drawn anew each time, so that its own error counts. `alarm` is whether any figure raised one
within the stream; `median` is after how many rated items half of the streams had.

    python benchmarks/monitor.py
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from alia_judge.evaluation import EvaluationOptions, EvaluationResult, evaluate_scores, monitor
from alia_judge.evaluation.monitoring.monitor import Reference
from alia_judge.ratings import load_ratings
from alia_judge.ratings.table import Ratings
from alia_judge.records import Scale

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _signature import signature, write

SCALE = Scale.ordinal(1, 5)
#: Noise of the judge that was evaluated, and its Spearman correlation with the consensus of three is near .7.
NOISE = 0.8
#: What becomes of it: noise, and what it adds to every score.
FATES = {
    "as it was": (0.8, 0.0),
    "noise 0.8 to 1.2": (1.2, 0.0),
    "noise 0.8 to 2": (2.0, 0.0),
    "knows nothing": (np.inf, 0.0),
    "half a point kinder": (0.8, 0.5),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=120)
    parser.add_argument("--published", type=int, default=300, help="Items of the evaluation.")
    parser.add_argument("--stream", type=int, default=1000, help="Items after it, each rated by one person.")
    parser.add_argument("--reference", choices=("interval", "figure"), default="interval")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    rows = []
    for fate, (noise, shift) in FATES.items():
        looks = [
            look(arguments.published, arguments.stream, noise, shift, arguments.reference, rng)
            for _ in range(arguments.repeats)
        ]
        row: dict[str, object] = {"fate": fate, "spearman": round(float(np.mean([each[1] for each in looks])), 3)}
        first = {name: [alarms.get(name) or np.inf for alarms, _ in looks] for name in looks[0][0]}
        first["any"] = np.min(list(first.values()), axis=0).tolist()
        for name, alarms in first.items():
            row[name] = {"alarm": round(float(np.mean(np.isfinite(alarms))), 3), "median": median(alarms)}
        print(row, flush=True)
        rows.append(row)
    settings = {
        "repeats": arguments.repeats, "published": arguments.published, "stream": arguments.stream, "alpha": 0.05,
        "reference": arguments.reference,
    }  # fmt: skip
    name = "monitor" if arguments.reference == "interval" else f"monitor_{arguments.reference}"
    print(f"wrote {write(name, {'signature': signature(seed=arguments.seed), **settings, 'rows': rows})}")


def look(
    n_published: int, n_stream: int, noise: float, shift: float, reference: Reference, rng: np.random.Generator
) -> tuple[dict[str, int | None], float]:
    """After how many items each figure raised an alarm, and what the judge's correlation has become."""
    ratings, scores, _ = world("p", n_published, NOISE, 0.0, 3, rng)
    published = evaluated(ratings, scores)
    fresh, scores, rho = world("n", n_stream, noise, shift, 1, rng)
    result = monitor(published, scores, fresh, reference=reference, seed=int(rng.integers(1 << 30)))
    # A pair of items is one observation of the order.
    alarms = {name: watch.alarm for name, watch in result.watches.items()}
    if alarms["order"] is not None:
        alarms["order"] *= 2
    return alarms, rho


def world(
    prefix: str, n: int, noise: float, shift: float, raters: int, rng: np.random.Generator
) -> tuple[Ratings, dict[str, float], float]:
    quality = rng.normal(3, 1, n)
    ids = [f"{prefix}{place:05}" for place in range(n)]
    said = np.clip(np.round(quality + rng.normal(0, 0.6, (raters, n))), 1, 5)
    rows = [
        {"item_id": item, "annotator_id": f"a{who}", "value": float(said[who, place])}
        for place, item in enumerate(ids)
        for who in range(raters)
    ]
    # Noise that grows takes the place of what the judge knew: the spread of its scores stays.
    known, random = rng.normal(0, NOISE, n), rng.normal(size=n)
    judged = quality + known
    if noise != NOISE:
        kept = np.sqrt((1 + NOISE**2) / (1 + noise**2)) if np.isfinite(noise) else 0.0
        judged = 3 + kept * (quality - 3) + np.sqrt(max(1 + NOISE**2 - kept**2, 0)) * random
    scores = np.clip(judged + shift, 1, 5)
    rho = float(np.corrcoef(np.argsort(np.argsort(scores)), np.argsort(np.argsort(quality)))[0, 1])
    ratings = load_ratings(rows, criterion="c", scales={"c": SCALE})
    return ratings, dict(zip(ids, scores.tolist(), strict=True)), rho


def evaluated(ratings: Ratings, scores: dict[str, float]) -> EvaluationResult:
    return evaluate_scores(ratings, {"judge": scores}, options=EvaluationOptions(n_resamples=2))


def median(alarms: list[float]) -> int | None:
    """The median of what may not have happened; None where it did not in half."""
    middle = float(np.median(alarms))
    return int(middle) if np.isfinite(middle) else None


if __name__ == "__main__":
    main()
