"""Speed of the statistics as ratios to SciPy and krippendorff in one run, and their growth with size.

Run: python benchmarks/stats_speed.py [--rounds 5] [--growth]      (three minutes; twelve with the growth)
     python benchmarks/stats_speed.py --general                   (`bootstrap` and `paired_difference`; others stay)
     python benchmarks/stats_speed.py --table                     (the stored ratios as Markdown; measures nothing)

Contenders take turns, so that drift of the machine meets all alike; a ratio is that of the best rounds, in seconds of
processor time: what the process used in all its threads, in the environment as the user has it. Each statistic's time
and peak memory at a size are measured in a process of its own. Without ``--growth`` the stored growth is kept.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial as bind
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
from _signature import signature, write
from scipy import stats

from alia_judge.stats import (
    auc,
    bootstrap,
    kendall,
    krippendorff_alpha,
    mcc,
    paired_difference,
    pairwise_accuracy,
    partial,
    pearson,
    quadratic_weighted_kappa,
    spearman,
)
from alia_judge.stats.kernels import kendall_rows, spearman_rows

N, RESAMPLES, CANDIDATES, SEED = 1000, 1000, 400, 0
GROUPS = np.repeat(np.arange(N // 10), 10)
STORED = Path(__file__).with_name("results") / "stats_speed.json"
SIZES = [1_000, 10_000, 100_000, 1_000_000]


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--growth", action="store_true", help="measure growth with size, and draw it")
    parser.add_argument("--general", action="store_true", help="measure `bootstrap` and `paired_difference` alone")
    parser.add_argument("--table", action="store_true", help="print the stored ratios as Markdown; measure nothing")
    parser.add_argument("--grow", nargs=2, default=None, metavar=("STATISTIC", "SIZE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.grow:
        print(json.dumps(grow(arguments.grow[0], int(arguments.grow[1]))))
        return
    if arguments.table:
        table(json.loads(STORED.read_text(encoding="utf-8")))
        return
    if arguments.general:
        stored = json.loads(STORED.read_text(encoding="utf-8"))
        stored["general"] = measured_general(arguments.rounds)
        print(json.dumps(stored["general"], indent=1))
        write("stats_speed", stored)
        return
    result = {
        "general": measured_general(arguments.rounds),
        "signature": signature("krippendorff", seed=SEED),
        "bootstrap": [row for kind in DATA for row in bootstraps(kind, arguments.rounds)],
        "candidates": candidates(arguments.rounds),
        "alpha": alpha(arguments.rounds),
        "growth": growth() if arguments.growth else json.loads(STORED.read_text(encoding="utf-8"))["growth"],
    }
    if arguments.growth:
        plot(result["growth"])
    print(json.dumps(result, indent=1))
    print(f"wrote {write('stats_speed', result)}", file=sys.stderr)


def on_a_scale(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A judge's verdicts 1 to 5 against the mean of three ratings 1 to 5."""
    truth = rng.normal(size=N)
    ratings = np.round(3 + truth + rng.normal(size=(3, N))).clip(1, 5)
    return np.round(3 + truth + rng.normal(size=N)).clip(1, 5), ratings.mean(axis=0)


def expected_scores(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A judge's expected scores, all different, against the mean of three ratings."""
    truth = rng.normal(size=N)
    ratings = np.round(3 + truth + rng.normal(size=(3, N))).clip(1, 5)
    return truth + rng.normal(size=N), ratings.mean(axis=0)


def continuous(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """No two scores, no two targets alike."""
    truth = rng.normal(size=N)
    return truth + rng.normal(size=N), truth + rng.normal(size=N)


DATA = {"verdicts 1-5": on_a_scale, "expected scores": expected_scores, "all different": continuous}

LABELS = {
    "verdicts 1-5": "verdicts 1 to 5, mean ratings",
    "expected scores": "scores all different, mean ratings",
    "all different": "all different on both sides",
}


def bootstraps(kind: str, rounds: int) -> list[dict[str, Any]]:
    """Our intervals beside SciPy's bootstrap (Spearman) and a loop over `kendalltau`, over items and over clusters."""
    x, y = DATA[kind](np.random.default_rng(SEED))
    rows = []
    for over, groups in (("items", None), ("clusters", GROUPS)):
        for statistic, ours, theirs in (
            ("spearman", spearman, scipy_spearman if groups is None else cluster_loop(stats.spearmanr)),
            ("kendall", kendall, item_loop(stats.kendalltau) if groups is None else cluster_loop(stats.kendalltau)),
        ):
            seconds, results = race(
                {
                    "ours": bind(ours, x, y, groups=groups, interval="percentile", n_resamples=RESAMPLES),
                    "theirs": bind(theirs, x, y),
                },
                rounds,
            )
            mine, (low, high) = results["ours"], results["theirs"]
            error = (high - low) / 3.92
            rows.append(
                {
                    "data": kind,
                    "statistic": statistic,
                    "over": over,
                    "ours_ms": round(1e3 * seconds["ours"], 2),
                    "theirs_ms": round(1e3 * seconds["theirs"], 1),
                    "ratio": round(seconds["theirs"] / seconds["ours"], 1),
                    # Two quantiles of 1,000 resamples each differ by 0.12 standard errors on average.
                    "ends_differ_by_standard_errors": [
                        round(abs(a - b) / error, 3) for a, b in ((mine.low, low), (mine.high, high))
                    ],
                }
            )
    return rows


def measured_general(rounds: int) -> dict[str, Any]:
    """What is measured by ``--general``."""
    return {"rows": general(rounds), "differences": differences(rounds), "signature": signature(seed=SEED)}


def general(rounds: int) -> list[dict[str, Any]]:
    """`bootstrap` given a statistic of this package, beside SciPy's bootstrap (Spearman) and a loop (Kendall)."""
    rows = []
    for kind in DATA:
        x, y = DATA[kind](np.random.default_rng(SEED))
        for name, ours, theirs in (
            ("spearman", spearman, scipy_spearman),
            ("kendall", kendall, item_loop(stats.kendalltau)),
        ):
            seconds, _ = race(
                {
                    "ours": bind(bootstrap, ours, (x, y), method="percentile", n_resamples=RESAMPLES),
                    "theirs": bind(theirs, x, y),
                },
                rounds,
            )
            rows.append(
                {
                    "data": kind,
                    "statistic": name,
                    "ours_ms": round(1e3 * seconds["ours"], 2),
                    "theirs_ms": round(1e3 * seconds["theirs"], 1),
                    "ratio": round(seconds["theirs"] / seconds["ours"], 1),
                }
            )
    return rows


def differences(rounds: int) -> list[dict[str, Any]]:
    """`paired_difference` of two judges' Spearman beside SciPy's bootstrap and permutation test of the same."""
    rows = []
    for kind in DATA:
        rng = np.random.default_rng(SEED)
        (x, y), (other, _) = DATA[kind](rng), DATA[kind](rng)
        ours = bind(paired_difference, x, other, y, n_resamples=RESAMPLES)
        for what, mine, theirs in (
            ("bootstrap", bind(ours, interval="percentile"), bind(scipy_difference, x, other, y)),
            ("permutation", bind(ours, interval=None, permute="both"), bind(scipy_permutation, x, other, y)),
        ):
            seconds, _ = race({"ours": mine, "theirs": theirs}, rounds)
            rows.append(
                {
                    "data": kind,
                    "of the difference": what,
                    "ours_ms": round(1e3 * seconds["ours"], 2),
                    "theirs_ms": round(1e3 * seconds["theirs"], 1),
                    "ratio": round(seconds["theirs"] / seconds["ours"], 1),
                }
            )
    return rows


def centred_ranks(values: np.ndarray, axis: int) -> np.ndarray:
    """Mid-ranks less their mean."""
    return stats.rankdata(values, axis=axis) - (values.shape[axis] + 1) / 2


def gap_of_ranks(a: np.ndarray, b: np.ndarray, t: np.ndarray, axis: int) -> np.ndarray:
    """Spearman of the first less that of the second, of centred ranks."""
    of_a, of_b = ((side * t).sum(axis) / np.sqrt((side * side).sum(axis)) for side in (a, b))
    return (of_a - of_b) / np.sqrt((t * t).sum(axis))


def scipy_difference(x: np.ndarray, other: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """`scipy.stats.bootstrap` of the difference, all resamples at once."""

    def gap(a: np.ndarray, b: np.ndarray, t: np.ndarray, axis: int) -> np.ndarray:
        return gap_of_ranks(*(centred_ranks(side, axis) for side in (a, b, t)), axis=axis)

    interval = stats.bootstrap(
        (x, other, y), gap, paired=True, vectorized=True, n_resamples=RESAMPLES, method="percentile", rng=SEED
    ).confidence_interval
    return float(interval.low), float(interval.high)


def scipy_permutation(x: np.ndarray, other: np.ndarray, y: np.ndarray) -> float:
    """`scipy.stats.permutation_test` that exchanges the judges item by item, a hundred exchanges at once."""
    target = centred_ranks(y, 0)

    def gap(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
        return gap_of_ranks(centred_ranks(a, axis), centred_ranks(b, axis), target, axis)

    return float(
        stats.permutation_test(
            (x, other), gap, permutation_type="samples", vectorized=True, n_resamples=RESAMPLES, batch=100, rng=SEED
        ).pvalue
    )


def scipy_spearman(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """`scipy.stats.bootstrap` with a statistic that takes all resamples at once."""

    def rho(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
        a, b = (stats.rankdata(side, axis=axis) - (N + 1) / 2 for side in (a, b))
        return (a * b).sum(axis) / np.sqrt((a * a).sum(axis) * (b * b).sum(axis))

    interval = stats.bootstrap(
        (x, y), rho, paired=True, vectorized=True, n_resamples=RESAMPLES, method="percentile", rng=SEED
    ).confidence_interval
    return float(interval.low), float(interval.high)


def item_loop(statistic: Callable[..., Any]) -> Callable[..., tuple[float, float]]:
    """A Python loop over resamples of the items."""

    def loop(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
        rng = np.random.default_rng(SEED)
        draws = (rng.integers(0, N, N) for _ in range(RESAMPLES))
        return ends([statistic(x[i], y[i]).statistic for i in draws])

    return loop


def cluster_loop(statistic: Callable[..., Any]) -> Callable[..., tuple[float, float]]:
    """A Python loop over resamples of the clusters, each of ten neighbouring items."""

    def loop(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
        rng = np.random.default_rng(SEED)
        draws = ((10 * rng.integers(0, N // 10, N // 10)[:, None] + np.arange(10)).ravel() for _ in range(RESAMPLES))
        return ends([statistic(x[i], y[i]).statistic for i in draws])

    return loop


def ends(replicates: list[float]) -> tuple[float, float]:
    """The percentile interval."""
    low, high = np.quantile(replicates, [0.025, 0.975])
    return float(low), float(high)


def candidates(rounds: int) -> list[dict[str, Any]]:
    """Four hundred candidates against one target, beside a loop over SciPy."""
    rows = []
    for kind in DATA:
        rng = np.random.default_rng(SEED)
        _, target = DATA[kind](rng)
        scores = np.stack([DATA[kind](rng)[0] for _ in range(CANDIDATES)])
        for name, ours, one in (
            ("spearman", spearman_rows, stats.spearmanr),
            ("kendall", kendall_rows, stats.kendalltau),
        ):
            seconds, results = race(
                {
                    "ours": bind(ours, scores, target),
                    "theirs": bind(one_by_one, one, scores, target),
                },
                rounds,
            )
            rows.append(
                {
                    "data": kind,
                    "statistic": name,
                    "ours_ms": round(1e3 * seconds["ours"], 2),
                    "theirs_ms": round(1e3 * seconds["theirs"], 1),
                    "ratio": round(seconds["theirs"] / seconds["ours"], 1),
                    "largest_difference": float(np.abs(results["ours"] - results["theirs"]).max()),
                }
            )
    return rows


def one_by_one(statistic: Callable[..., Any], scores: np.ndarray, target: np.ndarray) -> np.ndarray:
    """A Python loop over candidates."""
    return np.array([statistic(row, target).statistic for row in scores])


def alpha(rounds: int) -> list[dict[str, Any]]:
    """Krippendorff's alpha with an item bootstrap of 1,000, beside recomputing it with the krippendorff package."""
    rng = np.random.default_rng(SEED)
    values = np.round(3 + rng.normal(size=2000) + rng.normal(size=(20, 2000))).clip(1, 5)
    values[rng.random(values.shape) < 0.3] = np.nan
    recomputed = 20  # of a thousand: the package takes each resample alike

    def theirs(level: str) -> None:
        draw = np.random.default_rng(SEED)
        for _ in range(recomputed):
            krippendorff.alpha(values[:, draw.integers(0, 2000, 2000)], level_of_measurement=level)

    rows = []
    for level in ("nominal", "ordinal", "interval"):
        seconds, _ = race(
            {
                "ours": bind(krippendorff_alpha, values, level, interval="percentile", n_resamples=1000),
                "theirs": bind(theirs, level),
            },
            min(rounds, 2),
        )
        scaled = seconds["theirs"] * 1000 / recomputed
        rows.append(
            {
                "level": level,
                "ours_ms": round(1e3 * seconds["ours"], 1),
                "theirs_ms": round(1e3 * scaled),
                "ratio": round(scaled / seconds["ours"], 1),
            }
        )
    return rows


def race(contenders: dict[str, Callable[[], Any]], rounds: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Seconds of each contender's best round, and its result; ours runs at least three times a round."""
    best = dict.fromkeys(contenders, float("inf"))
    results = {}
    for _ in range(rounds):
        for name, run in contenders.items():
            for _ in range(3 if name == "ours" else 1):
                start = time.process_time()
                results[name] = run()
                best[name] = min(best[name], time.process_time() - start)
    return best, results


BOOTSTRAP = {"interval": "percentile", "n_resamples": 100}
GROWING: dict[str, Callable[..., Any]] = {
    "spearman": lambda x, y, _: spearman(x, y, **BOOTSTRAP),
    "kendall": lambda x, y, _: kendall(x, y, **BOOTSTRAP),
    "pearson": lambda x, y, _: pearson(x, y, **BOOTSTRAP),
    "auc": lambda x, y, _: auc(x, (y > 0).astype(float), **BOOTSTRAP),
    "mcc": lambda x, y, _: mcc((x > 0).astype(float), (y > 0).astype(float), **BOOTSTRAP),
    "quadratic_weighted_kappa": lambda x, y, _: quadratic_weighted_kappa(x, y, **BOOTSTRAP),
    "pairwise_accuracy": lambda x, y, _: pairwise_accuracy(x, y, epsilon=0.1, **BOOTSTRAP),
    "pairwise_accuracy, calibrated within groups": lambda x, y, g: pairwise_accuracy(
        x, y, grouping="within", groups=g, **BOOTSTRAP
    ),
    "partial": lambda x, y, _: partial(x, y, np.stack([x**2, y**2], axis=1), **BOOTSTRAP),
    "spearman, jackknife over groups": lambda x, y, g: spearman(x, y, groups=g % 200, interval="jackknife"),
}


def growth() -> list[dict[str, Any]]:
    """Seconds and peak megabytes of each statistic with an interval from 100 resamples, on continuous scores."""
    rows = []
    for name in GROWING:
        for size in SIZES:
            command = [sys.executable, __file__, "--grow", name, str(size)]
            rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
            print(rows[-1], file=sys.stderr)
    return rows


def grow(name: str, size: int) -> dict[str, Any]:
    """One statistic at one size, in this process."""
    rng = np.random.default_rng(SEED)
    truth = rng.normal(size=size)
    x, y = truth + rng.normal(size=size), np.round(truth + rng.normal(size=size))
    groups = np.arange(size) // 10
    start = time.perf_counter()
    GROWING[name](x, y, groups)
    taken = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"statistic": name, "n": size, "seconds": round(taken, 3), "peak_mib": round(peak)}


def table(result: dict[str, Any]) -> None:
    """How many times faster, by data and statistic."""
    print("| scores, target | Spearman, items | Spearman, clusters | Kendall, items | Kendall, clusters |", end="")
    print(" Spearman, candidates | Kendall, candidates |\n|" + "---|" * 7)
    for kind, label in LABELS.items():
        ratios = [
            row["ratio"]
            for statistic in ("spearman", "kendall")
            for over in ("items", "clusters")
            for row in result["bootstrap"]
            if (row["data"], row["statistic"], row["over"]) == (kind, statistic, over)
        ]
        ratios += [row["ratio"] for row in result["candidates"] if row["data"] == kind]
        print(f"| {label} | " + " | ".join(f"{ratio:.2g}" if ratio < 10 else f"{ratio:.0f}" for ratio in ratios) + " |")
    print("alpha:", ", ".join(f"{row['ratio']:.0f} ({row['level']})" for row in result["alpha"]))


def plot(rows: list[dict[str, Any]]) -> None:
    """Growth of time and memory with size."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots(1, 2)
    for name in GROWING:
        mine = [row for row in rows if row["statistic"] == name]
        for ax, key in zip(axes, ("seconds", "peak_mib"), strict=True):
            ax.loglog([row["n"] for row in mine], [row[key] for row in mine], marker=".", label=name)
    axes[0].set(xlabel="items", ylabel="seconds, with 100 resamples")
    axes[1].set(xlabel="items", ylabel="peak memory of the process, MiB")
    axes[1].axhline(2048, color="black", linestyle=":")
    axes[0].legend(fontsize=6)
    figure.savefig(Path(__file__).with_name("results") / "stats_speed.png", dpi=80)


if __name__ == "__main__":
    main()
