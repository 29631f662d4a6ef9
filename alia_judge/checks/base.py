"""`Check`: the protocol of every data check, and `CheckData`, what it looks at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from alia_judge.checks.finding import CheckResult, Finding, Severity
from alia_judge.checks.others import Panel
from alia_judge.ratings.table import RatingMatrix, Ratings
from alia_judge.records import Item
from alia_judge.text.names import NameFinder

__all__ = ["Check", "CheckData", "finding", "not_applicable", "result"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CheckData:
    """Ratings as checks look at them: each matrix is made once for all checks.

    Parameters
    ----------
    ratings
        What people said.
    criteria
        The criteria looked at.
    level
        Familywise rate of false alarms that a statistical check allows itself over all it tests, in (0, 1).
    seed
        Of checks that draw at random.
    names
        Finds names of people and places; without it they are not looked for.
    """

    ratings: Ratings
    criteria: tuple[str, ...]
    level: float = 0.05
    seed: int = 0
    names: NameFinder | None = None
    _matrices: dict[str, RatingMatrix] = field(default_factory=dict, repr=False)
    _panels: dict[str, Panel] = field(default_factory=dict, repr=False)

    def matrix(self, criterion: str) -> RatingMatrix:
        """The criterion's ratings; rows are annotators where all are identified, else positions."""
        if criterion not in self._matrices:
            self._matrices[criterion] = self.ratings.matrix(criterion)
        return self._matrices[criterion]

    def panel(self, criterion: str) -> Panel:
        """The annotators of one of the `identified` criteria beside one another."""
        if criterion not in self._panels:
            self._panels[criterion] = Panel(criterion, self.matrix(criterion), self.ratings.scales[criterion])
        return self._panels[criterion]

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every item, by ascending id."""
        return self.ratings.items()

    @cached_property
    def texts(self) -> dict[str, tuple[str, ...]]:
        """Every different text, with the ids of the items that have it: an article of twenty summaries is read once."""
        found: dict[str, list[str]] = {}
        for item in self.items:
            for text in item.texts().values():
                if text.strip():
                    found.setdefault(text, []).append(item.item_id)
        return {text: tuple(ids) for text, ids in found.items()}

    @cached_property
    def identified(self) -> tuple[str, ...]:
        """The criteria whose annotators are all identified and at least two."""
        return tuple(name for name in self.criteria if len(self.matrix(name).annotators) >= 2)

    @cached_property
    def ordered(self) -> tuple[str, ...]:
        """The criteria whose values have an order."""
        return tuple(name for name in self.criteria if self.ratings.scales[name].ordered)

    def rng(self) -> np.random.Generator:
        """A fresh generator from the seed: the same for each check, whatever ran before it."""
        return np.random.default_rng(self.seed)


@runtime_checkable
class Check(Protocol):
    """Looks for one kind of fault.

    A third party registers its class under the entry point group ``alia_judge.checks``, with a code that does not
    begin with ``AJ``. Every check passes the conformance suite of ``tests/checks/test_conformance.py``.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    #: Whether it tests hypotheses, and so controls its false alarms over all it tests.
    statistical: ClassVar[bool]
    #: What it looks at and how, in sentences (the documentation).
    looks_at: ClassVar[str]
    #: What a finding means for a benchmark.
    meaning: ClassVar[str]
    #: What to do about it.
    remedy: ClassVar[str]

    def run(self, data: CheckData) -> CheckResult:
        """Look. Never raises on ratings that loaded: what cannot be looked at is not applicable."""
        ...


def finding(check: Check, message: str, **fields: Any) -> Finding:
    """A finding of `check`; `fields` as of `Finding`."""
    return Finding(
        **{
            "code": check.code,
            "name": check.name,
            "severity": check.severity,
            "message": message,
            "meaning": check.meaning,
            "remedy": check.remedy,
            **fields,
        }
    )


def result(check: Check, findings: Sequence[Finding] | Iterator[Finding], *, looked_at: str) -> CheckResult:
    """What `check` found, or that it found nothing."""
    found = tuple(findings)
    return CheckResult(
        code=check.code, name=check.name, status="found" if found else "clean", looked_at=looked_at, findings=found
    )


def not_applicable(check: Check, why: str) -> CheckResult:
    """The data lack what the check looks at."""
    return CheckResult(code=check.code, name=check.name, status="not applicable", why=why)
