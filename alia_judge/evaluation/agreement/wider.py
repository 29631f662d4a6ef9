"""Correlations with intervals that ask for more: other systems too, other people too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alia_judge._messages import message
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import FEWEST_GROUPS, RatedItems
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.kernels import WeightedSpearman

__all__ = ["wider_intervals"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
#: A standard error needs no more resamples than this: its own error is then 5 %.
_RESAMPLES = 200


def wider_intervals(human: RatedItems, scores: Floats, options: EvaluationOptions) -> dict[str, Estimate]:
    """Spearman of `scores`, shape (n,), under further kinds of chance.

    Returns
    -------
    dict
        Over items, ``"crossed"``: groups *and* systems are drawn, each item as often as its group times its system (the
        pigeonhole bootstrap; Owen 2007): how the figure would move with other documents and other systems.
        ``"annotators"``: groups and annotators are drawn, and the consensus is the mean of those drawn: with other
        documents and other people. Where annotators are not identified, each item's ratings are drawn.
        ``"system_crossed"`` and ``"system_annotators"``: the same over the systems' means.
        ``"within_system_crossed"``: the mean over systems of the correlation within each, with other groups too.
        Undefined with its reason where there is nothing to draw.

    References
    ----------
    Owen, A. B. (2007). The pigeonhole bootstrap. Annals of Applied Statistics 1(2).

    Notes
    -----
    Value and Student's t on Fisher's z with the resamples' standard error, never their quantiles: people drawn twice
    make a poorer consensus, which lowers every resampled correlation. All are conservative, since they count the noise
    of items twice.

    There is none within groups. A group mostly has a handful of answers, and a resample of five of them has three or
    four, whose correlation scatters because they are few, not because there are other systems.
    """
    if human.scale.has_labels:
        return {}
    known = ~(np.isnan(scores) | np.isnan(human.target))
    labels = np.arange(len(human)) if human.resampled is None else human.resampled
    mine, given, unit = human.take(known), scores[known], _codes(labels[known])
    value = _spearman(_codes(given), _codes(mine.target), np.ones(given.size))
    few = message("fewer than {fewest_groups} systems", fewest_groups=FEWEST_GROUPS)
    people = None if mine.ratings.n_raters > 1 else message("one rating an item")
    named = np.ones(len(human), dtype=np.bool_) if human.systems is None else human.systems != ""
    systems = None if human.systems is None or np.unique(human.systems[named]).size >= FEWEST_GROUPS else few
    systems = message("the items have no systems") if human.systems is None else systems
    named &= ~np.isnan(human.target)
    means = _SystemMeans(human.take(named), scores[named], _codes(labels[named])) if systems is None else None
    return {
        "crossed": _undefined(systems) if systems else _crossed(mine, given, unit, value, options),
        "annotators": _undefined(people) if people else _annotators(mine, given, unit, value, options),
        "system_crossed": means.crossed(options) if means else _undefined(systems),
        "system_annotators": means.annotators(options) if means and not people else _undefined(systems or people),
        "within_system_crossed": _undefined(systems) if systems else _within(mine, given, unit, options),
    }


def _undefined(why: str | None) -> Estimate:
    return Estimate.undefined("spearman", why)


def _crossed(human: RatedItems, scores: Floats, unit: Codes, value: float, options: EvaluationOptions) -> Estimate:
    system = _codes(human.systems)
    rho = WeightedSpearman(scores, human.target)

    def draw(rng: np.random.Generator) -> float:
        return float(rho((_counts(unit, rng) * _counts(system, rng))[:, None])[0])

    least = min(int(unit.max()), int(system.max()))
    return _estimate(draw, value, scores.size, least, "groups and systems", options)


def _annotators(human: RatedItems, scores: Floats, unit: Codes, value: float, options: EvaluationOptions) -> Estimate:
    people, given = _People(human), _codes(scores)

    def draw(rng: np.random.Generator) -> float:
        target, there = people.consensus(rng)
        return _spearman(given, _codes(target), _counts(unit, rng) * there)

    return _estimate(draw, value, scores.size, people.freedom(unit), "groups and annotators", options)


def _within(human: RatedItems, scores: Floats, unit: Codes, options: EvaluationOptions) -> Estimate:
    """The mean over systems of the correlation within each, with systems and groups drawn."""
    system = _codes(human.systems)
    n_draws = min(options.n_resamples, _RESAMPLES)
    rng = np.random.default_rng(options.seed)
    n_units, n_systems = int(unit.max()) + 1, int(system.max()) + 1
    # The first column is the data themselves.
    groups = np.column_stack([np.ones(n_units), *(_drawn(n_units, rng) for _ in range(n_draws))])
    weight = np.column_stack([np.ones(n_systems), *(_drawn(n_systems, rng) for _ in range(n_draws))])
    figures = np.full(weight.shape, np.nan)
    for code in range(n_systems):
        mine = system == code
        if mine.sum() >= 2:
            figures[code] = WeightedSpearman(scores[mine], human.target[mine])(groups[unit[mine]])
    weight = np.where(np.isnan(figures), 0.0, weight)
    with np.errstate(invalid="ignore"):
        means = (np.nan_to_num(figures) * weight).sum(axis=0) / weight.sum(axis=0)
    replicates = iter(means[1:])
    least = min(n_units, n_systems) - 1
    return _estimate(lambda _: next(replicates), means[0], scores.size, least, "systems and groups", options)


class _SystemMeans:
    """Spearman over the systems' means: people's over what they rated, the judge's over what it scored."""

    def __init__(self, human: RatedItems, scores: Floats, unit: Codes) -> None:
        self.human, self.unit, self.system = human, unit, _codes(human.systems)
        self.size = int(self.system.max()) + 1
        self.scored = ~np.isnan(scores)
        self.scores = np.where(self.scored, scores, 0.0)
        self.value = self._figure(human.target, np.ones(len(human)), np.ones(self.size))

    def crossed(self, options: EvaluationOptions) -> Estimate:
        """Other groups and other systems."""

        def draw(rng: np.random.Generator) -> float:
            return self._figure(self.human.target, _counts(self.unit, rng), _drawn(self.size, rng))

        least = min(int(self.unit.max()), self.size - 1)
        return _estimate(draw, self.value, self.size, least, "groups and systems", options)

    def annotators(self, options: EvaluationOptions) -> Estimate:
        """Other groups and other people."""
        people = _People(self.human)

        def draw(rng: np.random.Generator) -> float:
            target, there = people.consensus(rng)
            weight = _counts(self.unit, rng)
            return self._figure(np.where(there, target, np.nan), weight, np.ones(self.size))

        return _estimate(draw, self.value, self.size, people.freedom(self.unit), "groups and annotators", options)

    def _figure(self, target: Floats, weight: Floats, times: Floats) -> float:
        rated = ~np.isnan(target)
        said = self._means(np.where(rated, target, 0.0), weight * rated)
        judged = self._means(self.scores, weight * self.scored)
        known = np.isfinite(said + judged)
        return _spearman(_codes(judged[known]), _codes(said[known]), times[known])

    def _means(self, values: Floats, weight: Floats) -> Floats:
        total, n = (np.bincount(self.system, weights=each, minlength=self.size) for each in (values * weight, weight))
        return np.asarray(np.divide(total, n, out=np.full(self.size, np.nan), where=n > 0), dtype=np.float64)


class _People:
    """The consensus of people drawn at random."""

    def __init__(self, human: RatedItems) -> None:
        self.ratings = human.ratings
        self.identified = bool(human.annotators)

    def consensus(self, rng: np.random.Generator) -> tuple[Floats, NDArray[np.bool_]]:
        """Mean of the ratings drawn, shape (n,), and of which items there are any."""
        given = self.ratings
        if self.identified:
            times: Floats = _drawn(given.n_raters, rng)[given.rater]
        else:
            # Which of an item's ratings, each as likely: as many draws as it has ratings.
            rated = ~np.isnan(given.dense())
            drawn = rng.multinomial(given.size, (rated / given.size).T)
            times = drawn[given.item, given.rater].astype(np.float64)
        total = np.bincount(given.item, times, minlength=given.n_items)
        said = np.bincount(given.item, given.value * times, minlength=given.n_items)
        return np.divide(said, total, out=np.zeros(given.n_items), where=total > 0), total > 0

    def freedom(self, unit: Codes) -> int:
        """Degrees of freedom: groups less one, or identified people less one if those are fewer."""
        return min(int(unit.max()), self.ratings.n_raters - 1) if self.identified else int(unit.max())


def _estimate(
    draw: Callable[[np.random.Generator], float],
    value: float,
    n: int,
    freedom: int,
    what: str,
    options: EvaluationOptions,
) -> Estimate:
    blank = Estimate(statistic="spearman", value=value, n=n)
    rng = np.random.default_rng(options.seed)
    drawn = np.array([draw(rng) for _ in range(min(options.n_resamples, _RESAMPLES))])
    drawn = drawn[~np.isnan(drawn)]
    if np.isnan(value) or drawn.size < 2 or freedom < 1:
        return Estimate.undefined("spearman", message("the correlation is undefined, or on resamples"), n=n)
    edge = 1 - 1e-6
    error = float(np.arctanh(np.clip(drawn, -edge, edge)).std(ddof=1)) * np.sqrt((freedom + 1) / freedom)
    half = float(special.stdtrit(freedom, (1 + options.level) / 2)) * error
    z = float(np.arctanh(np.clip(value, -edge, edge)))
    return blank.with_interval(
        float(np.tanh(z - half)),
        float(np.tanh(z + half)),
        level=options.level,
        method=f"t bootstrap over {what}",
        groups=freedom + 1,
    )


def _spearman(scores: Codes, target: Codes, weight: Floats) -> float:
    """`WeightedSpearman` of one weighting: what it prepares for many costs ten times as much as the figure itself.

    Of the places of scores and target among their different values, shape (n,).
    """
    mass = weight.sum()
    ranks, spreads = [], []
    for code in (scores, target):
        on = np.bincount(code, weights=weight)
        ranks.append((2 * np.cumsum(on) - on - mass)[code])
        spreads.append((mass**3 - (on**3).sum()) / 12)
    if min(spreads) <= 64 * np.finfo(np.float64).eps * mass**3:
        return float("nan")
    rho = (weight * ranks[0]) @ ranks[1] / 4 / np.sqrt(spreads[0] * spreads[1])
    return float(np.clip(rho, -1.0, 1.0))


def _counts(codes: Codes, rng: np.random.Generator) -> Floats:
    """How often each item's unit is drawn, shape (n,)."""
    return _drawn(int(codes.max()) + 1, rng)[codes]


def _drawn(n: int, rng: np.random.Generator) -> Floats:
    """How often each of n is drawn in n draws, shape (n,)."""
    return np.bincount(rng.integers(n, size=n), minlength=n).astype(np.float64)


def _codes(labels: Any) -> Codes:
    return np.asarray(np.unique(labels, return_inverse=True)[1], dtype=np.intp)
