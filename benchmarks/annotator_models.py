"""Which consensus model predicts a left-out rating best, on real ratings, against the mean.

Run: python benchmarks/annotator_models.py --data ../shared/data [--repeats 5]
"""

from __future__ import annotations

import argparse
import json
import platform
from pathlib import Path

import numpy as np

from alia_judge.benchmark import compare_consensus
from alia_judge.ratings import load_ratings

FILES = (
    "alt-test/cebab_stars/human_annotations.json",
    "alt-test/summeval/human_annotations.json",
    "alt-test/lgbteen/human_annotations.json",
    "alt-test/wax/human_annotations.json",
    "basse-es/BASSE.es.jsonl",
    "judge-bench/newsroom.json",
)


def main() -> None:
    """Compare on every criterion of every set; print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    result: dict[str, object] = {
        "signature": f"repeats:{options.repeats}|python:{platform.python_version()}|numpy:{np.__version__}"
    }
    for file in FILES:
        ratings = load_ratings(options.data / file)
        for criterion in ratings.criteria:
            matrix = ratings.matrix(criterion)
            scores = compare_consensus(
                matrix.values, ratings.scales[criterion], identified=matrix.identified, n_repeats=options.repeats
            )
            name = Path(file).parent.name if criterion == "rating" else f"{Path(file).parent.name} {criterion}"
            result[name] = [score.to_dict() for score in scores]
    out = Path(__file__).with_name("results") / "annotator_models.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    print(out.read_text())


if __name__ == "__main__":
    main()
