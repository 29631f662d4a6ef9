"""Judges of any make, from a table of their scores: which agree with people, which add anything to counting words?

Run: python examples/04_compare_anybodys_judges.py RATINGS SCORES.csv
Without arguments, two made-up judges score the bundled sample: one reads its constructed truth through noise, the
other counts words.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

import alia_judge as aj


def main() -> None:
    """Evaluate, and print what the figures support."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ratings", nargs="?")
    parser.add_argument("scores", nargs="?")
    options = parser.parse_args()
    if options.ratings:
        ratings = aj.load_ratings(options.ratings)
        scores = aj.read_scores(options.scores, scales=ratings.scales)
    else:
        ratings = aj.load_sample()
        scores = aj.read_scores(_made_up(ratings), scales=ratings.scales)

    result = aj.evaluate_scores(ratings, scores)
    for criterion, found in result.criteria.items():
        for name, judge in found.judges.items():
            print(f"{criterion}, {name}: {judge.correlation['item']['spearman']}")
            print(f"  share of the human ceiling {judge.share_of_ceiling}")
            for comparison in judge.comparisons:
                print(f"  {comparison.claim}")
    print(result.signature)


def _made_up(ratings: aj.Ratings) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = []
    for item in ratings.items():
        truth = item.extra["true_helpfulness"]
        rows.append((item.item_id, "helpfulness", "noisy truth", truth + rng.normal(0, 1)))
        rows.append((item.item_id, "helpfulness", "counts words", len(item.response.split())))
    return pd.DataFrame(rows, columns=["item_id", "criterion", "judge", "score"])


if __name__ == "__main__":
    main()
