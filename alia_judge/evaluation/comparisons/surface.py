"""What surface features alone would score: the judge to beat, cross-validated so that it flatters nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.evaluation.comparisons.crossfit import FEWEST, out_of_group_ridge
from alia_judge.evaluation.comparisons.learned import Learned, learned_ridge, learned_spearman
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import RatedItems
from alia_judge.records import Item
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.partial_correlation import partial
from alia_judge.text.surface import surface_features

__all__ = ["SurfaceBaseline"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class SurfaceBaseline:
    """A judge that reads nothing: ridge regression of the consensus on what responses look like.

    Parameters
    ----------
    features
        Shape (n, k): surface features and the declared language of each item.
    learned
        The score of each item by a model that saw no item of its group; NaN where too few others were there to learn
        from, or where no feature varies (the ratings came without texts).

    Examples
    --------
    >>> items = [Item(item_id=str(n), response="palabra " * n) for n in range(60)]
    >>> baseline = SurfaceBaseline.learn(items, np.arange(60.0), np.arange(60).astype(str))
    >>> bool(np.corrcoef(baseline.learned.prediction, np.arange(60))[0, 1] > 0.95)
    True
    """

    features: Floats
    learned: Learned

    @classmethod
    def learn(
        cls, items: Sequence[Item], target: Floats, groups: NDArray[np.str_], *, seed: int = 0
    ) -> SurfaceBaseline:
        """Cross-validate over groups.

        Parameters
        ----------
        items
            n items.
        target
            Shape (n,): what to predict; NaN where unknown.
        groups
            Shape (n,): items of one group are never on both sides.
        seed
            Which groups share a fold.
        """
        features = _features(items)
        return cls(features=features, learned=learned_ridge(features, target, groups, seed=seed))

    def figures(self, human: RatedItems, scores: Floats, options: EvaluationOptions) -> dict[str, Estimate]:
        """What surface features reach on the judge's items, and what the judge adds to them.

        Parameters
        ----------
        scores
            Shape (n,): the judge's.

        Returns
        -------
        dict
            ``"spearman"``: of the prediction with the consensus, on the items that the judge scored;
            ``"partial_spearman"``: of the judge with the consensus, given what surface features predict of either.
            The prediction of the consensus alone would not do: it is noisy, and a judge that only counts words would
            seem to add what the noise took.

        Notes
        -----
        Both predictions are of models that saw no item of the group, as in double machine learning (Chernozhukov et
        al. 2018, section 1): what they cannot predict out of their groups is no property of surface features.
        """
        why = None
        if human.scale.has_labels:
            why = message("the criterion has labels and no grades")
        elif not self.learned.known:
            why = message(
                "the items have no texts, or fewer than {fewest} are outside a fold to learn from", fewest=FEWEST
            )
        if why is not None:
            return {name: Estimate.undefined(name, why) for name in ("spearman", "partial_spearman")}
        settings: dict[str, Any] = {
            "groups": human.resampled,
            "interval": options.interval,
            "confidence": options.level,
            "n_resamples": options.n_resamples,
            "rng": options.seed,
        }
        of_judge = out_of_group_ridge(self.features, scores, human.clusters, seed=options.seed)
        covariates = np.column_stack([self.learned.prediction, of_judge])
        return {
            "spearman": learned_spearman(self.learned, human, ~np.isnan(scores), options),
            "partial_spearman": partial(scores, human.target, covariates, statistic="spearman", **settings),
        }


def _features(items: Sequence[Item]) -> Floats:
    """Surface features, and one column for each declared language but the first."""
    tags = np.array([item.language or "" for item in items])
    languages = tags[:, None] == np.unique(tags)[None, 1:]
    return np.hstack([surface_features(items)[1], languages.astype(np.float64)])
