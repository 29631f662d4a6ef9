"""Every cell accounted for: what each column was read as, and what was left out, in counts that add up to the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alia_judge._messages import message
from alia_judge.ratings.roles.candidate import Candidate
from alia_judge.ratings.roles.evidence import ColumnEvidence
from alia_judge.ratings.roles.explain import ATTRIBUTE_OF_ITEM
from alia_judge.ratings.saying import say_columns

__all__ = ["ColumnRole", "column_roles"]


@dataclass(frozen=True, kw_only=True)
class ColumnRole:
    """What a column (a key of a JSON document, a sheet) was read as.

    Parameters
    ----------
    column
        Its name in the source.
    read_as
        What it is: a field of the item or rating, ``rating``, ``left out``.
    why
        What that was told from.
    change
        What to say to have it read as something else; empty where nothing can be said.
    cells
        How many cells with something in them it has.
    """

    column: str
    read_as: str
    why: str
    change: str
    cells: int


def column_roles(evidence: ColumnEvidence, candidate: Candidate, fields: Mapping[str, str]) -> tuple[ColumnRole, ...]:
    """The role of each column in a reading.

    Parameters
    ----------
    evidence, candidate
        The table, and how it was read.
    fields
        The field of item or rating that columns became, by column, where they became one.
    """
    roles = []
    for place, column in enumerate(evidence.columns):
        if column.name.startswith("$row"):
            continue
        role = candidate.roles[place]
        field = fields.get(column.name)
        # A system that is no field of the items is one of their attributes.
        called = ATTRIBUTE_OF_ITEM if role.role in ("system", "group", "language", "item") else role.role
        shown = _shown(candidate, place, field or called)
        why = message("its values are times") if field in ("timestamp", "seconds") else role.why
        cells = int((column.codes >= 0).sum())
        roles.append(
            ColumnRole(
                column=column.name, read_as=shown, why=why, change=_change(column.name, shown, cells), cells=cells
            )
        )
    return tuple(roles)


def _shown(candidate: Candidate, place: int, role: str) -> str:
    if place not in candidate.values:
        return role
    criterion, other = candidate.scheme.get(place, (None, ""))
    if place in candidate.people:
        return message("ratings on {criterion}", criterion=criterion) if criterion else message("ratings")
    if candidate.layout == "people":
        return message("ratings by {other}", other=other)
    if candidate.layout == "both":
        return message("ratings by {other} on {criterion}", other=other, criterion=criterion)
    if candidate.layout == "survey":
        if criterion:
            return message("ratings of {other} on {criterion}", other=other, criterion=criterion)
        return message("ratings of {other}", other=other)
    if candidate.layout == "counts":
        return message("votes for {other}", other=other)
    return message("rating")


def _change(name: str, read_as: str, cells: int) -> str:
    if not cells:
        return ""
    if read_as.startswith(("rating", "votes")):
        return say_columns({"ignore": name})
    if read_as in ("annotator", "item", "item_id", "annotator_id", "criterion"):
        return say_columns({"item_id" if read_as.startswith("item") else "annotator_id": "OTHER"})
    return say_columns({"value": name})
