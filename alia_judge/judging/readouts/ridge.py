"""A penalised linear reading of the probabilities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.readouts.base import FittedOn, ReadoutRecord, distributions, paired
from alia_judge.records import Judgments, Scale
from alia_judge.stats.ridge import leave_one_out_ridge

__all__ = ["READOUTS", "Ridge"]

#: Penalties tried where none is given.
_PENALTIES = tuple(float(penalty) for penalty in np.logspace(-3, 3, 13))


@dataclass(frozen=True, kw_only=True, eq=False)
class Ridge(ReadoutRecord):
    """A weight for each point's probability, with a squared penalty on the weights.

    Unlike the expected score it may learn that a model's 3 and 5 mean the same thing. The intercept is not penalised.

    Parameters
    ----------
    scale
        The scale of the verdicts; it must have points.
    penalty
        On the squared weights; None chooses it on fitting, by leave-one-out error.
    weights, intercept
        The fitted function; no weights before fitting.
    fitted_on
        What it was fitted on.

    References
    ----------
    Hoerl and Kennard, "Ridge Regression", Technometrics 12 (1970); Golub, Heath and Wahba, "Generalized
    Cross-Validation", Technometrics 21 (1979), for the leave-one-out error in closed form.
    """

    name: ClassVar[str] = "ridge"

    scale: Scale
    penalty: float | None = None
    weights: tuple[float, ...] = ()
    intercept: float = 0.0
    fitted_on: FittedOn | None = None

    def fit(self, judgments: Judgments, target: NDArray[np.float64]) -> Self:
        """The weights fitted to `target`, shape (n,)."""
        both, fitted_on = paired(judgments, target, at_least=3)
        features = distributions(judgments, self.scale)[both]
        penalty, weights, intercept = leave_one_out_ridge(
            features, target[both], _PENALTIES if self.penalty is None else (self.penalty,)
        )
        return replace(
            self,
            penalty=penalty,
            weights=tuple(weights.tolist()),
            intercept=intercept,
            fitted_on=fitted_on,
        )

    def predict(self, judgments: Judgments) -> NDArray[np.float64]:
        """Scores, shape (n,); NaN where there is no verdict. They are not held within the scale."""
        if not self.weights:
            raise UsageError(message("this readout is not fitted; call fit(judgments, target) first"))
        scores: NDArray[np.float64] = distributions(judgments, self.scale) @ np.asarray(self.weights) + self.intercept
        return scores


READOUTS = (Ridge,)
