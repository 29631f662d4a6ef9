"""The alternative annotator test: may a judge replace a human annotator? (Calderon, Reichart and Dror, ACL 2025)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.stats._duels import (
    Duels,
    Label,
    Score,
    duels,
    group_labels,
    mean_over_annotators,
    read_labels,
    score_name,
)
from alia_judge.stats._interval import IntervalMethod
from alia_judge.stats._totals import UnitResampling, estimate_over_items
from alia_judge.stats._validate import check_at_least, check_choice, check_fraction
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.multiple import benjamini_yekutieli

__all__ = ["AltTestAnnotator", "AltTestResult", "alt_test"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class AltTestAnnotator(Record):
    """One annotator held against the judge.

    Parameters
    ----------
    annotator
        Who, as the data call them.
    n_items
        Items that this annotator, at least one other and the judge have labelled.
    judge_advantage
        Share of them on which the judge represents the others as well as this annotator or better
        (the paper's :math:`\\rho^f_j`).
    annotator_advantage
        Share on which the annotator does as well as the judge or better (:math:`\\rho^h_j`). Ties count in both.
    p_value
        Of the null hypothesis that the annotator's advantage exceeds the judge's by epsilon or more.
    rejected
        Whether it is rejected at the false discovery rate alpha: the judge wins.
    test
        ``"t"``, or ``"wilcoxon"`` where the items are few.

    Examples
    --------
    >>> from alia_judge.stats import alt_test
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.integers(1, 6, size=100)
    >>> human = np.clip(truth + rng.integers(-1, 2, size=(3, 100)), 1, 5)
    >>> first = alt_test(human, truth, score="neg_rmse").annotators[0]
    >>> first.n_items, first.judge_advantage > first.annotator_advantage, first.rejected
    (100, True, True)
    """

    #: Elsewhere in an evaluation's JSON, ``n_items`` are those that the judge scored; version 0.1.0 wrote it here, too.
    in_json: ClassVar[Mapping[str, str]] = {"n_items": "n"}

    annotator: str
    n_items: int
    judge_advantage: float
    annotator_advantage: float
    p_value: float
    rejected: bool
    test: Literal["t", "wilcoxon"]


@dataclass(frozen=True, kw_only=True, eq=False)
class AltTestResult(Record):
    """What `alt_test` found. ``float(result)`` is the winning rate.

    Parameters
    ----------
    winning_rate
        Share of annotators the judge wins against (:math:`\\omega`); NaN if none could be tested.
    advantage
        The average advantage probability (:math:`\\rho`, the mean of `judge_advantage`), with its interval where one
        was asked for: what the authors compare judges by, as it does not depend on epsilon.
    annotators
        One row an annotator, in the order of the data.
    skipped
        Annotators with too few items to be tested.
    n_items
        Items that entered: labelled by the judge and by two annotators or more.
    epsilon, alpha, min_items, score
        The settings.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.integers(1, 6, size=100)
    >>> human = np.clip(truth + rng.integers(-1, 2, size=(3, 100)), 1, 5)
    >>> result = alt_test(human, truth, score="neg_rmse")
    >>> float(result), len(result.annotators), result.passed
    (1.0, 3, True)
    """

    schema = "alia-judge/alt-test/1"
    also: ClassVar[tuple[str, ...]] = ("advantage_probability", "passed", "signature")

    winning_rate: float
    advantage: Estimate
    annotators: tuple[AltTestAnnotator, ...]
    skipped: tuple[str, ...]
    n_items: int
    epsilon: float
    alpha: float
    min_items: int
    score: str

    def __float__(self) -> float:
        return self.winning_rate

    @property
    def advantage_probability(self) -> float:
        """The average advantage probability, as a number."""
        return self.advantage.value

    @property
    def passed(self) -> bool:
        """Whether the judge wins against half of the annotators or more: the authors' criterion."""
        return self.winning_rate >= 0.5

    @property
    def signature(self) -> str:
        """One line that names every setting that changes the figures."""
        return (
            f"alt_test|n:{self.n_items}|annotators:{len(self.annotators)}|score:{self.score}"
            f"|epsilon:{self.epsilon:g}|alpha:{self.alpha:g}|min_items:{self.min_items}"
        )

    def __str__(self) -> str:
        verdict = "passed" if self.passed else "not passed"
        return f"winning rate {self.winning_rate:.2f} ({verdict}), advantage probability {self.advantage}"


def alt_test(
    human: Mapping[Any, Mapping[Any, Label]] | ArrayLike,
    judge: Mapping[Any, Label] | ArrayLike,
    *,
    score: Score = "accuracy",
    epsilon: float = 0.2,
    alpha: float = 0.05,
    min_items: int = 30,
    few_items: Literal["wilcoxon", "t", "skip"] = "wilcoxon",
    interval: IntervalMethod | None = None,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    groups: ArrayLike | Mapping[Any, Hashable] | None = None,
    rng: int | np.random.Generator = 0,
) -> AltTestResult:
    r"""Test whether a judge may replace the human annotators.

    Each annotator is left out in turn. On each item, whoever scores at least as high against the remaining annotators,
    the judge or the one left out, gets a point (both, in a tie). The annotator loses to the judge if the mean
    difference of points, annotator less judge, is significantly below `epsilon`: the bonus that the judge has for being
    cheaper. The winning rate is the share of annotators that lose; the judge passes with one half or more.

    Parameters
    ----------
    human
        Labels as ``{annotator: {item: label}}``, or numbers of shape (n_raters, n_items) with NaN for missing. Labels
        are anything hashable for ``"accuracy"``, numbers for ``"neg_rmse"``. None and NaN are missing.
    judge
        The judge's labels as ``{item: label}``, or numbers of shape (n_items,). Items that it has not labelled are left
        out, as are items with fewer than two annotators: report the judge's coverage beside the result.
    score
        How well a label represents the remaining annotators' labels of an item: ``"accuracy"``, the share equal to it;
        ``"neg_rmse"``, minus the root mean squared difference; or ``callable(label, other_labels) -> float``.
    epsilon
        Between 0 and 1. The authors advise 0.2 for experts, 0.15 for skilled annotators, 0.1 for crowd workers.
    alpha
        False discovery rate of the Benjamini-Yekutieli procedure over annotators, in (0, 1).
    min_items
        Least number of items on which an annotator is tested by the t-test.
    few_items
        What becomes of an annotator with fewer: ``"wilcoxon"``, the signed-rank test that the paper names for that
        case; ``"t"``, the t-test all the same; ``"skip"``, left out of the test, which is what the authors' published
        code does. See Notes.
    interval, confidence, n_resamples, groups, rng
        For an interval around the advantage probability: its method, ``"jackknife"`` (the one to use; see
        `krippendorff_alpha`) or a bootstrap, ``"percentile"``, ``"bca"`` or ``"t"``; its coverage; the number of
        resamples; the cluster of each item (shape (n_items,), or ``{item: cluster}``); a seed or Generator.

    Returns
    -------
    AltTestResult

    Raises
    ------
    UsageError
        If the shapes do not fit, a label is no number where one is needed, or an option is off its range.

    Notes
    -----
    The signed-rank test is about the centre of symmetry of the differences, not their mean, and the differences take
    three values (-1, 0, 1). Where the mean is exactly epsilon = 0.2 and the null hypothesis so true, it rejected at the
    5 % level in 9 to 44 % of simulated samples of 15 and 25 items, the more the more ties; the t-test in 4 to 18 %.
    A judge that passes on fewer than 30 items an annotator has not shown much.

    References
    ----------
    Calderon, N., Reichart, R., & Dror, R. (2025). The alternative annotator test for LLM-as-a-judge: how to
    statistically justify replacing human annotators with LLMs. ACL 2025.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.integers(1, 6, size=100)
    >>> human = np.clip(truth + rng.integers(-1, 2, size=(3, 100)), 1, 5)
    >>> result = alt_test(human, truth, score="neg_rmse")
    >>> result.winning_rate, result.passed
    (1.0, True)
    """
    if not 0 <= epsilon <= 1:
        raise UsageError(message("epsilon must lie between 0 and 1, got {epsilon!r}", epsilon=epsilon))
    check_fraction("alpha", alpha)
    check_at_least("min_items", min_items, 2)
    check_choice("few_items", few_items, ("wilcoxon", "t", "skip"))
    if not callable(score):
        check_choice("score", score, ("accuracy", "neg_rmse"))
    table = read_labels(human, judge)
    resampling = UnitResampling(
        interval=interval,
        confidence=confidence,
        n_resamples=n_resamples,
        groups=group_labels(groups, table.items),
        rng=rng,
    )
    fought = duels(table, score)
    rows, skipped = [], []
    for code, name in enumerate(table.annotators):
        mine = fought.annotator == code
        n = int(np.count_nonzero(mine))
        if n == 0 or (n < min_items and few_items == "skip"):
            skipped.append(name)
            continue
        rows.append((name, code, fought.human_wins[mine], fought.judge_wins[mine]))
    tests: list[Literal["t", "wilcoxon"]] = [
        "wilcoxon" if few_items == "wilcoxon" and row[2].size < min_items else "t" for row in rows
    ]
    p_values = [
        _p_value(h.astype(float) - f.astype(float), epsilon, test)
        for (_, _, h, f), test in zip(rows, tests, strict=True)
    ]
    rejected = [adjusted <= alpha for adjusted in benjamini_yekutieli(p_values)] if rows else []
    annotators = tuple(
        AltTestAnnotator(
            annotator=name,
            n_items=int(h.size),
            judge_advantage=float(f.mean()),
            annotator_advantage=float(h.mean()),
            p_value=p,
            rejected=bool(reject),
            test=test,
        )
        for (name, _, h, f), p, reject, test in zip(rows, p_values, rejected, tests, strict=True)
    )
    return AltTestResult(
        winning_rate=float(np.mean(rejected)) if rejected else float("nan"),
        advantage=_advantage(fought, [code for _, code, _, _ in rows], len(table.items), resampling, score_name(score)),
        annotators=annotators,
        skipped=tuple(skipped),
        n_items=int(np.unique(fought.item).size),
        epsilon=float(epsilon),
        alpha=float(alpha),
        min_items=int(min_items),
        score=score_name(score),
    )


def _p_value(difference: Floats, epsilon: float, test: Literal["t", "wilcoxon"]) -> float:
    """Of the null hypothesis that the mean of annotator less judge is epsilon or more (the paper's eq. 1)."""
    if test == "wilcoxon":
        from scipy import stats  # three times as slow to import as all else here, and few call for it

        p = float(stats.wilcoxon(difference - epsilon, alternative="less").pvalue)
        return 1.0 if np.isnan(p) else p  # every difference is epsilon itself
    if difference.size < 2:  # no spread to judge the mean by
        return 1.0
    excess, spread = float(difference.mean()) - epsilon, float(difference.std(ddof=1))
    if spread == 0:  # the limit of t as the spread vanishes
        return 0.0 if excess < 0 else 1.0
    return float(special.stdtr(difference.size - 1, excess / (spread / np.sqrt(difference.size))))


def _advantage(fought: Duels, tested: Sequence[int], n_items: int, resampling: UnitResampling, score: str) -> Estimate:
    """Mean over annotators of the share of their items on which the judge does as well or better."""
    return estimate_over_items(
        "advantage_probability",
        mean_over_annotators(fought, fought.judge_wins, tested, n_items),
        units=np.arange(n_items),
        n_items=n_items,
        resampling=resampling,
        settings={"score": score},
        bounds=(0.0, 1.0),
        why=message("no annotator shares an item with another annotator and the judge"),
    )
