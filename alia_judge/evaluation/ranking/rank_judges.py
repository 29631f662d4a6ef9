"""`rank_judges`: whose judge agrees best with people on a hidden test, and between whom nothing is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge._process_wide import undefined_is_said_in_the_result
from alia_judge._version import __version__
from alia_judge.benchmark.split import Split
from alia_judge.errors import UsageError
from alia_judge.evaluation.comparisons.learned import learned_spearman
from alia_judge.evaluation.comparisons.surface import SurfaceBaseline
from alia_judge.evaluation.held_out import held_out
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.ranking.leaderboard import Entry, Leaderboard
from alia_judge.evaluation.ranking.quantity import Quantity
from alia_judge.evaluation.rated_items import RatedItems, rated_items
from alia_judge.evaluation.scores import Scores, expect_scores
from alia_judge.learnt import HeldOut, LearntFrom
from alia_judge.ratings.table import Ratings
from alia_judge.stats._draws import resample_counts
from alia_judge.stats._measures import by_name
from alia_judge.stats.all_pairs import all_pairs
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.selection_optimism import optimism

__all__ = ["rank_judges"]

Floats = NDArray[np.float64]
#: Resamples that are held in memory at a time.
_BLOCK = 200


def rank_judges(
    source: Ratings | Split,
    scores: Scores | Mapping[str, Mapping[str, float]],
    *,
    criterion: str | None = None,
    min_coverage: float = 0.0,
    looks: Mapping[str, int] | None = None,
    learnt: Mapping[str, LearntFrom | None] | None = None,
    teams: Mapping[str, str] | None = None,
    options: EvaluationOptions | None = None,
) -> Leaderboard:
    """Rank judges by their agreement with people; where the data do not tell two apart, they are tied.

    Parameters
    ----------
    source
        The hidden test: one split of a benchmark, or ratings, every item of which counts.
    scores
        What `read_scores` gives; or judge -> item -> score, where NaN or nothing is unscored.
    criterion
        On what; may be left out where there is one.
    min_coverage
        A judge that scored a smaller share of the items is listed and not ranked.
    looks
        Judge -> how often it was scored on this test.
    learnt
        Judge -> what it learnt from, by its author's record. A judge that learnt from some of the items is listed and
        not ranked.
    teams
        Judge -> whose submission it is, where several may be one team's. Of these the last, in the order of `scores`,
        is ranked: the best of many is what picking adds by luck, and each more makes it harder to show a difference
        between any two. The others are listed. A judge of no team is a submission of its own.
    options
        `alpha`, `level`, `interval`, `n_resamples`, `seed` and `exclude_systems` count.

    Returns
    -------
    Leaderboard

    Raises
    ------
    UsageError
        If there is no such criterion, or nothing was scored.

    Notes
    -----
    Grades are ranked by Spearman's correlation, labels by Cohen's kappa.

    Every pair of judges is compared on the same bootstrap resamples of the groups (of the items, where there are none),
    with Student's t and Holm's correction over all pairs, so that the chance of any false "better" is `alpha` at most,
    however many judges there are.

    Examples
    --------
    >>> from alia_judge.ratings.load import load_ratings
    >>> rng = np.random.default_rng(0)
    >>> truth = {f"i{n}": float(rng.normal()) for n in range(200)}
    >>> ratings = load_ratings([{"item_id": item, "value": value} for item, value in truth.items()])
    >>> board = rank_judges(
    ...     ratings,
    ...     {
    ...         "a": {item: value + rng.normal(0, 0.5) for item, value in truth.items()},
    ...         "b": {item: value + rng.normal(0, 0.5) for item, value in truth.items()},
    ...         "c": {item: rng.normal() for item in truth},
    ...     },
    ... )
    >>> sorted((entry.judge, entry.places) for entry in board.entries)
    [('a', '1-2'), ('b', '1-2'), ('c', '3')]
    """
    expect_scores(source, scores)
    options = options or EvaluationOptions()
    if not 0 <= min_coverage <= 1:
        raise UsageError(message("min_coverage must be 0 to 1, got {min_coverage!r}", min_coverage=min_coverage))
    name = criterion if isinstance(source, Split) else source.require(criterion)
    (human,) = rated_items(source, criterion=name, exclude_systems=options.exclude_systems)
    judged = scores.judges(human.criterion) if isinstance(scores, Scores) else scores
    given = {judge: human.scores(by_item) for judge, by_item in judged.items()}
    if all(np.isnan(values).all() for values in given.values()):
        raise UsageError(
            message(
                "no judge scored any of the {n} items rated on {criterion!r}", n=len(human), criterion=human.criterion
            )
        )
    with undefined_is_said_in_the_result():
        held = held_out(human, judged, scores, learnt or {}, by_word=True)
        return _board(human, given, held, min_coverage, looks, teams or {}, options)


def _board(
    human: RatedItems,
    given: Mapping[str, Floats],
    held: Mapping[str, HeldOut],
    min_coverage: float,
    looks: Mapping[str, int] | None,
    teams: Mapping[str, str],
    options: EvaluationOptions,
) -> Leaderboard:
    last = {teams[judge]: judge for judge in given if judge in teams}
    quantity = Quantity.of(human, options)
    filled = {judge: quantity.filled(values) for judge, values in given.items()}
    entries = []
    for judge, values in given.items():
        figure = quantity.estimate(filled[judge])
        entry = Entry(
            judge=judge,
            place=None,
            place_last=None,
            coverage=float((~np.isnan(values)).mean()),
            n_items=int((~np.isnan(values)).sum()),
            languages=_by_language(quantity, filled[judge]),
            looks=None if looks is None else looks.get(judge, 0),
            held_out=held[judge],
            team=teams.get(judge),
            spearman=figure if quantity.name == "spearman" else None,
            kappa=figure if quantity.name == "kappa" else None,
        )
        entries.append(replace(entry, why=_unranked(entry, min_coverage, last)))
    ranked = sorted((entry for entry in entries if entry.why is None), key=lambda entry: -entry.figure.value)
    rest = sorted((entry for entry in entries if entry.why is not None), key=lambda entry: entry.judge)
    matrix = np.array([filled[entry.judge] for entry in ranked]).reshape(len(ranked), len(human))
    return Leaderboard(
        criterion=human.criterion,
        n_items=len(human),
        entries=(*_placed(ranked, matrix, quantity), *rest),
        best=_best(matrix, quantity),
        beside=_beside(quantity),
        alpha=options.alpha,
        signature=f"leaderboard|judges:{len(ranked)}|min coverage:{min_coverage:g}|{options.signature}|v:{__version__}",
        fingerprint=human.fingerprint,
        split=human.split,
        statistic=quantity.name,
    )


def _unranked(entry: Entry, min_coverage: float, last: Mapping[str, str]) -> str | None:
    if entry.team is not None and last[entry.team] != entry.judge:
        return message("a team's last judge counts: of {team} that is {last}", team=entry.team, last=last[entry.team])
    if entry.held_out is not None and entry.held_out.learnt:
        return entry.held_out.found
    if entry.coverage < min_coverage:
        return message(
            "it scored {coverage:.1%} of the items, fewer than {min_coverage:.0%}",
            coverage=entry.coverage,
            min_coverage=min_coverage,
        )
    return entry.figure.why if not entry.figure.defined else None


def _by_language(quantity: Quantity, scores: Floats) -> dict[str, Estimate]:
    human, options = quantity.human, quantity.options
    if not human.has("language"):
        return {}
    tags = np.array(human.column("language"))
    found = {}
    for tag in np.unique(tags):
        inside = tags == tag
        if inside.sum() < options.min_slice:
            why = message(
                "{inside} items, fewer than {min_slice}", inside=int(inside.sum()), min_slice=options.min_slice
            )
            found[str(tag)] = Estimate.undefined(quantity.name, why, n=int(inside.sum()))
        else:
            found[str(tag)] = quantity.estimate(scores, inside)
    return found if len(found) > 1 else {}


def _placed(ranked: list[Entry], scores: Floats, quantity: Quantity) -> list[Entry]:
    """The entries with their places, and each beside the one above."""
    if len(ranked) < 2:
        return [replace(entry, place=1, place_last=1) for entry in ranked]
    options, groups = quantity.options, quantity.human.resampled
    known = ~np.isnan(quantity.target)  # people who are evenly divided between two labels rank nobody
    each = groups if groups is not None else np.arange(known.size)
    names, unit = np.unique(each[known], return_inverse=True)
    replicates = _replicates(scores[:, known], quantity.target[known], unit, names.size, quantity)
    value = np.array([entry.figure.value for entry in ranked])
    pairs = all_pairs(value, replicates, names.size)
    better = (pairs.p_value <= options.alpha) & (pairs.gap > 0)
    half = pairs.half_width(options.level)

    def above(place: int) -> dict[str, Any]:
        if place == 0:
            return {}
        gap = float(pairs.gap[place, place - 1])
        found = Estimate(statistic=f"{quantity.name}_difference", value=gap, n=int(known.sum()))
        return {
            "above": found.with_interval(
                found.value - float(half[place, place - 1]),
                found.value + float(half[place, place - 1]),
                level=options.level,
                method=f"paired t bootstrap over {'items' if groups is None else 'groups'}",
                groups=None if groups is None else names.size,
            ),
            "above_p": float(pairs.p_value[place, place - 1]),
        }

    return [
        replace(
            entry,
            place=1 + int(better[:, place].sum()),
            place_last=len(ranked) - int(better[place].sum()),
            **above(place),
        )
        for place, entry in enumerate(ranked)
    ]


def _replicates(scores: Floats, target: Floats, unit: NDArray[np.intp], n_units: int, quantity: Quantity) -> Floats:
    """Each judge's figure on the same resamples, shape (m, b); those on which any is undefined are left out."""
    options = quantity.options
    figures = [by_name(quantity.name).weighted(row, target) for row in scores]
    rng = np.random.default_rng(options.seed)
    blocks = []
    for start in range(0, options.n_resamples, _BLOCK):
        counts = resample_counts(n_units, min(_BLOCK, options.n_resamples - start), rng)[unit]
        blocks.append(np.array([figure(counts) for figure in figures]))
    drawn = np.hstack(blocks)
    drawn = drawn[:, ~np.isnan(drawn).any(axis=0)]
    if drawn.shape[1] < 2:
        raise UsageError(message("too few resamples are defined for every judge; ask for more with n_resamples"))
    return drawn


def _best(scores: Floats, quantity: Quantity) -> Estimate:
    if not len(scores):
        return Estimate.undefined(quantity.name, message("no judge can be ranked"))
    options = quantity.options
    found = optimism(
        scores,
        quantity.target,
        statistic=quantity.name,
        groups=quantity.human.resampled,
        confidence=options.level,
        n_resamples=200,
        rng=options.seed,
    )
    return found.corrected


def _beside(quantity: Quantity) -> dict[str, Estimate]:
    human, options = quantity.human, quantity.options
    beside: dict[str, Estimate] = {message("one person against the others"): quantity.one_person()}
    if human.scale.has_labels:
        return beside
    surface = SurfaceBaseline.learn(human.items, human.target, human.clusters, seed=options.seed)
    if surface.learned.known:
        everything = np.ones(len(human), dtype=np.bool_)
        beside[message("surface features alone")] = learned_spearman(surface.learned, human, everything, options)
    return beside
