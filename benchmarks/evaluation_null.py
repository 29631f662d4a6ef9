"""Where there is nothing to claim, how often is anything claimed?

Ratings by three people of items in groups, in five languages, whose quality has nothing to do with their texts; and two
judges. `noise` knows nothing: whatever is said to its credit is false. `fair` sees the quality of every item alike,
with noise: whatever slice is said to be worse is false, and whatever sets its unscored items apart, as a fifth of them
is left out by chance. Six further judges are as good as one another: a leaderboard that shows one to be better is
wrong. One evaluation makes many claims; counted is whether it makes any.

    python benchmarks/evaluation_null.py
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from alia_judge.evaluation import EvaluationOptions, evaluate_scores, rank_judges
from alia_judge.ratings import load_ratings
from alia_judge.records import Scale

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _signature import signature, write

LANGUAGES = ("es", "ca", "eu", "gl", "en")
WORDS = np.array(["factura", "línea", "el", "datos", "no", "router", "euros", "llame", "gratis", "avería"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=400)
    parser.add_argument("--groups", type=int, nargs="+", default=[20, 60])
    parser.add_argument("--resamples", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="Processes; they do not change the figures.")
    arguments = parser.parse_args()
    rows = []
    for n_groups in arguments.groups:
        seeds = np.random.SeedSequence([arguments.seed, n_groups]).spawn(arguments.repeats)
        with ProcessPoolExecutor(max_workers=arguments.jobs) as pool:
            made = np.array(list(pool.map(partial(claims, n_groups, arguments.resamples), seeds)))
        share = made.mean(axis=0)
        names = (
            "noise claimed better than anything",
            "fair: a slice by language called worse",
            "fair: languages called unlike",
            "fair: a worst slice found",
            "fair: unscored items called unlike",
            "alike: one of six judges ranked above another",
        )
        row = {"groups": n_groups, "items": 5 * n_groups, **dict(zip(names, share.round(4).tolist(), strict=True))}
        print(row, flush=True)
        rows.append(row)
    settings = {"repeats": arguments.repeats, "resamples": arguments.resamples, "level": 0.05}
    print(f"wrote {write('evaluation_null', {'signature': signature(seed=arguments.seed), **settings, 'rows': rows})}")


def claims(n_groups: int, n_resamples: int, seed: np.random.SeedSequence) -> tuple[bool, ...]:
    """One simulated evaluation: which kinds of false claim it makes."""
    rng = np.random.default_rng(seed)
    n = 5 * n_groups
    # Items of a group share part of their quality, so that groups are not many independent items.
    quality = 3 + 0.6 * np.repeat(rng.normal(size=n_groups), 5) + 0.8 * rng.normal(size=n)
    texts = [" ".join(rng.choice(WORDS, size=5 + (item * 7) % 50)) for item in range(n)]
    rows = [
        {
            "item_id": f"i{item:04}",
            "annotator_id": who,
            "value": float(np.clip(np.round(quality[item] + rng.normal(0, 0.7)), 1, 5)),
            "response": texts[item],
            "group": f"g{item // 5}",
            "language": LANGUAGES[item % 5],
        }
        for item in range(n)
        for who in ("ana", "jon", "uxue")
    ]
    ratings = load_ratings(rows, criterion="c", scales={"c": Scale.ordinal(1, 5)})
    ids = [f"i{item:04}" for item in range(n)]
    given = np.clip(quality + rng.normal(0, 0.8, n), 1, 5)
    judged = {
        "noise": dict(zip(ids, np.clip(rng.normal(3, 1, n), 1, 5).tolist(), strict=True)),
        "fair": dict(zip(ids, np.where(rng.random(n) < 0.2, np.nan, given).tolist(), strict=True)),
        "untuned": dict(zip(ids, rng.normal(3, 1, n).tolist(), strict=True)),
    }
    options = EvaluationOptions(n_resamples=n_resamples, seed=int(rng.integers(1 << 30)))
    result = evaluate_scores(ratings, judged, baseline="untuned", options=options)
    noise, fair = result.judge("noise"), result.judge("fair")
    alike = {
        f"judge {number}": dict(zip(ids, (quality + rng.normal(0, 0.8, n)).tolist(), strict=True))
        for number in range(6)
    }
    board = rank_judges(ratings, alike, options=options)
    return (
        any(comparison.shown for comparison in noise.comparisons),
        any(part.worse for part in fair.slices["language"].values()),
        fair.parity is not None and any(pair.p_value <= options.alpha for pair in fair.parity.pairs),
        bool(fair.worst_slices),
        any(row.p_value <= options.alpha for row in fair.unscored_contrasts),
        any(entry.place != 1 for entry in board.entries),
    )


if __name__ == "__main__":
    main()
