"""A room's choice of items against chance: how many ratings until the gate opens, and until five judges are in order.

Run: python benchmarks/room_queue.py [--repeats 100] [--orders 24]

Made-up worlds, each with 100 items, six people (a fifth of a point of leniency, 0.9 of noise, on a scale of 1 to 5
around a true grade) and five judges of growing noise. The same people's same ratings are revealed in another order:

`gate`: until `judge_gate` passes, looked at every ten ratings. `chance`: each rating goes to any item; `fewest first`:
to one that has fewest, as a room does by itself; `asked for`: to those that ``alia-judge room ask --gate`` names, then
as a room does.

`judges`: every item has one rating. Then 50 at a time, until the order of the judges' Spearman correlations with the
mean rating is the one that all six people's ratings give, at this look and all later ones up to 500 ratings. `chance`:
any item; `asked for`: those that ``alia-judge room ask --judges 50`` names (`what_to_annotate`, goal ``"judges"``).

A median is over worlds, with a bootstrap interval; a saving is the median of the paired differences. A world that does
not get there counts with the most ratings there are.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Callable

import numpy as np
from _signature import signature, write
from scipy import stats

from alia_judge.annotation.rounds import gate_wants, missing_pairs
from alia_judge.benchmark.annotation import what_to_annotate
from alia_judge.benchmark.gate import Gate, judge_gate
from alia_judge.errors import DegenerateDataWarning
from alia_judge.ratings import load_ratings
from alia_judge.records import Scale
from alia_judge.stats import Estimate, krippendorff_alpha

SCALE = Scale.ordinal(1, 5)
ITEMS, PEOPLE, MOST, STEP, ROUND = 100, 6, 500, 10, 50
JUDGES = (0.5, 0.7, 0.9, 1.15, 1.5)
UNKNOWN = Estimate(statistic="leave_one_out", value=float("nan"), why="not needed")


class World:
    """Every person's rating of every item, shape (people, items), and the judges' scores, shape (5, items)."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        truth = self.rng.standard_normal(ITEMS)
        lenient = 0.2 * self.rng.standard_normal((PEOPLE, 1))
        noise = 0.9 * self.rng.standard_normal((PEOPLE, ITEMS))
        self.given = np.clip(np.round(3 + truth + lenient + noise), 1, 5)
        self.scores = truth + np.array(JUDGES)[:, None] * self.rng.standard_normal((5, ITEMS))
        # Who rates an item first, second and so on: anybody.
        self.turns = np.argsort(self.rng.random((PEOPLE, ITEMS)), axis=0)

    def revealed(self, counts: np.ndarray) -> np.ndarray:
        """The ratings there are where each item has had so many, NaN elsewhere."""
        values = np.full((PEOPLE, ITEMS), np.nan)
        for item in np.flatnonzero(counts):
            people = self.turns[: counts[item], item]
            values[people, item] = self.given[people, item]
        return values


def until_the_gate_opens(world: World, choose: Callable[[World, np.ndarray], np.ndarray]) -> int:
    counts = np.zeros(ITEMS, dtype=int)
    while counts.sum() < MOST:
        for item in choose(world, counts)[:STEP]:
            counts[item] += 1
        if gate_of(world, counts).passed:
            break
    return int(counts.sum())


def gate_of(world: World, counts: np.ndarray) -> Gate:
    values = world.revealed(counts)
    there = counts > 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DegenerateDataWarning)
        alpha = krippendorff_alpha(values[:, there], "ordinal", interval="jackknife")
    return judge_gate("c", SCALE, alpha, UNKNOWN, counts[there], effective_items=float(there.sum()))


def by_chance(world: World, counts: np.ndarray) -> np.ndarray:
    return world.rng.permutation(np.repeat(np.arange(ITEMS), PEOPLE - counts))[:STEP]


def fewest_first(world: World, counts: np.ndarray) -> np.ndarray:
    return np.lexsort((world.rng.random(ITEMS), counts))[:STEP]


def asked_for(world: World, counts: np.ndarray) -> np.ndarray:
    named = {str(item): int(count) for item, count in enumerate(counts)}
    gate = None if missing_pairs(named) else gate_of(world, counts)
    if gate is not None and gate.ratings_wanted is None and not gate.passed:
        return fewest_first(world, counts)
    wanted = gate_wants(named, gate)
    asked = [int(item) for item, n in wanted.items() for _ in range(min(n, PEOPLE - named[item]))]
    return np.array([*asked, *fewest_first(world, counts)][:STEP])


def until_in_order(world: World, *, asks: bool) -> int:
    counts = np.ones(ITEMS, dtype=int)
    final = order_of(world, world.given)
    since = 0
    while counts.sum() < MOST:
        if order_of(world, world.revealed(counts)) != final:
            since = 0
        elif not since:
            since = int(counts.sum())
        # What is asked for beyond what the people can give goes to anybody's next item.
        chance = world.rng.permutation(np.repeat(np.arange(ITEMS), PEOPLE - counts))
        goal = int(counts.sum()) + ROUND
        for item in (*(to_judge(world, counts) if asks else ()), *chance):
            if counts[item] < PEOPLE and counts.sum() < goal:
                counts[item] += 1
    return since or MOST


def order_of(world: World, values: np.ndarray) -> tuple[int, ...]:
    mean = np.nanmean(values, axis=0)
    return tuple(np.argsort([-stats.spearmanr(row, mean)[0] for row in world.scores]).tolist())


def to_judge(world: World, counts: np.ndarray) -> list[int]:
    values = world.revealed(counts)
    rows = [
        {"item_id": f"{item:03d}", "annotator_id": f"p{person}", "criterion": "c", "value": values[person, item]}
        for person, item in zip(*np.nonzero(~np.isnan(values)), strict=True)
    ]
    ratings = load_ratings(rows, scales={"c": SCALE})
    plan = what_to_annotate(ratings, "c", budget=ROUND, goal="judges", judgments=world.scores)
    return [int(request.item_id) for request in plan.requests for _ in range(request.n)]


def summary(found: np.ndarray) -> dict[str, object]:
    rng = np.random.default_rng(0)
    medians = np.median(rng.choice(found, (2000, found.size)), axis=1)
    low, high = np.quantile(medians, [0.025, 0.975])
    return {"median": float(np.median(found)), "low": float(low), "high": float(high), "worlds": int(found.size)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=100, help="worlds in which the gate is waited for")
    parser.add_argument("--orders", type=int, default=24, help="worlds in which judges are put in order")
    options = parser.parse_args()
    result: dict[str, object] = {"signature": signature()}
    ways = {"chance": by_chance, "fewest first": fewest_first, "asked for": asked_for}
    gates = {
        name: np.array([until_the_gate_opens(World(seed), choose) for seed in range(options.repeats)])
        for name, choose in ways.items()
    }
    orders = {
        name: np.array([until_in_order(World(seed), asks=asks) for seed in range(options.orders)])
        for name, asks in (("chance", False), ("asked for", True))
    }
    for what, found in (("gate", gates), ("judges", orders)):
        for name, ratings in found.items():
            result[f"{what}: {name}"] = {**summary(ratings), "not there": int((ratings >= MOST).sum())}
        result[f"{what}: saved against chance"] = summary(found["chance"] - found["asked for"])
    print(json.dumps(result, indent=1))
    write("room_queue", result)


if __name__ == "__main__":
    main()
