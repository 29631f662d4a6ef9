"""`Candidate`: one way to read a table, with what speaks for it and against it, and every column's role in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from alia_judge.ratings.roles.evidence import Key
from alia_judge.ratings.roles.said import YOU_SAY

__all__ = ["SURE", "Candidate", "Layout", "Role"]

Layout = Literal["long", "criteria", "people", "both", "counts", "survey", "pairs"]
#: The lead of a reading that nothing comes near.
SURE = 9.0


@dataclass(frozen=True)
class Role:
    """What a column is in a reading, how well that fits (log-odds), and why."""

    role: str
    points: float
    why: str


@dataclass(kw_only=True)
class Candidate:
    """One way to read a table.

    Parameters
    ----------
    layout
        ``long``: a rating a row; ``criteria``: a column a criterion; ``people``: a column a person; ``both``: a column
        a criterion and person; ``counts``: a column a value, the cell how many chose it; ``survey``: a rater a row, a
        column an item; ``pairs``: a row says which of two is better.
    item, annotator, criterion
        Columns; the item may be several together, `ROW`, or ``()`` where columns are items.
    values
        Columns of ratings, or of counts.
    scheme
        What the name of a value column says, ``{column: (criterion, person, item or value)}``.
    parts
        Points of evidence, in log-odds, and what for.
    roles
        The role of each column.
    margin
        How far the choice of single columns as values or attributes is from the other way round.
    people
        The column that says who gave the ratings of a value column, where each has its own.
    sides
        Of pairs: the columns of the first and of the second side (texts, models, conversations).
    """

    layout: Layout
    item: Key
    annotator: int | None
    criterion: int | None
    values: list[int]
    scheme: Mapping[int, tuple[str | None, str]] = field(default_factory=dict)
    parts: list[tuple[float, str]] = field(default_factory=list)
    roles: dict[int, Role] = field(default_factory=dict)
    margin: float = SURE
    people: Mapping[int, int] = field(default_factory=dict)
    sides: tuple[tuple[int, int], ...] = ()

    def add(self, points: float, why: str) -> None:
        """Count some evidence."""
        if abs(points) > 1e-9:
            self.parts.append((float(points), why))

    def give(self, column: int, role: str, points: float, why: str) -> None:
        """Give a column its role."""
        self.roles[column] = Role(role, float(points), why)

    @property
    def score(self) -> float:
        """All evidence together, every column's fit to its role included."""
        return sum(points for points, _ in self.parts) + sum(role.points for role in self.roles.values())

    @property
    def sure(self) -> bool:
        """Whether the user said which columns hold the ratings."""
        return any(role.why == YOU_SAY for role in self.roles.values() if role.role.startswith("value"))

    @property
    def beside(self) -> bool:
        """Whether ratings stand side by side in a row."""
        return self.layout in ("people", "both", "counts", "survey")
