"""`explain_reading`: every way that was weighed to read a file, with what spoke for it and against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alia_judge._messages import message
from alia_judge.ratings.opening import open_source
from alia_judge.ratings.readers.table import decisions
from alia_judge.ratings.roles.candidate import Candidate
from alia_judge.ratings.roles.evidence import ROW, ColumnEvidence

__all__ = ["Explained", "explain_reading"]


@dataclass(frozen=True, kw_only=True)
class Explained:
    """One way to read a table.

    Parameters
    ----------
    description
        Layout, item, annotator, criterion and values, in words.
    score
        All evidence together, in log-odds; the best must lead by a margin, else the user is asked.
    evidence
        Points and what for, those of each column's role last.
    """

    description: str
    score: float
    evidence: tuple[tuple[float, str], ...]


def explain_reading(
    source: Any, *, columns: Mapping[str, str | tuple[str, ...]] | None = None, encoding: str | None = None
) -> list[Explained]:
    """Every reading of a table that was weighed, best first.

    Parameters
    ----------
    source, columns, encoding
        As `load_ratings` takes them.

    Raises
    ------
    DataError
        If the source cannot be read.
    UsageError
        If a named column is not there.

    Examples
    --------
    >>> rows = [{"item": f"i{n}", "rater": who, "score": 1 + n % 5} for n in range(6) for who in ("ana", "jon")]
    >>> explain_reading(rows)[0].description
    'long: item `item`, annotator `rater`, values `score`'
    """
    opened = open_source(source, encoding=encoding)
    found = decisions(opened, dict(columns or {}))
    return [_explained(decision.evidence, candidate) for decision in found for candidate in decision.readings]


def _explained(evidence: ColumnEvidence, candidate: Candidate) -> Explained:
    roles = [
        (
            role.points,
            message("`{name}`: {role} ({why})", name=evidence.columns[place].name, role=role.role, why=role.why),
        )
        for place, role in candidate.roles.items()
    ]
    return Explained(
        description=_described(evidence, candidate),
        score=round(candidate.score, 2),
        evidence=(*candidate.parts, *roles),
    )


def _described(evidence: ColumnEvidence, candidate: Candidate) -> str:
    def named(places: Sequence[int]) -> str:
        return ", ".join(f"`{evidence.columns[place].name}`" for place in places)

    item = (
        message("a column")
        if candidate.layout == "survey"
        else message("a row")
        if candidate.item in (ROW, ())
        else named(candidate.item)
    )
    people = candidate.layout in ("people", "both")
    who: str = message("a column") if people else message("nobody")
    if not people and candidate.annotator is not None:
        who = named([candidate.annotator])
    criterion = "" if candidate.criterion is None else message(", criterion {name}", name=named([candidate.criterion]))
    shown = candidate.values[:6]
    more = message(" and {n} more", n=len(candidate.values) - 6) if len(candidate.values) > 6 else ""
    return message(
        "{layout}: item {item}, annotator {who}{criterion}, values {shown}{more}",
        layout=candidate.layout,
        item=item,
        who=who,
        criterion=criterion,
        shown=named(shown),
        more=more,
    )
