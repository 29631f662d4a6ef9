"""Every pair of figures that were resampled together: how far apart, and is that shown?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alia_judge.stats.estimate import Estimate
from alia_judge.stats.multiple import holm

__all__ = ["Pairs", "all_pairs"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """m figures against one another.

    Parameters
    ----------
    gap, error
        Shape (m, m): figure of the row less that of the column, and its standard error.
    p_value
        Shape (m, m): of no difference, two-sided, corrected over all pairs (Holm); 1 on the diagonal.
    freedom
        Degrees of freedom of Student's t.
    """

    gap: Floats
    error: Floats
    p_value: Floats
    freedom: int

    def estimate(
        self, i: int, j: int, *, statistic: str, confidence: float, method: str, n: int, groups: int | None
    ) -> Estimate:
        """The gap between two figures with its own t interval, which is not corrected over pairs."""
        return Estimate(statistic=statistic, value=float(self.gap[i, j]), n=n).with_error(
            float(self.error[i, j]), level=confidence, freedom=self.freedom, method=method, groups=groups
        )

    def half_width(self, level: float) -> Floats:
        """Half the width of each gap's interval of nominal coverage `level`, shape (m, m)."""
        return np.asarray(special.stdtrit(self.freedom, (1 + level) / 2) * self.error)


def all_pairs(figures: Floats, replicates: Floats, n_units: int) -> Pairs:
    """Compare `figures`, shape (m,), by the covariance of their `replicates`, shape (m, b), over `n_units` units.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> common = rng.normal(size=500)
    >>> drawn = np.array([common, common + 0.01 * rng.normal(size=500), common + rng.normal(size=500)])
    >>> all_pairs(np.array([0.5, 0.4, 0.3]), drawn, 100).p_value.round(2)[0]
    array([1., 0., 1.])
    """
    # The bootstrap's spread is that of a mean over n units with n in the denominator.
    covariance = np.atleast_2d(np.cov(replicates)) * n_units / (n_units - 1)
    variance = np.diag(covariance)
    error = np.sqrt(np.maximum(variance[:, None] + variance[None, :] - 2 * covariance, 0.0))
    gap = figures[:, None] - figures[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(error > 0, np.abs(gap) / error, np.where(gap == 0, 0.0, np.inf))
    p_value = np.ones_like(error)
    upper = np.triu_indices(figures.size, 1)
    p_value[upper] = holm(2 * special.stdtr(n_units - 1, -t[upper]))
    return Pairs(gap=gap, error=error, p_value=np.minimum(p_value, p_value.T), freedom=n_units - 1)
