"""Do the intervals of an evaluation cover the truth as often as they say, and which kind of interval does best?

Answers of six systems to one question are a group; three people rate them; a judge sees their quality with noise and a
liking for two of the systems, an untuned one with more noise. Length tells a little of the quality. Without groups,
each answer is to a question of its own. The truth of each figure is that figure on a population of thirty thousand
items, except where the figure is of a baseline that learns from the items at hand: its truth is the mean over all
simulations, as it is what so many items teach.

Each simulation makes the figures with the functions that `evaluate_scores` calls, under every kind of interval. The
first of each size is evaluated as a whole as well, and must come out the same.

    python benchmarks/evaluation_coverage.py
    python benchmarks/evaluation_coverage.py --table
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from alia_judge.evaluation import EvaluationOptions, evaluate_scores
from alia_judge.evaluation.agreement.correlations import correlations
from alia_judge.evaluation.agreement.error import errors
from alia_judge.evaluation.comparisons.baselines import compare
from alia_judge.evaluation.comparisons.surface import SurfaceBaseline
from alia_judge.evaluation.rated_items import rated_items
from alia_judge.ratings import load_ratings
from alia_judge.ratings.table import Ratings
from alia_judge.records import Scale
from alia_judge.stats.alpha import krippendorff_alpha
from alia_judge.stats.ceiling import share_of_ceiling
from alia_judge.stats.estimate import Estimate

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _signature import signature, write

#: By how much each system is better than the mean, and how much more the judge likes it than people do.
SYSTEMS = {"a": (0.6, 0.0), "b": (0.35, 0.3), "c": (0.1, 0.0), "d": (-0.1, 0.3), "e": (-0.35, 0.0), "f": (-0.6, 0.0)}
WORDS = np.array(["factura", "línea", "el", "datos", "no", "router", "euros", "llame", "gratis", "avería"])
POPULATION = 30_000
KINDS = ("percentile", "t", "jackknife")
#: What the items at hand taught is part of these.
LEARNT = ("surface features", "judge less surface features")
#: These are Student's t whatever is asked for.
FIXED = ("mean absolute error", "bias", *(f"judge less {other}" for other in (
    "the untuned", "surface features", "the best annotator", "guessing the mean")))  # fmt: skip

#: The figures of one simulation, by name.
Figures = dict[str, Estimate]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=400)
    parser.add_argument("--groups", type=int, nargs="+", default=[10, 20, 60], help="Groups of six items.")
    parser.add_argument("--alone", type=int, nargs="*", default=[120], help="Items without groups.")
    parser.add_argument("--resamples", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="Processes; they do not change the figures.")
    parser.add_argument("--table", action="store_true", help="Print what is stored, as the documentation has it.")
    arguments = parser.parse_args()
    if arguments.table:
        print_table()
        return
    rows = []
    sizes = [(n * len(SYSTEMS), len(SYSTEMS)) for n in arguments.groups] + [(n, 1) for n in arguments.alone]
    truths = {in_group: population(in_group, arguments.seed) for in_group in sorted({size[1] for size in sizes})}
    for n_items, in_group in sizes:
        truth = truths[in_group]
        seeds = np.random.SeedSequence([arguments.seed, n_items, in_group]).spawn(arguments.repeats)
        same_as_a_whole_evaluation(n_items, in_group, arguments.resamples, seeds[0])
        with ProcessPoolExecutor(max_workers=arguments.jobs) as pool:
            found = list(pool.map(partial(simulated, n_items, in_group, arguments.resamples), seeds, chunksize=5))
        for name in truth:
            row = {"items": n_items, "groups": n_items // in_group if in_group > 1 else None, "figure": name}
            rows.append(row | covered(name, truth[name], found))
            print(rows[-1], flush=True)
    settings = {"repeats": arguments.repeats, "resamples": arguments.resamples, "level": 0.95}
    result = {"signature": signature(seed=arguments.seed), **settings, "rows": rows}
    print(f"wrote {write('evaluation_coverage', result)}")


def covered(name: str, truth: float, found: list[dict[str, Figures]]) -> dict[str, Any]:
    """How often the intervals of a figure held its truth, and how wide they were, by kind of interval."""
    values = [each["t"][name].value for each in found]
    target = float(np.nanmean(values)) if name in LEARNT else truth
    intervals = {}
    for kind in ("t",) if name in FIXED else KINDS:
        made = [each[kind][name] for each in found if not np.isnan(each[kind][name].low)]
        intervals[kind] = {
            "coverage": round(float(np.mean([one.low <= target <= one.high for one in made])), 4),
            "width": round(float(np.mean([one.high - one.low for one in made])), 4),
            "simulations": len(made),
        }
    return {"truth": round(target, 4), "mean": round(float(np.nanmean(values)), 4), "intervals": intervals}


def population(in_group: int, seed: int) -> dict[str, float]:
    """Each figure on a great many items, where it is defined."""
    ratings, judged = world(POPULATION, in_group, np.random.default_rng(np.random.SeedSequence([seed])))
    made = figures(ratings, judged, EvaluationOptions(n_resamples=2, interval="t"), kinds=("t",))["t"]
    return {name: estimate.value for name, estimate in made.items() if estimate.defined}


def simulated(n_items: int, in_group: int, n_resamples: int, seed: np.random.SeedSequence) -> dict[str, Figures]:
    """Kind of interval -> the figures of one simulation."""
    rng = np.random.default_rng(seed)
    ratings, judged = world(n_items, in_group, rng)
    return figures(ratings, judged, EvaluationOptions(n_resamples=n_resamples, seed=int(rng.integers(1 << 30))))


def same_as_a_whole_evaluation(n_items: int, in_group: int, n_resamples: int, seed: np.random.SeedSequence) -> None:
    """Stop the benchmark if what it simulates is not what an evaluation gives."""
    parts = simulated(n_items, in_group, n_resamples, seed)
    rng = np.random.default_rng(seed)
    ratings, judged = world(n_items, in_group, rng)
    options = EvaluationOptions(n_resamples=n_resamples, seed=int(rng.integers(1 << 30)))
    for kind in KINDS:
        whole = evaluate_scores(ratings, judged, baseline="untuned", options=replace(options, interval=kind))
        for name, estimate in named(whole.judge("judge")).items():
            np.testing.assert_allclose(
                [estimate.value, estimate.low, estimate.high],
                [parts[kind][name].value, parts[kind][name].low, parts[kind][name].high],
                err_msg=f"{name}, {kind}",
            )


def figures(
    ratings: Ratings,
    judged: dict[str, dict[str, float]],
    options: EvaluationOptions,
    kinds: tuple[str, ...] = KINDS,
) -> dict[str, Figures]:
    """Kind of interval -> what an evaluation of the judge says; each kind from the same seed."""
    (human,) = rated_items(ratings)
    scores = human.scores(judged["judge"])
    surface = SurfaceBaseline.learn(human.items, human.target, human.clusters, seed=options.seed)
    rivals = {"the untuned judge": human.scores(judged["untuned"]), "surface features alone": surface.learned}
    fixed = {
        "error": errors(human, scores, options),
        "comparisons": compare(human, scores, rivals, options),
    }
    made = {}
    for kind in kinds:
        mine = replace(options, interval=kind)
        resampling: dict[str, Any] = {
            "interval": kind, "confidence": mine.level, "n_resamples": mine.n_resamples, "groups": human.resampled,
            "rng": mine.seed,
        }  # fmt: skip
        made[kind] = named(
            SimpleNamespace(
                correlation=correlations(human, scores, mine),
                share_of_ceiling=share_of_ceiling(scores, human.values, "spearman", **resampling),
                surface=surface.figures(human, scores, mine),
                agreement={
                    "with_judge": krippendorff_alpha(np.vstack([human.values, scores]), "interval", **resampling)
                },
                **fixed,
            )
        )
    return made


def named(judge: Any) -> Figures:
    """The headline figures and paired differences of a `JudgeEvaluation`, or of what has these fields of one."""
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
        "alpha with the judge": judge.agreement["with_judge"],
        "mean absolute error": judge.error["mae"],
        "bias": judge.error["bias"],
        "judge less the untuned": beside["the untuned judge"],
        "judge less surface features": beside["surface features alone"],
        "judge less the best annotator": beside["the best single annotator"],
        "judge less guessing the mean": beside["guessing the mean"],
    }


def world(n: int, in_group: int, rng: np.random.Generator) -> tuple[Ratings, dict[str, dict[str, float]]]:
    """`n` rated items, `in_group` of them in a group, and the scores of the judge and of the untuned one."""
    names = list(SYSTEMS)
    lift, liking = (np.resize([SYSTEMS[name][side] for name in names], n) for side in (0, 1))
    # Items of a group share part of their quality, and groups part of their difficulty.
    quality = 3 + lift + 0.5 * np.repeat(rng.normal(size=n // in_group), in_group) + 0.7 * rng.normal(size=n)
    words = np.maximum(3, np.round(20 + 4 * (quality - 3) + 8 * rng.normal(size=n))).astype(int)
    texts = [" ".join(rng.choice(WORDS, size=count)) for count in words]
    rows = [
        {
            "item_id": f"i{item:05}",
            "annotator_id": who,
            "value": float(np.clip(np.round(quality[item] + rng.normal(0, 0.7)), 1, 5)),
            "response": texts[item],
            "system": names[item % len(names)],
            **({"group": f"g{item // in_group}"} if in_group > 1 else {}),
        }
        for item in range(n)
        for who in ("ana", "jon", "uxue")
    ]
    ratings = load_ratings(rows, criterion="c", scales={"c": Scale.ordinal(1, 5)})
    ids = [f"i{item:05}" for item in range(n)]
    return ratings, {
        "judge": dict(zip(ids, np.clip(quality + liking + rng.normal(0, 0.8, n), 1, 5).tolist(), strict=True)),
        "untuned": dict(zip(ids, np.clip(quality + rng.normal(0, 1.4, n), 1, 5).tolist(), strict=True)),
    }


def print_table() -> None:
    """Coverage, and mean width in brackets, of each figure and kind of interval by size."""
    stored = json.loads(Path(__file__).with_name("results").joinpath("evaluation_coverage.json").read_text())
    sizes = list(dict.fromkeys((row["items"], row["groups"]) for row in stored["rows"]))
    heads = [f"{items} items, {f'{groups} groups' if groups else 'no groups'}" for items, groups in sizes]
    print("| figure | interval |", " | ".join(heads), "|")
    print("|---|---|" + "---|" * len(sizes))
    for name in dict.fromkeys(row["figure"] for row in stored["rows"]):
        mine = {(row["items"], row["groups"]): row for row in stored["rows"] if row["figure"] == name}
        for kind in ("t",) if name in FIXED else KINDS:
            cells = [mine[size]["intervals"][kind] if size in mine else None for size in sizes]
            shown = ["" if cell is None else f"{cell['coverage']:.3f} ({cell['width']:.2f})" for cell in cells]
            print(f"| {name} | {kind} |", " | ".join(shown), "|")


if __name__ == "__main__":
    main()
