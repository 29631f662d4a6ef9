"""Organisers: rank the teams' judges on a hidden test, with ties where the data do not tell two apart.

Run: python examples/07_hold_a_leaderboard.py BENCHMARK TEAM.csv TEAM.csv ...
Without arguments, a benchmark of the bundled sample and three made-up teams; two of them have equally good judges.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import alia_judge as aj
from alia_judge.evaluation import rank_judges
from alia_judge.reporting import leaderboard_markdown, leaderboard_page, write_page


def main() -> None:
    """Look once at the test, write it down, rank."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("benchmark", nargs="?")
    parser.add_argument("scores", nargs="*")
    options = parser.parse_args()
    if options.benchmark:
        benchmark = aj.Benchmark.load(options.benchmark)
        tables = [aj.read_scores(path, scales={benchmark.criterion: benchmark.scale}) for path in options.scores]
        judges = {
            f"{Path(path).stem}: {judge}": by_item
            for path, table in zip(options.scores, tables, strict=True)
            for judge, by_item in table.judges(benchmark.criterion).items()
        }
    else:
        benchmark = aj.build_benchmark(aj.load_sample(), criterion="helpfulness")
        judges = _made_up(benchmark)
    for judge in judges:
        benchmark.test.look(by=judge, purpose="leaderboard")
    looks = {judge: sum(look.by == judge for look in benchmark.ledger.looks) for judge in judges}

    board = rank_judges(benchmark.test, judges, min_coverage=0.9, looks=looks)
    print(leaderboard_markdown(board))
    print(f"page: {write_page(leaderboard_page(board), 'leaderboard.html')}")


def _made_up(benchmark: aj.Benchmark) -> dict[str, dict[str, float]]:
    rng = np.random.default_rng(0)
    noise = {"team a": 0.7, "team b": 0.7, "team c": 3.0}
    return {
        team: {
            item.item_id: float(value + rng.normal(0, spread))
            for item, value in zip(benchmark.test.items, benchmark.test.target, strict=True)
        }
        for team, spread in noise.items()
    }


if __name__ == "__main__":
    main()
