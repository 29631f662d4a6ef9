"""What others would make of the same verdicts: readings of them, and ways to choose one judge."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from alia_judge.judging.readouts import make_readout
from alia_judge.records import Judgments, Scale
from alia_judge.stats.kernels import spearman_rows

Floats = np.ndarray
_PENALTIES = np.logspace(-1, 5, 25)


def readings(learn: Floats, target: Floats, new: Floats) -> dict[str, Floats]:
    """Scores of new items by each way of reading many judges.

    Parameters
    ----------
    learn, new
        Standardised verdicts of m judges on the items that are learnt on and on new ones, shape (n, m).
    target
        Shape (n,).
    """
    from sklearn.cross_decomposition import PLSRegression
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.linear_model import RidgeCV

    five = greedy_five(learn, target)
    # AutoMetrics (Ryan et al. 2026): the metrics of largest coefficient in a partial least-squares fit, fitted again.
    weights = np.abs(PLSRegression(n_components=1, scale=False).fit(learn, target).coef_).ravel()
    top = np.argsort(-weights)[:5]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        boosted = HistGradientBoostingRegressor(random_state=0).fit(learn, target)
    return {
        "ridge": RidgeCV(alphas=_PENALTIES).fit(learn, target).predict(new),
        "PLS of AutoMetrics": PLSRegression(n_components=1, scale=False)
        .fit(learn[:, top], target)
        .predict(new[:, top])
        .ravel(),
        "greedy five": new[:, five].mean(axis=1),
        "boosting": boosted.predict(new),
    }


def greedy_five(learn: Floats, target: Floats) -> list[int]:
    """The judges whose mean correlates best with people, picked one by one."""
    picked: list[int] = []
    for _ in range(min(5, learn.shape[1])):
        sums = (learn[:, picked].sum(axis=1)[:, None] + learn).T
        figures = np.nan_to_num(spearman_rows(sums, target), nan=-1.0)
        figures[picked] = -np.inf
        picked.append(int(np.argmax(figures)))
    return picked


def judge_by_match(scores: Floats, target: Floats) -> int:
    """The judge that is nearest to people item by item: what DSPy's optimisers and MLflow's `align` maximise.

    Scores of shape (n, m); those on another scale than people's are stretched onto its ends.
    """
    return int(np.nanargmin(np.nanmean(np.abs(_on_scale(scores, target) - target[:, None]), axis=0)))


def judge_by_kappa(scores: Floats, target: Floats) -> int:
    """The judge of the largest quadratic kappa, which on numbers that are not cut is Lin's concordance (1989)."""
    given = _on_scale(scores, target)
    apart = np.nanmean((given - target[:, None]) ** 2, axis=0)
    spread = np.nanvar(given, axis=0) + target.var() + (np.nanmean(given, axis=0) - target.mean()) ** 2
    return int(np.nanargmax(1 - apart / np.maximum(spread, 1e-12)))


def cuts(judged: Judgments, target: Floats, new: Judgments, scale: Scale) -> Floats | None:
    """One judge's verdicts by DSPy's ReAnchor: the point between fitted cuts; None without points to fall on."""
    if not scale.points or not scale.ordered:
        return None
    return make_readout("cuts", scale).fit(judged, target).predict(new)


def _on_scale(scores: Floats, target: Floats) -> Floats:
    low, high = np.nanmin(scores, axis=0), np.nanmax(scores, axis=0)
    if low.min() >= target.min() and high.max() <= target.max():
        return scores
    return target.min() + (scores - low) / np.maximum(high - low, 1e-12) * np.ptp(target)


def judgments(world: Any, row: int, places: Floats) -> Judgments:
    """A world's recorded verdicts of one configuration."""
    return Judgments(
        item_ids=tuple(world.items[place].item_id for place in places),
        probabilities=world.probabilities[row, places],
        score=world.scores[row, places],
        reasons=tuple("missing" if np.isnan(one) else None for one in world.scores[row, places]),
    )
