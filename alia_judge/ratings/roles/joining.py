"""Tables that say more of what another one names: texts on a sheet of their own, facts of the raters in a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from alia_judge._messages import message
from alia_judge.ratings.roles.column import Column
from alia_judge.ratings.roles.decision import RoleDecision
from alia_judge.ratings.roles.names import hint, tokens
from alia_judge.ratings.scales import is_missing
from alia_judge.ratings.tables import RawTable

__all__ = ["joined"]

#: Share of what the ratings name that the other table must know, and share of what it knows that they must name.
_KNOWN, _NAMED = 0.95, 0.5
#: Different names below which two columns have the same ones by chance.
_FEWEST = 3


def joined(main: RoleDecision, others: Sequence[RoleDecision]) -> tuple[RawTable, list[RoleDecision]] | None:
    """The table of the ratings with the columns of tables that have a row for each of its items or people.

    Parameters
    ----------
    main
        The table with the ratings.
    others
        Tables beside it; what reads as ratings itself is not joined.

    Returns
    -------
    tuple or None
        The table, and the others that say nothing of it; None where nothing was joined.
    """
    table, left = main.evidence.table, []
    for other in others:
        found = None if other.sure else _keys(main, other)
        if found is None:
            left.append(other)
            continue
        table = _with(table, found[0], other, found[1], beside=main.best is not None and main.best.beside)
    return None if len(left) == len(others) else (table, left)


def _keys(main: RoleDecision, other: RoleDecision) -> tuple[str, str] | None:
    """The column that names what the other table has a row for, and that table's column of the names."""
    best = main.best
    if best is None:
        return None
    found: list[tuple[float, str, str]] = []
    for key in other.evidence.columns:
        known = {_text(value) for value in key.values}
        if len(known) < max(_FEWEST, key.n) or key.fill < 1:  # not a row for each
            continue
        for place, column in enumerate(main.evidence.columns):
            if place in best.values or column.kind in ("empty", "const", "date") or column.k > 2 * len(known):
                continue
            named = {_text(value) for value in column.values}
            both = len(named & known)
            same = tokens(column.name) == tokens(key.name)
            called = same or column.kind != "num" or max(hint(column.name, "item"), hint(column.name, "annotator")) > 0
            if called and both >= max(_FEWEST, _KNOWN * len(named), _NAMED * len(known)):
                found.append((same + both / len(known), column.name, key.name))
    return max(found)[1:] if found else None


def _with(table: RawTable, own: str, other: RoleDecision, key: str, *, beside: bool) -> RawTable:
    """The table with the other's columns; of columns like ratings none, where ratings stand side by side."""
    title = other.evidence.table.title or message("another table")
    columns = other.evidence.table.columns
    row = {_text(value): place for place, value in enumerate(columns[key])}
    places = [row.get(_text(cell), -1) for cell in table.columns[own]]
    added, left = dict(table.columns), dict(table.left_out)
    for name, cells in columns.items():
        if name == key:
            continue
        if beside and _like_ratings(other.evidence.columns[other.evidence.place[name]]):
            left[f"{title}: {name}"] = sum(not is_missing(cell) for cell in cells)
            continue
        free = name if name not in added else f"{title} {name}"
        added[free] = [cells[place] if place >= 0 else None for place in places]
    note = message(
        "{title} says more of what column {own!r} names: its columns were read beside the ratings", title=title, own=own
    )
    return replace(table, columns=added, left_out=left, notes=[*table.notes, note])


def _like_ratings(column: Column) -> bool:
    return column.kind == "num" and column.value_like > 0


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
