"""The headline correlation with intervals that ask for more: other systems too, other people too."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.panel import FEWEST_GROUPS, Panel
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.kernels import WeightedSpearman

__all__ = ["wider_intervals"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
#: A standard error needs no more resamples than this: its own error is then 5 %.
_RESAMPLES = 200


def wider_intervals(panel: Panel, scores: Floats, options: EvaluationOptions) -> dict[str, Estimate]:
    """Item-level Spearman of `scores`, shape (n,), under two further kinds of chance.

    Returns
    -------
    dict
        ``"crossed"``: groups *and* systems are drawn, each item as often as its group times its system (the pigeonhole
        bootstrap; Owen 2007): how the figure would move with other documents and other systems. ``"annotators"``:
        groups and annotators are drawn, and the consensus is the mean of those drawn: with other documents and other
        people. Where annotators are not identified, each item's ratings are drawn. Undefined with its reason where
        there is nothing to draw.

    References
    ----------
    Owen, A. B. (2007). The pigeonhole bootstrap. Annals of Applied Statistics 1(2).

    Notes
    -----
    Value and Student's t on Fisher's z with the resamples' standard error, never their quantiles: people drawn twice
    make a poorer consensus, which lowers every resampled correlation. Both are conservative, since they count the noise
    of items twice.
    """
    if not panel.scale.ordered:
        return {}
    known = ~(np.isnan(scores) | np.isnan(panel.target))
    value = _spearman(scores[known], panel.target[known], np.ones(int(known.sum())))
    labels = np.arange(len(panel)) if panel.resampled is None else panel.resampled
    unit = _codes(labels[known])
    mine = panel.take(known)
    found = {}
    if mine.systems is None or np.unique(mine.systems).size < FEWEST_GROUPS:
        found["crossed"] = Estimate(statistic="spearman", value=np.nan, why=f"fewer than {FEWEST_GROUPS} systems")
    else:
        found["crossed"] = _crossed(mine, scores[known], unit, _codes(mine.systems), value, options)
    if mine.values.shape[0] < 2:
        found["annotators"] = Estimate(statistic="spearman", value=np.nan, why="one rating an item")
    else:
        found["annotators"] = _annotators(mine, scores[known], unit, value, options)
    return found


def _crossed(
    panel: Panel, scores: Floats, unit: Codes, system: Codes, value: float, options: EvaluationOptions
) -> Estimate:
    def draw(rng: np.random.Generator) -> float:
        return _spearman(scores, panel.target, _counts(unit, rng) * _counts(system, rng))

    least = min(int(unit.max()), int(system.max()))
    return _estimate(draw, value, scores.size, least, "groups and systems", options)


def _annotators(panel: Panel, scores: Floats, unit: Codes, value: float, options: EvaluationOptions) -> Estimate:
    values, n_people = panel.values, panel.values.shape[0]
    rated = ~np.isnan(values)
    filled = np.where(rated, values, 0.0)
    identified = bool(panel.annotators)

    def draw(rng: np.random.Generator) -> float:
        if identified:
            times = np.bincount(rng.integers(n_people, size=n_people), minlength=n_people)[:, None] * rated
        else:
            # Which of an item's ratings, each as likely: as many draws as it has ratings.
            times = rng.multinomial(rated.sum(axis=0), (rated / rated.sum(axis=0)).T).T
        total = times.sum(axis=0)
        weight = _counts(unit, rng) * (total > 0)
        target = np.divide((filled * times).sum(axis=0), total, out=np.zeros(total.size), where=total > 0)
        return _spearman(scores, target, weight)

    least = min(int(unit.max()), n_people - 1) if identified else int(unit.max())
    return _estimate(draw, value, scores.size, least, "groups and annotators", options)


def _estimate(
    draw: Callable[[np.random.Generator], float],
    value: float,
    n: int,
    freedom: int,
    what: str,
    options: EvaluationOptions,
) -> Estimate:
    blank = Estimate(statistic="spearman", value=value, n=n)
    rng = np.random.default_rng(options.seed)
    drawn = np.array([draw(rng) for _ in range(min(options.n_resamples, _RESAMPLES))])
    drawn = drawn[~np.isnan(drawn)]
    if np.isnan(value) or drawn.size < 2 or freedom < 1:
        return Estimate(statistic="spearman", value=np.nan, n=n, why="the correlation is undefined, or on resamples")
    edge = 1 - 1e-6
    error = float(np.arctanh(np.clip(drawn, -edge, edge)).std(ddof=1)) * np.sqrt((freedom + 1) / freedom)
    half = float(special.stdtrit(freedom, (1 + options.level) / 2)) * error
    z = float(np.arctanh(np.clip(value, -edge, edge)))
    return blank.with_interval(
        float(np.tanh(z - half)),
        float(np.tanh(z + half)),
        level=options.level,
        method=f"t bootstrap over {what}",
        groups=freedom + 1,
    )


def _spearman(scores: Floats, target: Floats, weight: Floats) -> float:
    if scores.size < 2:
        return float("nan")
    return float(WeightedSpearman(scores, target)(weight[:, None])[0])


def _counts(codes: Codes, rng: np.random.Generator) -> Floats:
    """How often each item's unit is drawn, shape (n,)."""
    n = int(codes.max()) + 1
    return np.bincount(rng.integers(n, size=n), minlength=n)[codes].astype(np.float64)


def _codes(labels: NDArray[np.generic]) -> Codes:
    return np.asarray(np.unique(labels, return_inverse=True)[1], dtype=np.intp)
