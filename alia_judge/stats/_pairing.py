"""One judge's scores beside the target: checked, without the items that lack either, with what they are grouped by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.stats._validate import as_groups, as_vector, as_weights, check_choice

__all__ = ["Grouping", "Pairing", "Settings", "pairing"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Settings = Mapping[str, str | int | float | bool | None]
Grouping = Literal["pooled", "within", "system"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairing:
    """Checked scores and target, with what they are grouped by.

    Parameters
    ----------
    kept
        Positions of these items among those given.
    scores, target, weights
        Shape (n,), without the items that lack either; over systems, without those that lack both.
    groups, systems
        Codes 0, 1, ... or None.
    unscored
        How many items lack a score or a target.
    weighted
        Whether the caller gave weights.
    """

    kept: Codes
    scores: Floats
    target: Floats
    weights: Floats
    groups: Codes | None
    systems: Codes | None
    unscored: int
    weighted: bool

    @property
    def settings(self) -> Settings:
        """What a signature says about the items."""
        return {
            **({"weighted": True} if self.weighted else {}),
            **({"unscored": self.unscored} if self.unscored else {}),
        }

    @property
    def units(self) -> Codes:
        """The unit each item is resampled with."""
        return np.arange(self.scores.size) if self.groups is None else self.groups


def pairing(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    weights: ArrayLike | None,
    groups: ArrayLike | None,
    systems: ArrayLike | None,
    grouping: str,
) -> Pairing:
    """Check one judge's scores against the target and keep the items that have both.

    Raises
    ------
    UsageError
        If a shape, a value or an option is off.
    """
    x = as_vector("scores", scores)
    y = as_vector("target", target, n=x.size)
    w = as_weights(weights, x.size)
    check_choice("grouping", grouping, ("pooled", "within", "system"))
    if grouping == "within" and groups is None:
        raise UsageError(message('grouping="within" needs groups, one label an item; got none'))
    if grouping == "system" and systems is None:
        raise UsageError(message('grouping="system" needs systems, one label an item; got none'))
    lacking = np.isnan(x) | np.isnan(y)
    # A system's mean score needs no target beside each score, nor the other way round.
    keep = ~(np.isnan(x) & np.isnan(y)) if grouping == "system" else ~lacking
    if w is not None:
        keep &= w > 0
    group_codes = None if groups is None else _recoded(as_groups(groups, x.size)[keep])
    system_codes = None if systems is None else _recoded(as_groups(systems, x.size)[keep])
    return Pairing(
        kept=np.flatnonzero(keep),
        scores=x[keep],
        target=y[keep],
        weights=np.ones(int(keep.sum())) if w is None else w[keep],
        groups=group_codes,
        systems=system_codes,
        unscored=int(lacking.sum()),
        weighted=w is not None,
    )


def _recoded(codes: Codes) -> Codes:
    return np.unique(codes, return_inverse=True)[1].reshape(-1).astype(np.intp)
