"""Every kind of judge, live with the embedded model, on real ratings.

Run: python benchmarks/kinds_embedded.py --ratings BASSE.es.jsonl [--items 30]
Writes benchmarks/results/kinds_embedded.json.

Summaries with several ratings each, drawn at random, on Coherence, rubric in Spanish. The figures are the coverage,
Spearman's correlation with the mean rating (for pairs: with the difference of the two mean ratings), and calls paid.
What a model of 135 million parameters reaches on so few items is little, and its interval wide.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from _signature import signature, write
from scipy.stats import spearmanr

import alia_judge as aj


def main() -> None:
    """Run every kind on the same items and store the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ratings", type=Path, required=True)
    parser.add_argument("--items", type=int, default=30)
    arguments = parser.parse_args()
    ratings = aj.load_ratings(arguments.ratings)
    matrix, by_id = ratings.matrix("Coherence"), {item.item_id: item for item in ratings.items()}
    several = np.flatnonzero((~np.isnan(matrix.values)).sum(axis=0) > 1)
    chosen = np.random.default_rng(0).permutation(several)[: arguments.items + 8]
    items = [by_id[matrix.item_ids[place]] for place in chosen]
    target = np.nanmean(matrix.values[:, chosen], axis=0)
    pool = [{"response": item.response, "score": score} for item, score in zip(items[-8:], target[-8:], strict=True)]
    items, target = [aj.Item(item_id=item.item_id, response=item.response) for item in items[:-8]], target[:-8]
    pairs = [
        aj.Item(item_id=f"{one.item_id}|{two.item_id}", response=one.response, response_b=two.response)
        for one, two in zip(items[::2], items[1::2], strict=False)
    ]
    difference = np.array([two - one for one, two in zip(target[::2], target[1::2], strict=False)])
    store = aj.VerdictStore()
    figures: dict[str, Any] = {}
    for name, judge in kinds(pool).items():
        of_pairs = judge.scale.kind == "pairwise"
        started = time.monotonic()
        result = aj.run(judge, pairs if of_pairs else items, store=store)
        scores = np.array([np.nan if v.score is None else v.score for v in result.verdicts])
        scored, known = ~np.isnan(scores), difference if of_pairs else target
        defined = scored.sum() > 2 and np.ptp(scores[scored]) > 0
        figures[name] = {
            "n": len(scores),
            "coverage": round(float(scored.mean()), 3),
            "spearman": round(float(spearmanr(scores[scored], known[scored]).statistic), 3) if defined else None,
            "calls": result.progress.paid,
            "seconds": round(time.monotonic() - started, 1),
        }
        print(name, figures[name], flush=True)
    print(write("kinds_embedded", {"figures": figures, "signature": signature("dspy", "xllamacpp", seed=0)}))


def kinds(pool: list[dict[str, Any]]) -> dict[str, Any]:
    """The judges, one of each kind."""
    rubric = aj.builtin_rubric("coherence", "es")
    yes_no = aj.Rubric(
        criterion="Coherencia", scale=aj.Scale.binary(("no", "sí")), instructions=rubric.instructions, language="es"
    )
    pair = aj.Rubric(criterion="Coherencia", scale=aj.Scale.pairwise(), instructions=rubric.instructions, language="es")
    terse = aj.builtin_rubric("coherence", "es", style="terse")
    anchored, cheap = aj.Judge(rubric, "embedded"), aj.Judge(terse, "embedded")
    expert = aj.Judge(aj.builtin_rubric("coherence", "es", style="expert"), "embedded")
    return {
        "graded": anchored,
        "graded, terse": cheap,
        "yes or no": aj.Judge(yes_no, "embedded"),
        "single message": aj.Judge(rubric, "embedded", layout="single"),
        "four demonstrations": aj.Judge(terse, "embedded", demos=pool[:4]),
        "two nearest demonstrations": aj.Judge(terse, "embedded", demos=pool, neighbours=2),
        "reasons after": aj.Judge(rubric, "embedded", reasoning="after", settings={"max_tokens": 24}),
        "reasons first": aj.Judge(rubric, "embedded", reasoning="first", settings={"max_tokens": 96}),
        "checklist": aj.ChecklistJudge(rubric, "embedded"),
        "panel of three": aj.PanelJudge([anchored, cheap, expert]),
        "cascade": aj.CascadeJudge(cheap, anchored, spread=1.0),
        "pair, one order": aj.Judge(pair, "embedded"),
        "pair, both orders": aj.PairwiseJudge(pair, "embedded"),
    }


if __name__ == "__main__":
    main()
