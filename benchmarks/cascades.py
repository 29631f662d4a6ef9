"""Cascades of a search: what an item costs, how well judges agree, and what goes to people, on groups held out.

Run: python benchmarks/cascades.py --gemba DIR --summeval DIR [--splits 20]
Writes benchmarks/results/cascades.json and .png; each split goes to benchmarks/out/cascades.jsonl, a line of JSON, and
the same command goes on from there.

The folders and splits are those of `stack_aims.py`; one search a split (GEMBA 4,000 calls, SummEval 2,000) pays for the
verdicts. GEMBA's models have a price, in proportion to OpenAI's list prices of March 2023 for a thousand prompt tokens;
SummEval's have none, and a call is a call. Then, without a call more:

- `cascade`: the one deployed within each bound on what an item costs, its stages asked of held-out items as it would
  have them asked;
- `stack`: by calls an item, the stack of as many configurations at what they cost;
- `at random`: the cascade with as many items passed on, drawn by lot, which is what its doubts must beat;
- `people`: with a stated risk, what goes to people and what is scored by judges and off by more than a tolerance. On
  average over splits at most the risk should be.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import optuna

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _peers import judgments
from _signature import signature, write
from search_on_bank import OUT, Kept, Source, World
from stack_aims import corrected, held_out, read_worlds, split_of

from alia_judge import Budget, compile_judge
from alia_judge.compiling.options import Deployment
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.errors import UsageError
from alia_judge.records import Configuration

#: Dollars a call, of about a thousand tokens.
PRICES = {
    "babbage": 0.0005,
    "curie": 0.002,
    "chatgpt": 0.002,
    "gpt-3.5-turbo": 0.002,
    "text-davinci-002": 0.02,
    "text-davinci-003": 0.02,
    "gpt-4": 0.03,
}
#: Data set, calls spent, bounds on an item's cost, tolerance in points of the ratings, risks.
CASES: tuple[tuple[str, int, tuple[float, ...], float, tuple[float, ...]], ...] = (
    ("gemba", 4000, (0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16), 2.0, (0.05, 0.1, 0.2)),
    ("summeval", 2000, (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0), 1.0, (0.02, 0.05, 0.1)),
)


class Priced(Source):
    """A world's verdicts, whose models have a price."""

    def price(self, configuration: Configuration) -> float | None:
        return PRICES.get(str(configuration.parameters["model"]))


def on_test(world: World, tuned: Any, test: np.ndarray, rng: np.random.Generator) -> dict[str, float]:
    """What a deployed cascade does on held-out items, and the same with as many passed on by lot."""
    stack, items = tuned.deployed.stack, [world.items[place] for place in test]
    rows = {one.key: row for row, one in enumerate(world.configurations)}
    given = [judgments(world, rows[one.key], test) for one in stack.configurations]
    asked = np.array([stack.reaches(place, given, items) for place in range(len(given))])
    price = np.array([PRICES.get(str(one.parameters["model"]), 1.0) for one in stack.configurations])
    scores, people = stack.told(given, items)
    passed = asked[-1] if len(stack.stages) > 1 else np.zeros(len(test), dtype=bool)
    lot = np.zeros(len(test), dtype=bool)
    lot[rng.permutation(len(test))[: int(passed.sum())]] = True
    first, _ = stack._scored(stack.stages[0], given, items)
    last, _ = stack._scored(stack.stages[-1], given, items)
    return {
        "cost": float((asked.T @ price).mean()),
        "agreement": held_out(world, scores, test),
        "passed on": float(passed.mean()),
        "at random": held_out(world, np.where(lot, last, first), test),
        "to people": float(people.mean()),
        "with people": held_out(world, np.where(people, world.target[test], scores), test),
        "_scores": scores,
        "_people": people,
    }


def measure(world: World, learn: np.ndarray, test: np.ndarray, case: tuple[Any, ...], seed: int) -> dict[str, float]:
    """One search and everything it deploys."""
    data, calls, bounds, tolerance, risks = case
    rng = np.random.default_rng(seed)
    tuned = compile_judge(
        deployment=Deployment(calls="all"),
        train=world.split(learn),
        source=Priced(world) if data == "gemba" else Source(world),
        space=SearchSpace(recorded=world.configurations),
        budget=Budget(calls=calls),
        storage=":memory:",
        seed=seed,
    )
    figures: dict[str, float] = {
        "test over train": len(np.unique(world.groups[test])) / len(np.unique(world.groups[learn]))
    }

    def keep(name: str, deployment: Deployment) -> dict[str, Any]:
        one = on_test(world, tuned.redeploy(deployment), test, rng)
        figures.update({f"{name}: {what}": value for what, value in one.items() if isinstance(value, float)})
        return one

    for bound in bounds:
        try:
            keep(f"cascade {bound:g}", Deployment(calls="all", cascade=True, cost=bound))
        except UsageError:  # no configuration is as cheap
            continue
    keep("everybody", Deployment(calls="all", risk=0.999))
    for most in (1, 2, 3, 5, 8):
        few = tuned.redeploy(Deployment(calls=most))
        members = few.deployed.stack.configurations
        found = few.predict([world.items[place] for place in test]).deployed
        figures[f"stack {most}: cost"] = sum(PRICES.get(str(one.parameters["model"]), 1.0) for one in members)
        figures[f"stack {most}: agreement"] = held_out(world, found, test)
    for risk in risks:
        one = keep(f"risk {risk:g}", Deployment(calls="all", cascade=True, risk=risk, tolerance=tolerance))
        off = np.abs(np.nan_to_num(one["_scores"]) - world.target[test]) > tolerance
        figures[f"risk {risk:g}: scored and off"] = float((off & ~one["_people"]).mean())
        figures[f"risk {risk:g}: off without people"] = float(off.mean())
    return {name: value for name, value in figures.items() if not np.isnan(value)}


def tabulate(lines: list[dict[str, Any]], splits: int) -> dict[str, Any]:
    """By data set: the mean over criteria and splits of each figure, with its corrected error."""
    table: dict[str, Any] = {}
    for data, *_ in CASES:
        here = [one for one in lines if one["calls"] == data and one["seed"] < splits]
        criteria = {one["criterion"] for one in here}
        found = {(one["criterion"], one["seed"]): one["figures"] for one in here}
        seeds = [seed for seed in range(splits) if all((name, seed) in found for name in criteria)]
        if len(seeds) < 2:
            continue
        every = [found[name, seed] for name in criteria for seed in seeds]
        ratio = every[0]["test over train"]
        # A bound that nobody keeps in some split stands for none.
        names = [name for name in every[0] if name != "test over train" and all(name in one for one in every)]
        table[data] = {
            name: corrected(
                np.array([np.mean([found[criterion, seed][name] for criterion in criteria]) for seed in seeds]), ratio
            )
            for name in names
        } | {"splits": len(seeds)}
    return table


def draw(table: dict[str, Any], path: Path) -> None:
    """Agreement by what an item costs, and what goes to people by the risk."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(2, len(table), figsize=(5.2 * len(table), 7), squeeze=False)
    for (above, below), (data, rows) in zip(panels.T, table.items(), strict=True):
        for kind, style in (("cascade", "-o"), ("stack", ":s")):
            names = [
                name.removesuffix(": cost") for name in rows if name.startswith(f"{kind} ") and name.endswith(": cost")
            ]
            points = sorted((rows[f"{one}: cost"]["mean"], one) for one in names)
            for what, line, label in (
                ("agreement", style, kind),
                *((("at random", "--", "passed on by lot"),) if kind == "cascade" else ()),
            ):
                above.errorbar(
                    [cost for cost, _ in points],
                    [rows[f"{one}: {what}"]["mean"] for _, one in points],
                    [rows[f"{one}: {what}"]["se"] for _, one in points] if what == "agreement" else None,
                    fmt=line,
                    linewidth=1,
                    markersize=4,
                    label=label,
                )
        above.axhline(
            rows["everybody: agreement"]["mean"], color="grey", linestyle="--", linewidth=1, label="everybody asked"
        )
        unit = "dollars an item" if data == "gemba" else "calls an item"
        above.set(title=data, xscale="log", xlabel=unit, ylabel="held-out Spearman")
        above.legend(fontsize=7)
        risks = sorted({float(name.split()[1].rstrip(":")) for name in rows if name.startswith("risk ")})
        for what, line in (("to people", "-o"), ("scored and off", "-s"), ("off without people", ":")):
            below.errorbar(
                risks,
                [rows[f"risk {risk:g}: {what}"]["mean"] for risk in risks],
                [rows[f"risk {risk:g}: {what}"]["se"] for risk in risks],
                fmt=line,
                linewidth=1,
                markersize=4,
                label=what,
            )
        below.plot(risks, risks, color="grey", linewidth=1, linestyle="--", label="the stated risk")
        below.set(xlabel="stated risk", ylabel="share of all items", ylim=(0, 1))
        below.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for data, *_ in CASES:
        parser.add_argument(f"--{data}", type=Path)
    parser.add_argument("--splits", type=int, default=20)
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    kept = Kept(OUT / "cascades.jsonl")
    for case in CASES:
        folder = getattr(options, case[0])
        if folder is None:
            continue
        for criterion, world in read_worlds(folder).items():
            for seed in range(options.splits):
                learn, test = split_of(world, seed, None)
                kept.once((criterion, seed, case[0]), lambda: measure(world, learn, test, case, seed))  # noqa: B023
            print(case[0], criterion, file=sys.stderr, flush=True)
    table = tabulate(kept.lines, options.splits)
    for data, rows in table.items():
        print(f"\n{data}, {rows['splits']} splits")
        for name, one in rows.items():
            if name != "splits":
                print(f"  {name}: {one['mean']:.4g} ± {one['se']:.2g}")
    path = write("cascades", {"table": table, "signature": signature("optuna", seed=0)})
    draw(table, path.with_suffix(".png"))
    print(path)


if __name__ == "__main__":
    main()
