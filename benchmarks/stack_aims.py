"""What is deployed beside plain means, ridge, the single judge and the surface, by held-out Spearman on recorded banks.

Run: python benchmarks/stack_aims.py --hanna DIR --gemba DIR --summeval DIR --basse DIR [--regime R]... [--splits 20]
Writes benchmarks/results/NAME.json. What is measured goes line by line to benchmarks/out/NAME.jsonl, and the same
command goes on from there.

Each folder holds ratings (``ratings.csv`` or ``*.jsonl``) and ``bank``. Each split takes half of the groups (documents,
prompts, articles) to learn on and scores the others. One search a split and budget pays for verdicts; `deployed` is its
stack without a bound on calls, `five` its stack of at most five calls an item, `single` its judge of one configuration.
Beside them, on the same verdicts, what others would make of them (`_peers.py`). Of the configurations that were judged
on most items: `mean of members`, `ridge` (scikit-learn's RidgeCV), `PLS of AutoMetrics`, `greedy five`, `boosting`
(scikit-learn's HistGradientBoostingRegressor); of one judge `by match` and `by kappa`, chosen by its mean closeness to
people item by item or by its quadratic kappa, and the best one read by `cuts of ReAnchor`. `mean of all` is of every
configuration that was paid for, `surface` the library's reading of surface features, where there are texts. ``every
verdict`` pays for all of the learning half, ``100 labels`` for all on 100 random items of it.

Errors are Nadeau and Bengio's: splits of one data set overlap, so the variance of a mean over J splits is
(1/J + n_test/n_train) times that of a split, counted in groups. Criteria of a data set are averaged within a split.

References
----------
Nadeau and Bengio (2003). Inference for the generalization error. Machine Learning 52.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from scipy.stats import t as student

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

import _peers as peers
from _signature import signature, write
from search_on_bank import OUT, Kept, Source, World

from alia_judge import Budget, RecordedBank, compile_judge, load_ratings
from alia_judge.compiling.options import Deployment
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.compiling.stack.surface_model import fit_surface
from alia_judge.stats.folds import group_folds
from alia_judge.stats.kernels import spearman_rows

Floats = np.ndarray
EVERYTHING = 10**7
#: Data set, regime, calls, labels (None: all of the learning half), whether other criteria's verdicts are read.
CASES: tuple[tuple[str, str, int, int | None, bool], ...] = (
    ("hanna", "1,500 calls", 1500, None, False),
    ("hanna", "every verdict", EVERYTHING, None, False),
    ("summeval", "2,000 calls", 2000, None, False),
    ("summeval", "every verdict", EVERYTHING, None, False),
    ("summeval", "every verdict, all criteria", EVERYTHING, None, True),
    ("basse", "4,000 calls", 4000, None, False),
    ("gemba", "4,000 calls", 4000, None, False),
    ("gemba", "every verdict", EVERYTHING, None, False),
    ("gemba", "100 labels", EVERYTHING, 100, False),
)
#: Data set, regime, figure (a criterion or "mean"), judge, least held-out Spearman that is aimed at.
AIMS: tuple[tuple[str, str, str, str, float], ...] = (
    ("gemba", "4,000 calls", "mean", "single", 0.44),
    ("gemba", "4,000 calls", "mean", "deployed", 0.487),
    ("gemba", "4,000 calls", "mean", "five", 0.47),
    ("gemba", "every verdict", "mean", "deployed", 0.512),
    ("gemba", "100 labels", "mean", "deployed", 0.485),
    ("summeval", "2,000 calls", "mean", "deployed", 0.545),
    ("summeval", "2,000 calls", "mean", "five", 0.545),
    ("summeval", "every verdict, all criteria", "coherence", "deployed", 0.60),
    ("summeval", "every verdict, all criteria", "relevance", "deployed", 0.585),
    ("summeval", "every verdict, all criteria", "fluency", "deployed", 0.51),
    ("summeval", "every verdict, all criteria", "consistency", "deployed", 0.62),
    ("hanna", "1,500 calls", "mean", "deployed", 0.518),
    ("hanna", "1,500 calls", "mean", "five", 0.50),
    ("basse", "4,000 calls", "mean", "deployed", 0.46),
    ("basse", "4,000 calls", "mean", "five", 0.455),
)
RIVALS = (
    "mean of members",
    "mean of all",
    "ridge",
    "PLS of AutoMetrics",
    "greedy five",
    "boosting",
    "single",
    "by match",
    "by kappa",
    "cuts of ReAnchor",
    "surface",
)


def read_worlds(folder: Path, *, others: bool = False) -> dict[str, World]:
    """Each criterion's world, with the verdicts on all `others` as features where they are wanted."""
    path = next(iter([*folder.glob("ratings.csv"), *folder.glob("*.jsonl")]))
    ratings, bank = load_ratings(path), RecordedBank.open(folder / "bank")
    recorded = {one.parameters["criterion"] for one in bank.configurations}
    return {
        name: World(ratings, bank, name, bank.configurations if others else None)
        for name in ratings.criteria
        if name in recorded
    }


def split_of(world: World, seed: int, labels: int | None) -> tuple[Floats, Floats]:
    """Learning items and held-out items of a split."""
    kept = np.array([str(item.extra.get("round")) != "2" for item in world.items])
    rng = np.random.default_rng(1000 + seed)
    groups = rng.permutation(np.unique(world.groups[kept]))
    known = np.isin(world.groups, groups[: len(groups) // 2])
    learn, test = np.flatnonzero(kept & known), np.flatnonzero(kept & ~known)
    return (learn if labels is None else np.sort(rng.choice(learn, labels, replace=False))), test


def standard(scores: Floats, known: Floats) -> Floats:
    """Scores (m, n) in standard deviations of those that are known (same shape; False is not paid)."""
    seen = np.where(known & ~np.isnan(scores), scores, np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        centre, spread = np.nanmean(seen, axis=1, keepdims=True), np.nanstd(seen, axis=1, keepdims=True)
    return np.nan_to_num((scores - centre) / np.where(spread > 0, spread, np.inf))


def held_out(world: World, scores: Floats, test: Floats) -> float:
    """Spearman with people's means; an item without a score counts as the mean of the others."""
    return world.held_out(np.where(np.isnan(scores), np.nanmean(scores), scores), test)


def rivals(world: World, paid: Floats, learn: Floats, test: Floats) -> dict[str, float]:
    """What the same verdicts give by other means."""
    asked = paid[:, learn].sum(axis=1)
    members = np.flatnonzero(asked >= 0.9 * asked.max())
    judged = learn[paid[members][:, learn].all(axis=0)]
    everyone = np.flatnonzero(asked > 1)
    plain = standard(world.scores, paid)
    target, raw = world.target[judged], world.scores[members][:, judged].T
    read = peers.readings(plain[members][:, judged].T, target, plain[members][:, test].T)
    chosen = {
        "by match": members[peers.judge_by_match(raw, target)],
        "by kappa": members[peers.judge_by_kappa(raw, target)],
    }
    figures = {
        "mean of members": held_out(world, plain[members][:, test].sum(axis=0), test),
        "mean of all": held_out(world, plain[everyone][:, test].sum(axis=0), test),
        **{name: held_out(world, scores, test) for name, scores in read.items()},
        **{name: held_out(world, world.scores[row, test], test) for name, row in chosen.items()},
    }
    best = members[int(np.nanargmax(spearman_rows(raw.T, target)))]
    cut = peers.cuts(peers.judgments(world, best, judged), target, peers.judgments(world, best, test), world.scale)
    if cut is not None:
        figures["cuts of ReAnchor"] = held_out(world, cut, test)
    if np.ptp(world.surface, axis=0).any():
        folds = group_folds([world.groups[learn]], 5, np.random.default_rng(0))
        surface, _ = fit_surface(world.surface[learn], world.target[learn], folds)
        figures["surface"] = held_out(world, surface.predict(world.surface[test]), test)
    return figures


def measure(world: World, learn: Floats, test: Floats, calls: int, seed: int) -> dict[str, float]:
    """Held-out figures of one search and of its rivals."""
    source = Source(world)
    searched = compile_judge(
        deployment=Deployment(calls="all"),
        train=world.split(learn),
        source=source,
        space=SearchSpace(recorded=world.configurations),
        budget=Budget(calls=calls),
        storage=":memory:",
        seed=seed,
    )
    paid = source.asked.copy()
    items = [world.items[place] for place in test]
    found, few = searched.predict(items), searched.redeploy(Deployment(calls=5))
    return {
        "deployed": held_out(world, found.deployed, test),
        "five": held_out(world, few.predict(items).deployed, test),
        "single": held_out(world, found.single, test),
        **rivals(world, paid, learn, test),
        "calls of deployed": float(searched.deployed.stack.calls_per_item),
        "single is deployed": float(searched.deployed.stack.readout is not None),
        "ties": float(searched.deployed.stack.ceiling is not None),
        "dev of deployed": searched.deployed.dev.value,
        "dev of five": few.deployed.dev.value,
        "test over train": len(np.unique(world.groups[test])) / len(np.unique(world.groups[learn])),
    }


def corrected(values: Floats, ratio: float) -> dict[str, float]:
    """Mean over splits, and Nadeau and Bengio's standard error and 95% interval."""
    mean, n = float(values.mean()), len(values)
    error = float(np.sqrt((1 / n + ratio) * values.var(ddof=1)))
    reach = float(student.ppf(0.975, n - 1)) * error
    return {"mean": mean, "se": error, "low": mean - reach, "high": mean + reach}


def tabulate(lines: Sequence[dict[str, Any]], splits: int) -> dict[str, dict[str, Any]]:
    """By data set and regime: figures by criterion and of their mean, and deployed and five less each rival."""
    table: dict[str, dict[str, Any]] = {}
    for data, regime, *_ in CASES:
        here = [one for one in lines if one["calls"] == f"{data}, {regime}" and one["seed"] < splits]
        criteria = sorted({one["criterion"] for one in here})
        seeds = (
            sorted(set.intersection(*({o["seed"] for o in here if o["criterion"] == c} for c in criteria)))
            if criteria
            else []
        )
        if len(seeds) < 2:
            continue
        found = {(one["criterion"], one["seed"]): one["figures"] for one in here}
        names = list(found[criteria[0], seeds[0]])
        values = {
            name: np.array([[found[c, seed][name] for seed in seeds] for c in criteria])
            for name in names
            if all(name in found[c, seed] for c in criteria for seed in seeds)
        }
        ratio = float(values.pop("test over train").mean())
        parts = {"mean": slice(None), **({c: [k] for k, c in enumerate(criteria)} if len(criteria) > 1 else {})}
        table[f"{data}, {regime}"] = {
            part: {
                "figures": {name: corrected(one[rows].mean(axis=0), ratio) for name, one in values.items()},
                "less": {
                    judge: {
                        rival: corrected((values[judge] - values[rival])[rows].mean(axis=0), ratio)
                        for rival in RIVALS
                        if rival in values
                    }
                    for judge in ("deployed", "five")
                },
            }
            for part, rows in parts.items()
        } | {"splits": len(seeds)}
    return table


def show(table: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Print the table; which aims are met."""
    for name, parts in table.items():
        print(f"\n{name}, {parts['splits']} splits")
        for part, one in parts.items():
            if part == "splits":
                continue
            print(f"  {part}: " + ", ".join(f"{k} {v['mean']:.3f}±{v['se']:.3f}" for k, v in one["figures"].items()))
            for judge, less in one["less"].items():
                told = (f"{k} {v['mean']:+.3f} [{v['low']:+.3f}, {v['high']:+.3f}]" for k, v in less.items())
                print(f"    {judge} less " + ", ".join(told))
    verdicts = []
    print()
    for data, regime, part, judge, aim in AIMS:
        if part not in table.get(f"{data}, {regime}", ()):
            continue
        one = table[f"{data}, {regime}"][part]["figures"][judge]
        # The aim is met where the mean less one standard error reaches it; the mean alone may.
        met = one["mean"] - one["se"] >= aim
        verdicts.append({"data": data, "regime": regime, "figure": part, "judge": judge, "aim": aim, **one, "met": met})
        word = "met" if met else "reached by the mean alone" if one["mean"] >= aim else "not met"
        print(f"{data}, {regime}, {part}, {judge}: {one['mean']:.3f} ± {one['se']:.3f} for {aim:.3f}: {word}")
    for name, parts in table.items():
        for part, one in parts.items():
            below = (
                [
                    f"{judge} below {rival}"
                    for judge, less in one["less"].items()
                    for rival, v in less.items()
                    if v["high"] < 0
                ]
                if part != "splits"
                else []
            )
            if below:
                print(f"significantly below, {name}, {part}: {'; '.join(below)}")
    return verdicts


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for data in ("hanna", "gemba", "summeval", "basse"):
        parser.add_argument(f"--{data}", type=Path)
    parser.add_argument("--regime", action="append", choices=sorted({case[1] for case in CASES}))
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--name", default="stack_aims")
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    kept = Kept(OUT / f"{options.name}.jsonl")
    for data, regime, calls, labels, others in CASES:
        folder = getattr(options, data)
        if folder is None or (options.regime and regime not in options.regime):
            continue
        for criterion, world in read_worlds(folder, others=others).items():
            for seed in range(options.splits):
                learn, test = split_of(world, seed, labels)
                kept.once((criterion, seed, f"{data}, {regime}"), lambda: measure(world, learn, test, calls, seed))  # noqa: B023
            print(data, regime, criterion, file=sys.stderr, flush=True)
    table = tabulate(kept.lines, options.splits)
    aims = show(table)
    print(write(options.name, {"aims": aims, "table": table, "signature": signature("optuna", "scikit-learn", seed=0)}))


if __name__ == "__main__":
    main()
