"""Boxes that were ticked (``x``, ``✓``, or nothing) as answers: the one that was chosen, or a yes and a no each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.ratings.columns import listed
from alia_judge.ratings.roles.column import Column
from alia_judge.ratings.roles.names import person_name
from alia_judge.ratings.scales import is_missing
from alia_judge.ratings.tables import RawTable

__all__ = ["with_marks"]

#: What people put into a box, and what an empty one looks like.
_MARKS = frozenset(("x", "✓", "✔", "✔️", "☑", "☒", "✅", "✗", "✘", "●", "•", "*", "1"))
_EMPTY = frozenset(("☐", "□", "○"))
#: What annotation tools put between a question and one of its answers.
_ANSWER = ":::"
#: What parts the last word of a name from those before it.
_LAST = re.compile(r"[\s_.:\-\[(]+(?=[^\s_.:\-\[(]+$)")
#: Points from which a column beside the boxes holds the ratings, and the boxes say something else.
_RATINGS = 0.5


def with_marks(table: RawTable) -> RawTable:
    """The table with a column of what was chosen where each row has one mark, or else with 1 and 0 for its boxes.

    Examples
    --------
    >>> boxes = {"item": ["a", "b", "c"], "good": ["x", "", "x"], "bad": ["", "x", ""]}
    >>> with_marks(RawTable(columns=boxes, lines=None)).columns["choice"]
    ['good', 'bad', 'good']
    """
    table = _with_answers(table)
    boxes = [name for name, cells in table.columns.items() if _are_boxes(cells)]
    if not boxes or any(
        Column(name, cells).likeness > _RATINGS for name, cells in table.columns.items() if name not in boxes
    ):
        return table
    marked = {name: np.array([_is_marked(cell) for cell in table.columns[name]]) for name in boxes}
    shown = listed(map(repr, boxes), 4)
    rest = {name: cells for name, cells in table.columns.items() if name not in boxes}
    for group in ({"choice": dict(zip(boxes, boxes, strict=True))}, _by_stem(boxes)):
        if all(_one_each([marked[name] for name in group[stem]], group[stem]) for stem in group) and group:
            chosen = {stem: _chosen(marked, group[stem]) for stem in group}
            note = message("columns {shown}: the one with a mark in a row is what was chosen", shown=shown)
            return replace(table, columns={**rest, **chosen}, notes=[*table.notes, note])
    ticked = {name: [int(one) for one in cells] for name, cells in marked.items()}
    note = message("columns {shown}: a mark is read as 1, an empty cell as 0", shown=shown)
    return replace(table, columns={**table.columns, **ticked}, notes=[*table.notes, note])


def _with_answers(table: RawTable) -> RawTable:
    """The table with a column a question where tools write one for each answer (``question:::Yes``)."""
    asked: dict[str, dict[str, str]] = {}
    for name in table.columns:
        question, mark, answer = name.partition(_ANSWER)
        if mark:
            asked.setdefault(question, {})[name] = answer
    asked = {question: answers for question, answers in asked.items() if len(answers) > 1}
    chosen: dict[str, list[Any]] = {}
    for question, answers in asked.items():
        rows = zip(*(table.columns[name] for name in answers), strict=True)
        given = [
            [answer for cell, answer in zip(row, answers.values(), strict=True) if _is_marked(cell)] for row in rows
        ]
        if max(map(len, given), default=0) == 1:
            chosen[question] = [one[0] if one else None for one in given]
    if not chosen:
        return table
    kept = [row for row, answers in enumerate(zip(*chosen.values(), strict=True)) if any(answers)]
    used = {name for question in chosen for name in asked[question]}
    columns = {**{name: cells for name, cells in table.columns.items() if name not in used}, **chosen}
    left = sum(not is_missing(cell) for cells in columns.values() for cell in cells)
    columns = {name: [cells[row] for row in kept] for name, cells in columns.items()}
    left -= sum(not is_missing(cell) for cells in columns.values() for cell in cells)
    return table.from_rows(
        kept,
        columns,
        notes=[
            *table.notes,
            message("columns with {mark} in their names are answers to a question each", mark=_ANSWER),
        ],
        left_out={**table.left_out, **({"rows without an answer": left} if left else {})},
    )


def _by_stem(boxes: Sequence[str]) -> dict[str, dict[str, str]]:
    """The boxes of each question, and what each stands for (``tone_1`` ``tone_2``); nothing if names are not such."""
    found: dict[str, dict[str, str]] = {}
    for name in boxes:
        halves = _LAST.split(name, maxsplit=1)
        if len(halves) < 2 or not halves[0]:
            return {}
        found.setdefault(halves[0], {})[name] = halves[1].rstrip(" ])")
    return found


def _one_each(marked: Sequence[NDArray[np.bool_]], names: Iterable[str]) -> bool:
    people = all(person_name(name) >= 0.8 for name in names)
    return len(marked) > 1 and not people and bool((np.sum(marked, axis=0) == 1).all())


def _chosen(marked: Mapping[str, NDArray[np.bool_]], group: Mapping[str, str]) -> list[str]:
    said = list(group.values())
    return [said[place] for place in np.argmax([marked[name] for name in group], axis=0)]


def _are_boxes(cells: Sequence[Any]) -> bool:
    """Whether a column has one mark, or nothing, in each cell, and both."""
    few = {str(cell).strip().casefold().removesuffix(".0") for cell in cells[:50] if not is_missing(cell)} - _EMPTY
    if len(few) != 1 or not few <= _MARKS:
        return False
    given = {str(cell).strip().casefold().removesuffix(".0") for cell in cells if not is_missing(cell)} - _EMPTY
    return len(given) == 1 and any(not _is_marked(cell) for cell in cells)


def _is_marked(cell: Any) -> bool:
    return not is_missing(cell) and str(cell).strip() not in _EMPTY
