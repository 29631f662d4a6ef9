"""Do the intervals of an evaluation cover the truth as often as they say? Whole evaluations, where the truth is known.

Answers of six systems to one question are a group; three people rate them; a judge sees their quality with noise and a
liking for two of the systems, an untuned one with more noise. Length tells a little of the quality. The truth of each
figure is that figure on a population of thirty thousand items, except where the figure is of a baseline that learns
from the items at hand: its truth is the mean over all simulations, as it is what so many items teach.

    python benchmarks/evaluation_coverage.py
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from alia_judge.evaluation import EvaluationOptions, evaluate_scores
from alia_judge.ratings import load_ratings
from alia_judge.records import Scale
from alia_judge.stats.estimate import Estimate

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _signature import signature, write

#: By how much each system is better than the mean, and how much more the judge likes it than people do.
SYSTEMS = {"a": (0.6, 0.0), "b": (0.35, 0.3), "c": (0.1, 0.0), "d": (-0.1, 0.3), "e": (-0.35, 0.0), "f": (-0.6, 0.0)}
WORDS = np.array(["factura", "línea", "el", "datos", "no", "router", "euros", "llame", "gratis", "avería"])
POPULATION = 30_000
#: What the items at hand taught is part of these.
LEARNT = ("surface features", "judge less surface features")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--groups", type=int, nargs="+", default=[20, 50])
    parser.add_argument("--resamples", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="Processes; they do not change the figures.")
    arguments = parser.parse_args()
    truth = {
        name: estimate.value
        for name, estimate in figures(POPULATION // len(SYSTEMS), 2, np.random.SeedSequence([arguments.seed])).items()
    }
    rows = []
    for n_groups in arguments.groups:
        seeds = np.random.SeedSequence([arguments.seed, n_groups]).spawn(arguments.repeats)
        with ProcessPoolExecutor(max_workers=arguments.jobs) as pool:
            found = list(pool.map(partial(figures, n_groups, arguments.resamples), seeds))
        for name in truth:
            estimates = [each[name] for each in found if not np.isnan(each[name].low)]
            target = float(np.mean([one.value for one in estimates])) if name in LEARNT else truth[name]
            row = {
                "items": n_groups * len(SYSTEMS),
                "groups": n_groups,
                "figure": name,
                "truth": round(target, 4),
                "mean": round(float(np.mean([one.value for one in estimates])), 4),
                "width": round(float(np.mean([one.high - one.low for one in estimates])), 4),
                "coverage": round(float(np.mean([one.low <= target <= one.high for one in estimates])), 4),
            }
            print(row, flush=True)
            rows.append(row)
    settings = {"repeats": arguments.repeats, "resamples": arguments.resamples, "level": 0.95}
    print(
        f"wrote {write('evaluation_coverage', {'signature': signature(seed=arguments.seed), **settings, 'rows': rows})}"
    )


def figures(n_groups: int, n_resamples: int, seed: np.random.SeedSequence) -> dict[str, Estimate]:
    """One evaluation: its headline figures and paired differences, by name."""
    rng = np.random.default_rng(seed)
    names = list(SYSTEMS)
    n = n_groups * len(names)
    lift, liking = (np.tile([SYSTEMS[name][side] for name in names], n_groups) for side in (0, 1))
    # Items of a group share part of their quality, and groups part of their difficulty.
    quality = 3 + lift + 0.5 * np.repeat(rng.normal(size=n_groups), len(names)) + 0.7 * rng.normal(size=n)
    words = np.maximum(3, np.round(20 + 4 * (quality - 3) + 8 * rng.normal(size=n))).astype(int)
    texts = [" ".join(rng.choice(WORDS, size=count)) for count in words]
    rows = [
        {
            "item_id": f"i{item:05}",
            "annotator_id": who,
            "value": float(np.clip(np.round(quality[item] + rng.normal(0, 0.7)), 1, 5)),
            "response": texts[item],
            "group": f"g{item // len(names)}",
            "system": names[item % len(names)],
        }
        for item in range(n)
        for who in ("ana", "jon", "uxue")
    ]
    ratings = load_ratings(rows, criterion="c", scales={"c": Scale.ordinal(1, 5)})
    ids = [f"i{item:05}" for item in range(n)]
    judged = {
        "judge": dict(zip(ids, np.clip(quality + liking + rng.normal(0, 0.8, n), 1, 5).tolist(), strict=True)),
        "untuned": dict(zip(ids, np.clip(quality + rng.normal(0, 1.4, n), 1, 5).tolist(), strict=True)),
    }
    options = EvaluationOptions(n_resamples=n_resamples, seed=int(rng.integers(1 << 30)))
    judge = evaluate_scores(ratings, judged, baseline="untuned", options=options).judge("judge")
    beside = {one.baseline.partition(" (")[0]: one.difference for one in judge.comparisons}
    return {
        "Spearman over items": judge.correlation["item"]["spearman"],
        "Kendall over items": judge.correlation["item"]["kendall"],
        "Pearson over items": judge.correlation["item"]["pearson"],
        "Spearman within groups": judge.correlation["within_group"]["spearman"],
        "Pearson over systems": judge.correlation["system"]["pearson"],
        "share of what one person reaches": judge.share_of_ceiling,
        "beyond surface features": judge.surface["partial_spearman"],
        "surface features": judge.surface["spearman"],
        "mean absolute error": judge.error["mae"],
        "bias": judge.error["bias"],
        "alpha with the judge": judge.agreement["with_judge"],
        "judge less the untuned": beside["the untuned judge"],
        "judge less surface features": beside["surface features alone"],
        "judge less the best annotator": beside["the best single annotator"],
        "judge less guessing the mean": beside["guessing the mean"],
    }


if __name__ == "__main__":
    main()
