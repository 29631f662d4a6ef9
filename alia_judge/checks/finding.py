"""`Finding`: one thing a check found; `CheckResult`: what became of one check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from alia_judge._messages import joined, message
from alia_judge._record import Record

__all__ = ["CheckResult", "Finding", "Severity", "Status"]

#: ``"error"``: figures made from these data would be wrong. ``"warning"``: they may mislead. ``"info"``: worth knowing.
Severity = Literal["error", "warning", "info"]
Status = Literal["found", "clean", "not applicable"]

#: Ids a finding lists; `count` says how many there are.
_LISTED = 50
#: Annotators that a location names, and characters of a name it shows (some data sets' ids are whole sentences).
_NAMED, _SHOWN = 8, 60


@dataclass(frozen=True, kw_only=True, eq=False)
class Finding(Record):
    """One thing that is wrong, or worth knowing, about the ratings.

    Parameters
    ----------
    code, name, severity
        The check's.
    message
        What was found, how often, in figures.
    meaning
        What it means for a benchmark made of these ratings.
    remedy
        What to do.
    criterion
        Where it was found; None where it concerns them all.
    annotators, items
        Whom and what it concerns; of the items, no more than the first fifty.
    count
        How many of them there are.
    score
        How strong it is, where the check measures that (a p-value, a correlation, a share); None elsewhere.
    """

    also: ClassVar[tuple[str, ...]] = ("location",)

    code: str
    name: str
    severity: Severity
    message: str
    meaning: str
    remedy: str
    criterion: str | None = None
    annotators: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    count: int = 1
    score: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", tuple(self.items[:_LISTED]))

    @property
    def location(self) -> str:
        """Where, in words: criterion, the first annotators and items."""
        return self.located(() if self.criterion is None else (self.criterion,))

    def located(self, criteria: Sequence[str]) -> str:
        """`location`, of a finding that is the same on several criteria."""
        parts = []
        if len(criteria) == 1:
            parts.append(message("criterion {criterion}", criterion=criteria[0]))
        elif criteria:
            parts.append(message("criteria {criteria}", criteria=", ".join(criteria)))
        if self.annotators:
            named = _named(self.annotators[:_NAMED], len(self.annotators) - _NAMED)
            several = len(self.annotators) > 1
            parts.append(
                message("annotators {named}", named=named) if several else message("annotator {named}", named=named)
            )
        if self.items:
            named = _named(self.items[:3], self.count - 3 if len(self.items) >= 3 else 0)
            parts.append(
                message("items {named}", named=named) if len(self.items) > 1 else message("item {named}", named=named)
            )
        return joined(parts, "; ")


@dataclass(frozen=True, kw_only=True, eq=False)
class CheckResult(Record):
    """What became of one check.

    Parameters
    ----------
    code, name
        The check's.
    status
        ``"not applicable"`` is a result: `why` says what the data lack, and the check is not counted as passed.
    looked_at
        What was looked at, with numbers (``"6 annotators"``).
    findings
        What was found, worst first.
    why
        Why the check is not applicable.
    """

    #: The audit lists them once.
    left_out: ClassVar[frozenset[str]] = frozenset({"findings"})
    also: ClassVar[tuple[str, ...]] = ("n_findings",)

    code: str
    name: str
    status: Status
    looked_at: str = ""
    findings: tuple[Finding, ...] = ()
    why: str | None = None

    @property
    def n_findings(self) -> int:
        """How many were found."""
        return len(self.findings)


def _named(names: Sequence[str], more: int) -> str:
    shown = ", ".join(map(_short, names))
    return message("{shown} and {n} more", shown=shown, n=more) if more > 0 else shown


def _short(name: str) -> str:
    return name if len(name) <= _SHOWN else f"{name[: _SHOWN - 1]}…"
