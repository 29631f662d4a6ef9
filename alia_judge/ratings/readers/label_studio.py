"""Label Studio's JSON export: tasks with their annotations' results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from alia_judge.errors import Problem
from alia_judge.ratings.columns import ITEM_FIELDS, guess_columns
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.source import Source

__all__ = ["READERS", "LabelStudioReader"]

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
                raw.problems.append(_problem(source, place, "data", "a task without id or data"))
                continue
            chosen = {name: column for name, column in guess_columns(data).items() if name in ITEM_FIELDS}
            known = {name: data[column] for name, column in chosen.items()}
            further = {name: value for name, value in data.items() if name not in chosen.values() and name not in known}
            raw.add_item({**further, **known}, line=place, item_id=item_id)
            for annotation in task.get("annotations", task.get("completions")) or []:
                _read_annotation(raw, source, place, item_id, annotation)
        return raw


READERS = (LabelStudioReader(),)


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
        expected="a Label Studio task: {id, data, annotations: [{completed_by, result}]}",
        remedy="export the project again as JSON",
    )
