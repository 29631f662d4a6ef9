"""Label Studio's JSON export: tasks with their annotations' results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import combinations
from typing import Any, ClassVar

from alia_judge._messages import message
from alia_judge.errors import Problem
from alia_judge.ratings.columns import ITEM_FIELDS, guess_columns
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.readers.label_studio_columns import columns_of
from alia_judge.ratings.roles.pairs import differ_in_side, preference
from alia_judge.ratings.source import Source
from alia_judge.records import Scale

__all__ = ["READERS", "LabelStudioFlatReader", "LabelStudioReader"]

#: Where a result's value is, by its type; a type not listed (a region, a transcription) is no rating.
_VALUES = {"rating": "rating", "choices": "choices", "number": "number", "pairwise": "selected"}
_SIDES = {"left": -1.0, "right": 1.0, "none": 0.0, "tie": 0.0}


class LabelStudioReader:
    """Tasks with ``data`` and ``annotations``; the control's name is the criterion, who completed it the annotator.

    Ratings, single choices, numbers and pairwise preferences are read. Cancelled annotations do not count, predictions
    are a model's and do not either.
    """

    name: ClassVar[str] = "label-studio"
    order: ClassVar[int] = 50

    def sniff(self, source: Source) -> bool:
        """Data, and a list of annotations (completions, before version 1) with results."""
        peeked = source.peek()
        if not peeked or not isinstance(peeked[0].get("data"), Mapping):
            return False
        given = peeked[0].get("annotations", peeked[0].get("completions"))
        return isinstance(given, list)

    def read(self, source: Source, options: ReadOptions) -> RawRatings:  # noqa: ARG002 - the protocol's signature
        """Every result of every annotation that was completed."""
        raw = RawRatings(value_field="result")
        for row, (line, task) in enumerate(source.records(), start=1):
            place = line if line is not None else row
            if isinstance(task, Problem):
                raw.problems.append(task)
                continue
            data = task.get("data") if isinstance(task, Mapping) else None
            # The item's own id, where the task was made from one; else the task's.
            item_id = data.get("item_id", task.get("id")) if isinstance(data, Mapping) else None
            if not isinstance(data, Mapping) or item_id is None:
                raw.problems.append(_problem(source, place, "data", message("a task without id or data")))
                continue
            chosen = {name: column for name, column in guess_columns(data).items() if name in ITEM_FIELDS}
            known = {name: data[column] for name, column in chosen.items()}
            further = {name: value for name, value in data.items() if name not in chosen.values() and name not in known}
            raw.add_item({**further, **known}, line=place, item_id=item_id)
            for annotation in task.get("annotations", task.get("completions")) or []:
                _read_annotation(raw, source, place, item_id, annotation)
        return _with_preferences(raw)


class LabelStudioFlatReader:
    """Label Studio's JSON_MIN, CSV and TSV: a row an annotation, its controls and the task's data as columns.

    The tool writes a record as the task's data, ``id``, the controls, ``annotator``: where that order is kept it tells
    which are which. Elsewhere the values do (see `columns_of`); where they cannot, the user is asked. A cell of JSON
    (``[{"rating": 4}]``) is the value in it.
    """

    name: ClassVar[str] = "label-studio-flat"
    order: ClassVar[int] = 51

    def sniff(self, source: Source) -> bool:
        """The columns that the export adds, all of them."""
        peeked = source.peek()
        return bool(peeked) and {"id", "annotator", "annotation_id", "lead_time"} <= set(peeked[0])

    def read(self, source: Source, options: ReadOptions) -> RawRatings:  # noqa: ARG002 - the protocol's signature
        """Every control's value of every annotation.

        Raises
        ------
        DataError
            If nothing tells which columns are controls and which the task's data, with the readings that were tried.
        """
        table = source.table()
        columns = {name: [_in_cell(cell) for cell in cells] for name, cells in table.columns.items()}
        people = columns.pop("annotator")
        ids = columns.pop("item_id", columns["id"])
        beside = {"seconds": columns.pop("lead_time"), "timestamp": columns.pop("created_at", [None] * len(table))}
        for name in ("id", "annotation_id", "updated_at"):
            columns.pop(name, None)
        of_item = columns_of(source, table.columns, columns, ids)
        raw = RawRatings(value_field="value", problems=list(table.problems), notes=list(table.notes))
        raw.left_out = {"annotation_id, updated_at": 2 * len(table)}
        chosen = {field: name for field, name in guess_columns(of_item).items() if field in ITEM_FIELDS}
        for row in range(len(table)):
            line = row + 1 if table.lines is None else table.lines[row]
            known = {field: columns[name][row] for field, name in chosen.items()}
            further = {name: columns[name][row] for name in of_item if name not in chosen.values()}
            raw.add_item({**further, **known}, line=line, item_id=ids[row])
            for name in columns:
                if name not in of_item:
                    raw.add(
                        line=line,
                        item_id=ids[row],
                        criterion=name,
                        annotator_id=people[row],
                        value=columns[name][row],
                        **{field: cells[row] for field, cells in beside.items()},
                    )
        return _with_preferences(raw)


def _with_preferences(raw: RawRatings) -> RawRatings:
    """The ratings, with choices between two texts of the task (``Answer A``, ``Answer B``) as preferences."""
    texts = [name for name, cells in raw.items.items() if any(isinstance(cell, str) for cell in cells)]
    sides = next((pair for pair in combinations(texts, 2) if differ_in_side(*pair)), None)
    if sides is None or {"response", "response_b"} & raw.items.keys():
        return raw
    found = [preference(value, (), ()) if isinstance(value, str) else None for value in raw.ratings.get("value", ())]
    told: dict[str, set[float | None]] = {}
    for criterion, value in zip(raw.ratings.get("criterion", ()), found, strict=True):
        told.setdefault(criterion, set()).add(value)
    preferred = {criterion for criterion, values in told.items() if {-1.0, 1.0} <= values and None not in values}
    if not preferred:
        return raw
    raw.items["response"], raw.items["response_b"] = (raw.items.pop(name) for name in sides)
    raw.scales |= {criterion: Scale.pairwise() for criterion in preferred}
    raw.ratings["value"] = [
        side if criterion in preferred else value
        for side, criterion, value in zip(found, raw.ratings["criterion"], raw.ratings["value"], strict=True)
    ]
    raw.notes.append(
        message(
            "{names}: which of {first!r} and {second!r} is better",
            names=", ".join(sorted(preferred)),
            first=sides[0],
            second=sides[1],
        )
    )
    return raw


def _in_cell(cell: Any) -> Any:
    """The value in a cell: a number in ``[{"rating": 4}]``, the only choice in ``{"choices": ["yes"]}``."""
    found = cell
    if isinstance(cell, str) and cell[:1] in "[{" and cell:
        try:
            found = json.loads(cell)
        except (ValueError, RecursionError):
            return cell
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if isinstance(found, Mapping):
        inner = next((found[name] for name in ("rating", "number", "choices") if name in found), cell)
        found = inner[0] if isinstance(inner, list) and len(inner) == 1 else inner
    return cell if isinstance(found, (list, Mapping)) else found


READERS = (LabelStudioReader(), LabelStudioFlatReader())


def _read_annotation(raw: RawRatings, source: Source, line: int, item_id: Any, annotation: Any) -> None:
    if not isinstance(annotation, Mapping) or not isinstance(annotation.get("result"), list):
        raw.problems.append(_problem(source, line, "annotations", f"{annotation!r:.60}"))
        return
    if annotation.get("was_cancelled"):
        return
    who = annotation.get("completed_by")
    if isinstance(who, Mapping):
        who = who.get("email") or who.get("id")
    beside = {"seconds": annotation.get("lead_time"), "timestamp": annotation.get("created_at")}
    beside = {name: value for name, value in beside.items() if value is not None}
    for found in annotation["result"]:
        kind = found.get("type") if isinstance(found, Mapping) else None
        if kind not in _VALUES:
            continue
        value = found.get("value", {}).get(_VALUES[kind]) if isinstance(found.get("value"), Mapping) else None
        if kind == "choices" and isinstance(value, list):
            value = value[0] if len(value) == 1 else value
        if kind == "pairwise":
            value = _SIDES.get(str(value), value)
        raw.add(
            line=line, item_id=item_id, criterion=found.get("from_name"), annotator_id=who, value=value, **beside
        )  # fmt: skip


def _problem(source: Source, line: int, field: str, what: str) -> Problem:
    return Problem(
        file=source.name,
        line=line,
        field=field,
        what=what,
        expected=message("a Label Studio task: {{id, data, annotations: [{{completed_by, result}}]}}"),
        remedy=message("export the project again as JSON"),
    )
