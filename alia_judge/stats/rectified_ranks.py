"""Ranking systems by their human means with a judge's help, and how sure each rank is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.stats._rectifier import Rectifier, Sample, cells_of, labelled
from alia_judge.stats._validate import as_generator, check_at_least
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.rectified import rectify

__all__ = ["RankedSystem", "RectifiedRanking", "rectified_ranking"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class RankedSystem(Record):
    """One system's place.

    Parameters
    ----------
    system
        Its name.
    mean
        Its rectified human mean; the interval is for this system alone.
    rank
        1 for the highest mean.
    rank_low, rank_high
        Best and worst rank that the data allow: the true ranks of all systems lie within theirs with the stated
        confidence, all at once.
    effective_n
        How many human ratings would tell as much of this system without the judge.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> systems = np.repeat(["a", "b"], 500)
    >>> truth = rng.normal(3, 1, size=1000) + (systems == "b")
    >>> human = np.where(rng.random(1000) < 0.2, truth, np.nan)
    >>> best = rectified_ranking(human, truth + rng.normal(size=1000), systems).systems[0]
    >>> best.system, best.rank, (best.rank_low, best.rank_high)
    ('b', 1, (1, 1))
    """

    system: str
    mean: Estimate
    rank: int
    rank_low: int
    rank_high: int
    effective_n: float


@dataclass(frozen=True, kw_only=True, eq=False)
class RectifiedRanking(Record):
    """Systems by their rectified human means, best first.

    Parameters
    ----------
    systems
        One row a system.
    differences
        Row i, column j: mean of `systems[i]` less that of `systems[j]`, with simultaneous intervals: all pairs at once
        are covered with the stated confidence. None on the diagonal.
    confidence
        Nominal simultaneous coverage.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> systems = np.repeat(["a", "b"], 500)
    >>> truth = rng.normal(3, 1, size=1000) + (systems == "b")
    >>> human = np.where(rng.random(1000) < 0.2, truth, np.nan)
    >>> ranking = rectified_ranking(human, truth + rng.normal(size=1000), systems)
    >>> [row.system for row in ranking.systems], bool(ranking.differences[0][1].low > 0)
    (['b', 'a'], True)
    """

    schema = "alia-judge/rectified-ranking/1"

    systems: tuple[RankedSystem, ...]
    differences: tuple[tuple[Estimate | None, ...], ...]
    confidence: float


def rectified_ranking(
    human: ArrayLike,
    judge: ArrayLike,
    systems: ArrayLike,
    *,
    tuning: float | None = None,
    strata: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    confidence: float = 0.95,
    n_draws: int = 20_000,
    rng: int | np.random.Generator = 0,
) -> RectifiedRanking:
    """Rank systems by their rectified human means, with intervals that hold for all of them at once.

    Two systems are told apart if the simultaneous interval of their difference leaves out 0; a system's rank lies
    between one more than the number of systems surely better, and the number not surely worse.

    Parameters
    ----------
    human, judge, systems, tuning, strata, groups, weights
        As for `rectified_difference`; lambda is tuned for each system's mean.
    confidence
        Nominal coverage of all differences and all rank intervals together.
    n_draws
        Draws of the largest standardised difference, at least 1000, from which the common critical value is taken.
    rng
        Seed or numpy Generator of these draws.

    Returns
    -------
    RectifiedRanking

    Raises
    ------
    UsageError
        If a system has too few rated items, there are fewer than two systems, the shapes do not fit or an option is
        off its range.

    References
    ----------
    Mogstad, M., Romano, J. P., Shaikh, A. M., & Wilhelm, D. (2024). Inference for ranks with applications to mobility
    across neighbourhoods and academic achievement across countries. Review of Economic Studies 91, 476-518.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> systems = np.repeat(["a", "b", "c"], 500)
    >>> truth = rng.normal(3, 1, size=1500) + 0.8 * (systems == "c")
    >>> human = np.where(rng.random(1500) < 0.2, truth, np.nan)
    >>> ranking = rectified_ranking(human, truth + rng.normal(0, 0.5, size=1500), systems)
    >>> [(row.system, row.rank_low, row.rank_high) for row in ranking.systems]
    [('c', 1, 1), ('b', 2, 3), ('a', 2, 3)]
    """
    check_at_least("n_draws", n_draws, 1000)
    sample = Sample.of(human, judge, groups, weights, confidence)
    system, names = labelled(systems, sample.y.size, "systems")
    if len(names) < 2:
        raise UsageError(message("a ranking needs two systems or more, got {n}", n=len(names)))
    cell, means = cells_of(sample, system, len(names), strata)
    rectifier = Rectifier.of(sample, cell, means.shape[1])
    tuned = tuning is None
    lambdas = np.sum([rectifier.tuning(contrast, tuning) for contrast in means], axis=0)
    freedom = [rectifier.degrees(contrast, lambdas, tuned=tuned) for contrast in means]
    poor = [name for name, dof in zip(names, freedom, strict=True) if dof < 1]
    if poor:
        raise UsageError(
            message(
                "every system needs more rated items (or clusters of them); too few for {poor}", poor=", ".join(poor)
            )
        )
    alone = [rectify("rectified_mean", sample, rectifier, contrast, lambdas, tuned=tuned) for contrast in means]
    value = np.array([float(system) for system in alone])
    covariance = means @ rectifier.covariance(lambdas, tuned=tuned) @ means.T
    variance = np.diag(covariance)
    error = np.sqrt(np.maximum(variance[:, None] + variance[None, :] - 2 * covariance, 0.0))
    half = error * _critical_value(covariance, error, min(freedom), confidence, n_draws, as_generator(rng))
    better = value[:, None] - value[None, :] > half
    order = np.argsort(-value, kind="stable")
    rows = [
        RankedSystem(
            system=names[code],
            mean=alone[code].estimate,
            rank=rank,
            rank_low=1 + int(better[:, code].sum()),
            rank_high=len(names) - int(better[code].sum()),
            effective_n=alone[code].effective_n,
        )
        for rank, code in enumerate(order, start=1)
    ]

    def difference(i: int, j: int) -> Estimate | None:
        if i == j:
            return None
        apart = float(value[i] - value[j])
        return Estimate(
            statistic="rectified_difference",
            value=apart,
            n=alone[i].estimate.n + alone[j].estimate.n,
            groups=alone[i].estimate.groups,
            settings=alone[i].estimate.settings,
        ).with_interval(
            apart - half[i, j], apart + half[i, j], level=confidence, method="PPI++, simultaneous over pairs"
        )

    return RectifiedRanking(
        systems=tuple(rows),
        differences=tuple(tuple(difference(i, j) for j in order) for i in order),
        confidence=confidence,
    )


def _critical_value(
    covariance: Floats, error: Floats, dof: float, confidence: float, n_draws: int, rng: np.random.Generator
) -> float:
    """Quantile of the largest standardised difference over pairs, under a multivariate t with this covariance."""
    one, other = np.nonzero(np.triu(error, 1) > 0)
    if one.size == 0:
        return 0.0
    normal = rng.multivariate_normal(np.zeros(covariance.shape[0]), covariance, size=n_draws, method="eigh")
    scale = np.sqrt(rng.chisquare(dof, size=n_draws) / dof)
    largest = np.zeros(n_draws)
    for i, j in zip(one, other, strict=True):
        np.maximum(largest, np.abs(normal[:, i] - normal[:, j]) / error[i, j], out=largest)
    return float(np.quantile(largest / scale, confidence))
