"""What moves the embedded model? Every probe on a live judge, over the bundled sample, and once more from its store.

A 135M-parameter model that nobody tuned; what it shows is how a judge is probed, and what such a judge is worth. The
operator's facts are left out of its prompts, which makes them three times shorter: such a model can do nothing with
them. Of each probe the strongest dose is run.

    python benchmarks/probe_embedded.py --items 20

With ``--store FILE`` a run that was interrupted goes on with the same command; its time is then not
known, and not stored.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from alia_judge.errors import Interrupted
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.builtin import builtin_rubric
from alia_judge.models import resolve_lm
from alia_judge.probes import AnyProbe, all_probes, judge_scorer, run_probes
from alia_judge.ratings import load_sample
from alia_judge.runner import VerdictStore
from alia_judge.stats import spearman

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _signature import signature, write


def strongest(probe: AnyProbe) -> AnyProbe:
    """The probe at its strongest dose; of scales, at the mildest: a digit is what this model can write."""
    doses = probe.doses[:1] if probe.name == "scale_points" else probe.doses[-1:]
    if isinstance(getattr(type(probe), "doses", None), property):  # the wordings of a rubric: both are run
        return probe
    return replace(probe, doses=tuple(doses))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=20)
    parser.add_argument("--demos", type=int, default=2)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--store", type=Path, default=None, help="Keep verdicts here, to go on after an interruption.")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    ratings = load_sample()
    every = [replace(item, context=None) for item in ratings.items()]
    order = np.random.default_rng(arguments.seed).permutation(len(every))
    items = [every[place] for place in sorted(order[: arguments.items])]
    shown = [every[place] for place in order[arguments.items : arguments.items + arguments.demos]]
    demos = [{"response": one.response, "score": float(one.extra["true_helpfulness"])} for one in shown]
    lm = resolve_lm("embedded", threads=arguments.threads)
    judge = Judge(builtin_rubric("helpfulness", "es"), lm, layout="prefill", demos=demos)
    probes = [strongest(probe) for probe in all_probes()]
    matrix = ratings.matrix("helpfulness")
    people = dict(zip(matrix.item_ids, np.nanmean(matrix.values, axis=0).tolist(), strict=True))
    started = time.perf_counter()
    with VerdictStore(arguments.store) as store:
        resumed = len(store) > 0
        score = judge_scorer(judge, store=store)
        report = run_probes(score, items, judge.scale, probes=probes, ratings=people, seed=arguments.seed)
        seconds, calls = None if resumed else round(time.perf_counter() - started), len(store)
        again = run_probes(score, items, judge.scale, probes=probes, ratings=people, seed=arguments.seed)
        assert again.to_dict() == report.to_dict()
        paid_again = len(store) - calls
        agrees = spearman(score(items), [one.extra["true_helpfulness"] for one in items], interval="jackknife",
                          groups=[one.group for one in items])  # fmt: skip
    for one in report.results:
        print(f"{one.probe:22} {one.dose:5g} {one.n_items:4d}  {one.effect}  moved {one.moved_share}  {one.outcome}")
    found = {
        "signature_of_run": signature("dspy", "xllamacpp", seed=arguments.seed),
        "judge": f"SmolLM2-135M with the built-in Spanish rubric of helpfulness and {arguments.demos} demonstrations, "
        "without the facts to check against",
        "items": len(items),
        "seconds": seconds,
        "calls": calls,
        "calls_again": paid_again,
        "spearman": agrees.to_dict(),
        **report.to_dict(),
    }
    print(f"{calls} calls, {'resumed' if resumed else f'{seconds} s'}; wrote {write('probe_embedded', found)}")


if __name__ == "__main__":
    try:
        main()
    except (Interrupted, KeyboardInterrupt) as error:
        sys.exit(f"{error or 'interrupted'}; with --store the same command goes on where it was")
