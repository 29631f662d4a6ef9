"""``compile --predictions``: scores of every item of a benchmark by the judges of a search."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alia_judge.cli._scores_file import score_row, scores_file

if TYPE_CHECKING:
    from alia_judge.benchmark import Benchmark, CriteriaBenchmarks
    from alia_judge.compiling.compiler import CompiledJudge
    from alia_judge.records import Item

__all__ = ["most_requests", "write_predictions"]

_TEXTS = ("prompt", "response", "context", "reference", "response_b", "group", "system", "language")


def most_requests(compiled: CompiledJudge, benchmark: Benchmark | CriteriaBenchmarks) -> int:
    """How many requests the scores of every item may cost, where none was paid for before."""
    from alia_judge.compiling.space.build import calls_of

    asked = {compiled.single.configuration.key: compiled.single.configuration}
    asked |= {one.key: one for one in compiled.deployed.stack.configurations}
    return len(benchmark.assignment) * sum(map(calls_of, asked.values()))


def write_predictions(
    compiled: CompiledJudge, benchmark: Benchmark | CriteriaBenchmarks, out: Path, *, columns: Mapping[str, str]
) -> dict[str, int]:
    """Write the scores of every item that is in a split, by the single and the deployed judge, in the layout of scores.

    Parameters
    ----------
    compiled
        What was found.
    benchmark
        The items, with the split of each.
    out
        The file, by its ending CSV, JSON lines or Parquet.
    columns
        What the source calls the fields of its items; a field that is not in it keeps the library's name.

    Returns
    -------
    dict
        ``"paid"`` and ``"replayed"``: the requests that it cost, and the verdicts that were paid for before.
    """
    spent = {"paid": 0, "replayed": 0}
    with scores_file(out) as file:
        for part in (benchmark.train, benchmark.dev, benchmark.test):
            if not len(part):
                continue
            found = compiled.predict(part.items)
            spent["paid"] += found.paid
            spent["replayed"] += found.replayed
            both = [
                ("single", found.single.reshape(len(part), -1).tolist()),
                ("deployed", found.deployed.reshape(len(part), -1).tolist()),
            ]
            for place, item in enumerate(part.items):
                own = _own(item, columns)
                file.write(
                    [
                        score_row(
                            own,
                            item_id=item.item_id,
                            judge=judge,
                            criterion=criterion,
                            score=None if math.isnan(score) else score,
                            split=part.name,
                        )
                        for judge, scores in both
                        for criterion, score in zip(
                            found.criteria or (benchmark.criterion,), scores[place], strict=True
                        )
                    ]
                )
    return spent


def _own(item: Item, columns: Mapping[str, str]) -> dict[str, Any]:
    texts = {columns.get(name, name): getattr(item, name) for name in _TEXTS}
    return {name: value for name, value in texts.items() if value not in (None, "")} | dict(item.extra)
