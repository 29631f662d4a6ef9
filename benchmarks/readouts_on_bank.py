"""What each readout does to held-out correlation, error and calibration, on a recorded bank.

Run: python benchmarks/readouts_on_bank.py --ratings BASSE.es.jsonl --bank BANK [--splits 2] [--criterion C]
Writes benchmarks/results/readouts_on_bank.json and, the reliability diagram, readouts_on_bank.png.

Each split takes 20 articles of rounds 1 and 3 to fit on and the other 20 to score. Every configuration of a criterion
is read by every readout; the figures are means over configurations and splits. `calibration` is the mean distance
between score and rating over ten equal bins of the score; `best` is the Spearman correlation of the configuration that
did best on the articles fitted on. An interval of level 0.9 and an abstention of risk 0.2 (at most a share .2 of what
is answered off by more than a point, with confidence .9) are fitted on half of the 20 articles, their readout on the
other half; `answered` is the share of the held-out items it answers, `risk` the share of those that are off by more.
The diagram pools the held-out items of every split, as the configuration that did best on its articles scored them.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from _signature import signature, write
from numpy.typing import NDArray
from scipy.stats import spearmanr

from alia_judge.evaluation.agreement.error import calibration_bins
from alia_judge.judging.readouts import Abstain, ConformalInterval, all_readouts, make_readout
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
    parser.add_argument("--splits", type=int, default=2)
    parser.add_argument("--criterion", action="append", choices=CRITERIA)
    arguments = parser.parse_args()
    ratings, bank = load_ratings(arguments.ratings), RecordedBank.open(arguments.bank)
    chosen = arguments.criterion or CRITERIA
    measured = {criterion: measure(ratings, bank, criterion, arguments.splits) for criterion in chosen}
    diagrams = {criterion: reliability(pooled) for criterion, (_, pooled) in measured.items()}
    result = {
        "figures": {criterion: figures for criterion, (figures, _) in measured.items()},
        "reliability": diagrams,
        "splits": arguments.splits,
        "signature": signature(seed=SEED),
    }
    path = write("readouts_on_bank", result)
    draw(diagrams, path.with_suffix(".png"))
    print(path)


def measure(
    ratings: Any, bank: RecordedBank, criterion: str, splits: int
) -> tuple[dict[str, dict[str, float | None]], dict[str, list[tuple[Floats, Floats]]]]:
    """Means over configurations and splits, and what the best configuration scored held out, by readout."""
    matrix, by_id = ratings.matrix(criterion), {item.item_id: item for item in ratings.items()}
    # The bank's demonstrations come from round 2; of its articles nothing may be learnt or scored.
    items = [by_id[item_id] for item_id in matrix.item_ids]
    keep = np.array([item.extra["round"] != 2 for item in items])
    items = [item for item, kept in zip(items, keep, strict=True) if kept]
    target = np.nanmean(matrix.values, axis=0)[keep]
    groups = np.array([item.group for item in items])
    judged = [bank.judge(configuration, items) for configuration in bank.select(criterion=criterion)]
    rng = np.random.default_rng(SEED)
    rows: dict[str, list[list[float]]] = {name: [] for name in all_readouts()}
    pooled: dict[str, list[tuple[Floats, Floats]]] = {name: [] for name in all_readouts()}
    for _ in range(splits):
        articles = rng.permutation(np.unique(groups))
        learn, score = np.isin(groups, articles[:20]), np.isin(groups, articles[20:])
        half = np.isin(groups, articles[:10])
        for name in all_readouts():
            each = [figures_of(name, one, target, learn, score, half, bank.scale) for one in judged]
            held_out, learnt = np.array([figures[:-1] for figures in each]), [figures[-1] for figures in each]
            place = int(np.nanargmax(learnt))
            rows[name].append([*np.nanmean(held_out, axis=0), held_out[place, 0]])
            fitted = make_readout(name, bank.scale).fit(take(judged[place], learn), target[learn])
            pooled[name].append((fitted.predict(take(judged[place], score)), target[score]))
    names = ("spearman", "mean_absolute_error", "calibration", "interval_coverage", "interval_width")
    names += ("answered", "risk", "best")
    figures = {
        name: dict(zip(names, map(known_or_none, np.nanmean(found, axis=0).round(4).tolist()), strict=True))
        for name, found in rows.items()
    }
    return figures, pooled


def known_or_none(value: float) -> float | None:
    """JSON has no NaN: where nothing was answered, nothing was wrong."""
    return None if np.isnan(value) else value


def reliability(pooled: dict[str, list[tuple[Floats, Floats]]]) -> dict[str, list[list[float]]]:
    """Mean score, mean rating and number of items in each bin of the score, by readout."""
    diagrams = {}
    for name, parts in pooled.items():
        scores, known = (np.concatenate(side) for side in zip(*parts, strict=True))
        there = ~np.isnan(scores)
        bins = zip(*calibration_bins(scores[there], known[there]), strict=True)
        diagrams[name] = [[round(float(x), 3), round(float(y), 3), int(n)] for x, y, n in bins]
    return diagrams


def draw(diagrams: dict[str, dict[str, list[list[float]]]], path: Path) -> None:
    """Mean rating against mean score, a panel for each readout and a line for each criterion."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.5, 6.4), layout="constrained")
    for axes, name in zip(figure.subplots(2, 3, sharex=True, sharey=True).flat, all_readouts(), strict=False):
        axes.plot([1, 5], [1, 5], color="0.6", linewidth=1, linestyle=(0, (3, 3)))
        for criterion, by_readout in diagrams.items():
            scores, means, _ = zip(*by_readout[name], strict=True)
            axes.plot(scores, means, marker="o", markersize=4, linewidth=1, label=criterion)
        axes.set(title=name, xlim=(0.8, 5.2), ylim=(0.8, 5.2))
    figure.supxlabel("mean score, held out")
    figure.supylabel("mean human rating")
    figure.axes[0].legend(frameon=False, fontsize="small")
    figure.savefig(path, dpi=110)


def figures_of(
    name: str, judgments: Judgments, target: Floats, learn: Floats, score: Floats, half: Floats, scale: Scale
) -> list[float]:
    """Of one configuration: held-out figures, and the correlation on the items learnt on."""
    fitted = make_readout(name, scale).fit(take(judgments, learn), target[learn])
    scores, known = fitted.predict(take(judgments, score)), target[score]
    on_half = make_readout(name, scale).fit(take(judgments, half), target[half])
    interval = ConformalInterval(readout=on_half).fit(take(judgments, learn & ~half), target[learn & ~half])
    low, high = interval.predict(take(judgments, score))
    careful = Abstain(readout=on_half, tolerance=1.0, risk=0.2, confidence=0.9)
    careful = careful.fit(take(judgments, learn & ~half), target[learn & ~half])
    answered = careful.predict(take(judgments, score))
    given = ~np.isnan(answered)
    bins = np.array_split(np.argsort(scores, kind="stable"), BINS)
    calibration = np.mean([abs(scores[part].mean() - known[part].mean()) for part in bins])
    return [
        correlation(scores, known),
        float(np.abs(scores - known).mean()),
        float(calibration),
        float(np.mean((low <= known) & (known <= high))),
        float(np.mean(high - low)),
        float(given.mean()),
        float(np.mean(np.abs(answered - known)[given] > 1.0)) if given.any() else float("nan"),
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
