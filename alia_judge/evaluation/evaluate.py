"""`evaluate_scores`: how good are these judges, compared with whom, and how sure is that?"""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge._process_wide import undefined_is_said_in_the_result
from alia_judge._version import __version__
from alia_judge.benchmark.split import Split
from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.evaluation.agreement.alternative import alternative_annotator_test
from alia_judge.evaluation.agreement.correlations import correlations, within_system_correlations
from alia_judge.evaluation.agreement.error import errors, on_scale
from alia_judge.evaluation.agreement.labels import label_figures
from alia_judge.evaluation.agreement.profile import profile
from alia_judge.evaluation.agreement.unscored import unscored_contrasts
from alia_judge.evaluation.agreement.wider import wider_intervals
from alia_judge.evaluation.comparisons.baselines import compare, lexical_baseline
from alia_judge.evaluation.comparisons.drift import drift
from alia_judge.evaluation.comparisons.learned import Learned
from alia_judge.evaluation.comparisons.surface import SurfaceBaseline
from alia_judge.evaluation.failure_codes import without as without_codes
from alia_judge.evaluation.held_out import held_out
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.ranking.system_pairs import system_pairs
from alia_judge.evaluation.rated_items import RatedItems, rated_items
from alia_judge.evaluation.result import CriterionEvaluation, EvaluationResult, Evidence, JudgeEvaluation
from alia_judge.evaluation.scores import Scores, expect_scores
from alia_judge.evaluation.slices.parity import parity
from alia_judge.evaluation.slices.slices import slices
from alia_judge.evaluation.slices.surprise import worst_slices
from alia_judge.learnt import LearntFrom, Seen, settle
from alia_judge.ratings.table import Ratings
from alia_judge.records import Item
from alia_judge.stats.alpha import krippendorff_alpha
from alia_judge.stats.ceiling import attenuation, leave_one_out, share_of_ceiling
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.sparse_ratings import SparseRatings

__all__ = ["evaluate_scores"]

Floats = NDArray[np.float64]
#: Each judge under way holds its resamples in memory, some hundred megabytes.
_THREADS = 4
#: Unknown items are named up to so many; more of them say nothing new.
_NAMED = 10


def evaluate_scores(
    source: Ratings | Split,
    scores: Scores | Mapping[str, Mapping[str, float]],
    *,
    criterion: str | None = None,
    baseline: str | None = None,
    reasons: Mapping[str, Mapping[str, str]] | None = None,
    items: Sequence[Item] | None = None,
    where: Mapping[str, Callable[[Item], bool]] | None = None,
    learnt: Mapping[str, LearntFrom | None] | None = None,
    seen: Seen = "refuse",
    options: EvaluationOptions | None = None,
) -> EvaluationResult:
    """Evaluate the scores of one or more judges against what people said.

    Parameters
    ----------
    source
        Ratings, every item of which counts, or one split of a benchmark.
    scores
        What `read_scores` gives; or, for one criterion, judge -> item id -> score, where NaN or nothing is unscored.
    criterion
        The criterion to evaluate on; None is every criterion that has scores.
    baseline
        The judge among `scores` that the others have to beat: the untuned one, or an earlier version. Each is compared
        with it, and what changed is said.
    reasons
        Judge -> item id -> why it is unscored, where that is known; otherwise ``"missing"``.
    items
        Everything the judges scored, where people rated a random sample of it: systems are then ranked on all of it
        (prediction-powered inference). None: on the rated items.
    where
        Name -> predicate of an item: each slices the items in two, ``"yes"`` and ``"no"``.
    learnt
        Judge -> what it learnt from (``judge.learnt``), beside what a column ``split`` of the scores says. Of a judge
        that is not named nothing is known: its figures are held out by its author's word.
    seen
        What becomes of items that a judge learnt from: ``"refuse"``; ``"exclude"``, so that every judge is evaluated on
        the others; ``"keep"``, and every figure is marked.
    options
        Every setting that changes a figure.

    Returns
    -------
    EvaluationResult

    Raises
    ------
    LeakFound
        If a judge learnt from some of the items, and `seen` is ``"refuse"``.
    UsageError
        If there is no such criterion, baseline, system or column, or no judge scored any rated item.

    Examples
    --------
    >>> from alia_judge.ratings.load import load_ratings
    >>> ratings = load_ratings(
    ...     [
    ...         {"item_id": f"i{n}", "annotator_id": who, "criterion": "helpful", "value": 1 + (n + (who == "b")) % 5}
    ...         for n in range(40)
    ...         for who in "ab"
    ...     ]
    ... )
    >>> judged = {"always right": {f"i{n}": n % 5 for n in range(40)}}
    >>> found = evaluate_scores(ratings, judged).judge("always right", "helpful")
    >>> found.n_items, found.coverage
    (40, 1.0)
    """
    expect_scores(source, scores)
    options = options or EvaluationOptions()
    options = replace(options, by=tuple(dict.fromkeys((*options.by, *(where or {})))))
    by_criterion = _by_criterion(source, scores, criterion)
    criteria, evidence, said = {}, {}, list[str]()
    fingerprint, split = "", None
    with undefined_is_said_in_the_result():
        for name, judged in by_criterion.items():
            (human,) = rated_items(source, criterion=name, exclude_systems=options.exclude_systems)
            held, left_out = settle(held_out(human, judged, scores, learnt or {}), seen)
            human = human.without(left_out)
            judged, coded, codes = without_codes(judged, human.scale, name)
            said += codes
            why = {judge: {**coded.get(judge, {}), **(reasons or {}).get(judge, {})} for judge in judged}
            given = {judge: human.scores(by_item) for judge, by_item in judged.items()}
            found = _criterion(human, judged, given, baseline, why, items, where, options)
            judges = {judge: replace(one, held_out=held[judge]) for judge, one in found.judges.items()}
            criteria[name] = replace(found, judges=judges)
            evidence[name] = Evidence(human=human, scores=given)
            fingerprint, split = human.fingerprint, human.split
    for one in said:
        warnings.warn(one, DegenerateDataWarning, stacklevel=2)
    decided = 0 if isinstance(source, Split) else sum(len(source.adjudicated.get(name, ())) for name in criteria)
    parts = [f"criteria:{'+'.join(criteria)}", *([f"adjudicated:{decided}"] if decided else []), options.signature]
    signature = "|".join(["evaluate", *parts, f"v:{__version__}"])
    return EvaluationResult(
        criteria=criteria,
        signature=signature,
        version=__version__,
        fingerprint=fingerprint,
        split=split,
        evidence=evidence,
    )


def _by_criterion(
    source: Ratings | Split, scores: Scores | Mapping[str, Mapping[str, float]], criterion: str | None
) -> dict[str, Mapping[str, Mapping[str, float]]]:
    rated = (source.criterion,) if isinstance(source, Split) else source.criteria
    if criterion is not None and criterion not in rated:
        raise UsageError(
            message(
                "there is no criterion {criterion!r}; there are: {rated}", criterion=criterion, rated=", ".join(rated)
            )
        )
    if isinstance(scores, Scores):
        wanted = rated if criterion is None else (criterion,)
        found = {name: scores.judges(name) for name in wanted if scores.judges(name)}
        if not found:
            raise UsageError(message("there is no score on {wanted}", wanted=", ".join(wanted)))
        return found
    if criterion is None and len(rated) > 1:
        raise UsageError(
            message("name the criterion that the scores are on; there are: {rated}", rated=", ".join(rated))
        )
    return {criterion or rated[0]: scores}


def _criterion(
    human: RatedItems,
    judged: Mapping[str, Mapping[str, float]],
    scores: Mapping[str, Floats],
    baseline: str | None,
    reasons: Mapping[str, Mapping[str, str]],
    items: Sequence[Item] | None,
    where: Mapping[str, Callable[[Item], bool]] | None,
    options: EvaluationOptions,
) -> CriterionEvaluation:
    if baseline is not None and baseline not in judged:
        raise UsageError(
            message(
                "the baseline {baseline!r} is not among the judges: {judged}",
                baseline=baseline,
                judged=", ".join(judged),
            )
        )
    known = {item.item_id for item in human.items} | human.left_out
    if all(np.isnan(values).all() for values in scores.values()):
        raise UsageError(
            message(
                "no judge scored any of the {n} items rated on {criterion!r}; the ratings have items "
                "like {item_id!r}, the scores like {example!r}",
                n=len(human),
                criterion=human.criterion,
                item_id=human.items[0].item_id,
                example=_example(judged),
            )
        )
    surface = SurfaceBaseline.learn(human.items, human.target, human.clusters, seed=options.seed)
    learned = {
        message("surface features alone"): surface.learned,
        message("word overlap alone"): lexical_baseline(human, options),
    }
    rivals: dict[str, Floats | Learned] = {name: prediction for name, prediction in learned.items() if prediction.known}

    def evaluated(judge: str) -> JudgeEvaluation:
        before = None if baseline in (None, judge) else scores[str(baseline)]
        name = message("the untuned judge") if str(baseline).startswith("untuned") else baseline or ""
        untuned: dict[str, Floats | Learned] = {} if before is None else {name: before}
        mine = human.with_columns(scores[judge], where)
        found = _judge(mine, scores[judge], surface, untuned | rivals, reasons.get(judge, {}), options)
        return replace(
            found,
            systems=system_pairs(human, judged[judge], options, items),
            drift=None if before is None else drift(human, before, scores[judge], name=baseline or ""),
        )

    # Judges are independent of one another, and numpy lets go of the interpreter while it computes.
    with ThreadPoolExecutor(max_workers=min(len(scores), os.cpu_count() or 1, _THREADS)) as pool:
        # What is set for this thread alone, such as who says what is undefined, holds in the others too.
        started = {judge: pool.submit(copy_context().run, evaluated, judge) for judge in scores}
        judges = {judge: one.result() for judge, one in started.items()}
    return CriterionEvaluation(
        scale=human.scale,
        n_items=len(human),
        n_annotators=human.ratings.n_raters,
        human=_human(human, options),
        judges=judges,
        unknown_items={
            judge: unknown[:_NAMED]
            for judge, by_item in judged.items()
            if (unknown := tuple(sorted(item for item in by_item if item not in known)))
        },
    )


def _judge(
    human: RatedItems,
    scores: Floats,
    surface: SurfaceBaseline,
    beside: Mapping[str, Floats | Learned],
    reasons: Mapping[str, str],
    options: EvaluationOptions,
) -> JudgeEvaluation:
    scored = ~np.isnan(scores)
    unscored = Counter(
        reasons.get(item.item_id, "missing") for item, has in zip(human.items, scored, strict=True) if not has
    )
    alt_test, alt_test_why = alternative_annotator_test(human, scores, options)
    return JudgeEvaluation(
        n_items=int(scored.sum()),
        n_asked=len(human),
        unscored=dict(unscored),
        correlation=correlations(human, scores, options),
        labels=label_figures(human, scores, options),
        alt_test=alt_test,
        alt_test_why=alt_test_why,
        share_of_ceiling=_share_of_ceiling(human, scores, options),
        surface=surface.figures(human, scores, options),
        error=errors(human, scores, options),
        agreement=_agreement(human, scores, options),
        comparisons=compare(human, scores, beside, options),
        slices=slices(human, scores, options),
        worst_slices=worst_slices(human, scores, options),
        within_system=within_system_correlations(human, scores, options),
        wider=wider_intervals(human, scores, options),
        unscored_contrasts=unscored_contrasts(human, scores, options),
        parity=parity(human, scores, options),
        profile=profile(human, scores, options),
    )


def _human(human: RatedItems, options: EvaluationOptions) -> dict[str, Estimate]:
    if human.scale.has_labels:
        return {name: _unordered(name) for name in ("leave_one_out", "ceiling")}
    return {
        "leave_one_out": leave_one_out(
            human.ratings, "spearman", identified=bool(human.annotators), **_resampling(human, options)
        ),
        "ceiling": attenuation(human.ratings, "spearman", n_splits=_splits(len(human)), **_resampling(human, options)),
    }


def _agreement(human: RatedItems, scores: Floats, options: EvaluationOptions) -> dict[str, Estimate]:
    """Alpha without and with the judge, on the items it scored; of labels as labels, of numbers by their distance."""
    scored = ~np.isnan(scores)
    if human.scale.ordered and not on_scale(human, scores):
        return {}
    level: Literal["nominal", "interval"] = "nominal" if human.scale.level == "nominal" else "interval"
    given = human.ratings
    kept, judged = scored[given.item], np.flatnonzero(scored)
    rater, item, value = given.rater[kept], given.item[kept], given.value[kept]
    people = SparseRatings(rater=rater, item=item, value=value, shape=given.shape)
    together = SparseRatings(
        rater=np.concatenate([rater, np.full(judged.size, given.n_raters)]),
        item=np.concatenate([item, judged]),
        value=np.concatenate([value, scores[judged]]),
        shape=(given.n_raters + 1, given.n_items),
    )
    settings = _resampling(human, options)
    return {
        "people": krippendorff_alpha(people, level, **settings),
        "with_judge": krippendorff_alpha(together, level, **settings),
    }


def _share_of_ceiling(human: RatedItems, scores: Floats, options: EvaluationOptions) -> Estimate:
    if human.scale.has_labels:
        return _unordered("share_of_ceiling")
    return share_of_ceiling(
        scores, human.ratings, "spearman", identified=bool(human.annotators), **_resampling(human, options)
    )


def _resampling(human: RatedItems, options: EvaluationOptions) -> dict[str, Any]:
    return {
        "interval": options.interval,
        "confidence": options.level,
        "n_resamples": options.n_resamples,
        "groups": human.resampled,
        "rng": options.seed,
    }


def _splits(n_items: int) -> int:
    # Random halves differ by how they fall on the items: with many items they hardly differ.
    return 50 if n_items <= 2000 else 10


def _unordered(statistic: str) -> Estimate:
    return Estimate.undefined(statistic, message("the criterion has labels and no grades"))


def _example(judged: Mapping[str, Mapping[str, float]]) -> str:
    return next((item for by_item in judged.values() for item in by_item), "")
