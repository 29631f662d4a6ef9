"""`audit_ratings`: how far people agree, what a judge can reach, who and what to trust."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import joined, message
from alia_judge._process_wide import undefined_is_said_in_the_result
from alia_judge._record import Record
from alia_judge._version import __version__
from alia_judge.benchmark.annotators import AnnotatorAudit, audit_annotators
from alia_judge.benchmark.audit_slices import SliceAudit, audit_slices
from alia_judge.benchmark.consensus import build_consensus
from alia_judge.benchmark.gate import Gate, GateRules, judge_gate
from alia_judge.benchmark.power import effective_items
from alia_judge.checks import CheckResult, Finding, run_checks
from alia_judge.errors import expect
from alia_judge.ratings.decisions import Decision
from alia_judge.ratings.table import RatingMatrix, Ratings
from alia_judge.records import Item, Scale
from alia_judge.stats._totals import UnitResampling
from alia_judge.stats.alpha import krippendorff_alpha
from alia_judge.stats.ceiling import leave_one_out, split_half
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.gwet import gwet_ac
from alia_judge.stats.label_agreement import one_against_the_others
from alia_judge.stats.sparse_ratings import SparseRatings
from alia_judge.text.names import NameFinder

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CriterionAudit", "RatingsAudit", "audit_ratings"]

#: Fewer groups than this give no cluster bootstrap worth its name; items are resampled instead.
_FEWEST_GROUPS = 5
#: Items ranked over all resamples of one correlation, and resamples that there are in any case.
_RANKED, _FEWEST_RESAMPLES = 4_000_000, 200
#: Random halvings of so many items in all: of tens of thousands a few say what fifty do.
#: Cells of people by items by labels that are looked at to compare people's labels.
_MOST_CELLS = 20_000_000
_HALVED, _FEWEST_SPLITS, _MOST_SPLITS = 100_000, 5, 50


@dataclass(frozen=True, kw_only=True, eq=False)
class CriterionAudit(Record):
    """What the ratings of one criterion are worth.

    Parameters
    ----------
    criterion, scale
        What was rated.
    n_items, n_annotators, n_ratings
        Counts. Where annotators are not identified, `n_annotators` is the most ratings that any item has.
    identified
        Whether every rating says who gave it.
    agreement
        ``krippendorff_alpha`` (at the scale's level), ``gwet_ac`` (AC1 of labels, AC2 of grades).
    ceiling
        ``spearman``: one person against the mean of the others, the human figure; of labels ``kappa``, one person
        against the label that most of the others gave; ``reliability``: of the consensus of
        the items rated twice or more; ``best``: what a judge without error could be expected to reach on those.
    annotators
        One entry for each identified annotator, worst first.
    annotators_why
        Why there is none.
    gate
        Whether it is fit to tune on.
    use
        How often each value was given: ``{value: count}``.
    slices
        The same by language, system and group, ``{"language": {"es": SliceAudit, ...}, ...}``, where there are several
        with five items rated twice.
    """

    left_out: ClassVar[frozenset[str]] = frozenset({"criterion"})
    unwritten: ClassVar[frozenset[str]] = frozenset({"annotators_why"})

    criterion: str
    scale: Scale
    n_items: int
    n_annotators: int
    n_ratings: int
    identified: bool
    agreement: Mapping[str, Estimate]
    ceiling: Mapping[str, Estimate]
    annotators: tuple[AnnotatorAudit, ...]
    gate: Gate
    use: Mapping[str, int]
    slices: Mapping[str, Mapping[str, SliceAudit]] = field(default_factory=dict)
    annotators_why: str | None = None

    @classmethod
    def from_dict(cls, criterion: str, data: Mapping[str, Any]) -> Self:  # type: ignore[override]  # the name is outside
        """The inverse of `to_dict`."""
        return super().from_dict({**data, "criterion": criterion})


@dataclass(frozen=True, kw_only=True, eq=False)
class RatingsAudit(Record):
    """The audit of a set of ratings.

    Parameters
    ----------
    criteria
        One audit a criterion.
    findings
        Everything the checks found, errors first.
    checks
        What became of each check.
    fingerprint
        Of the ratings.
    signature
        The settings that change the figures, on one line.
    notes
        What was guessed in reading the ratings.
    languages
        Items of each language, the most frequent first; those without one are not counted.
    language_doubt
        Share of the responses whose language could not be told, where it was detected; None where it was declared.
    decisions
        What people decided about the ratings, and was done before anything was computed.

    Examples
    --------
    >>> import alia_judge as aj
    >>> audit = aj.audit_ratings(aj.load_sample(), "tone", checks=False)
    >>> audit.criteria["tone"].n_items, audit.criteria["tone"].gate.passed
    (180, True)
    """

    schema = "alia-judge/validate/1"
    in_json: ClassVar[Mapping[str, str]] = {"languages": "languages.items", "language_doubt": "languages.doubt"}

    criteria: Mapping[str, CriterionAudit]
    findings: tuple[Finding, ...]
    checks: tuple[CheckResult, ...]
    fingerprint: str
    signature: str
    notes: tuple[str, ...] = ()
    languages: Mapping[str, int] = field(default_factory=dict)
    language_doubt: float | None = None
    decisions: tuple[Decision, ...] = ()
    version: str = __version__

    @property
    def summary(self) -> str:
        """Which criteria can carry tuning, and why or why not."""
        return joined(found.gate.reason for found in self.criteria.values())

    def to_frame(self) -> pd.DataFrame:
        """A row a criterion: counts, agreement, what one person and the best judge reach, if it can carry tuning."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "criterion": name,
                    "items": found.n_items,
                    "annotators": found.n_annotators,
                    "ratings": found.n_ratings,
                    **{what: at.value for what, at in (*found.agreement.items(), *found.ceiling.items())},
                    "tuning": found.gate.passed,
                }
                for name, found in self.criteria.items()
            ]
        )

    @property
    def passed(self) -> bool:
        """Whether every criterion is fit to tune on."""
        return all(audit.gate.passed for audit in self.criteria.values())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`: what ``alia-judge validate --json`` writes."""
        findings = data["findings"]
        checks = [
            {**check, "findings": [found for found in findings if found["code"] == check["code"]]}
            for check in data["checks"]
        ]
        criteria = {name: CriterionAudit.from_dict(name, found) for name, found in data["criteria"].items()}
        return super().from_dict({**data, "criteria": criteria, "checks": checks})


def audit_ratings(
    ratings: Ratings,
    criterion: str | None = None,
    *,
    checks: bool = True,
    rules: GateRules | None = None,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
    names: NameFinder | None = None,
) -> RatingsAudit:
    """Audit human ratings before anything is tuned on them.

    Parameters
    ----------
    ratings
        What people said.
    criterion
        The criterion to audit; all by default.
    checks
        Whether to run the data checks too.
    rules
        What a criterion must show to pass the gate.
    confidence, n_resamples
        Of the bootstrap intervals, over groups where items have them. Of rank correlations over more than 4,000 items
        there are fewer resamples (never fewer than 200) and halvings (never fewer than 5), in proportion: these
        intervals are narrow, and their ends known to a tenth of their width.
    seed
        Of everything drawn at random.
    names
        Finds names of people and places in the texts; without it they are not looked for.

    Returns
    -------
    RatingsAudit

    Raises
    ------
    UsageError
        If there is no such criterion.

    Examples
    --------
    >>> from alia_judge.ratings import load_ratings
    >>> ratings = load_ratings(
    ...     [
    ...         {"item": f"i{n:02d}", "rater": rater, "score": min(5, max(1, n % 5 + 1 + (n * k) % 3 - 1))}
    ...         for n in range(60)
    ...         for k, rater in enumerate(("ana", "jon", "eva"))
    ...     ]
    ... )
    >>> audit = audit_ratings(ratings)
    >>> print(audit.criteria["rating"].agreement["krippendorff_alpha"])
    0.753 [0.659, 0.811]
    >>> audit.criteria["rating"].gate.passed
    True
    """
    expect("ratings", ratings, Ratings, "load_ratings(...)")
    chosen = ratings.criteria if criterion is None else (ratings.require(criterion),)
    settings: dict[str, Any] = {"confidence": confidence, "n_resamples": n_resamples, "seed": seed}
    with undefined_is_said_in_the_result():
        audits = {name: _audit(ratings, name, rules=rules, **settings) for name in chosen}
    outcomes = run_checks(ratings, criteria=chosen, seed=seed, names=names) if checks else ()
    found = [finding for outcome in outcomes for finding in outcome.findings]
    order = ("error", "warning", "info")
    return RatingsAudit(
        criteria=audits,
        findings=tuple(sorted(found, key=lambda finding: (order.index(finding.severity), finding.code))),
        checks=outcomes,
        fingerprint=ratings.fingerprint,
        signature="|".join(
            [
                "validate",
                *(f"{setting}:{value}" for setting, value in settings.items()),
                f"ratings:{ratings.fingerprint[:12]}",
                f"version:{__version__}",
            ]
        ),
        notes=ratings.notes,
        languages=dict(Counter(item.language for item in ratings.items() if item.language).most_common()),
        language_doubt=ratings.language_doubt,
        decisions=ratings.decisions,
    )


def _audit(
    ratings: Ratings, name: str, *, rules: GateRules | None, confidence: float, n_resamples: int, seed: int
) -> CriterionAudit:
    scale = ratings.scales[name]
    matrix = ratings.matrix(name)
    items = ratings.items(matrix.item_ids)
    groups = _groups(items)
    bootstrap: dict[str, Any] = {
        "interval": "percentile",
        "confidence": confidence,
        "n_resamples": n_resamples,
        "groups": groups,
        "rng": seed,
    }
    given = matrix.ratings
    alpha = krippendorff_alpha(given, scale.level, **bootstrap)
    ranked = {**bootstrap, "n_resamples": _resamples(n_resamples, len(matrix.item_ids))}
    human = _human(matrix, scale, ranked)
    counts = given.size
    annotators, why = audit_annotators(matrix, scale, confidence=confidence)
    return CriterionAudit(
        criterion=name,
        scale=scale,
        n_items=len(matrix.item_ids),
        n_annotators=len(matrix.annotators) if matrix.identified else int(counts.max(initial=0)),
        n_ratings=int(counts.sum()),
        identified=matrix.identified,
        agreement={"krippendorff_alpha": alpha, "gwet_ac": _gwet(given, scale, bootstrap)},
        ceiling={"spearman": human, **_of_labels(matrix, scale, ranked), **_reliability(given, scale, ranked)},
        annotators=annotators,
        annotators_why=why,
        gate=judge_gate(
            name,
            scale,
            alpha,
            human,
            counts,
            effective_items=effective_items(build_consensus(given, scale).target, groups),
            rules=rules,
        ),
        use=_use(given.value, scale),
        slices=audit_slices(matrix, scale, items, ranked),
    )


def _resamples(wanted: int, n_items: int) -> int:
    return min(wanted, max(_RANKED // max(n_items, 1), _FEWEST_RESAMPLES))


def _human(matrix: RatingMatrix, scale: Scale, bootstrap: Mapping[str, Any]) -> Estimate:
    if not scale.ordered:
        return _unordered("leave_one_out")
    return leave_one_out(matrix.ratings, "spearman", identified=matrix.identified, **bootstrap)


def _of_labels(matrix: RatingMatrix, scale: Scale, bootstrap: Mapping[str, Any]) -> dict[str, Estimate]:
    """One person's kappa against the others, where there are labels; nothing where their table is too large for it."""
    n_cells = len(matrix.item_ids) * matrix.ratings.shape[0] * len(scale.points)
    if not scale.has_labels or n_cells > _MOST_CELLS:
        return {}
    resampling = UnitResampling(**bootstrap)
    found = one_against_the_others(matrix.values, scale.points, identified=matrix.identified, resampling=resampling)
    return {"kappa": found}


def _reliability(ratings: SparseRatings, scale: Scale, bootstrap: Mapping[str, Any]) -> dict[str, Estimate]:
    if not scale.ordered:
        return {"reliability": _unordered("split_half"), "best": _unordered("attenuation")}
    n_splits = min(_MOST_SPLITS, max(_HALVED // max(ratings.n_items, 1), _FEWEST_SPLITS))
    reliability = split_half(ratings, "spearman", n_splits=n_splits, **bootstrap)
    return {"reliability": reliability, "best": _root(reliability)}


def _root(reliability: Estimate) -> Estimate:
    """What `alia_judge.stats.ceiling.attenuation` gives, without drawing the halves again: a root keeps the order."""
    if not reliability.value >= 0:
        why = reliability.why or message("the reliability is negative")
        return replace(reliability, statistic="attenuation", value=math.nan, low=math.nan, high=math.nan, why=why)
    ends: dict[str, float] = {
        name: math.sqrt(max(getattr(reliability, name), 0.0)) for name in ("value", "low", "high")
    }
    return replace(reliability, statistic="attenuation", value=ends["value"], low=ends["low"], high=ends["high"])


def _unordered(statistic: str) -> Estimate:
    return Estimate.undefined(statistic, message("labels without an order have no rank correlation"))


def _gwet(ratings: SparseRatings, scale: Scale, bootstrap: Mapping[str, Any]) -> Estimate:
    if scale.kind == "continuous":
        return Estimate.undefined("gwet_ac", message("a continuous scale has no categories"))
    weights = "quadratic" if scale.ordered and scale.kind != "binary" else None
    return gwet_ac(ratings, weights, categories=scale.points, **bootstrap)  # type: ignore[arg-type]


def _groups(items: tuple[Item, ...]) -> NDArray[np.str_] | None:
    """The items' groups, where there are enough of them to resample."""
    named = [item.group for item in items]
    if all(group is None for group in named):
        return None
    labels = np.array(
        [group if group is not None else f"item:{item.item_id}" for group, item in zip(named, items, strict=True)]
    )
    return labels if len(np.unique(labels)) >= _FEWEST_GROUPS else None


def _use(values: NDArray[np.float64], scale: Scale) -> dict[str, int]:
    found, counts = np.unique(values, return_counts=True)
    if scale.kind == "continuous":
        counts, edges = np.histogram(values, bins=10, range=(scale.low, scale.high))
        return {f"{a:g} to {b:g}": int(count) for a, b, count in zip(edges, edges[1:], counts, strict=False)}
    given = dict(zip(found.tolist(), counts.tolist(), strict=True))
    return {scale.label(point): int(given.get(point, 0)) for point in scale.points}
