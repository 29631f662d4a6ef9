"""Time and peak memory of agreement, ceilings, the alt-test and rectified means up to a million ratings.

Run: python benchmarks/agreement_growth.py            (three minutes)
Writes benchmarks/results/agreement_growth.json. How fast alpha is beside the krippendorff package: stats_speed.py.

Every function runs at every size in a process of its own. Memory is the process's peak (VmHWM), and how far the call
raised it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from _signature import signature, write

from alia_judge import stats

RATERS, SEED = 20, 0
SIZES = (10_000, 100_000, 1_000_000)
LEVELS = ("nominal", "ordinal", "interval", "ratio")


def main() -> None:
    if len(sys.argv) == 3:
        print(json.dumps(grow(sys.argv[1], int(sys.argv[2]))))
        return
    rows = []
    for name in FUNCTIONS:
        for size in SIZES:
            run = subprocess.run(
                [sys.executable, __file__, name, str(size)], check=True, capture_output=True, text=True
            )
            rows.append(json.loads(run.stdout))
            print(rows[-1], flush=True)
    print(f"wrote {write('agreement_growth', {'signature': signature(seed=SEED), 'raters': RATERS, 'growth': rows})}")


def ratings(n: int) -> np.ndarray:
    """`n` places for ratings 1 to 5 by 20 people, a tenth of them empty: shape (20, n / 20)."""
    rng = np.random.default_rng(SEED)
    truth = rng.integers(1, 6, size=n // RATERS)
    given = np.clip(truth + rng.integers(-1, 2, size=(RATERS, truth.size)), 1, 5).astype(float)
    given[rng.random(given.shape) < 0.1] = np.nan
    return given


def grow(name: str, size: int) -> dict[str, Any]:
    """One call on `size` ratings."""
    call = FUNCTIONS[name]
    call(ratings(2_000))  # first-call costs
    values = ratings(size)
    before, start = peak_mib(), time.perf_counter()
    call(values)
    seconds = time.perf_counter() - start
    peak = peak_mib()
    return {
        "function": name,
        "ratings": size,
        "seconds": round(seconds, 3),
        "peak_mib": round(peak),
        "rise_mib": round(peak - before),
    }


def peak_mib() -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this benchmark reads peak memory from /proc/self/status, which this system has not")


def alpha(level: str, **options: Any) -> Callable[[np.ndarray], object]:
    return lambda values: stats.krippendorff_alpha(values, level, **options)


def alpha_of_distinct(level: str) -> Callable[[np.ndarray], object]:
    """Every rating a value of its own: what a matrix over pairs of values would not survive."""
    return lambda values: stats.krippendorff_alpha(values + np.random.default_rng(SEED).random(values.shape), level)


def judge(values: np.ndarray) -> np.ndarray:
    return np.round(np.nanmean(values, axis=0))


def few_ratings(values: np.ndarray) -> np.ndarray:
    """A mean rating of every tenth item."""
    return np.where(np.arange(values.shape[1]) % 10 == 0, np.nanmean(values, axis=0), np.nan)


FUNCTIONS: dict[str, Callable[[np.ndarray], object]] = {
    **{f"krippendorff_alpha, {level}, bootstrap of 1,000": alpha(level, interval="percentile") for level in LEVELS},
    "krippendorff_alpha, ordinal, jackknife": alpha("ordinal", interval="jackknife"),
    **{f"krippendorff_alpha, {level}, all values distinct": alpha_of_distinct(level) for level in LEVELS[:3]},
    "fleiss_kappa, jackknife": lambda v: stats.fleiss_kappa(v, interval="jackknife"),
    "gwet_ac, quadratic, jackknife": lambda v: stats.gwet_ac(v, "quadratic", interval="jackknife"),
    "cohen_kappa, quadratic, jackknife": lambda v: stats.cohen_kappa(v[0], v[1], "quadratic", interval="jackknife"),
    "percent_agreement, jackknife": lambda v: stats.percent_agreement(v, interval="jackknife"),
    "icc, F interval": lambda v: stats.icc(np.nan_to_num(v, nan=3.0), interval="f"),
    "kendall_w, bootstrap of 100": lambda v: stats.kendall_w(
        np.nan_to_num(v, nan=3.0), interval="percentile", n_resamples=100
    ),
    "disagreement": stats.disagreement,
    "category_agreement": stats.category_agreement,
    "leave_one_out, bootstrap of 100": lambda v: stats.leave_one_out(v, interval="percentile", n_resamples=100),
    "split_half": stats.split_half,
    "share_of_ceiling, bootstrap of 100": lambda v: stats.share_of_ceiling(
        judge(v), v, interval="percentile", n_resamples=100
    ),
    "alt_test, jackknife": lambda v: stats.alt_test(v, judge(v), score="neg_rmse", interval="jackknife"),
    "rectified_mean": lambda v: stats.rectified_mean(few_ratings(v), judge(v)),
}


if __name__ == "__main__":
    main()
