"""Make `rectified.json`: figures of ppi-python on fixed data, which the tests hold the library to.

Run in an environment of its own, as the package is no dependency of the library::

    python -m venv oracle && oracle/bin/pip install ppi-python==0.2.3
    oracle/bin/python tests/reference/make_rectified.py
"""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import numpy as np
from ppi_py import ppi_mean_ci, ppi_mean_pointestimate


def main() -> None:
    rng = np.random.default_rng(20250101)
    truth = rng.integers(1, 6, size=460).astype(float)
    judge = np.clip(truth + rng.normal(0.4, 1.0, size=460), 1, 5).round(3)
    human, judge_rated, judge_unrated = truth[:60], judge[:60], judge[60:]
    weights = rng.uniform(0.5, 2.0, size=460).round(3)
    cases = {"tuned": None, "lambda_0": 0.0, "lambda_0.5": 0.5, "lambda_1": 1.0}
    found = {
        "made_by": Path(__file__).name,
        "versions": {name: importlib.metadata.version(name) for name in ("ppi-python", "numpy")},
        "human": human.tolist(),
        "judge": judge.tolist(),
        "weights": weights.tolist(),
        "mean": {name: figures(human, judge_rated, judge_unrated, lam) for name, lam in cases.items()},
        "weighted_mean": {
            name: float(
                np.squeeze(
                    ppi_mean_pointestimate(
                        human, judge_rated, judge_unrated, lam=lam, w=weights[:60], w_unlabeled=weights[60:]
                    )
                )
            )
            for name, lam in cases.items()
            if lam is not None
        },
    }
    Path(__file__).with_name("rectified.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def figures(human: np.ndarray, rated: np.ndarray, unrated: np.ndarray, lam: float | None) -> dict[str, float]:
    low, high = ppi_mean_ci(human, rated, unrated, alpha=0.05, lam=lam)
    value = ppi_mean_pointestimate(human, rated, unrated, lam=lam)
    return {"value": float(np.squeeze(value)), "low": float(np.squeeze(low)), "high": float(np.squeeze(high))}


if __name__ == "__main__":
    main()
