"""`EvaluationResult`: what an evaluation found of each judge on each criterion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from alia_judge.records import Scale
from alia_judge.stats.alt_test import AltTestResult
from alia_judge.stats.estimate import Estimate

__all__ = [
    "CORRELATIONS",
    "LEVELS",
    "Comparison",
    "CriterionEvaluation",
    "EvaluationResult",
    "JudgeEvaluation",
    "Slice",
]

#: What is correlated: every item, the items within each group, or the systems' means.
LEVELS = ("item", "within_group", "system")
#: Which correlations are reported at each level.
CORRELATIONS = ("spearman", "kendall", "pearson")

Correlations = Mapping[str, Mapping[str, Estimate]]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A judge beside something it should be better than, on the same items.

    Parameters
    ----------
    baseline
        What it is compared with (``"untuned judge"``, ``"surface features alone"``).
    statistic
        On which figure; `better` says which way is good.
    judge_value, baseline_value
        The figure of each, on the items that both have.
    difference
        Judge less baseline, with its paired interval.
    p_value
        Of no difference, two-sided, corrected over the judge's comparisons (Holm); NaN where undefined.
    alpha
        The level at which `shown` is decided.
    better
        ``"higher"`` or ``"lower"``.
    """

    baseline: str
    statistic: str
    judge_value: float
    baseline_value: float
    difference: Estimate
    p_value: float
    alpha: float = 0.05
    better: Literal["higher", "lower"] = "higher"

    @property
    def gain(self) -> float:
        """By how much the judge is better, whichever way is good; negative where it is worse."""
        return self.difference.value if self.better == "higher" else -self.difference.value

    @property
    def shown(self) -> bool:
        """Whether it may be claimed that the judge is better."""
        return self.p_value <= self.alpha and self.gain > 0

    @property
    def claim(self) -> str:
        """What may be said, in words."""
        what = f"better than {self.baseline}"
        if not self.difference.defined:
            return f"{what}: cannot be said ({self.difference.why or 'a figure is undefined'})"
        worse = self.p_value <= self.alpha and self.gain < 0
        sign = -1 if (self.better == "higher") == worse else 1
        low, high = sorted((sign * self.difference.low, sign * self.difference.high))
        figures = f"by {sign * self.difference.value:.2f} [{low:.2f}, {high:.2f}] in {self.statistic}"
        if worse:
            return f"{what}: no, it is worse, {figures}"
        return f"{what}: yes, {figures}" if self.shown else f"{what}: not shown, {figures}"

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "baseline": self.baseline,
            "statistic": self.statistic,
            "judge_value": self.judge_value,
            "baseline_value": self.baseline_value,
            "difference": self.difference.to_dict(),
            "p_value": self.p_value,
            "alpha": self.alpha,
            "better": self.better,
            "shown": self.shown,
            "claim": self.claim,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Comparison:
        """The inverse of `to_dict`."""
        return cls(
            baseline=data["baseline"],
            statistic=data["statistic"],
            judge_value=_number(data["judge_value"]),
            baseline_value=_number(data["baseline_value"]),
            difference=Estimate.from_dict(data["difference"]),
            p_value=_number(data["p_value"]),
            alpha=data["alpha"],
            better=data["better"],
        )


@dataclass(frozen=True, kw_only=True)
class Slice:
    """A judge on a part of the items.

    Parameters
    ----------
    n_items, n_asked
        Items of the part that the judge scored, and all of them.
    correlation
        Statistic -> estimate, over the part's items.
    difference
        Spearman on the part less Spearman on the rest, with its interval; undefined where a side is too small.
    p_value
        Of no difference, corrected for the false discovery rate over all slices of the judge; NaN where undefined.
    """

    n_items: int
    n_asked: int
    correlation: Mapping[str, Estimate]
    difference: Estimate
    p_value: float

    @property
    def coverage(self) -> float:
        """Share of the part's items that the judge scored."""
        return self.n_items / self.n_asked

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "n_items": self.n_items,
            "n_asked": self.n_asked,
            "coverage": self.coverage,
            "correlation": {"item": _estimates(self.correlation)},
            "difference": self.difference.to_dict(),
            "p_value": self.p_value,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Slice:
        """The inverse of `to_dict`."""
        return cls(
            n_items=data["n_items"],
            n_asked=data["n_asked"],
            correlation=_read(data["correlation"]["item"]),
            difference=Estimate.from_dict(data["difference"]),
            p_value=_number(data["p_value"]),
        )


@dataclass(frozen=True, kw_only=True)
class JudgeEvaluation:
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
        Level -> statistic -> estimate, against the consensus (see `LEVELS`).
    alt_test
        The alternative annotator test; None where annotators are not identified, with `alt_test_why`.
    share_of_ceiling
        Item-level Spearman as a share of what the ratings' own reliability lets a judge reach.
    surface
        ``"spearman"``: of surface features alone, cross-validated, on the judge's items; ``"partial_spearman"``: of
        the judge with the consensus, given them.
    error
        ``"mae"`` and ``"bias"`` on the ratings' scale; empty where the scores are not on it.
    comparisons
        Beside what the judge should be better.
    slices
        Column -> value -> the judge on these items.
    """

    n_items: int
    n_asked: int
    unscored: Mapping[str, int]
    correlation: Correlations
    alt_test: AltTestResult | None
    alt_test_why: str | None
    share_of_ceiling: Estimate
    surface: Mapping[str, Estimate]
    error: Mapping[str, Estimate] = field(default_factory=dict)
    comparisons: tuple[Comparison, ...] = ()
    slices: Mapping[str, Mapping[str, Slice]] = field(default_factory=dict)

    @property
    def coverage(self) -> float:
        """Share of the rated items that the judge scored."""
        return self.n_items / self.n_asked

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        alt_test = (
            {"winning_rate": None, "advantage_probability": None, "annotators": [], "why": self.alt_test_why}
            if self.alt_test is None
            else self.alt_test.to_dict()
        )
        return {
            "n_items": self.n_items,
            "n_asked": self.n_asked,
            "coverage": self.coverage,
            "unscored": dict(self.unscored),
            "correlation": {level: _estimates(estimates) for level, estimates in self.correlation.items()},
            "alt_test": alt_test,
            "share_of_ceiling": self.share_of_ceiling.to_dict(),
            "surface": _estimates(self.surface),
            "error": _estimates(self.error),
            "comparisons": [comparison.to_dict() for comparison in self.comparisons],
            "slices": {
                column: {value: part.to_dict() for value, part in parts.items()}
                for column, parts in self.slices.items()
            },
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> JudgeEvaluation:
        """The inverse of `to_dict`."""
        tested = "why" not in data["alt_test"]
        return cls(
            n_items=data["n_items"],
            n_asked=data["n_asked"],
            unscored=data["unscored"],
            correlation={level: _read(estimates) for level, estimates in data["correlation"].items()},
            alt_test=AltTestResult.from_dict(data["alt_test"]) if tested else None,
            alt_test_why=None if tested else data["alt_test"]["why"],
            share_of_ceiling=Estimate.from_dict(data["share_of_ceiling"]),
            surface=_read(data["surface"]),
            error=_read(data["error"]),
            comparisons=tuple(Comparison.from_dict(row) for row in data["comparisons"]),
            slices={
                column: {value: Slice.from_dict(part) for value, part in parts.items()}
                for column, parts in data["slices"].items()
            },
        )


@dataclass(frozen=True, kw_only=True)
class CriterionEvaluation:
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
    """

    scale: Scale
    n_items: int
    n_annotators: int
    human: Mapping[str, Estimate]
    judges: Mapping[str, JudgeEvaluation]
    unknown_items: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "scale": self.scale.to_dict(),
            "n_items": self.n_items,
            "n_annotators": self.n_annotators,
            "human": _estimates(self.human),
            "judges": {judge: found.to_dict() for judge, found in self.judges.items()},
            "unknown_items": {judge: list(items) for judge, items in self.unknown_items.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CriterionEvaluation:
        """The inverse of `to_dict`."""
        return cls(
            scale=Scale.from_dict(data["scale"]),
            n_items=data["n_items"],
            n_annotators=data["n_annotators"],
            human=_read(data["human"]),
            judges={judge: JudgeEvaluation.from_dict(found) for judge, found in data["judges"].items()},
            unknown_items={judge: tuple(items) for judge, items in data["unknown_items"].items()},
        )


@dataclass(frozen=True, kw_only=True)
class EvaluationResult:
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
    """

    schema = "alia-judge/evaluate/1"

    criteria: Mapping[str, CriterionEvaluation]
    signature: str
    version: str
    fingerprint: str = ""
    split: str | None = None
    subject: str | None = None

    def judge(self, judge: str | None = None, criterion: str | None = None) -> JudgeEvaluation:
        """The evaluation of one judge, by default the subject, on one criterion; the only one need not be named.

        Raises
        ------
        KeyError
            If there is no such criterion or judge, or more than one to choose from.
        """
        of_criterion = _the_one(self.criteria, criterion, "criterion")
        return _the_one(of_criterion.judges, judge or self.subject, "judge")

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "schema": self.schema,
            "version": self.version,
            "signature": self.signature,
            "fingerprint": self.fingerprint,
            "split": self.split,
            "subject": self.subject,
            "criteria": {criterion: found.to_dict() for criterion, found in self.criteria.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> EvaluationResult:
        """The inverse of `to_dict`.

        Raises
        ------
        ValueError
            If the schema is another one.
        """
        if data.get("schema") != cls.schema:
            raise ValueError(f"expected schema {cls.schema!r}, got {data.get('schema')!r}")
        return cls(
            criteria={name: CriterionEvaluation.from_dict(found) for name, found in data["criteria"].items()},
            signature=data["signature"],
            version=data["version"],
            fingerprint=data["fingerprint"],
            split=data["split"],
            subject=data["subject"],
        )


def _the_one(named: Mapping[str, T], name: str | None, kind: str) -> T:
    if name is None and len(named) == 1:
        return next(iter(named.values()))
    if name is None or name not in named:
        raise KeyError(
            f"{kind} {name!r} is not among {', '.join(named)}" if name else f"name one of: {', '.join(named)}"
        )
    return named[name]


def _estimates(estimates: Mapping[str, Estimate]) -> dict[str, Any]:
    return {name: estimate.to_dict() for name, estimate in estimates.items()}


def _read(estimates: Mapping[str, Any]) -> dict[str, Estimate]:
    return {name: Estimate.from_dict(estimate) for name, estimate in estimates.items()}


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
