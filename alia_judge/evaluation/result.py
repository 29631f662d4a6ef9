"""`EvaluationResult`: what an evaluation found of each judge on each criterion."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from alia_judge._displayed import Displayed
from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UnknownNameError, UsageError
from alia_judge.evaluation.agreement.correlations import of_labels as _no_grades
from alia_judge.evaluation.agreement.labels import LabelFigures
from alia_judge.evaluation.agreement.profile import Profile
from alia_judge.evaluation.agreement.unscored import UnscoredContrast
from alia_judge.evaluation.comparisons.comparison import Comparison
from alia_judge.evaluation.comparisons.drift import Drift
from alia_judge.evaluation.ranking.system_pairs import SystemPairs
from alia_judge.evaluation.rated_items import RatedItems
from alia_judge.evaluation.slices.parity import Parity
from alia_judge.evaluation.slices.slices import Slice
from alia_judge.evaluation.slices.surprise import WorstSlice
from alia_judge.learnt.record import LearntFrom
from alia_judge.learnt.rule import HeldOut
from alia_judge.records import Scale
from alia_judge.stats.alternative_annotator import AltTestResult
from alia_judge.stats.estimate import Estimate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CriterionEvaluation", "EvaluationResult", "Evidence", "JudgeEvaluation"]


#: Level -> statistic -> estimate.
Correlations = Mapping[str, Mapping[str, Estimate]]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, eq=False)
class JudgeEvaluation(Record):
    """One judge on one criterion.

    Parameters
    ----------
    n_items
        Items that people rated and the judge scored: what the figures rest on.
    n_asked
        Items that people rated and that were not excluded: what the judge should have scored.
    unscored
        Why the others have no score: reason -> how many.
    correlation
        Level -> statistic -> estimate, against the consensus: ``"item"`` (every item), ``"within_group"`` (the mean
        over groups), ``"system"`` (over the systems' means).
    labels
        Where the criterion has labels and no grades: how well the judge's agree with people's, in place of
        `correlation`, which is undefined there.
    alt_test
        The alternative annotator test; None where annotators are not identified, with `alt_test_why`.
    share_of_ceiling
        Item-level Spearman as a share of what the ratings' own reliability lets a judge reach.
    surface
        ``"spearman"``: of surface features alone, cross-validated, on the judge's items; ``"partial_spearman"``: of
        the judge with the consensus, given them.
    error
        ``"mae"``, ``"bias"`` and ``"ece"`` on the ratings' scale; empty where the scores are not on it.
    agreement
        Krippendorff's alpha of the ``"people"``, and ``"with_judge"`` as one more of them; empty where the scores are
        not on their scale.
    comparisons
        Beside what the judge should be better.
    slices
        Column -> value -> the judge on these items; languages are always among the columns where there are several.
    usage
        What its verdicts consumed when they were paid for: ``verdicts``, ``prompt_tokens``, ``completion_tokens``,
        ``seconds`` a verdict on the mean and ``seconds_p95`` for 95 of 100, ``cost`` in US dollars (None where the
        model has no price); empty for scores that were read.
    worst_slices
        Slices on which it is shown to be further off than on the rest, found without being asked for.
    within_system
        Statistic -> the mean over systems of the correlation within each.
    systems
        Which systems can be told apart, and whether the judge orders those as people do; None without systems.
    wider
        Spearman over items with ``"crossed"``: other groups and other systems; ``"annotators"``: other groups and other
        people; over systems' means with ``"system_crossed"`` and ``"system_annotators"``; and the mean within systems
        with ``"within_system_crossed"``: other systems and other groups.
    unscored_contrasts
        What sets the unscored items apart from the scored ones.
    parity
        Agreement across languages, and the same response in several; None where there is one language.
    drift
        What changed from the judge it is compared with (the untuned one, or an earlier version); None without one.
    profile
        What `monitor` holds its later verdicts against; None where the scale has no order.
    held_out
        Whether it learnt from any of the items, as far as its record tells; None in what version 0.1.0 wrote.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> result = aj.evaluate_scores(ratings, {"the truth": truth}, criterion="tone")
    >>> found = result.judge("the truth")
    >>> found.n_items, found.coverage, sorted(found.correlation)
    (180, 1.0, ['item', 'system', 'within_group'])
    """

    also: ClassVar[tuple[str, ...]] = ("coverage", "claims")

    n_items: int
    n_asked: int
    unscored: Mapping[str, int]
    correlation: Correlations
    alt_test: AltTestResult | None
    alt_test_why: str | None
    share_of_ceiling: Estimate
    surface: Mapping[str, Estimate]
    error: Mapping[str, Estimate] = field(default_factory=dict)
    agreement: Mapping[str, Estimate] = field(default_factory=dict)
    comparisons: tuple[Comparison, ...] = ()
    slices: Mapping[str, Mapping[str, Slice]] = field(default_factory=dict)
    worst_slices: tuple[WorstSlice, ...] = ()
    usage: Mapping[str, float | None] = field(default_factory=dict)
    within_system: Mapping[str, Estimate] = field(default_factory=dict)
    systems: SystemPairs | None = None
    wider: Mapping[str, Estimate] = field(default_factory=dict)
    unscored_contrasts: tuple[UnscoredContrast, ...] = ()
    parity: Parity | None = None
    drift: Drift | None = None
    profile: Profile | None = None
    held_out: HeldOut | None = None
    labels: LabelFigures | None = None

    @property
    def headline(self) -> Estimate:
        """The figure that says it in one number: item-level Spearman, or kappa of labels."""
        return self.correlation["item"]["spearman"] if self.labels is None else self.labels.figures["kappa"]

    def called(self, name: str) -> str:
        """The judge's name as it stands beside its figures: marked where they rest on what it learnt from."""
        return (
            message("{name} (NOT held out)", name=name) if self.held_out is not None and self.held_out.marked else name
        )

    @property
    def coverage(self) -> float:
        """Share of the rated items that the judge scored."""
        return self.n_items / self.n_asked

    @property
    def claims(self) -> tuple[str, ...]:
        """What may be said of the judge, a sentence each."""
        claims = [*(comparison.claim for comparison in self.comparisons), self._one_more_annotator()]
        if self.parity is not None:
            claims += [claim for claim in (self.parity.claim, self.parity.translation_claim) if claim is not None]
        if self.held_out is not None and self.held_out.marked:
            learnt, n = len(self.held_out.learnt), self.held_out.n
            claims = [
                self.held_out.sentence,
                *(
                    message("{claim} (on {learnt} items of {n} that it learnt from)", claim=claim, learnt=learnt, n=n)
                    for claim in claims
                ),
            ]
        return tuple(claims)

    def _one_more_annotator(self) -> str:
        what = message("as good as one more annotator")
        yes, not_shown = message("yes"), message("not shown")
        if self.alt_test is not None and self.alt_test.annotators:
            return message(
                "{what}: {answer}, it wins against {rate:.0%} of the annotators with a bonus of {epsilon:g}",
                what=what,
                answer=yes if self.alt_test.passed else not_shown,
                rate=self.alt_test.winning_rate,
                epsilon=self.alt_test.epsilon,
            )
        share = self.share_of_ceiling
        if not share.defined:
            return message("{what}: cannot be said ({why})", what=what, why=share.why)
        # Without identified annotators the share of what one of them reaches has to do.
        return message(
            "{what}: {answer}, its share of what one reaches is {share}",
            what=what,
            answer=yes if share.low >= 1 else not_shown,
            share=share,
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON form: figures of labels stand in place of correlations, and why there is no test in place of its own."""
        written = super().to_dict()
        del written["labels" if self.labels is None else "correlation"]
        why = written.pop("alt_test_why")
        if self.alt_test is None:
            written["alt_test"] = {"winning_rate": None, "advantage_probability": None, "annotators": [], "why": why}
        return written

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        if data["n_asked"] and not math.isclose(data["coverage"], data["n_items"] / data["n_asked"], abs_tol=1e-9):
            raise UsageError(
                message(
                    "coverage {coverage!r} of {n_items} items of {n_asked}",
                    coverage=data["coverage"],
                    n_items=data["n_items"],
                    n_asked=data["n_asked"],
                )
            )
        given = {"correlation": _no_grades(), **data, "alt_test_why": data["alt_test"].get("why")}
        return super().from_dict(given | ({"alt_test": None} if "why" in data["alt_test"] else {}))


@dataclass(frozen=True, kw_only=True, eq=False)
class CriterionEvaluation(Record):
    """Every judge on one criterion.

    Parameters
    ----------
    scale
        What people rated on.
    n_items, n_annotators
        Rated items; annotators, or places in the items' lists where annotators are not identified.
    human
        What people themselves reach: ``"leave_one_out"``, one of them against the mean of the others;
        ``"ceiling"``, what a judge that knew the true scores would reach against this consensus.
    judges
        Judge -> what was found.
    unknown_items
        Judge -> scored items that nobody rated (left out of every figure), up to ten by name.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> result = aj.evaluate_scores(ratings, {"the truth": truth}, criterion="tone")
    >>> found = result.criteria["tone"]
    >>> found.n_items, found.n_annotators, sorted(found.human)
    (180, 7, ['ceiling', 'leave_one_out'])
    """

    scale: Scale
    n_items: int
    n_annotators: int
    human: Mapping[str, Estimate]
    judges: Mapping[str, JudgeEvaluation]
    unknown_items: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence(Displayed):
    """What the figures of one criterion were computed from; it stays in the process and is no part of the JSON.

    Parameters
    ----------
    human
        The items and what people said of them.
    scores
        Judge -> its scores, shape (n,), higher is better, NaN is unscored.
    written
        Judge -> item -> what it wrote with its score, where it was asked and not only read.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> result = aj.evaluate_scores(ratings, {"the truth": truth}, criterion="tone")
    >>> evidence = result.evidence["tone"]
    >>> evidence.human.target.shape, evidence.scores["the truth"].shape
    ((180,), (180,))
    """

    human: RatedItems
    scores: Mapping[str, NDArray[np.float64]]
    written: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class EvaluationResult(Record):
    """An evaluation.

    Parameters
    ----------
    criteria
        Criterion -> what was found.
    signature
        The settings that change the figures, one line.
    version
        The library's version that computed it.
    fingerprint
        Of the ratings or the benchmark it was computed on; empty where they have none.
    split
        Which part of a benchmark; None for ratings as a whole.
    subject
        The judge that the evaluation is about, where the others are there to compare; None if it is about all.
    evidence
        Criterion -> what its figures were computed from; empty in a result that was read from JSON.
    learnt
        What the subject learnt from, for whoever looks at it later; None where that is not known.
    judge_digest
        Of the subject as it was asked; None of scores, whose judge is not at hand.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> result = aj.evaluate_scores(ratings, {"the truth": truth}, criterion="tone")
    >>> found = result.judge("the truth", "tone")
    >>> found.n_items, found.correlation["item"]["spearman"].value > 0.5
    (180, True)
    """

    schema = "alia-judge/evaluate/1"
    left_out: ClassVar[frozenset[str]] = frozenset({"evidence"})
    unwritten: ClassVar[frozenset[str]] = frozenset({"judge_digest"})
    in_json: ClassVar[Mapping[str, str]] = {"learnt": "learnt_from"}

    criteria: Mapping[str, CriterionEvaluation]
    signature: str
    version: str
    fingerprint: str = ""
    split: str | None = None
    subject: str | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict, compare=False, repr=False)
    learnt: LearntFrom | None = field(default=None, compare=False, repr=False)
    judge_digest: str | None = None

    def to_frame(self) -> pd.DataFrame:
        """A row for each criterion, judge and figure: its level (``"item"``, ``"system"`` ...), value and interval."""
        import pandas as pd

        rows = []
        for criterion, found in self.criteria.items():
            for name, judge in found.judges.items():
                figures = {(level, one): at for level, every in judge.correlation.items() for one, at in every.items()}
                figures |= {("labels", one): at for one, at in (judge.labels.figures if judge.labels else {}).items()}
                figures["item", "share_of_ceiling"] = judge.share_of_ceiling
                rows += [
                    {"criterion": criterion, "judge": name, "level": level, "figure": figure, **at.columns(), "n": at.n}
                    for (level, figure), at in figures.items()
                    if at.defined
                ]
        return pd.DataFrame(rows)

    def marked(self) -> EvaluationResult:
        """The same with ``(NOT held out)`` in the name of each judge whose figures rest on what it learnt from.

        Whoever shows figures shows them under these names.
        """
        criteria, evidence = {}, dict(self.evidence)
        renamed: dict[str, str] = {}
        for criterion, found in self.criteria.items():
            names = {name: judge.called(name) for name, judge in found.judges.items()}
            renamed |= names
            criteria[criterion] = replace(
                found,
                judges={names[name]: judge for name, judge in found.judges.items()},
                unknown_items={names.get(name, name): items for name, items in found.unknown_items.items()},
            )
            if criterion in evidence:
                known = evidence[criterion]
                scores = {names.get(name, name): given for name, given in known.scores.items()}
                written = {names.get(name, name): given for name, given in known.written.items()}
                evidence[criterion] = replace(known, scores=scores, written=written)
        subject = None if self.subject is None else renamed.get(self.subject, self.subject)
        return replace(self, criteria=criteria, evidence=evidence, subject=subject)

    def published(self) -> EvaluationResult:
        """The evaluation as it goes with a published judge: without the ids of items, and without the judge's record.

        The record is a file of its own there.
        """
        criteria = {
            criterion: replace(found, judges={name: _unnamed(judge) for name, judge in found.judges.items()})
            for criterion, found in self.criteria.items()
        }
        return replace(self, criteria=criteria, learnt=None)

    def judge(self, judge: str | None = None, criterion: str | None = None) -> JudgeEvaluation:
        """The evaluation of one judge, by default the subject, on one criterion; the only one need not be named.

        Raises
        ------
        UnknownNameError
            If there is no such criterion or judge, or more than one to choose from.
        """
        of_criterion = _the_one(self.criteria, criterion, "criterion")
        return _the_one(of_criterion.judges, judge or self.subject, "judge")


def _unnamed(judge: JudgeEvaluation) -> JudgeEvaluation:
    return judge if judge.held_out is None else replace(judge, held_out=judge.held_out.without_names())


def _the_one(named: Mapping[str, T], name: str | None, kind: str) -> T:
    if name is None and len(named) == 1:
        return next(iter(named.values()))
    if name is None or name not in named:
        raise UnknownNameError(
            message("{kind} {name!r} is not among {named}", kind=kind, name=name, named=", ".join(named))
            if name
            else message("name one of: {named}", named=", ".join(named))
        )
    return named[name]
