"""Prodigy's JSON lines: one answered task a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from alia_judge._messages import message
from alia_judge.errors import Problem
from alia_judge.ratings.columns import ITEM_FIELDS, guess_columns
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.source import Source

__all__ = ["READERS", "ProdigyReader"]


class ProdigyReader:
    """Tasks with ``answer``: one option chosen (``accept``), or a label accepted or rejected.

    A task whose options were rejected, or that was ignored, is a missing value. The item is ``_input_hash``; the
    annotator ``_annotator_id`` or ``_session_id``.
    """

    name: ClassVar[str] = "prodigy"
    order: ClassVar[int] = 60

    def sniff(self, source: Source) -> bool:
        """An answer and a hash."""
        peeked = source.peek()
        return bool(peeked) and {"answer", "_input_hash"} <= peeked[0].keys()

    def read(self, source: Source, options: ReadOptions) -> RawRatings:
        """Every answered task."""
        raw = RawRatings(value_field="accept")
        for row, (line, task) in enumerate(source.records(), start=1):
            place = line if line is not None else row
            if isinstance(task, Problem):
                raw.problems.append(task)
                continue
            if not isinstance(task, Mapping) or task.get("answer") not in ("accept", "reject", "ignore"):
                found = task.get("answer") if isinstance(task, Mapping) else task
                raw.problems.append(
                    Problem(
                        file=source.name,
                        line=place,
                        field="answer",
                        what=f"{found!r:.60}",
                        expected=message("accept, reject or ignore"),
                        remedy=message("export the data set again (prodigy db-out)"),
                    )
                )
                continue
            item_id = task.get("_input_hash")
            raw.add_item(_item(task), line=place, item_id=item_id)
            criterion, value = _value(task, options.criterion)
            known: dict[str, Any] = {}
            if "_annotator_id" in task or "_session_id" in task:
                known["annotator_id"] = task.get("_annotator_id") or task.get("_session_id")
            if "_timestamp" in task:
                known["timestamp"] = task["_timestamp"]
            raw.add(line=place, item_id=item_id, criterion=criterion, value=value, **known)
        return raw


READERS = (ProdigyReader(),)


def _item(task: Mapping[str, Any]) -> dict[str, Any]:
    meta = task.get("meta") if isinstance(task.get("meta"), Mapping) else {}
    known: dict[str, Any] = {}
    for part in (task, meta or {}):
        chosen = guess_columns([name for name in part if isinstance(part[name], str) and not name.startswith("_")])
        known |= {name: part[column] for name, column in chosen.items() if name in ITEM_FIELDS and name not in known}
    return known


def _value(task: Mapping[str, Any], criterion: str) -> tuple[str, Any]:
    if "accept" in task or "options" in task:
        accepted = task.get("accept") or []
        if task["answer"] != "accept" or not accepted:
            return criterion, None
        return criterion, accepted[0] if isinstance(accepted, list) and len(accepted) == 1 else accepted
    label = str(task.get("label") or criterion)
    return label, {"accept": "yes", "reject": "no", "ignore": None}[task["answer"]]
