"""What surface features alone would score: the judge to beat, cross-validated so that it flatters nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.panel import Panel
from alia_judge.judging.surface import surface_features
from alia_judge.records import Item
from alia_judge.stats.correlation import spearman
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.partial import partial

__all__ = ["surface_figures", "surface_predictions"]

_FOLDS = 10
#: Penalty on standardised features: 1 is a pinch of shrinkage that keeps near-collinear lengths apart.
_PENALTY = 1.0
#: With fewer items than this outside a fold, a regression on a dozen features is noise.
_FEWEST = 20


def surface_predictions(
    items: Sequence[Item], target: NDArray[np.float64], groups: NDArray[np.str_], *, seed: int = 0
) -> NDArray[np.float64]:
    """Ridge regression of the consensus on surface features and the declared language, each group held out once.

    Parameters
    ----------
    items
        n items.
    target
        Shape (n,): what to predict; NaN where unknown.
    groups
        Shape (n,): items of one group are predicted by a model that saw none of them.
    seed
        Which groups share a fold.

    Returns
    -------
    ndarray
        Shape (n,): the prediction for each item; NaN where too few others were there to learn from, or where no
        feature varies (the ratings came without texts).

    Examples
    --------
    >>> items = [Item(item_id=str(n), response="palabra " * n) for n in range(60)]
    >>> prediction = surface_predictions(items, np.arange(60.0), np.arange(60).astype(str))
    >>> bool(np.corrcoef(prediction, np.arange(60))[0, 1] > 0.95)
    True
    """
    features = _features(items)
    names, group = np.unique(groups, return_inverse=True)
    n_folds = min(_FOLDS, names.size)
    fold = np.random.default_rng(seed).permutation(names.size)[group] % max(n_folds, 1)
    prediction = np.full(len(items), np.nan)
    if not np.ptp(features, axis=0).any():
        return prediction
    for held_out in range(n_folds):
        test = fold == held_out
        learn = ~test & np.isfinite(target)
        if np.count_nonzero(learn) >= _FEWEST:
            prediction[test] = _ridge(features[learn], target[learn], features[test])
    return prediction


def surface_figures(
    panel: Panel, scores: NDArray[np.float64], prediction: NDArray[np.float64], options: EvaluationOptions
) -> dict[str, Estimate]:
    """What surface features reach on the judge's items, and what the judge adds to them.

    Parameters
    ----------
    scores
        Shape (n,): the judge's.
    prediction
        Shape (n,): `surface_predictions` of the panel.

    Returns
    -------
    dict
        ``"spearman"``: of the prediction with the consensus, on the items that the judge scored;
        ``"partial_spearman"``: of the judge with the consensus, given the features and the prediction. The prediction
        alone would not do: it is noisy, and a judge that only counts words would seem to add what the noise took away.
    """
    names = ("spearman", "partial_spearman")
    if not panel.scale.ordered:
        return {name: Estimate(statistic=name, value=np.nan, why="the scale's labels have no order") for name in names}
    if np.isnan(prediction).all():
        why = f"the items have no texts, or fewer than {_FEWEST} are outside a fold to learn from"
        return {name: Estimate(statistic=name, value=np.nan, why=why) for name in names}
    settings: dict[str, Any] = {
        "groups": panel.groups,
        "interval": options.interval,
        "confidence": options.level,
        "n_resamples": options.n_resamples,
        "rng": options.seed,
    }
    return {
        "spearman": spearman(np.where(np.isnan(scores), np.nan, prediction), panel.target, **settings),
        "partial_spearman": partial(
            scores,
            panel.target,
            np.column_stack([_features(panel.items), prediction]),
            statistic="spearman",
            **settings,
        ),
    }


def _features(items: Sequence[Item]) -> NDArray[np.float64]:
    """Surface features, and one column for each declared language but the first."""
    tags = np.array([item.language or "" for item in items])
    languages = tags[:, None] == np.unique(tags)[None, 1:]
    return np.hstack([surface_features(items)[1], languages.astype(np.float64)])


def _ridge(
    features: NDArray[np.float64], target: NDArray[np.float64], unseen: NDArray[np.float64]
) -> NDArray[np.float64]:
    centre, spread = features.mean(axis=0), features.std(axis=0)
    kept = spread > 0
    x = (features[:, kept] - centre[kept]) / spread[kept]
    gram = x.T @ x + _PENALTY * np.eye(x.shape[1])
    weights = np.linalg.solve(gram, x.T @ (target - target.mean()))
    # A feature far outside what was learnt from must not carry the prediction away.
    z = np.clip((unseen[:, kept] - centre[kept]) / spread[kept], x.min(axis=0), x.max(axis=0))
    prediction: NDArray[np.float64] = target.mean() + z @ weights
    return prediction
