"""What moves the embedded model? Every probe on a live judge, over the bundled sample.

A 135M-parameter model that nobody tuned; what it shows is how a judge is probed, and what such a judge is worth.

    python benchmarks/probe_embedded.py --items 60
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from alia_judge.judging.judge import Judge
from alia_judge.judging.rubric import Rubric
from alia_judge.probes import judge_scorer, run_probes
from alia_judge.ratings import load_sample

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _signature import signature, write


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    ratings = load_sample()
    every = ratings.items()
    chosen = np.random.default_rng(arguments.seed).permutation(len(every))[: arguments.items]
    scale = ratings.scales["helpfulness"]
    rubric = Rubric(
        criterion="Helpfulness",
        scale=scale,
        instructions="Does the response solve what the customer asked, with the right facts?",
        anchors={scale.low: "Solves nothing.", scale.high: "Solves everything."},
    )
    started = time.perf_counter()
    report = run_probes(
        judge_scorer(Judge(rubric, "embedded")), [every[place] for place in sorted(chosen)], scale, seed=arguments.seed
    )
    for one in report.results:
        print(f"{one.probe:22} {one.dose:5g} {one.n_items:4d}  {one.shift}  effect {one.effect:+.2f}  {one.outcome}")
    seconds = round(time.perf_counter() - started)
    found = {"signature": signature("dspy", "xllamacpp", seed=arguments.seed), "seconds": seconds, **report.to_dict()}
    print(f"{seconds} s; wrote {write('probe_embedded', found)}")


if __name__ == "__main__":
    main()
