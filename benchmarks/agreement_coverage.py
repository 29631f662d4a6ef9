"""How often nominal 95 % intervals of agreement, ceilings and rectified means hold the true value.

Run: python benchmarks/agreement_coverage.py [--rectified] [--trials 300]        (ten minutes; two with --rectified)
Writes benchmarks/results/agreement_coverage.json or rectified_coverage.json.

The truth of an agreement coefficient is its value on 60,000 items of the same kind; that of a mean is known. A standard
error of the shares is stored beside them.
"""

from __future__ import annotations

import argparse
import math
import os
import warnings
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from _signature import signature, write
from scipy.stats import norm

from alia_judge import stats
from alia_judge.errors import DegenerateDataWarning

SEED = 0
METHODS = ("jackknife", "percentile", "bca", "t")
#: Items, and clusters they come in.
DESIGNS = ((30, None), (100, None), (300, None), (80, 8), (200, 20))
STATISTICS: dict[str, tuple[str, Callable[..., Any]]] = {
    "krippendorff_alpha, ordinal, five points": ("points", lambda v, **k: stats.krippendorff_alpha(v, "ordinal", **k)),
    "krippendorff_alpha, nominal, two categories": ("binary", stats.krippendorff_alpha),
    "krippendorff_alpha, interval, log-normal": (
        "skewed",
        lambda v, **k: stats.krippendorff_alpha(v, "interval", **k),
    ),
    "fleiss_kappa": ("binary", stats.fleiss_kappa),
    "gwet_ac": ("binary", stats.gwet_ac),
    "percent_agreement": ("binary", stats.percent_agreement),
    "icc, ICC(2,k)": ("points", stats.icc),
    "kendall_w": ("points", stats.kendall_w),
    "leave_one_out": ("points", stats.leave_one_out),
    "attenuation": ("points", lambda v, **k: stats.attenuation(v, n_splits=10, **k)),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rectified", action="store_true")
    parser.add_argument("--trials", type=int, default=None)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", DegenerateDataWarning)
    trials = arguments.trials or (2000 if arguments.rectified else 300)
    rows = rectified(trials) if arguments.rectified else agreement(trials)
    result = {
        "signature": signature(seed=SEED),
        "trials": trials,
        "standard_error": round(math.sqrt(0.95 * 0.05 / trials), 4),
        "coverage": rows,
    }
    print(f"wrote {write('rectified_coverage' if arguments.rectified else 'agreement_coverage', result)}")


def agreement(trials: int) -> list[dict[str, Any]]:
    rows = []
    for name, (kind, statistic) in STATISTICS.items():
        rng = np.random.default_rng(SEED)
        truth = float(statistic(ratings(rng, 60_000, None, kind)[0]))
        for items, clusters in DESIGNS:
            held = dict.fromkeys(METHODS, 0)
            for _ in range(trials):
                values, groups = ratings(rng, items, clusters, kind)
                for method in METHODS:
                    estimate = statistic(values, interval=method, n_resamples=400, groups=groups, rng=rng)
                    held[method] += estimate.low <= truth <= estimate.high
            shares = {method: round(count / trials, 3) for method, count in held.items()}
            rows.append({"statistic": name, "truth": round(truth, 3), "items": items, "clusters": clusters, **shares})
            print(rows[-1], flush=True)
    return rows


def ratings(
    rng: np.random.Generator, items: int, clusters: int | None, kind: str
) -> tuple[np.ndarray, np.ndarray | None]:
    """Three annotators, a tenth of the ratings missing; half of the items' variance lies between clusters."""
    truth, groups = rng.normal(size=items), None
    if clusters is not None:
        groups = np.repeat(np.arange(clusters), items // clusters)
        truth = math.sqrt(0.5) * rng.normal(size=clusters)[groups] + math.sqrt(0.5) * truth
    latent = truth + 0.8 * rng.normal(size=(3, items))
    if kind == "points":
        values = np.clip(np.round(3.6 + latent), 1, 5)
    else:
        values = (latent > 1.0).astype(float) if kind == "binary" else np.exp(latent / 2)
    values[rng.random(values.shape) < 0.1] = np.nan
    return values, groups


def rectified(trials: int) -> list[dict[str, Any]]:
    designs = [(kind, n, 1) for kind in ("normal", "five points", "log-normal") for n in (15, 30, 100)]
    rows = []
    for kind, n, size in [*designs, ("normal", 50, 5), ("normal", 150, 5)]:
        rng = np.random.default_rng(SEED)
        held, counts_as = {"rectified": 0, "ratings_alone": 0}, []
        for _ in range(trials):
            human, judge, groups, truth = mean_sample(rng, kind, n, size)
            result = stats.rectified_mean(human, judge, groups=groups)
            for which, estimate in (("rectified", result.estimate), ("ratings_alone", result.classical)):
                held[which] += estimate.low <= truth <= estimate.high
            counts_as.append(result.effective_n)
        shares = {which: round(count / trials, 4) for which, count in held.items()}
        rows.append(
            {"ratings": kind, "rated": n, "cluster_size": size, **shares, "counts_as": round(np.median(counts_as))}
        )
        print(rows[-1], flush=True)
    return rows


def mean_sample(
    rng: np.random.Generator, kind: str, n: int, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """n rated items and 1,000 others, in clusters of `size` that share half their variance; a judge of r = 0.7."""
    clusters = (n + 1000) // size
    groups = np.repeat(np.arange(clusters), size)

    def noise() -> np.ndarray:
        alone = rng.normal(size=groups.size)
        return alone if size == 1 else math.sqrt(0.5) * (rng.normal(size=clusters)[groups] + alone)

    quality = noise()
    judge = 0.7 * quality + math.sqrt(1 - 0.7**2) * noise()
    if kind == "log-normal":
        human, judge, truth = np.exp(quality), np.exp(judge), math.exp(0.5)
    elif kind == "five points":
        human, judge = np.clip(np.round(3.6 + quality), 1, 5), np.clip(np.round(3 + judge), 1, 5)
        truth = 1 + sum(norm.sf(k + 0.5 - 3.6) for k in range(1, 5))
    else:
        human, truth = quality, 0.0
    rated = np.isin(groups, rng.permutation(clusters)[: n // size])
    return np.where(rated, human, np.nan), judge, groups, float(truth)


if __name__ == "__main__":
    main()
