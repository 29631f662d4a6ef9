"""Make `agreement.json`: figures of independent packages on fixed ratings, which the tests hold the library to.

Run in an environment of its own, as the packages are no dependencies of the library::

    python -m venv oracle && oracle/bin/pip install pingouin==0.6.1 irrCAC==0.4.4
    oracle/bin/python tests/reference/make_agreement.py
"""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pingouin
from irrCAC.raw import CAC


def main() -> None:
    rng = np.random.default_rng(20250101)
    truth = rng.integers(1, 6, size=30)
    complete = np.clip(truth + rng.integers(-1, 2, size=(4, 30)) + np.array([[0], [0], [1], [0]]), 1, 5).astype(float)
    sparse = complete.copy()
    sparse[rng.random(sparse.shape) < 0.3] = np.nan
    found = {
        "made_by": Path(__file__).name,
        "versions": {name: importlib.metadata.version(name) for name in ("pingouin", "irrCAC", "numpy", "pandas")},
        "complete": complete.tolist(),
        "sparse": np.where(np.isnan(sparse), None, sparse).tolist(),
        "irrCAC": {name: agreement(values) for name, values in (("complete", complete), ("sparse", sparse))},
        "pingouin": intraclass(complete),
    }
    Path(__file__).with_name("agreement.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def agreement(values: np.ndarray) -> dict[str, float]:
    frame = pd.DataFrame(values.T)
    figures = {"fleiss": CAC(frame, digits=12).fleiss()["est"]["coefficient_value"]}
    figures["percent"] = CAC(frame, digits=12).gwet()["est"]["pa"]
    for weights in ("identity", "linear", "quadratic", "ordinal"):
        cac = CAC(frame, weights=weights, categories=[1.0, 2.0, 3.0, 4.0, 5.0], digits=12)
        figures[f"gwet_{weights}"] = cac.gwet()["est"]["coefficient_value"]
    return {name: float(value) for name, value in figures.items()}


def intraclass(values: np.ndarray) -> dict[str, list[float]]:
    pingouin.options["round.column.CI95"] = 12
    rows = [(item, rater, value) for rater, row in enumerate(values) for item, value in enumerate(row)]
    table = pingouin.intraclass_corr(pd.DataFrame(rows, columns=["t", "r", "v"]), "t", "r", "v")
    # pingouin calls absolute agreement A and consistency C; Shrout and Fleiss number them 2 and 3.
    names = {"ICC(A,1)": "ICC(2,1)", "ICC(C,1)": "ICC(3,1)", "ICC(A,k)": "ICC(2,k)", "ICC(C,k)": "ICC(3,k)"}
    return {
        names.get(row["Type"], row["Type"]): [float(row["ICC"]), *(float(end) for end in row["CI95"])]
        for _, row in table.iterrows()
    }


if __name__ == "__main__":
    main()
