"""How often each check finds the fault it looks for, and how often it cries wolf, by the strength of the fault.

Run: python benchmarks/planted_faults.py [--repeats 40] [--data ../shared/data]

Clean ratings are simulated (200 items, 6 people, 2 criteria) and a fault is planted. Recall is the share of what was
planted that the right check names; a false alarm is any finding on clean ratings. With --data the faults that need no
texts are also planted in real ratings by identified people (alt-test: cebab_stars, summeval); what the checks find
there untouched is listed, not counted as false.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from planting import FAULTS, Fault, clean_ratings

from alia_judge.checks import Finding, all_checks, run_checks
from alia_judge.ratings import load_ratings


def main() -> None:
    """Plant, look, count; print the table and store it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    start = time.perf_counter()
    result = {
        "signature": f"repeats:{options.repeats}|python:{platform.python_version()}|numpy:{np.__version__}",
        "codes": {name: fault.code for name, fault in FAULTS.items()},
        "false_alarms": false_alarms(options.repeats),
        "simulated": {name: recall(fault, options.repeats, clean_ratings) for name, fault in FAULTS.items()},
    }
    if options.data is not None:
        for name in ("cebab_stars", "summeval"):
            ratings = load_ratings(options.data / "alt-test" / name / "human_annotations.json")
            frame = ratings.to_frame(texts=False).drop(columns="position")
            outcomes = {outcome.code: outcome.findings for outcome in run_checks(ratings)}
            result[name] = {
                "untouched": {
                    code: [finding.message for finding in findings] for code, findings in outcomes.items() if findings
                },
                **{
                    planted: recall(
                        fault,
                        max(2, options.repeats // 8),
                        lambda _, frame=frame: frame,
                        frozenset(who for finding in outcomes[fault.code] for who in _named(finding, fault.on)),
                    )
                    for planted, fault in FAULTS.items()
                    if fault.real
                },
            }
    result["seconds"] = round(time.perf_counter() - start, 1)
    out = Path(__file__).with_name("results") / "planted_faults.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


def false_alarms(repeats: int) -> dict[str, float]:
    """Share of clean data sets on which each check finds anything."""
    counts = dict.fromkeys((check.code for check in all_checks()), 0)
    for repeat in range(repeats):
        ratings = load_ratings(clean_ratings(np.random.default_rng([1, repeat])))
        for outcome in run_checks(ratings):
            counts[outcome.code] += bool(outcome.findings)
    return {code: round(count / repeats, 3) for code, count in counts.items()}


def recall(
    fault: Fault,
    repeats: int,
    source: Callable[[np.random.Generator], pd.DataFrame],
    known: frozenset[str] = frozenset(),
) -> dict[str, dict[str, float]]:
    """For each strength: the share of the culprits named, and of those named who are none nor `known` before."""
    by_strength: dict[str, dict[str, float]] = {}
    for strength in fault.strengths:
        found, wrong = [], []
        for repeat in range(repeats):
            rng = np.random.default_rng([2, repeat])
            frame = source(rng)
            planted, culprits = fault.plant(frame, strength, rng)
            outcome = run_checks(load_ratings(planted), only=[fault.code])[0]
            named = {name for finding in outcome.findings for name in _named(finding, fault.on)}
            # A finding lists fifty items at most; its count says how many there are.
            hit = (
                len(named & culprits) / min(len(culprits), 50)
                if fault.on == "items"
                else len(named & culprits) / len(culprits)
            )
            found.append(min(hit, 1.0))
            wrong.append(len(named - culprits - known) / len(named) if named else 0.0)
        by_strength[f"{strength:g} {fault.unit}"] = {
            "recall": round(float(np.mean(found)), 3),
            "wrongly_named": round(float(np.mean(wrong)), 3),
        }
    return by_strength


def _named(finding: Finding, on: str) -> set[str]:
    if on == "criterion":
        return {finding.criterion} if finding.criterion else set()
    return set(finding.annotators if on == "annotators" else finding.items)


if __name__ == "__main__":
    main()
