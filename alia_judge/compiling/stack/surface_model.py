"""`SurfaceModel`: what surface features alone say of an item, as a readout fitted to people's scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import ArtifactError
from alia_judge.stats.folds import Fold
from alia_judge.stats.ridge import fit_ridge
from alia_judge.text.surface import SURFACE_FEATURES

__all__ = ["SurfaceModel", "fit_surface"]

Floats = NDArray[np.float64]

#: People's scores rise with length up to a point and then fall: each feature bends at its quartiles.
_KNOTS = (0.25, 0.5, 0.75)
#: A feature this many standard deviations out counts as no further out.
_FURTHEST = 4.0


@dataclass(frozen=True, kw_only=True, eq=False)
class SurfaceModel(Record):
    """Ridge on surface features and their logarithms, each a line that may bend at its quartiles.

    Parameters
    ----------
    centre, scale
        Of the features and their logarithms, shape (2d,).
    knots
        Where each may bend, in standard deviations, shape (3, 2d).
    intercept, weights
        Of the ridge; weights have shape (8d,).
    """

    also: ClassVar[tuple[str, ...]] = ("features",)

    centre: Floats
    scale: Floats
    knots: Floats
    intercept: float
    weights: Floats

    def predict(self, surface: Floats) -> Floats:
        """Scores of items with these `surface_features`, shape (n, d) -> (n,)."""
        return np.asarray(_bent(surface, self.centre, self.scale, self.knots) @ self.weights + self.intercept)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the surface features that it reads."""
        return SURFACE_FEATURES

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`.

        Raises
        ------
        ArtifactError
            If it was fitted to other surface features than this version counts.
        """
        if tuple(data["features"]) != SURFACE_FEATURES:
            others = ", ".join(sorted(set(data["features"]) ^ set(SURFACE_FEATURES))) or "the same in another order"
            raise ArtifactError(
                message(
                    "this stack reads other surface features than this version of alia_judge counts "
                    "({others}); score with the version that made it, or search again: from the same "
                    "store that costs nothing",
                    others=others,
                )
            )
        return super().from_dict(data)


def fit_surface(surface: Floats, target: Floats, folds: Sequence[Fold]) -> tuple[SurfaceModel, Floats]:
    """Fit to every item there is: surface features cost no call.

    Parameters
    ----------
    surface
        `surface_features` of n items, shape (n, d).
    target
        Shape (n,).
    folds
        Over the items, groups whole.

    Returns
    -------
    model : SurfaceModel
    held_out : ndarray
        Predictions for the n items, each from a fit without its group, shape (n,).
    """
    both = _with_logs(surface)
    centre, scale = both.mean(axis=0), both.std(axis=0)
    scale = np.where(scale > 1e-12, scale, np.inf)
    knots = np.quantile((both - centre) / scale, _KNOTS, axis=0)
    ridge = fit_ridge(_bent(surface, centre, scale, knots), target, folds)
    scale = np.where(np.isinf(scale), 1e12, scale)  # JSON knows no infinity
    weights = ridge.weights / ridge.spread
    intercept = ridge.intercept - float(ridge.centre @ weights)
    return SurfaceModel(centre=centre, scale=scale, knots=knots, intercept=intercept, weights=weights), ridge.held_out


def _with_logs(surface: Floats) -> Floats:
    return np.concatenate([surface, np.sign(surface) * np.log1p(np.abs(surface))], axis=1)


def _bent(surface: Floats, centre: Floats, scale: Floats, knots: Floats) -> Floats:
    standard = np.clip((_with_logs(surface) - centre) / scale, -_FURTHEST, _FURTHEST)
    return np.concatenate([standard, *(np.maximum(standard - knot, 0.0) for knot in knots)], axis=1)
