"""How good several judges are on the same items, with the price of having picked the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.stats._interval import interval_from_replicates
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.selection_optimism import picking_gain

__all__ = ["FEWEST_GROUPS", "BootstrapComparison"]

Floats = NDArray[np.float64]

#: Fewer groups than this say nothing of how far a figure would move with others.
FEWEST_GROUPS = 8
_LEVEL = 0.95


class BootstrapComparison:
    """Held-out scores of several judges on the same items, and their objective on resampled groups of the items.

    Parameters
    ----------
    scores
        Shape (a, n), each judge's by fits without the item's group.
    target
        Of the n items.
    objective
        What judges are compared by.
    resamples
        How many.
    seed
        Of the resamples.

    Attributes
    ----------
    value
        The objective of each, shape (a,).
    draws
        The items of each resample, b arrays.
    replicates
        The objective on each resample, shape (b, a).
    """

    def __init__(
        self, scores: Floats, target: Target, objective: Objective, *, resamples: int = 200, seed: int = 0
    ) -> None:
        self._objective, self._n = objective, len(target.values)
        names, codes = np.unique(target.groups, return_inverse=True)
        self._groups = len(names)
        members = [np.flatnonzero(codes == code) for code in range(len(names))]
        rng = np.random.default_rng(seed)
        self.value = objective.rows(scores, target)
        self.draws = [
            np.concatenate([members[group] for group in rng.integers(len(names), size=len(names))])
            for _ in range(resamples)
        ]
        self.replicates: Floats = np.array(
            [objective.rows(scores[:, drawn], target.take(drawn)) for drawn in self.draws]
        )

    def estimate(
        self,
        chosen: int,
        *,
        among: Sequence[int] = (),
        of: str = "",
        picked_by: BootstrapComparison | None = None,
    ) -> Estimate:
        """The objective of one, corrected for having been picked as the best of several.

        On a resample another judge may be best. By how much such picks beat the judge picked here there, beyond what
        they do on all items, is on average what picking the best adds to its figure.

        Parameters
        ----------
        chosen
            The one to estimate.
        among
            Those it was picked among, itself included; none corrects nothing.
        of
            What they are, for the signature.
        picked_by
            The comparison of the same judges by which the pick was made; None is this one. Where picking gained nothing
            there, nothing is corrected here.

        References
        ----------
        Efron and Tibshirani (1993). An introduction to the bootstrap, eq. 17.10. (Optimism.)
        """
        again = self.replicates[:, chosen]
        known, value, optimism = ~np.isnan(again), float(self.value[chosen]), 0.0
        if len(among) > 1 and known.any():
            rows = list(among)
            place = rows.index(chosen)
            own = (self.value[rows], self.replicates[:, rows].T)
            by = own if picked_by is None else (picked_by.value[rows], picked_by.replicates[:, rows].T)
            if picked_by is None or picking_gain(*by, chosen=place) > 0:
                optimism = max(picking_gain(*own, chosen=place, by=by), 0.0)
        estimate = Estimate(
            statistic=self._objective.statistic,
            value=self._corrected(value, optimism),
            n=self._n,
            settings={"objective": self._objective.name, **({"picked among": f"{len(among)} {of}"} if among else {})},
            why=None if known.any() and not np.isnan(value) else message("a constant side, or too few items"),
        )
        if not estimate.defined or not known.any():
            return estimate
        if self._groups < FEWEST_GROUPS:
            why = message(
                "an interval takes at least {fewest_groups} groups of items, and there are {groups}",
                fewest_groups=FEWEST_GROUPS,
                groups=self._groups,
            )
            return replace(estimate, groups=self._groups, why=why)
        bounds = self._objective.of.bounds
        low, high = interval_from_replicates(
            estimate.value,
            again,
            method="t",
            confidence=_LEVEL,
            n_units=self._groups,
            bounds=bounds if np.isfinite(bounds).all() else None,
        )
        method = "t bootstrap over groups" + (", corrected for selection" if len(among) > 1 else "")
        return estimate.with_interval(low, high, level=_LEVEL, method=method, groups=self._groups)

    def _corrected(self, value: float, optimism: float) -> float:
        """`value` less `optimism`, but not below what the statistic can be."""
        floor = self._objective.of.bounds[0]
        return max(value - optimism, min(value, floor))
