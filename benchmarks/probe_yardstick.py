"""Do people prefer length, and do judges prefer it more? The yardstick of the length probe, on the sample and on BASSE.

Points that ratings and recorded judges' scores gain where an answer to the same prompt has twice the words.

    python benchmarks/probe_yardstick.py --data ../shared/data
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from alia_judge.probes.yardstick import slope
from alia_judge.ratings import Ratings, load_ratings, load_sample
from alia_judge.records import Item
from alia_judge.stats.estimate import Estimate

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _signature import signature, write


def doubled(items: Sequence[Item], scores: Mapping[str, float]) -> dict[str, object]:
    """Points for twice the words, with the interval."""
    found: Estimate = slope(items, scores, "log_words")
    scaled = {name: getattr(found, name) * math.log(2) for name in ("value", "low", "high")}
    return replace(found, statistic="points for twice the words", **scaled).to_dict()


def people(ratings: Ratings, criterion: str) -> dict[str, float]:
    matrix = ratings.matrix(criterion)
    return dict(zip(matrix.item_ids, np.nanmean(matrix.values, axis=0).tolist(), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    arguments = parser.parse_args()
    rows: dict[str, dict[str, object]] = {}
    sample = load_sample()
    for criterion in sample.criteria:
        rows[f"sample, {criterion}"] = {"people": doubled(sample.items(), people(sample, criterion))}
    basse = load_ratings(arguments.data / "basse-es" / "BASSE.es.jsonl")
    judges: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    with (arguments.data / "basse-es" / "recorded_judges.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["score"]:
                judges[row["criterion"], row["judge"]][row["item_id"]] = float(row["score"])
    for criterion in basse.criteria:
        scored = {judge: scores for (named, judge), scores in judges.items() if named == criterion}
        judged = set.intersection(*(set(scores) for scores in scored.values()))
        items = [item for item in basse.items() if item.item_id in judged]
        rows[f"BASSE-es, {criterion}"] = {
            "people": doubled(items, people(basse, criterion)),
            **{judge: doubled(items, scores) for judge, scores in scored.items()},
        }
    found = {"signature": signature(), "rows": rows}
    for name, row in rows.items():
        print(name, {who: round(one["value"], 2) for who, one in row.items()})
    print(f"wrote {write('probe_yardstick', found)}")


if __name__ == "__main__":
    main()
