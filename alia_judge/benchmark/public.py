"""What teams may have of a benchmark: train and dev as they are, and the items of the test without ratings."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np

from alia_judge._json import dumps
from alia_judge.benchmark.benchmark import Benchmark
from alia_judge.benchmark.freeze import freeze_benchmark
from alia_judge.ratings.columns import IMAGES, ITEM_FIELDS
from alia_judge.ratings.conversations import written_turns

__all__ = ["TEST_ITEMS", "freeze_public"]

#: The test's items in the folder, as ``alia-judge score`` reads them.
TEST_ITEMS = "test-items.csv"
#: What the provenance of the whole says that is no secret of the test.
_TOLD = ("ratings_fingerprint", "source", "licence", "seed", "min_ratings", "copies")


def freeze_public(benchmark: Benchmark, folder: str | Path) -> Path:
    """Write what teams may have to a folder: a benchmark that `compile_judge` learns from, and the test's items.

    Of the test's items it has ids, texts, images, groups, systems and languages; no rating, no consensus, no further
    column.

    Raises
    ------
    UsageError
        If the folder is there already and holds anything else.
    """
    learning = [item for item in benchmark.items if benchmark.assignment.get(item.item_id) in ("train", "dev")]
    ids = {item.item_id for item in learning}
    places = np.array([item.item_id in ids for item in benchmark.items], dtype=np.bool_)
    part = replace(
        benchmark,
        ratings=benchmark.ratings.select(items=[item.item_id for item in learning]),
        items=tuple(learning),
        target=benchmark.target[places],
        target_se=benchmark.target_se[places],
        assignment={item: split for item, split in benchmark.assignment.items() if item in ids},
        provenance={
            **{name: benchmark.provenance[name] for name in _TOLD if name in benchmark.provenance},
            # What is learnt from this part is held out from the test of the whole, as its own train and dev are.
            "part_of": benchmark.origin.benchmark,
        },
    )
    return freeze_benchmark(part, Path(folder), further={TEST_ITEMS: _test_items(benchmark)})


def _test_items(benchmark: Benchmark) -> str:
    items = benchmark.test.items
    fields = [name for name in ITEM_FIELDS if any(getattr(item, name) for item in items)]
    lists = [name for name in ("turns", IMAGES) if any(getattr(item, name) for item in items)]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["item_id", *fields, *lists])
    for item in items:
        cells = [getattr(item, name) for name in fields]
        written = {"turns": written_turns(item.turns), IMAGES: dumps(item.images, indent=None) if item.images else ""}
        table.writerow([item.item_id, *cells, *(written[name] for name in lists)])
    return text.getvalue()
