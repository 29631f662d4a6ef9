"""The algebra of prediction-powered means: every mean, difference and ranking from three small Gram matrices.

A cell is a set of items with a mean of its own (a system, or a stratum of one). With L the items of cell *h* that
people rated, U the others, y the ratings and f the judge's scores, the rectified mean is

    theta_h = mean_L(y) + lambda_h * (mean_U(f) - mean_L(f))        (Angelopoulos, Duchi and Zrnic 2023, eq. 3)

Each cluster *g* of items adds a_gh + lambda_h b_gh to its error, a from the ratings and b from the scores. Sums over
clusters of the products of these are all that variances, covariances and the best lambda need.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.stats._validate import as_groups, as_vector, as_weights, check_fraction

__all__ = ["Rectifier", "Sample", "cells_of", "labelled"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """Checked ratings (NaN where nobody rated) and scores, one entry an item.

    `cluster` are codes from 0; `clustered` says whether they are the user's groups or the items themselves.
    """

    y: Floats
    f: Floats
    weights: Floats
    cluster: Codes
    clustered: bool
    confidence: float

    @classmethod
    def of(
        cls,
        human: ArrayLike,
        judge: ArrayLike,
        groups: ArrayLike | None,
        weights: ArrayLike | None,
        confidence: float,
    ) -> Sample:
        """Check what a user gave.

        Raises
        ------
        UsageError
            If the shapes do not fit, or there is no item.
        """
        y = as_vector("human", human)
        f = as_vector("judge", judge, n=y.size)
        check_fraction("confidence", confidence)
        if y.size == 0:
            raise UsageError(message("human must have an item or more, got none"))
        unscored = np.isnan(f)
        # Any number does for an unscored item, so long as it does not look at the rating.
        f = np.where(unscored, 0.0 if unscored.all() else np.mean(f[~unscored]), f)
        checked = as_weights(weights, y.size)
        return cls(
            y=y,
            f=f,
            weights=np.ones(y.size) if checked is None else checked,
            cluster=np.arange(y.size) if groups is None else as_groups(groups, y.size),
            clustered=groups is not None,
            confidence=confidence,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Rectifier:
    """Means of the cells, and the Gram matrices of the clusters' contributions to their errors.

    Parameters
    ----------
    rated
        Mean rating of each cell's rated items, shape (n_cells,).
    gap
        Mean score of its unrated items less that of its rated ones; 0 where none is unrated.
    aa, ab, bb
        Sums over clusters of a_g a_g', a_g b_g' and b_g b_g', shape (n_cells, n_cells).
    n_rated
        Rated items of each cell.
    rated_in
        Which clusters have rated items of which cells, shape (n_clusters, n_cells), sparse.
    """

    rated: Floats
    gap: Floats
    aa: Floats
    ab: Floats
    bb: Floats
    n_rated: NDArray[np.intp]
    rated_in: sparse.csr_array

    @classmethod
    def of(cls, sample: Sample, cell: Codes, n_cells: int) -> Rectifier:
        """From a sample and the cell of each item, codes from 0."""
        y, f, weights, cluster = sample.y, sample.f, sample.weights, sample.cluster
        rated = ~np.isnan(y)
        mass_rated = np.bincount(cell[rated], weights=weights[rated], minlength=n_cells)
        mass_unrated = np.bincount(cell[~rated], weights=weights[~rated], minlength=n_cells)
        y = np.where(rated, y, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = weights * np.where(rated, 1 / mass_rated[cell], 1 / mass_unrated[cell])
            mean_y = np.bincount(cell, weights=np.where(rated, share * y, 0.0), minlength=n_cells)
            mean_f = np.bincount(cell, weights=np.where(rated, share * f, 0.0), minlength=n_cells)
            mean_f_unrated = np.bincount(cell, weights=np.where(rated, 0.0, share * f), minlength=n_cells)
        a = np.where(rated, share * (y - mean_y[cell]), 0.0)
        b = np.where(rated, -share * (f - mean_f[cell]), share * (f - mean_f_unrated[cell]))
        # Without unrated items there is nothing that the scores could add.
        b[mass_unrated[cell] == 0] = 0.0
        shape = (int(cluster.max(initial=-1)) + 1, n_cells)
        by_cluster_a = sparse.csr_array((a, (cluster, cell)), shape=shape)
        by_cluster_b = sparse.csr_array((b, (cluster, cell)), shape=shape)
        rated_in = sparse.csr_array((rated.astype(np.float64), (cluster, cell)), shape=shape)
        rated_in.eliminate_zeros()
        return cls(
            rated=np.where(mass_rated > 0, mean_y, np.nan),
            gap=np.where(mass_unrated > 0, mean_f_unrated - mean_f, 0.0),
            aa=(by_cluster_a.T @ by_cluster_a).toarray(),
            ab=(by_cluster_a.T @ by_cluster_b).toarray(),
            bb=(by_cluster_b.T @ by_cluster_b).toarray(),
            n_rated=np.bincount(cell[rated], minlength=n_cells),
            rated_in=rated_in,
        )

    @property
    def clusters(self) -> NDArray[np.intp]:
        """Clusters with rated items of each cell, shape (n_cells,)."""
        return np.bincount(self.rated_in.indices, minlength=self.rated.size)

    def tuning(self, contrast: Floats, fixed: float | None) -> Floats:
        """Lambda of each cell that ``contrast @ means`` uses: `fixed`, or the one of the smallest variance.

        The variance is a quadratic in lambda (Angelopoulos, Duchi and Zrnic 2023, section 6, which has the case of one
        cell of independent items: Cov(y, f) / ((1 + n/N) Var(f))). A cell gets 0 if its scores do not vary, if no item
        is unrated, or if it has too few ratings to spare a degree of freedom.

        Raises
        ------
        UsageError
            If `fixed` is not finite.
        """
        useful = (contrast != 0) & (np.diag(self.bb) > 0)
        if fixed is not None:
            if not math.isfinite(fixed):
                raise UsageError(
                    message("tuning must be a finite number, or None to tune it, got {fixed!r}", fixed=fixed)
                )
            return np.where(useful, fixed, 0.0)
        used = np.flatnonzero(useful & (self.clusters >= 3))
        result = np.zeros(contrast.size)
        if used.size:
            c = contrast[used]
            quadratic = np.outer(c, c) * self.bb[np.ix_(used, used)]
            linear = c * (self.ab.T @ contrast)[used]
            result[used] = -np.linalg.lstsq(quadratic, linear, rcond=None)[0]
        return result

    def means(self, tuning: Floats) -> Floats:
        """The rectified mean of each cell, shape (n_cells,)."""
        return self.rated + tuning * self.gap

    def covariance(self, tuning: Floats, *, tuned: bool) -> Floats:
        """Covariance of the rectified means, shape (n_cells, n_cells), corrected for the parameters fitted."""
        cross = self.ab * tuning[None, :]
        raw = self.aa + cross + cross.T + tuning[:, None] * self.bb * tuning[None, :]
        inflate = np.sqrt(self.clusters / np.maximum(self._freedom(tuning, tuned), 1))
        return np.asarray(inflate[:, None] * raw * inflate[None, :], dtype=np.float64)

    def degrees(self, contrast: Floats, tuning: Floats, *, tuned: bool) -> float:
        """Degrees of freedom of the variance of ``contrast @ means``; 0 if a cell it uses has too few ratings.

        Satterthwaite's for independent cells, but no more than the clusters that there are allow: two systems' answers
        to the same documents are as many as the documents.
        """
        used = contrast != 0
        freedom = self._freedom(tuning, tuned)[used]
        if (freedom < 1).any():
            return 0.0
        variances = (contrast**2 * np.diag(self.covariance(tuning, tuned=tuned)))[used]
        distinct = np.count_nonzero(self.rated_in[:, np.flatnonzero(used)].sum(axis=1))
        most = distinct - 1 - int(tuned and bool(tuning[used].any()))
        total = variances.sum()
        return float(min(total**2 / np.sum(variances**2 / freedom), most) if total > 0 else most)

    def _freedom(self, tuning: Floats, tuned: bool) -> Floats:
        """Clusters of each cell less its mean and, if it was tuned, its lambda."""
        return np.asarray(self.clusters - 1.0 - (tuned & (tuning != 0)), dtype=np.float64)


def labelled(labels: ArrayLike | None, n: int, name: str) -> tuple[Codes, list[str]]:
    """Codes from 0 and the label of each; one label for all where there are none."""
    if labels is None:
        return np.zeros(n, dtype=np.intp), ["all"]
    codes = as_groups(labels, n, name)
    first = np.unique(codes, return_index=True)[1]
    return codes, [str(label) for label in np.asarray(labels)[first]]


def cells_of(sample: Sample, system: Codes, n_systems: int, strata: ArrayLike | None) -> tuple[Codes, Floats]:
    """Cell of each item, and each system's mean as a contrast of the cells, shape (n_systems, n_cells).

    Every system has the strata's shares among all items: systems are compared on the same mixture.
    """
    stratum, labels = labelled(strata, system.size, "strata")
    mass = np.bincount(stratum, weights=sample.weights, minlength=len(labels))
    return system * len(labels) + stratum, np.kron(np.eye(n_systems), mass / mass.sum())
