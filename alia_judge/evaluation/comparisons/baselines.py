"""What a judge is set beside unasked, and the claim that each comparison allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.evaluation.agreement.error import on_scale
from alia_judge.evaluation.agreement.labels import nearest_labels, true_labels
from alia_judge.evaluation.comparisons.comparison import Comparison
from alia_judge.evaluation.comparisons.crossfit import out_of_group_mean
from alia_judge.evaluation.comparisons.learned import Learned, learned_ridge, widened
from alia_judge.evaluation.comparisons.overlap import overlap_features
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import RatedItems
from alia_judge.stats.clustered import clustered_mean
from alia_judge.stats.correlation import spearman
from alia_judge.stats.multiple import holm
from alia_judge.stats.paired import paired_difference

__all__ = ["compare", "lexical_baseline"]

Floats = NDArray[np.float64]
#: An annotator with fewer items shared with the judge and with others is no yardstick.
_FEWEST = 30


def compare(
    human: RatedItems, scores: Floats, rivals: Mapping[str, Floats | Learned], options: EvaluationOptions
) -> tuple[Comparison, ...]:
    """`scores`, shape (n,), beside everything it should be better than, each on the items that both have.

    Parameters
    ----------
    rivals
        Name -> shape (n,), or a prediction that was learnt from these very items, whose interval then says so:
        compared in item-level Spearman. Beside them: the best single annotator, against the mean of the others; and,
        in absolute error, whoever guesses the mean. Of labels: in accuracy, whoever always says the commonest one, and
        the judge it is compared with.

    Returns
    -------
    tuple
        Intervals are paired, over groups where there are groups. The p-values go with them and are Holm's over all.
    """
    if human.scale.has_labels:
        return _of_labels(human, scores, rivals, options)
    found = [_spearman_against(name, human, scores, other, human.target, options) for name, other in rivals.items()]
    best = _best_annotator(human, scores)
    if best is not None:
        row, others = best
        name = message("the best single annotator ({name})", name=human.annotators[row])
        found.append(_spearman_against(name, human, scores, human.ratings.of_rater(row), others, options))
    if on_scale(human, scores):
        found.append(_error_against_mean(human, scores, options))
    return _corrected(found)


def lexical_baseline(human: RatedItems, options: EvaluationOptions) -> Learned:
    """The consensus as predicted from words shared with context, reference and prompt; unknown where there are none."""
    return learned_ridge(overlap_features(human.items), human.target, human.clusters, seed=options.seed)


def _of_labels(
    human: RatedItems, scores: Floats, rivals: Mapping[str, Floats | Learned], options: EvaluationOptions
) -> tuple[Comparison, ...]:
    true, given = true_labels(human), nearest_labels(human, scores)
    known = true[~np.isnan(true)]
    if not known.size:
        return ()
    values, counts = np.unique(known, return_counts=True)
    commonest = values[counts.argmax()]
    always = message("always saying {label!r}", label=human.scale.label(commonest))
    others: dict[str, NDArray[np.float64]] = {always: np.full(true.size, commonest)}
    others |= {name: nearest_labels(human, one) for name, one in rivals.items() if not isinstance(one, Learned)}
    found = []
    for name, other in others.items():
        both = ~(np.isnan(true) | np.isnan(given) | np.isnan(other))
        mine, theirs = (given == true)[both], (other == true)[both]
        difference = clustered_mean(
            mine.astype(np.float64) - theirs,
            None if human.resampled is None else human.resampled[both],
            statistic="difference of accuracy",
            confidence=options.level,
        )
        found.append(
            Comparison(
                baseline=name,
                statistic=message("accuracy"),
                judge_value=float(mine.mean()) if both.any() else np.nan,
                baseline_value=float(theirs.mean()) if both.any() else np.nan,
                difference=difference,
                p_value=difference.p_value(),
                alpha=options.alpha,
            )
        )
    return _corrected(found)


def _corrected(found: list[Comparison]) -> tuple[Comparison, ...]:
    """The comparisons with Holm's p-values."""
    known = [place for place, comparison in enumerate(found) if not np.isnan(comparison.p_value)]
    adjusted = dict(zip(known, holm([found[place].p_value for place in known]), strict=True))
    return tuple(
        replace(one, p_value=float(adjusted[place])) if place in adjusted else one for place, one in enumerate(found)
    )


def _spearman_against(
    name: str, human: RatedItems, scores: Floats, other: Floats | Learned, target: Floats, options: EvaluationOptions
) -> Comparison:
    paired = paired_difference(
        scores,
        other.prediction if isinstance(other, Learned) else other,
        target,
        statistic="spearman",
        groups=human.resampled,
        interval="t",
        confidence=options.level,
        n_resamples=options.n_resamples,
        rng=options.seed,
    )
    difference = paired.difference
    if isinstance(other, Learned):
        shared = np.where(np.isnan(scores), np.nan, target)
        difference = widened(difference, other.learning_variance(lambda one: spearman(one, shared).value), bound=2.0)
    return Comparison(
        baseline=name,
        statistic="Spearman",
        judge_value=float(paired.first),
        baseline_value=float(paired.second),
        difference=difference,
        p_value=difference.p_value(),
        alpha=options.alpha,
    )


def _best_annotator(human: RatedItems, scores: Floats) -> tuple[int, Floats] | None:
    """The row of whoever agrees best with the others on items the judge scored, and the mean of those others."""
    if not human.annotators:
        return None
    given = human.ratings
    total, count = np.bincount(given.item, weights=given.value, minlength=len(human)), given.size
    order = np.argsort(given.rater, kind="stable")
    order = order[((count >= 2) & ~np.isnan(scores))[given.item[order]]]
    best: tuple[float, int, Floats] | None = None
    for shared in np.split(order, np.flatnonzero(np.diff(given.rater[order])) + 1):
        if shared.size < _FEWEST:
            continue
        item, own = given.item[shared], given.value[shared]
        rest = (total[item] - own) / (count[item] - 1)
        agreement = spearman(own, rest).value
        if not np.isnan(agreement) and (best is None or agreement > best[0]):
            others = np.full(len(human), np.nan)
            others[item] = rest
            best = agreement, int(given.rater[shared[0]]), others
    return None if best is None else best[1:]


def _error_against_mean(human: RatedItems, scores: Floats, options: EvaluationOptions) -> Comparison:
    """Absolute error of the judge less that of the mean of the other groups' items, averaged over items."""
    guess = out_of_group_mean(human.target, human.clusters, seed=options.seed)
    mine, theirs = np.abs(scores - human.target), np.abs(guess - human.target)
    both = ~np.isnan(mine - theirs)
    difference = clustered_mean(
        (mine - theirs)[both],
        None if human.resampled is None else human.resampled[both],
        statistic="difference of mean absolute error",
        confidence=options.level,
    )
    return Comparison(
        baseline=message("guessing the mean"),
        statistic=message("mean absolute error"),
        judge_value=float(mine[both].mean()) if both.any() else np.nan,
        baseline_value=float(theirs[both].mean()) if both.any() else np.nan,
        difference=difference,
        p_value=difference.p_value(),
        alpha=options.alpha,
        better="lower",
    )
