"""What each readout does to held-out correlation, error and calibration, on a recorded bank.

Run: python benchmarks/readouts_on_bank.py --ratings BASSE.es.jsonl --bank BANK [--splits 10]
Writes benchmarks/results/readouts_on_bank.json.

Each split takes 20 articles of rounds 1 and 3 to fit on and the other 20 to score. Every configuration of a criterion
is read by every readout; the figures are means over configurations and splits. `calibration` is the mean distance
between score and rating over ten equal bins of the score; `best` is the Spearman correlation of the configuration that
did best on the articles fitted on. An interval of level 0.9 is fitted on half of the 20 articles, its readout on the
other half.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from _signature import signature, write
from numpy.typing import NDArray
from scipy.stats import spearmanr

from alia_judge.judging.readouts import READOUTS, ConformalInterval, make_readout
from alia_judge.models.bank import RecordedBank
from alia_judge.ratings import load_ratings
from alia_judge.records import Judgments, Scale

Floats = NDArray[np.float64]
CRITERIA = ("Coherence", "5W1H", "Relevance")
SEED, BINS = 0, 10


def main() -> None:
    """Measure every criterion and store the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ratings", type=Path, required=True)
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--splits", type=int, default=10)
    arguments = parser.parse_args()
    ratings, bank = load_ratings(arguments.ratings), RecordedBank.open(arguments.bank)
    figures = {criterion: measure(ratings, bank, criterion, arguments.splits) for criterion in CRITERIA}
    result = {"figures": figures, "splits": arguments.splits, "signature": signature(seed=SEED)}
    print(write("readouts_on_bank", result))


def measure(ratings: Any, bank: RecordedBank, criterion: str, splits: int) -> dict[str, dict[str, float]]:
    """Means over configurations and splits, by readout."""
    matrix, by_id = ratings.matrix(criterion), {item.item_id: item for item in ratings.items()}
    # The bank's demonstrations come from round 2; of its articles nothing may be learnt or scored.
    items = [by_id[item_id] for item_id in matrix.item_ids]
    keep = np.array([item.extra["round"] != 2 for item in items])
    items = [item for item, kept in zip(items, keep, strict=True) if kept]
    target = np.nanmean(matrix.values, axis=0)[keep]
    groups = np.array([item.group for item in items])
    judged = [bank.judge(configuration, items) for configuration in bank.select(criterion=criterion)]
    rng = np.random.default_rng(SEED)
    rows: dict[str, list[list[float]]] = {name: [] for name in READOUTS}
    for _ in range(splits):
        articles = rng.permutation(np.unique(groups))
        learn, score = np.isin(groups, articles[:20]), np.isin(groups, articles[20:])
        half = np.isin(groups, articles[:10])
        for name in READOUTS:
            each = [figures_of(name, one, target, learn, score, half, bank.scale) for one in judged]
            held_out, learnt = np.array([figures[:-1] for figures in each]), [figures[-1] for figures in each]
            best = held_out[int(np.nanargmax(learnt)), 0]
            rows[name].append([*np.nanmean(held_out, axis=0), best])
    names = ("spearman", "mean_absolute_error", "calibration", "interval_coverage", "interval_width", "best")
    return {
        name: dict(zip(names, np.mean(found, axis=0).round(4).tolist(), strict=True)) for name, found in rows.items()
    }


def figures_of(
    name: str, judgments: Judgments, target: Floats, learn: Floats, score: Floats, half: Floats, scale: Scale
) -> list[float]:
    """Of one configuration: held-out figures, and the correlation on the items learnt on."""
    fitted = make_readout(name, scale).fit(take(judgments, learn), target[learn])
    scores, known = fitted.predict(take(judgments, score)), target[score]
    on_half = make_readout(name, scale).fit(take(judgments, half), target[half])
    interval = ConformalInterval(readout=on_half).fit(take(judgments, learn & ~half), target[learn & ~half])
    low, high = interval.predict(take(judgments, score))
    bins = np.array_split(np.argsort(scores, kind="stable"), BINS)
    calibration = np.mean([abs(scores[part].mean() - known[part].mean()) for part in bins])
    return [
        correlation(scores, known),
        float(np.abs(scores - known).mean()),
        float(calibration),
        float(np.mean((low <= known) & (known <= high))),
        float(np.mean(high - low)),
        correlation(fitted.predict(take(judgments, learn)), target[learn]),
    ]


def correlation(scores: Floats, known: Floats) -> float:
    """Spearman; NaN where the scores are constant."""
    return float("nan") if np.ptp(scores) == 0 else float(spearmanr(scores, known).statistic)


def take(judgments: Judgments, where: Floats) -> Judgments:
    """The judgments of some items."""
    places = np.flatnonzero(where)
    return Judgments(
        item_ids=tuple(judgments.item_ids[place] for place in places),
        probabilities=judgments.probabilities[places],
        score=judgments.score[places],
        reasons=tuple(judgments.reasons[place] for place in places),
    )


if __name__ == "__main__":
    main()
