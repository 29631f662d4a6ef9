"""`Reader`: the protocol of every layout of ratings, and `RawRatings`, what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

from alia_judge.errors import Problem
from alia_judge.ratings.roles.account import ColumnRole
from alia_judge.ratings.source import Source
from alia_judge.records import Scale

__all__ = ["RATING_FIELDS", "RawRatings", "ReadOptions", "Reader"]

#: Columns of the ratings' side that readers fill; any others are carried along as extras.
RATING_FIELDS = ("item_id", "criterion", "annotator_id", "position", "value")


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """What the user said about the source.

    Parameters
    ----------
    columns
        Column of the source for each of the library's names, or names of value columns (see `load_ratings`).
    named_criterion
        The criterion of ratings that name none; None where the user did not say.
    """

    columns: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    named_criterion: str | None = None

    @property
    def criterion(self) -> str:
        """What to call the criterion of ratings that name none."""
        return self.named_criterion or "rating"


@dataclass(kw_only=True)
class RawRatings:
    """Ratings as a reader found them: untyped values, each with its place. `load_ratings` checks and types them.

    Parameters
    ----------
    ratings
        Columns, each a list of length n: `item_id`, `criterion`, `value`, where known `annotator_id` and `position`,
        and extras by any other name.
    lines
        Physical line of each rating, length n; None where the source has none.
    items
        Columns, each a list of length m: `item_id`, any of `Item`'s fields, extras. One item may come in several rows,
        which must agree.
    item_lines
        Physical line of each row of `items`, length m; None where the source has none.
    scales
        Scales that the source itself declares, by criterion.
    problems
        What could not be read.
    notes
        What was guessed, in sentences for the user.
    columns
        The source's column for each of the library's names, where the source has columns.
    value_field
        What errors call the value (a column's name).
    paths
        Where each rating stands in a JSON document, keys and indices from the root, length n; the line is looked up
        only if there is a fault to report. None where `lines` says it, or nothing can.
    item_paths
        The same for each row of `items`, length m.
    fields
        The column of each rating's value, length n, where there are several; errors name it.
    files, item_files
        The file of each rating, and of each row of `items`, where there are several.
    roles
        What each column, or key, was read as.
    left_out
        What of the source became no part of a rating or item, and how many cells that are.
    of_ratings
        Further columns that are said of a rating, also where all ratings of an item say the same.
    """

    ratings: dict[str, list[Any]] = field(default_factory=dict)
    lines: list[int] | None = None
    items: dict[str, list[Any]] = field(default_factory=dict)
    item_lines: list[int] | None = None
    scales: dict[str, Scale] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    value_field: str = "value"
    paths: list[tuple[str | int, ...]] | None = None
    item_paths: list[tuple[str | int, ...]] | None = None
    fields: list[str] | None = None
    files: list[str] | None = None
    item_files: list[str] | None = None
    roles: tuple[ColumnRole, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)
    of_ratings: tuple[str, ...] = ()

    def add(self, *, line: int | None = None, path: tuple[str | int, ...] | None = None, **fields: Any) -> None:
        """One rating, and where it stands: on a line, or at a path of a JSON document."""
        _append(self.ratings, fields)
        if path is not None:
            self.paths = [] if self.paths is None else self.paths
            self.paths.append(path)
        if line is not None:
            self.lines = [] if self.lines is None else self.lines
            self.lines.append(line)

    def join(self, other: RawRatings, *, file: str) -> None:
        """Add what was read of another file."""
        n, m = len(other.ratings.get("item_id", ())), len(other.items.get("item_id", ()))
        self.files = [*(self.files or ()), *[file] * n]
        self.item_files = [*(self.item_files or ()), *[file] * m]
        self.lines = [*(self.lines or ()), *(other.lines or range(1, n + 1))]
        self.item_lines = [*(self.item_lines or ()), *(other.item_lines or range(1, m + 1))]
        _extended(self.ratings, other.ratings)
        _extended(self.items, other.items)
        self.scales |= other.scales
        self.problems += other.problems
        self.notes += [note for note in other.notes if note not in self.notes]
        self.value_field = other.value_field
        self.of_ratings = tuple(dict.fromkeys((*self.of_ratings, *other.of_ratings)))
        for name, count in other.left_out.items():
            self.left_out[name] = self.left_out.get(name, 0) + count

    def add_item(self, further: Mapping[str, Any] | None = None, /, *, line: int | None = None, **fields: Any) -> None:
        """One row about an item: its fields, and `further` columns, which may be called anything."""
        _append(self.items, {**(further or {}), **fields})
        if line is not None:
            self.item_lines = [] if self.item_lines is None else self.item_lines
            self.item_lines.append(line)


def _extended(columns: dict[str, list[Any]], others: Mapping[str, list[Any]]) -> None:
    before = len(next(iter(columns.values()))) if columns else 0
    more = len(next(iter(others.values()))) if others else 0
    for name in dict.fromkeys([*columns, *others]):
        columns[name] = columns.get(name, [None] * before) + others.get(name, [None] * more)


def _append(columns: dict[str, list[Any]], fields: Mapping[str, Any]) -> None:
    rows = len(next(iter(columns.values()))) if columns else 0
    for name, value in fields.items():
        column = columns.get(name)
        if column is None:
            column = columns[name] = [None] * rows
        column.append(value)
    if len(fields) < len(columns):
        for column in columns.values():
            if len(column) == rows:
                column.append(None)


@runtime_checkable
class Reader(Protocol):
    """Reads one layout of ratings.

    A third party registers its class under the entry point group ``alia_judge.readers``; the entry point's name is
    what ``format=`` takes. Every reader passes the conformance suite of ``tests/ratings/test_readers.py``.
    """

    #: What ``format=`` takes.
    name: ClassVar[str]
    #: Readers are asked in this order, lowest first: the most particular layout before the most general.
    order: ClassVar[int]

    def sniff(self, source: Source) -> bool:
        """Whether `source` looks like this layout, from its first records alone. Never raises on foreign data."""
        ...

    def read(self, source: Source, options: ReadOptions) -> RawRatings:
        """Everything in `source`; what cannot be read goes to `problems`, never away."""
        ...
