"""Which of several judges to take: the alt-test authors' procedure, and how sure its choice is."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.stats._duels import (
    Label,
    Score,
    duels,
    group_labels,
    human_labels,
    judge_labels,
    mean_over_annotators,
    missing,
    read_labels,
    score_name,
)
from alia_judge.stats._interval import IntervalMethod
from alia_judge.stats._totals import UnitResampling, estimate_over_items
from alia_judge.stats.alternative_annotator import AltTestResult, alt_test
from alia_judge.stats.estimate import Estimate

__all__ = ["AltTestComparison", "ComparedJudge", "compare_alt_tests"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ComparedJudge(Record):
    """One judge among several.

    Parameters
    ----------
    judge
        Its name.
    result
        Its alt-test on the items that every judge has labelled.
    behind
        Advantage probability of the first judge less this one's, on the same items; 0 for the first.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.integers(1, 6, size=100)
    >>> human = np.clip(truth + rng.integers(-1, 2, size=(3, 100)), 1, 5)
    >>> judges = {"always 3": np.full(100, 3), "the truth": truth}
    >>> second = compare_alt_tests(human, judges, score="neg_rmse").judges[1]
    >>> second.judge, round(float(second.behind), 2), second.result.winning_rate
    ('always 3', 0.44, 0.0)
    """

    judge: str
    result: AltTestResult
    behind: Estimate


@dataclass(frozen=True, kw_only=True, eq=False)
class AltTestComparison(Record):
    """Judges by their advantage probability, the highest first.

    Parameters
    ----------
    judges
        One row a judge.
    n_items
        Items that every judge and two annotators or more have labelled.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.integers(1, 6, size=100)
    >>> human = np.clip(truth + rng.integers(-1, 2, size=(3, 100)), 1, 5)
    >>> judges = {"always 3": np.full(100, 3), "the truth": truth}
    >>> found = compare_alt_tests(human, judges, score="neg_rmse")
    >>> [row.judge for row in found.judges], found.n_items
    (['the truth', 'always 3'], 100)
    """

    schema = "alia-judge/alt-test-comparison/1"

    judges: tuple[ComparedJudge, ...]
    n_items: int

    @property
    def best(self) -> ComparedJudge:
        """The judge to take. Whether it may replace annotators is for its winning rate to say."""
        return self.judges[0]


def compare_alt_tests(
    human: Mapping[Any, Mapping[Any, Label]] | ArrayLike,
    judges: Mapping[str, Mapping[Any, Label] | ArrayLike],
    *,
    score: Score = "accuracy",
    epsilon: float = 0.2,
    alpha: float = 0.05,
    min_items: int = 30,
    few_items: Literal["wilcoxon", "t", "skip"] = "wilcoxon",
    interval: IntervalMethod = "jackknife",
    confidence: float = 0.95,
    n_resamples: int = 1000,
    groups: ArrayLike | Mapping[Any, Hashable] | None = None,
    rng: int | np.random.Generator = 0,
) -> AltTestComparison:
    """Choose among judges by the average advantage probability, then test the one chosen by its winning rate.

    That is the authors' procedure: the winning rate depends on epsilon and moves in steps of one annotator, so it
    decides whether a judge passes, not which judge is better. Judges are compared on the items that all have labelled.

    Parameters
    ----------
    human
        As for `alt_test`.
    judges
        Each judge's labels by name, each as for `alt_test`; at least two.
    score, epsilon, alpha, min_items, few_items
        As for `alt_test`.
    interval, confidence, n_resamples, groups, rng
        As for `alt_test`; intervals of the differences, too, which are made on the same items and so are narrower
        than the judges' own intervals suggest.

    Returns
    -------
    AltTestComparison

    Raises
    ------
    UsageError
        If there are fewer than two judges or no item that all have labelled, or as `alt_test`.

    Notes
    -----
    The first judge is the best of those tried on these items, so its advantage probability flatters it; with many
    judges and few items, choose on one part of the items and test on another.

    References
    ----------
    Calderon, N., Reichart, R., & Dror, R. (2025). The alternative annotator test for LLM-as-a-judge. ACL 2025.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.integers(1, 6, size=100)
    >>> human = np.clip(truth + rng.integers(-1, 2, size=(3, 100)), 1, 5)
    >>> judges = {"random": rng.integers(1, 6, size=100), "good": truth}
    >>> found = compare_alt_tests(human, judges, score="neg_rmse")
    >>> found.best.judge, found.best.result.passed
    ('good', True)
    """
    if len(judges) < 2:
        raise UsageError(message("a comparison needs two judges or more, got {n}", n=len(judges)))
    by_annotator, n_columns = human_labels(human)
    labels = {name: judge_labels(judge, n_columns) for name, judge in judges.items()}
    shared = set.intersection(
        *({item for item, label in judge.items() if not missing(label)} for judge in labels.values())
    )
    labels = {name: {item: judge[item] for item in judge if item in shared} for name, judge in labels.items()}
    tables = {name: read_labels(by_annotator, judge) for name, judge in labels.items()}
    items = next(iter(tables.values())).items
    if not items:
        raise UsageError(message("no item is labelled by every judge and two annotators or more"))
    results = {
        name: alt_test(
            by_annotator,
            judge,
            score=score,
            epsilon=epsilon,
            alpha=alpha,
            min_items=min_items,
            few_items=few_items,
            interval=interval,
            confidence=confidence,
            n_resamples=n_resamples,
            groups=groups,
            rng=rng,
        )
        for name, judge in labels.items()
    }
    resampling = UnitResampling(
        interval=interval,
        confidence=confidence,
        n_resamples=n_resamples,
        groups=group_labels(groups, items),
        rng=rng,
    )
    fought = {name: duels(table, score) for name, table in tables.items()}
    order = sorted(results, key=lambda name: -results[name].advantage_probability)
    table, first = tables[order[0]], fought[order[0]]
    names = [row.annotator for row in results[order[0]].annotators]
    tested = [code for code, name in enumerate(table.annotators) if name in names]

    def behind(judge: str) -> Estimate:
        points = first.judge_wins.astype(np.float64) - fought[judge].judge_wins
        return estimate_over_items(
            "advantage_difference",
            mean_over_annotators(first, points, tested, len(items)),
            units=np.arange(len(items)),
            n_items=len(items),
            resampling=resampling,
            settings={"score": score_name(score)},
            why=message("no annotator could be tested"),
        )

    return AltTestComparison(
        judges=tuple(ComparedJudge(judge=name, result=results[name], behind=behind(name)) for name in order),
        n_items=len(items),
    )
