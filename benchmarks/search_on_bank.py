"""The search against Optuna's samplers and pruners on a recorded bank, by held-out correlation.

Run: python benchmarks/search_on_bank.py --ratings BASSE.es.jsonl --bank BANK [--criterion C]... [--calls N]...
     [--splits 30] [--only-library] [--half-systems] [--name NAME]
Writes benchmarks/results/NAME.json and, of the criteria's curves, NAME.png.

Each split takes 20 articles of rounds 1 and 3 to learn on and the other 20 to score. A verdict read for the first time
is a call. Every baseline runs through Optuna itself on the same budget and the same space, with items in random order:
random and TPE with full evaluation, and with successive halving, Hyperband and median pruning over tenths of the
items. The library's columns come from one search a split and budget: `single` is its best configuration, `expected`
the same search's best configuration by expected score alone, `verdicts_5` and `verdicts` its stacks of at most five and
of any number of calls an item, `surface` its stack with surface features. `surface_alone` asks no model.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from scipy.stats import spearmanr

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _signature import signature, write

from alia_judge import Budget, RecordedBank, compile_judge, load_ratings
from alia_judge.benchmark.split import Split
from alia_judge.compiling.folds import group_folds
from alia_judge.compiling.ridge import fit_ridge
from alia_judge.judging.surface import surface_features
from alia_judge.records import Configuration, Item
from alia_judge.stats.kernels import spearman_rows

CHUNKS = 10
MOST_TRIALS = 300
Floats = np.ndarray


class World:
    """Everything about one criterion as arrays, for the baselines and for scoring."""

    def __init__(self, ratings: Any, bank_folder: Path, criterion: str) -> None:
        matrix = ratings.matrix(criterion)
        items = {item.item_id: item for item in ratings.items()}
        self.criterion, self.scale = criterion, ratings.scales[criterion]
        self.items: list[Item] = [items[item_id] for item_id in matrix.item_ids]
        self.target = np.nanmean(matrix.values, axis=0)
        self.values = matrix.values
        self.groups = np.array([item.group for item in self.items])
        self.systems = np.array([item.system for item in self.items])
        self.bank_folder = bank_folder
        bank = RecordedBank.open(bank_folder)
        self.configurations: tuple[Configuration, ...] = bank.select(criterion=criterion)
        self.scores = np.stack([bank.judge(one, self.items).score for one in self.configurations])
        self.surface = surface_features(self.items)[1]

    def split(self, places: Floats) -> Split:
        return Split(
            name="train",
            criterion=self.criterion,
            scale=self.scale,
            items=tuple(self.items[place] for place in places),
            target=self.target[places],
            target_se=np.full(len(places), np.nan),
            values=self.values[:, places],
        )

    def held_out(self, scores: Floats, test: Floats) -> float:
        return float(spearmanr(scores, self.target[test]).statistic)


def splits(world: World, articles: list[str], n: int, *, half_systems: bool) -> Iterator[tuple[int, Floats, Floats]]:
    """Seed, learning items and held-out items of each split."""
    for seed in range(n):
        mixed = np.random.default_rng(seed).permutation(articles)
        learn, test = np.isin(world.groups, mixed[:20]), np.isin(world.groups, mixed[20:40])
        if half_systems:
            names = np.random.default_rng(1000 + seed).permutation(np.unique(world.systems))
            known = np.isin(world.systems, names[: len(names) // 2])
            learn, test = learn & known, test & ~known
        yield seed, np.flatnonzero(learn), np.flatnonzero(test)


# --- Baselines ---


def plain_attributes(configurations: tuple[Configuration, ...]) -> list[dict[str, str]]:
    """The attributes of each configuration that a person would search over, as categories; they tell all apart."""
    names = [name for name in configurations[0].parameters if name not in ("config_id", "criterion", "demo_item_ids")]
    rows = [{name: str(one.parameters[name]) for name in names} for one in configurations]
    if {"n_demos", "demo_strategy"} <= set(names):
        for row in rows:
            row["demos"] = f"{row.pop('n_demos')} {row.pop('demo_strategy')}"
    return rows


def optuna_baseline(
    world: World,
    learn: Floats,
    calls: int,
    seed: int,
    sampler: optuna.samplers.BaseSampler,
    pruner: optuna.pruners.BasePruner | None,
) -> int:
    """Index of the configuration that Optuna's best trial names within the budget."""
    rows = plain_attributes(world.configurations)
    index = {tuple(row.values()): place for place, row in enumerate(rows)}
    choices = {name: sorted({row[name] for row in rows}) for name in rows[0]}
    order = np.random.default_rng(seed).permutation(learn)
    ends = np.linspace(0, len(order), CHUNKS + 1).round().astype(int)[1:]
    depth = np.zeros(len(rows), dtype=int)
    paid = 0
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner or optuna.pruners.NopPruner())
    unfinished: dict[int, float] = {}
    for _ in range(MOST_TRIALS):
        trial = study.ask()
        candidate = index[tuple(trial.suggest_categorical(name, choices[name]) for name in choices)]
        state = optuna.trial.TrialState.COMPLETE
        value = float("nan")
        for step, end in enumerate(ends, start=1):
            cost = max(0, int(end) - int(depth[candidate]))
            if paid + cost > calls:
                state = optuna.trial.TrialState.FAIL
                break
            paid += cost
            depth[candidate] = max(depth[candidate], end)
            value = float(spearman_rows(world.scores[candidate][None, order[:end]], world.target[order[:end]])[0])
            unfinished[candidate] = value
            trial.report(value, step)
            if step < CHUNKS and pruner is not None and trial.should_prune():
                state = optuna.trial.TrialState.PRUNED
                break
        study.tell(trial, value if state == optuna.trial.TrialState.COMPLETE else None, state=state)
        if state == optuna.trial.TrialState.FAIL or (depth == len(order)).all():
            break
    complete = [t for t in study.trials if t.state == optuna.trial.TrialState.COMPLETE]
    if complete:
        best = max(complete, key=lambda one: one.value)
        return index[tuple(best.params[name] for name in choices)]
    return max(unfinished, key=lambda one: unfinished[one])


def _random(seed: int) -> optuna.samplers.BaseSampler:
    return optuna.samplers.RandomSampler(seed=seed)


def _tpe(seed: int) -> optuna.samplers.BaseSampler:
    return optuna.samplers.TPESampler(seed=seed)


BASELINES: dict[str, tuple[Callable[[int], Any], Callable[[], Any]]] = {
    "random": (_random, lambda: None),
    "tpe": (_tpe, lambda: None),
    "random+halving": (_random, lambda: optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2)),
    "tpe+halving": (_tpe, lambda: optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2)),
    "tpe+hyperband": (_tpe, lambda: optuna.pruners.HyperbandPruner(min_resource=1, max_resource=CHUNKS)),
    "tpe+median": (_tpe, lambda: optuna.pruners.MedianPruner(n_startup_trials=5)),
}


def random_stack(world: World, learn: Floats, test: Floats, calls: int, seed: int) -> float:
    """Ridge on expected scores of random configurations: 27 on 148 items at 4,000 calls, and in that proportion."""
    rng = np.random.default_rng(seed)
    members = rng.permutation(len(world.configurations))[: max(2, round((calls * 27 / 148) ** 0.5))]
    items = rng.permutation(learn)[: calls // len(members)]
    folds = group_folds([world.groups[items]], 5, rng)
    ridge = fit_ridge(world.scores[members][:, items].T, world.target[items], folds)
    return world.held_out(ridge.predict(world.scores[members][:, test].T), test)


def without_calls(world: World, learn: Floats, test: Floats) -> dict[str, float]:
    """What needs no budget: surface features alone, and exhaustive search of one configuration."""
    folds = group_folds([world.groups[learn]], 5, np.random.default_rng(0))
    surface = fit_ridge(world.surface[learn], world.target[learn], folds)
    best = int(np.nanargmax(spearman_rows(world.scores[:, learn], world.target[learn])))
    return {
        "surface_alone": world.held_out(surface.predict(world.surface[test]), test),
        "exhaustive_expected": world.held_out(world.scores[best, test], test),
    }


def library(world: World, learn: Floats, test: Floats, calls: int, seed: int) -> dict[str, float]:
    """One search, and what its verdicts give under each readout."""
    begun = time.perf_counter()
    crossed = ("system",) if len(np.intersect1d(world.systems[learn], world.systems[test])) == 0 else ()
    searched = compile_judge(
        train=world.split(learn),
        source=RecordedBank.open(world.bank_folder),
        budget=Budget(calls=calls),
        crossed=crossed,
        storage=":memory:",
        seed=seed,
    )
    seconds = time.perf_counter() - begun
    items = [world.items[place] for place in test]
    found = searched.predict(items)
    expected = next(
        place for place, one in enumerate(world.configurations) if one.name == searched.result.curve[-1].best
    )
    few = searched.redeploy(deploy_calls=5)
    surface = searched.redeploy(readouts=("verdicts", "surface"))
    return {
        "single": world.held_out(found.single, test),
        "expected": world.held_out(world.scores[expected, test], test),
        "verdicts_5": world.held_out(few.predict(items).deployed, test),
        "verdicts": world.held_out(found.deployed, test),
        "surface": world.held_out(surface.predict(items).deployed, test),
        "dev of single": searched.single.dev.value,
        "dev of verdicts": searched.deployed.dev.value,
        "dev of surface": surface.deployed.dev.value,
        "found": float(searched.result.found),
        "paid": float(searched.result.paid),
        "seconds": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ratings", required=True)
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--criterion", action="append")
    parser.add_argument("--calls", type=int, action="append")
    parser.add_argument("--splits", type=int, default=30)
    parser.add_argument("--only-library", action="store_true")
    parser.add_argument("--half-systems", action="store_true")
    parser.add_argument("--name", default="search_on_bank")
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    ratings = load_ratings(options.ratings)
    rounds = {item.group: str(item.extra.get("round")) for item in ratings.items()}
    articles = sorted(group for group, number in rounds.items() if number in ("1", "3"))
    table: dict[str, Any] = {}
    for criterion in options.criterion or ["Coherence", "5W1H", "Relevance"]:
        world = World(ratings, options.bank, criterion)
        rows: dict[str, dict[str, list[float]]] = {}
        for seed, learn, test in splits(world, articles, options.splits, half_systems=options.half_systems):
            for name, value in without_calls(world, learn, test).items():
                rows.setdefault("any", {}).setdefault(name, []).append(value)
            for calls in options.calls or [1000, 2000, 4000, 8000, 100_000]:
                figures = library(world, learn, test, calls, seed)
                if not options.only_library and calls < world.scores.size:
                    figures["random stack"] = random_stack(world, learn, test, calls, seed)
                    for name, (sampler, pruner) in BASELINES.items():
                        best = optuna_baseline(world, learn, calls, seed, sampler(seed), pruner())
                        figures[f"optuna {name}"] = world.held_out(world.scores[best, test], test)
                for name, value in figures.items():
                    rows.setdefault(str(calls), {}).setdefault(name, []).append(value)
            print(f"{criterion}: split {seed + 1} of {options.splits}", file=sys.stderr, flush=True)
        table[criterion] = {
            calls: {
                name: {"mean": float(np.mean(values)), "se": float(np.std(values, ddof=1) / len(values) ** 0.5)}
                for name, values in columns.items()
            }
            for calls, columns in rows.items()
        }
        show(criterion, table[criterion])
    path = write(options.name, {"table": table, "splits": options.splits, "signature": signature("optuna", seed=0)})
    draw(table, path.with_suffix(".png"))


def show(criterion: str, rows: dict[str, Any]) -> None:
    print(f"\n{criterion}")
    for calls, columns in rows.items():
        print(f"  {calls} calls")
        for name, figure in columns.items():
            print(f"    {name:24s} {figure['mean']:8.3f} +- {figure['se']:.3f}")
    sys.stdout.flush()


def draw(table: dict[str, Any], path: Path) -> None:
    """Held-out correlation by calls, one panel a criterion."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(table), figsize=(4.2 * len(table), 3.6), squeeze=False, sharey=True)
    for panel, (criterion, rows) in zip(panels[0], table.items(), strict=True):
        budgets = [calls for calls in rows if calls != "any"]
        names = [name for name in rows[budgets[0]] if name in _DRAWN or name.startswith("optuna")]
        for name in names:
            known = [calls for calls in budgets if name in rows[calls]]
            style = ":" if name.startswith("optuna") else "-"
            panel.errorbar(
                [int(calls) for calls in known],
                [rows[calls][name]["mean"] for calls in known],
                [rows[calls][name]["se"] for calls in known],
                linestyle=style,
                linewidth=1,
                label=name,
            )
        panel.axhline(rows["any"]["surface_alone"]["mean"], color="grey", linestyle="--", label="surface_alone")
        panel.set(title=criterion, xscale="log", xlabel="calls")
    panels[0][0].set_ylabel("held-out Spearman")
    panels[0][-1].legend(fontsize=6)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


_DRAWN = ("single", "verdicts_5", "verdicts", "surface", "random stack")


if __name__ == "__main__":
    main()
