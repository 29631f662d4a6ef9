"""Search under bounds, and pick from a front: agreement, price and a liking for length, on made-up recorded verdicts.

Run: python examples/06_bounds_and_fronts.py
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import alia_judge as aj

#: Of each judge: agreement with people, liking for length, dollars a call.
JUDGES = {
    "large": (0.9, 0.0, 0.02),
    "verbose": (0.95, 0.8, 0.002),
    "small": (0.6, 0.1, 0.0005),
    "blind": (0.0, 0.9, 0.0002),
}


def main() -> None:
    """Name the best judge with and without bounds, then pick one of the front."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=600)
    options = parser.parse_args()

    ratings = aj.load_sample()
    benchmark = aj.build_benchmark(ratings, criterion="helpfulness", splits=(0.5, 0.2, 0.3))
    bank = aj.RecordedBank.open(_record(benchmark, Path(tempfile.mkdtemp())), scale=benchmark.train.scale)
    common = {
        "train": benchmark.train,
        "dev": benchmark.dev,
        "source": bank,
        "budget": aj.Budget(calls=options.calls),
        "storage": ":memory:",
    }

    free = aj.compile_judge(**common)
    print("without bounds:", free.single.configuration.parameters["judge"], free.single.dev)

    bounds = [aj.Constraint(measure="cost", at_most=0.01), aj.Constraint(measure="length_bias", at_most=0.3)]
    bounded = aj.compile_judge(**common, options=aj.SearchOptions(constraints=bounds))
    print("within bounds:", bounded.single.configuration.parameters["judge"], bounded.single.dev)
    for name, findings in bounded.result.constraints.excluded.items():
        print("  excluded:", name, "|", "; ".join(str(one) for one in findings if not one.holds))

    several = aj.compile_judge(**common, options=aj.SearchOptions(pareto=["cost", "length_bias"]))
    for place, point in enumerate(several.result.front.points):
        figures = ", ".join(f"{name} {figure.value:.4f}" for name, figure in point.figures.items())
        print(f"  {place}: {figures} {point.name}")
    good = [n for n, point in enumerate(several.result.front.points) if point.figures["spearman"].low > 0.4]
    cheapest = min(good, key=lambda n: several.result.front.points[n].figures["cost"].value)
    picked = several.pick(cheapest)
    print("the cheapest that is good enough:", several.result.front.points[cheapest].name, picked.single.dev)


def _record(benchmark: aj.Benchmark, folder: Path) -> Path:
    """A bank of made-up judges."""
    rng = np.random.default_rng(0)
    parts = [benchmark.train, benchmark.dev, benchmark.test]
    items = [item for part in parts for item in part.items]
    people = np.concatenate([part.target for part in parts])
    words = np.array([len(item.response.split()) for item in items], dtype=float)
    people, length = ((column - column.mean()) / column.std() for column in (people, words))
    points = np.asarray(benchmark.train.scale.points)
    lines, shares = [], []
    for number, (name, (agreement, liking, cost)) in enumerate(JUDGES.items()):
        lines.append({"config_id": number, "judge": name, "cost": cost, "criterion": "helpfulness"})
        latent = points.mean() + agreement * people + liking * length + 0.5 * rng.standard_normal(len(items))
        likely = np.exp(-((points - latent[:, None]) ** 2))
        shares.append(likely / likely.sum(axis=1, keepdims=True))
    (folder / "configs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    probabilities = np.concatenate(shares)
    table = {
        "config_id": np.repeat(np.arange(len(JUDGES)), len(items)),
        "item_id": [item.item_id for item in items] * len(JUDGES),
        **{f"p{point + 1}": probabilities[:, point] for point in range(len(points))},
    }
    pq.write_table(pa.table(table), folder / "scores.parquet")
    return folder


if __name__ == "__main__":
    main()
