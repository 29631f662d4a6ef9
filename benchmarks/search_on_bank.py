"""The search against Optuna's samplers and pruners on a recorded bank, by held-out correlation.

Run: python benchmarks/search_on_bank.py --ratings BASSE.es.jsonl --bank BANK [--criterion C]... [--calls N]...
     [--splits 30] [--half-systems] [--part baselines|library|all] [--name NAME]
Writes benchmarks/results/NAME.json and, of the criteria's curves and of what a call an item is worth, NAME.png. What
is measured goes line by line to benchmarks/out/NAME.PART.jsonl, and the same command goes on from there: a run may be
killed, and the library measured anew (delete its file) while the baselines stay.

Each split takes 20 articles of rounds 1 and 3 to learn on and the other 20 to score; with --half-systems also half of
the systems to learn on and the others to score. A verdict read for the first time is a call. Every baseline runs
through Optuna itself on the same budget and the same space, with items in random order: random and TPE with full
evaluation, and with successive halving, Hyperband and median pruning over tenths of the items. `random stack` is a
ridge on expected scores of random configurations, `random greedy` the mean of five of twenty random ones, picked
greedily. The library's columns come from one search a split and budget: `single` is its best configuration, `expected`
the same search's best configuration by expected score alone, `verdicts_5` and `verdicts` its stacks of at most five and
of any number of calls an item, `surface_5` and `surface` the same with surface features. `surface_alone` (plain
ridge) and `surface_fitted` (the library's own reading) ask no model.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from scipy.stats import spearmanr

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _search_table import draw, show, show_tradeoff, tabulate
from _signature import signature, write

from alia_judge import Budget, RecordedBank, compile_judge, load_ratings
from alia_judge.benchmark.split import Split
from alia_judge.compiling.budget import DeployCalls
from alia_judge.compiling.options import Deployment, SearchOptions
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.compiling.stack.surface_model import fit_surface
from alia_judge.records import Configuration, Item, Judgments
from alia_judge.stats.folds import group_folds
from alia_judge.stats.kernels import spearman_rows
from alia_judge.stats.ridge import fit_ridge
from alia_judge.text.surface import surface_features

CHUNKS = 10
MOST_TRIALS = 300
BUDGETS = (1000, 2000, 4000, 8000, 100_000)
#: Where the trade-off of calls an item is measured, and at which numbers of calls.
TRADEOFF_BUDGET, TRADEOFF_CALLS = 4000, (1, 2, 3, 5, 8)
OUT = Path(__file__).parent / "out"
Floats = np.ndarray


class World:
    """Everything about one criterion as arrays: for the baselines, for scoring, and as a source of verdicts."""

    def __init__(
        self, ratings: Any, bank: RecordedBank, criterion: str, configurations: Sequence[Configuration] | None = None
    ) -> None:
        matrix = ratings.matrix(criterion)
        items = {item.item_id: item for item in ratings.items()}
        self.criterion, self.scale = criterion, ratings.scales[criterion]
        self.items: list[Item] = [items[item_id] for item_id in matrix.item_ids]
        self.place = {item.item_id: place for place, item in enumerate(self.items)}
        self.target = np.nanmean(matrix.values, axis=0)
        self.values = matrix.values
        self.groups = np.array([item.group for item in self.items])
        self.systems = np.array([item.system for item in self.items])
        self.configurations = tuple(configurations or bank.select(criterion=criterion))
        judged = [bank.judge(one, self.items) for one in self.configurations]
        self.scores = np.stack([one.score for one in judged])
        self.probabilities = np.stack([one.probabilities for one in judged])
        if np.isnan(self.probabilities).all():  # scores alone, on a scale of their own
            self.probabilities = np.full((*self.scores.shape, len(self.scale.points)), np.nan)
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


class Source:
    """A world's verdicts as a `JudgmentSource` of which nothing is paid yet; opening a bank anew takes longer."""

    def __init__(self, world: World) -> None:
        self._world, self.scale = world, world.scale
        self._index = {one.key: place for place, one in enumerate(world.configurations)}
        self.asked = np.zeros(world.scores.shape, dtype=bool)

    def paid(self, configuration: Configuration, items: Sequence[Item]) -> Sequence[bool]:
        return list(self.asked[self._index[configuration.key], self._places(items)])

    def judge(self, configuration: Configuration, items: Sequence[Item]) -> Judgments:
        row, places = self._index[configuration.key], self._places(items)
        new = ~self.asked[row, places]
        self.asked[row, places] = True
        return Judgments(
            item_ids=tuple(item.item_id for item in items),
            probabilities=self._world.probabilities[row, places],
            score=self._world.scores[row, places],
            reasons=(None,) * len(items),
            paid=int(new.sum()),
            replayed=int((~new).sum()),
        )

    def _places(self, items: Sequence[Item]) -> Floats:
        return np.array([self._world.place[item.item_id] for item in items], dtype=np.intp)


def read_worlds(ratings: str, folder: Path, criteria: Sequence[str]) -> tuple[dict[str, World], list[str]]:
    """Each criterion's world, and the articles to split."""
    rated, bank = load_ratings(ratings), RecordedBank.open(folder)
    rounds = {item.group: str(item.extra.get("round")) for item in rated.items()}
    articles = sorted(group for group, number in rounds.items() if number in ("1", "3"))
    return {name: World(rated, bank, name) for name in criteria}, articles


def split_of(world: World, articles: list[str], seed: int, *, half_systems: bool = False) -> tuple[Floats, Floats]:
    """Learning items and held-out items of a split."""
    mixed = np.random.default_rng(seed).permutation(articles)
    learn, test = np.isin(world.groups, mixed[:20]), np.isin(world.groups, mixed[20:40])
    if half_systems:
        names = np.random.default_rng(1000 + seed).permutation(np.unique(world.systems))
        known = np.isin(world.systems, names[: len(names) // 2])
        learn, test = learn & known, test & ~known
    return np.flatnonzero(learn), np.flatnonzero(test)


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
    values: Floats,
    ends: Floats,
    rows: list[dict[str, str]],
    budget: float,
    sampler: optuna.samplers.BaseSampler,
    pruner: optuna.pruners.BasePruner | None,
    price: Floats | None = None,
    most_trials: int = MOST_TRIALS,
) -> int:
    """Index of the configuration that Optuna's best trial names within the budget.

    `values` is each configuration's figure on the items up to each end, shape (m, chunks); `price` what of the budget a
    call of each takes, 1 where it is not given.
    """
    prices = np.ones(len(rows)) if price is None else price
    index = {tuple(row.values()): place for place, row in enumerate(rows)}
    choices = {name: sorted({row[name] for row in rows}) for name in rows[0]}
    depth = np.zeros(len(rows), dtype=int)
    paid = 0.0
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner or optuna.pruners.NopPruner())
    unfinished: dict[int, float] = {}
    best: tuple[float, int] | None = None
    for _ in range(most_trials):
        trial = study.ask()
        candidate = index[tuple(trial.suggest_categorical(name, choices[name]) for name in choices)]
        state = optuna.trial.TrialState.COMPLETE
        value = float("nan")
        for step, end in enumerate(ends, start=1):
            cost = max(0, int(end) - int(depth[candidate])) * float(prices[candidate])
            if paid + cost > budget + 1e-9:
                state = optuna.trial.TrialState.FAIL
                break
            paid += cost
            depth[candidate] = max(depth[candidate], end)
            value = float(values[candidate, step - 1])
            unfinished[candidate] = value
            if pruner is not None:
                trial.report(value, step)
                if step < CHUNKS and trial.should_prune():
                    state = optuna.trial.TrialState.PRUNED
                    break
        complete = state == optuna.trial.TrialState.COMPLETE
        study.tell(trial, value if complete else None, state=state)
        if complete and (best is None or value > best[0]):
            best = (value, candidate)
        if state == optuna.trial.TrialState.FAIL or (depth == ends[-1]).all():
            break
    return max(unfinished, key=lambda one: unfinished[one]) if best is None else best[1]


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


def random_greedy(world: World, learn: Floats, test: Floats, calls: int, seed: int) -> float:
    """Five of twenty random configurations (more where the budget judges every item with more), picked greedily.

    The next one is that with which the mean of standardised expected scores correlates best with people.
    """
    rng = np.random.default_rng(seed)
    members = rng.permutation(len(world.configurations))[: max(20, calls // len(learn))]
    items = rng.permutation(learn)[: calls // len(members)]
    known = world.scores[members][:, items]
    centre, scale = known.mean(axis=1, keepdims=True), np.maximum(known.std(axis=1, keepdims=True), 1e-12)
    standard = (known - centre) / scale
    picked: list[int] = []
    for _ in range(5):
        sums = standard[picked].sum(axis=0) + standard
        figures = np.nan_to_num(spearman_rows(sums, world.target[items]), nan=-1.0)
        figures[picked] = -np.inf
        picked.append(int(np.argmax(figures)))
    return world.held_out(((world.scores[members][:, test] - centre) / scale)[picked].mean(axis=0), test)


def baselines(world: World, learn: Floats, test: Floats, calls: int, seed: int) -> dict[str, float]:
    """Every other method on the same budget."""
    order = np.random.default_rng(seed).permutation(learn)
    ends = np.linspace(0, len(order), CHUNKS + 1).round().astype(int)[1:]
    values = np.stack([spearman_rows(world.scores[:, order[:end]], world.target[order[:end]]) for end in ends], axis=1)
    rows = plain_attributes(world.configurations)
    figures = {
        "random stack": random_stack(world, learn, test, calls, seed),
        "random greedy": random_greedy(world, learn, test, calls, seed),
    }
    for name, (sampler, pruner) in BASELINES.items():
        best = optuna_baseline(values, ends, rows, calls, sampler(seed), pruner())
        figures[f"optuna {name}"] = world.held_out(world.scores[best, test], test)
    return figures


def without_calls(world: World, learn: Floats, test: Floats) -> dict[str, float]:
    """What needs no budget: surface features alone, and exhaustive search of one configuration."""
    folds = group_folds([world.groups[learn]], 5, np.random.default_rng(0))
    surface = fit_ridge(world.surface[learn], world.target[learn], folds)
    bent, _ = fit_surface(world.surface[learn], world.target[learn], folds)
    best = int(np.nanargmax(spearman_rows(world.scores[:, learn], world.target[learn])))
    everything = fit_ridge(world.scores[:, learn].T, world.target[learn], folds)
    return {
        "surface_alone": world.held_out(surface.predict(world.surface[test]), test),
        "surface_fitted": world.held_out(bent.predict(world.surface[test]), test),
        "exhaustive_expected": world.held_out(world.scores[best, test], test),
        "exhaustive_ridge": world.held_out(everything.predict(world.scores[:, test].T), test),
    }


# --- The library ---


def library(world: World, learn: Floats, test: Floats, calls: int, seed: int) -> dict[str, float]:
    """One search, and what its verdicts give under each readout."""
    crossed = ("system",) if len(np.intersect1d(world.systems[learn], world.systems[test])) == 0 else ()
    begun = time.process_time()
    searched = compile_judge(
        deployment=Deployment(calls="all"),
        train=world.split(learn),
        source=Source(world),
        space=SearchSpace(recorded=world.configurations),
        budget=Budget(calls=calls),
        options=SearchOptions(crossed=crossed),
        storage=":memory:",
        seed=seed,
    )
    seconds = time.process_time() - begun
    items = [world.items[place] for place in test]
    found = searched.predict(items)
    expected = next(
        place for place, one in enumerate(world.configurations) if one.name == searched.result.curve[-1].best
    )
    figures = {
        "single": world.held_out(found.single, test),
        "expected": world.held_out(world.scores[expected, test], test),
        "verdicts": world.held_out(found.deployed, test),
        "dev of single": searched.single.dev.value,
        "dev of verdicts": searched.deployed.dev.value,
        "calls of verdicts": float(searched.deployed.stack.calls_per_item),
        "found": float(searched.result.found),
        "paid": float(searched.result.paid),
        "cpu seconds": seconds,
    }
    bounds: list[tuple[str, tuple[str, ...], DeployCalls]] = [("surface", ("verdicts", "surface"), "all")]
    few = TRADEOFF_CALLS if calls == TRADEOFF_BUDGET else (5,)
    bounds += [("verdicts", ("verdicts",), most) for most in few] + [("surface", ("verdicts", "surface"), 5)]
    for readout, readouts, most in bounds:
        again = searched.redeploy(Deployment(calls=most, reads=readouts))
        name = readout if most == "all" else f"{readout}_{most}"
        figures[name] = world.held_out(again.predict(items).deployed, test)
        if most in ("all", 5):
            figures[f"dev of {name}"] = again.deployed.dev.value
            figures[f"calls of {name}"] = float(again.deployed.stack.calls_per_item)
    return figures


# --- Running and showing ---


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ratings", required=True)
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--criterion", action="append")
    parser.add_argument("--calls", type=int, action="append")
    parser.add_argument("--splits", type=int, default=30)
    parser.add_argument("--half-systems", action="store_true")
    parser.add_argument("--part", choices=("baselines", "library", "all", "none"), default="all")
    parser.add_argument("--name", default="search_on_bank")
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    worlds, articles = read_worlds(
        options.ratings, options.bank, options.criterion or ["Coherence", "5W1H", "Relevance"]
    )
    budgets = options.calls or BUDGETS
    parts: list[tuple[str, Callable[..., dict[str, float]]]] = [("baselines", baselines), ("library", library)]
    kept = {part: Kept(OUT / f"{options.name}.{part}.jsonl") for part, _ in parts}
    # Splits outermost: a run that is cut short has all columns on the same splits.
    for seed in range(options.splits):
        for name, world in worlds.items():
            learn, test = split_of(world, articles, seed, half_systems=options.half_systems)
            for part, measure in parts:
                if options.part not in (part, "all"):
                    continue
                if part == "baselines":
                    kept[part].once((name, seed, "any"), lambda: without_calls(world, learn, test))  # noqa: B023
                for calls in budgets:
                    if part == "baselines" and calls >= world.scores.shape[0] * len(learn):
                        continue
                    kept[part].once((name, seed, calls), lambda: measure(world, learn, test, calls, seed))  # noqa: B023
        print(f"split {seed + 1} of {options.splits}", file=sys.stderr, flush=True)
    table = tabulate([one for part in kept.values() for one in part.lines], options.splits)
    for criterion, rows in table.items():
        show(criterion, rows)
    show_tradeoff(table, TRADEOFF_BUDGET, TRADEOFF_CALLS)
    path = write(options.name, {"table": table, "signature": signature("optuna", seed=0)})
    draw(table, path.with_suffix(".png"), TRADEOFF_BUDGET, TRADEOFF_CALLS)


class Kept:
    """What has been measured, a line of JSON each, in a file that outlives the run."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(exist_ok=True)
        text = path.read_text("utf-8") if path.exists() else ""
        self.lines = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
        self._known = {(one["criterion"], one["seed"], one["calls"]) for one in self.lines}

    def once(self, key: tuple[str, int, int | str], measure: Callable[[], dict[str, float]]) -> None:
        if key in self._known:
            return
        self._known.add(key)
        line = {"criterion": key[0], "seed": key[1], "calls": key[2], "figures": measure()}
        self.lines.append(line)
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
