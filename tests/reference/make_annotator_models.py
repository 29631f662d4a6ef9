"""Make `annotator_models.json`: crowd-kit's and choix's figures on fixed ratings, which the tests hold the library to.

Run in an environment of its own, as the packages are no dependencies of the library (crowd-kit asks for a
deep-learning stack that none of this needs, hence `--no-deps`)::

    python -m venv oracle && oracle/bin/pip install --no-deps crowd-kit==1.4.2 choix==0.4.1
    oracle/bin/pip install numpy scipy pandas scikit-learn attrs tqdm nltk
    oracle/bin/python tests/reference/make_annotator_models.py
"""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import choix
import numpy as np
import pandas as pd
from crowdkit.aggregation import GLAD, MACE, DawidSkene, NoisyBradleyTerry

STRENGTHS = {"alpha": 1.0, "beta": 0.3, "gamma": -0.3, "delta": -1.0}


def main() -> None:
    found = {
        "made_by": Path(__file__).name,
        "versions": {name: importlib.metadata.version(name) for name in ("crowd-kit", "choix", "numpy", "pandas")},
        "labels": labels(),
        "preferences": preferences(),
    }
    Path(__file__).with_name("annotator_models.json").write_text(json.dumps(found) + "\n", encoding="utf-8")


def labels(n_items: int = 80, n_annotators: int = 8) -> dict[str, Any]:
    """Three labels by eight people from sharp to careless, items from easy to hard, a fifth of the ratings missing."""
    rng = np.random.default_rng(20260101)
    truth = rng.integers(0, 3, n_items)
    ability, ease = np.linspace(0.2, 2.2, n_annotators), np.exp(rng.normal(0, 0.7, n_items))
    right = rng.random((n_annotators, n_items)) < 1 / (1 + np.exp(-ability[:, None] * ease))
    given = np.where(right, truth, (truth + rng.integers(1, 3, right.shape)) % 3)
    seen = rng.random(right.shape) < 0.8
    rows, columns = np.nonzero(seen)
    frame = pd.DataFrame({"task": columns, "worker": rows, "label": given[rows, columns]})
    # Its rule to stop looks at the expected log-likelihood, which may fall while the likelihood rises.
    glad = GLAD(n_iter=150, tol=-1e9, m_step_max_iter=500, m_step_tol=1e-7).fit(frame)
    assert glad.probas_ is not None
    return {
        "values": [
            [int(g) if s else None for g, s in zip(*pair, strict=True)] for pair in zip(given, seen, strict=True)
        ],
        "truth": truth.tolist(),
        "glad": {
            "probability": glad.probas_.sort_index().sort_index(axis=1).to_numpy().tolist(),
            "ability": glad.alphas_.sort_index().tolist(),
            "log_ease": glad.betas_.sort_index().tolist(),
        },
        "dawid_skene": DawidSkene(n_iter=200).fit_predict(frame).sort_index().tolist(),
        "mace": MACE(n_restarts=10, n_iter=50, random_state=0).fit_predict(frame).sort_index().tolist(),
    }


def preferences(n: int = 400) -> dict[str, Any]:
    """Preferences without ties between four systems by five people, of whom the last guesses."""
    rng = np.random.default_rng(20260102)
    names = list(STRENGTHS)
    rows, pairs = [], []
    for question in range(n):
        first, second = rng.permutation(len(names))[:2]
        who = question % 5
        chance = 1 / (1 + np.exp(STRENGTHS[names[second]] - STRENGTHS[names[first]])) if who < 4 else 0.5
        winner, loser = (first, second) if rng.random() < chance else (second, first)
        pairs.append((int(winner), int(loser)))
        rows.append({"worker": f"r{who}", "left": names[first], "right": names[second], "label": names[winner]})
    # The library's prior on a strength is normal with standard deviation 2: 1/8 of the square, in choix's terms.
    penalised = choix.opt_pairwise(len(names), pairs, alpha=1 / 8, tol=1e-10)
    noisy = NoisyBradleyTerry(n_iter=1000, tol=1e-9, random_state=0).fit(pd.DataFrame(rows))
    return {
        "rows": rows,
        "systems": names,
        "bradley_terry": (penalised - penalised.mean()).tolist(),
        "noisy_scores": {str(name): float(score) for name, score in noisy.scores_.items()},
        "noisy_skills": {str(name): float(skill) for name, skill in noisy.skills_.items()},
    }


if __name__ == "__main__":
    main()
