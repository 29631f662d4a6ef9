"""What each ingredient of the search is worth: the bank's searches again, each without one of them.

Run: python benchmarks/ablation.py --ratings BASSE.es.jsonl --bank BANK [--splits 20]
Writes benchmarks/results/search_ablation.json: for each criterion, budget and ingredient left out, the mean difference
of held-out Spearman from the search with everything, on the same splits, and its standard error. What is measured goes
line by line to benchmarks/out/search_ablation.jsonl, and the same command goes on from there.

On made-up banks whose truth is known (`synthetic_bank.py`) it is the regret of the single judge that changes.

Splits are those that were kept for choices (from seed 100). An ingredient is left out by replacing the function or
constant that it is, here and nowhere else: the library has no switches for it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _signature import signature, write
from search_on_bank import OUT, Kept, Source, World, read_worlds, split_of
from synthetic_bank import one_search

from alia_judge import Budget, compile_judge
from alia_judge.compiling.compiled import CompiledJudge
from alia_judge.compiling.options import Deployment
from alia_judge.compiling.race import learning_set as learning
from alia_judge.compiling.race import racer as racing
from alia_judge.compiling.race.posterior import posterior_draws
from alia_judge.compiling.selection import common_items
from alia_judge.compiling.selection.stack import StackCandidates
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.compiling.stack import candidates as deployable
from alia_judge.compiling.stack import surface_model

BUDGETS = (1000, 4000)
#: Kind, candidates and calls of the banks of `synthetic_bank.py` that searches are repeated on, and how often.
MADE_UP, REPEATS = (("outlier", 60, 2000), ("outlier", 200, 4000), ("spread", 200, 4000)), 16
FIRST_SEED = 100
Floats = np.ndarray
Replacement = tuple[Any, str, Any]


def random_order(target: Floats, *rest: Any, **_: int) -> Floats:
    return rest[-1].permutation(len(target))


def without_references(table: Any, target: Any, objective: Any, references: Floats, *rest: Any) -> Floats:
    return posterior_draws(table, target, objective, references[:0], *rest)


def scores_alone(judgments: Any, _: Any) -> Floats:
    return judgments.score[:, None]


def alike(standard: Floats, *_: Any) -> Floats:
    return np.ones(standard.shape[1])


def no_ties(*_: Any) -> float:
    return 0.0


def straight(surface: Floats, centre: Floats, scale: Floats, _: Floats) -> Floats:
    both = np.concatenate([surface, np.sign(surface) * np.log1p(np.abs(surface))], axis=1)
    return np.clip((both - centre) / scale, -4.0, 4.0)


#: Left out before the search: a search of its own.
OF_THE_SEARCH: dict[str, list[Replacement]] = {
    "first items balanced (random ones instead)": [(learning, "balanced_order", random_order)],
    "scores completed from references": [(racing, "posterior_draws", without_references)],
    "rungs of the race": [(racing, "_rungs", lambda *_: ())],
    "references unlike one another (the best instead)": [(racing, "_MERIT", 1000.0)],
}
#: Left out after it: other judges from the same verdicts.
OF_THE_JUDGES: dict[str, list[Replacement]] = {
    "whole distributions (expected scores instead)": [(deployable, "verdict_features", scores_alone)],
    "weights too (the mean of expected scores)": [
        (deployable, "verdict_features", scores_alone),
        (deployable, "halfway_weights", alike),
    ],
    "ties at the top": [(deployable, "tied_share", no_ties)],
    "fitted readout of the single judge": [(common_items, "FEWEST_TO_FIT", 10**9)],
    "bends of surface features": [(surface_model, "_bent", straight)],
}


@contextmanager
def without(replacements: list[Replacement]) -> Iterator[None]:
    with ExitStack() as stack:
        for owner, name, instead in replacements:
            stack.enter_context(patch.object(owner, name, instead))
        yield


def measure(world: World, learn: Floats, test: Floats, calls: int, seed: int) -> dict[str, float]:
    """Held-out Spearman of every judge of every search, by ``"ingredient|judge"``."""
    items = [world.items[place] for place in test]

    def search() -> CompiledJudge:
        return compile_judge(
            deployment=Deployment(calls="all"),
            train=world.split(learn),
            source=Source(world),
            space=SearchSpace(recorded=world.configurations),
            budget=Budget(calls=calls),
            storage=":memory:",
            seed=seed,
        )

    def judges(name: str, searched: CompiledJudge) -> dict[str, float]:
        _forget(searched)
        found = searched.redeploy().predict(items)
        few = searched.redeploy(Deployment(calls=5)).predict(items)
        both = searched.redeploy(Deployment(reads=("verdicts", "surface"))).predict(items)
        return {
            f"{name}|single": world.held_out(found.single, test),
            f"{name}|at most 5 calls": world.held_out(few.deployed, test),
            f"{name}|verdicts": world.held_out(found.deployed, test),
            f"{name}|surface too": world.held_out(both.deployed, test),
        }

    full = search()
    figures = judges("nothing", full)
    for name, replacements in OF_THE_JUDGES.items():
        with without(replacements):
            figures |= judges(name, full)
    for name, replacements in OF_THE_SEARCH.items():
        with without(replacements):
            searched = search()
        figures |= judges(name, searched)
    return figures


def measure_made_up(kind: str, n: int, calls: int, seed: int) -> dict[str, float]:
    """Regret of every search on a made-up bank, by ``"ingredient|regret"``."""
    figures = {}
    for name, replacements in {"nothing": [], **OF_THE_SEARCH}.items():
        with without(replacements):
            found = one_search(kind, n, calls, seed, prices=False)
        figures |= {f"{name}|regret": found["regret"], f"{name}|deployed": found["deployed"]}
    return figures


def _forget(searched: CompiledJudge) -> None:
    """Have the search's judges made anew: an ending remembers what it has made."""
    made = vars(searched.conclude.__self__)  # type: ignore[union-attr]
    made.pop("_singles", None)
    made["_narrowed"] = {}
    made["_candidates"] = StackCandidates(made["_common"], made["_candidates"].settled)


def differences(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """By criterion, budget, ingredient and judge: what leaving the ingredient out changes, over splits."""
    found: dict[str, Any] = {}
    for criterion, calls in sorted({(line["criterion"], line["calls"]) for line in lines}):
        splits = [line["figures"] for line in lines if (line["criterion"], line["calls"]) == (criterion, calls)]
        table = found.setdefault(criterion, {}).setdefault(str(calls), {})
        for column in splits[0]:
            name, judge = column.split("|")
            values = np.array([one[column] for one in splits])
            change = values - np.array([one[f"nothing|{judge}"] for one in splits])
            table.setdefault(name, {})[judge] = {
                "mean": float(values.mean()),
                "change": float(change.mean()),
                "se": float((values if name == "nothing" else change).std(ddof=1) / len(splits) ** 0.5),
                "n": len(splits),
            }
    return found


def show(table: dict[str, Any]) -> None:
    """The tables as the docs have them."""
    for criterion, budgets in table.items():
        for calls, rows in budgets.items():
            names = list(rows["nothing"])
            print(f"\n| {criterion}, {int(calls):,} calls: without | " + " | ".join(names) + " |")
            print("|---" * (len(names) + 1) + "|")
            for name, row in rows.items():
                cells = [
                    f"{row[one]['mean' if name == 'nothing' else 'change']:{'' if name == 'nothing' else '+'}.3f}"
                    f" ± {row[one]['se']:.3f}"
                    for one in names
                ]
                print(f"| {name} | " + " | ".join(cells) + " |")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ratings", required=True)
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--splits", type=int, default=20)
    options = parser.parse_args()
    worlds, articles = read_worlds(options.ratings, options.bank, ["Coherence", "5W1H", "Relevance"])
    kept = Kept(OUT / "search_ablation.jsonl")
    for seed in range(FIRST_SEED, FIRST_SEED + options.splits):
        for name, world in worlds.items():
            learn, test = split_of(world, articles, seed)
            for calls in BUDGETS:
                kept.once((name, seed, calls), partial(measure, world, learn, test, calls, seed))
        print(f"split {seed - FIRST_SEED + 1} of {options.splits}", file=sys.stderr, flush=True)
    for kind, n, calls in MADE_UP:
        for seed in range(REPEATS):
            again = partial(measure_made_up, kind, n, calls, seed)
            kept.once((f"made up: {kind}, {n} candidates", seed, calls), again)
    table = differences(kept.lines)
    show(table)
    write("search_ablation", {"table": table, "signature": signature("optuna", seed=FIRST_SEED)})


if __name__ == "__main__":
    main()
