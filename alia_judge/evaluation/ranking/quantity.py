"""What judges are ranked by: Spearman's correlation of grades, or Cohen's kappa of labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.evaluation.agreement.labels import nearest_labels, strange_label, true_labels
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import RatedItems
from alia_judge.stats._totals import UnitResampling
from alia_judge.stats.ceiling import leave_one_out
from alia_judge.stats.correlation import spearman
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.label_agreement import label_agreement, one_against_the_others

__all__ = ["Quantity"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Quantity:
    """The figure by which judges are ranked, on these items.

    Parameters
    ----------
    human
        n rated items.
    target
        Shape (n,): the consensus; of labels NaN where people are evenly divided.
    """

    human: RatedItems
    options: EvaluationOptions
    target: Floats

    @classmethod
    def of(cls, human: RatedItems, options: EvaluationOptions) -> Quantity:
        """Spearman of grades; kappa of labels."""
        return cls(human=human, options=options, target=true_labels(human) if human.scale.has_labels else human.target)

    @property
    def name(self) -> Literal["spearman", "kappa"]:
        """As estimates call it."""
        return "kappa" if self.human.scale.has_labels else "spearman"

    def filled(self, values: Floats) -> Floats:
        """A judge's scores, shape (n,), or the labels nearest to them, without gaps.

        An unscored item counts as the judge's own mean, as the search counts it; of labels as one that nobody gave,
        which is worth as much as a label that has nothing to do with people's.
        """
        unscored = np.isnan(values)
        if self.human.scale.has_labels:
            return np.where(unscored, strange_label(self.human.scale), nearest_labels(self.human, values))
        return np.where(unscored, 0.0 if unscored.all() else values[~unscored].mean(), values)

    def estimate(self, filled: Floats, inside: NDArray[np.bool_] | None = None) -> Estimate:
        """The figure of what `filled` gave, on all items or those that are True in `inside`, with its interval."""
        if inside is not None:
            part = replace(self, human=self.human.take(inside), target=self.target[inside])
            return part.estimate(filled[inside])
        if not self.human.scale.has_labels:
            return spearman(filled, self.target, **self._settings)
        strange = strange_label(self.human.scale)
        if (filled == strange).all():
            return Estimate.undefined("kappa", message("it gave none of the labels"))
        labels = (*self.human.scale.points, strange)
        return label_agreement(filled, self.target, labels, **self._settings).kappa

    def one_person(self) -> Estimate:
        """The same figure of one annotator against the others."""
        human = self.human
        if not human.scale.has_labels:
            return leave_one_out(human.ratings, "spearman", identified=bool(human.annotators), **self._settings)
        return one_against_the_others(
            human.scale.oriented(human.values),
            human.scale.points,
            identified=bool(human.annotators),
            resampling=UnitResampling(**self._settings),
        )

    @property
    def _settings(self) -> dict[str, Any]:
        return {
            "groups": self.human.resampled,
            "interval": self.options.interval,
            "confidence": self.options.level,
            "n_resamples": self.options.n_resamples,
            "rng": self.options.seed,
        }
