"""doccano's JSON lines: documents with the labels that one person gave them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from alia_judge._messages import message
from alia_judge.errors import Problem
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.source import Source

__all__ = ["READERS", "DoccanoReader"]


class DoccanoReader:
    """Exports of document classification: ``{"id", "text", "label": ["positive"], "Comments": []}``.

    doccano writes a file for each person (``ana.jsonl``): read them together, and the file's name is the annotator. A
    document without a label is not rated; spans (``[[0, 5, "PER"]]``) are no ratings and are refused.
    """

    name: ClassVar[str] = "doccano"
    order: ClassVar[int] = 62

    def sniff(self, source: Source) -> bool:
        """A text and a list of labels in every record, and doccano's own comments or nothing else."""
        if source.kind not in ("jsonl", "json", "records"):
            return False
        peeked = source.peek()
        return bool(peeked) and all(
            "id" in one and ("text" in one or "data" in one) and isinstance(_labels(one), list) and "Comments" in one
            for one in peeked
        )

    def read(self, source: Source, options: ReadOptions) -> RawRatings:
        """The label of every document."""
        raw = RawRatings(value_field="label")
        known = ("id", "text", "data", "label", "labels", "cats", "Comments", "annotator", "username")
        for row, (line, record) in enumerate(source.records(), start=1):
            if not isinstance(record, Mapping):
                raw.problems.append(record)
                continue
            labels = _labels(record) or []
            item = record["id"]
            raw.add_item(
                {name: value for name, value in record.items() if name not in known},
                line=line,
                item_id=item,
                response=record.get("text", record.get("data")),
            )
            if len(labels) > 1 or any(isinstance(label, (list, dict)) for label in labels):
                raw.problems.append(
                    Problem(
                        file=source.name,
                        line=line or row,
                        field="label",
                        what=f"{labels!r:.60}",
                        expected=message("one label of the whole document"),
                        remedy=message("keep one; spans and several labels of one person are no ratings"),
                    )
                )
                continue
            who = record.get("annotator") or record.get("username")
            known_who = {} if who is None else {"annotator_id": who}
            comments = record.get("Comments")
            raw.add(
                line=line or row,
                item_id=item,
                criterion=options.criterion,
                value=labels[0] if labels else None,
                comment="; ".join(map(str, comments)) if isinstance(comments, list) and comments else None,
                **known_who,
            )
        return raw


def _labels(record: Mapping[str, Any]) -> Any:
    return next((record[name] for name in ("label", "labels", "cats") if name in record), None)


READERS = (DoccanoReader(),)
