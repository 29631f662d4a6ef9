"""Would a studentised bootstrap give Pearson's r of heavy-tailed scores the interval that the others do not?

Run: python benchmarks/pearson_studentised.py [--samples 300]      (two minutes)

The populations, seeds and truths are those of coverage.py. On Fisher's scale, each resample is divided by a standard
error of its own (by linearisation, over clusters where there are any), and the interval takes the quantiles of that:
of both signs (equal-tailed), or of its size (symmetric). The jackknife stands beside them.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from _signature import signature, write
from coverage import MILLION, POPULATIONS, SEED

from alia_judge.stats import pearson

RESAMPLES = 400
TRIED = ("normal 0.5", "tied 0.5", "skewed 0.85", "clustered 0", "clustered 0.5", "clustered 0.85")


def main() -> None:
    """Simulate, print and store."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=300)
    samples = parser.parse_args().samples
    rows = [covered(population, n, samples) for population in TRIED for n in (30, 100, 300)]
    result = {"signature": signature(seed=SEED), "samples": samples, "resamples": RESAMPLES, "coverage": rows}
    print(f"wrote {write('pearson_studentised', result)}", file=sys.stderr)


def covered(population: str, n: int, samples: int) -> dict[str, Any]:
    """Per cent of the samples whose interval holds the truth."""
    draw = POPULATIONS[population]
    truth = np.arctanh(float(pearson(*draw(np.random.default_rng(SEED), MILLION)[:2])))
    hits: dict[str, list[bool]] = {"jackknife": [], "equal-tailed": [], "symmetric": []}
    for sample in range(samples):
        x, y, groups = draw(np.random.default_rng([SEED, n, sample]), n)
        jackknife = pearson(x, y, groups=groups, interval="jackknife")
        sums = cluster_sums(x, y, np.arange(n) if groups is None else groups)
        units = sums.shape[0]
        counts = np.random.default_rng(sample).multinomial(units, np.full(units, 1 / units), size=RESAMPLES).T
        (z,), (error,) = z_and_error(sums, np.ones((units, 1)))
        resampled, errors = z_and_error(sums, counts.astype(float))
        with np.errstate(invalid="ignore", divide="ignore"):
            t = (resampled - z) / errors
        t = t[np.isfinite(t)]
        low, high = np.quantile(t, [0.025, 0.975])
        far = np.quantile(np.abs(t), 0.95)
        hits["jackknife"].append(jackknife.low <= np.tanh(truth) <= jackknife.high)
        hits["equal-tailed"].append(z - high * error <= truth <= z - low * error)
        hits["symmetric"].append(abs(z - truth) <= far * error)
    row = {
        "population": population,
        "n": n,
        **{name: round(100 * float(np.mean(hit)), 1) for name, hit in hits.items()},
    }
    print(row, flush=True)
    return row


def cluster_sums(x: np.ndarray, y: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Sums of 1, x, y, x squared, y squared and x y over each cluster, shape (clusters, 6)."""
    x, y = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    return np.stack([np.bincount(groups, part) for part in (np.ones_like(x), x, y, x * x, y * y, x * y)], axis=1)


def z_and_error(sums: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fisher's z where each cluster is there so often, and its standard error by linearisation, shape (b,) each."""
    totals = sums.T @ counts
    _, mx, my, mxx, myy, mxy = totals / totals[0]
    var_x, var_y = mxx - mx**2, myy - my**2
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.clip((mxy - mx * my) / np.sqrt(var_x * var_y), -1 + 1e-6, 1 - 1e-6)
        # An item moves r by u v - r (u**2 + v**2) / 2, u and v standardised: a sum of its six terms so weighted.
        on_xy, on_xx, on_yy = 1 / np.sqrt(var_x * var_y), -r / 2 / var_x, -r / 2 / var_y
        on_x, on_y = -my * on_xy - 2 * mx * on_xx, -mx * on_xy - 2 * my * on_yy
        on_1 = mx * my * on_xy + mx**2 * on_xx + my**2 * on_yy
        moved = sums @ np.stack([on_1, on_x, on_y, on_xx, on_yy, on_xy])
        units = counts.sum(axis=0)
        variance = (counts * moved**2).sum(axis=0) * units / (units - 1)
        return np.arctanh(r), np.sqrt(variance) / totals[0] / (1 - r**2)


if __name__ == "__main__":
    main()
