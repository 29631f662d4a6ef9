"""What a rating sheet saves: a line an item, with the digest of the sheet and the scales."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from alia_judge._messages import message, message_of
from alia_judge.errors import Problem
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.source import Source
from alia_judge.records import Scale

__all__ = ["LINE_FIELDS", "READERS", "SCHEMA", "SheetReader"]

#: What every line says that it is.
SCHEMA = "alia-judge/sheet/1"
_SKIPPED = message("skipped items")
_COMMENTED = message("items with a comment and no rating")
_OWN = ("sheet", "again", "extra")
_EXTRAS = ("comment", "seconds", "timestamp", *_OWN)


#: What a line holds beside its values, where each of these stands under its criterion's name.
LINE_FIELDS = frozenset(
    {"schema", "item_id", "annotator_id", "values", "skipped", "scales", "place", "revision", *_EXTRAS}
)


class SheetReader:
    """The JSON lines of the pages for annotators. A skipped item is left out, as is a criterion without a value.

    The values are an object ``values``, or stand under the names of their criteria.

    A line holds the item's id and not its texts, which whoever made the sheet has: `rated_items` puts them together.
    """

    name: ClassVar[str] = "sheet"
    order: ClassVar[int] = 10

    def sniff(self, source: Source) -> bool:
        """The schema."""
        peeked = source.peek()
        return bool(peeked) and peeked[0].get("schema") == SCHEMA

    def read(self, source: Source, options: ReadOptions) -> RawRatings:  # noqa: ARG002 - the protocol's signature
        """Every value that was given."""
        raw = RawRatings(value_field="values", of_ratings=_OWN)
        for row, (line, record) in enumerate(source.records(), start=1):
            place = line if line is not None else row
            if isinstance(record, Problem):
                raw.problems.append(record)
                continue
            fault = _fault(record)
            if fault is not None:
                field, what = fault
                raw.problems.append(_problem(source, place, field, what))
                continue
            for name, scale in record["scales"].items():
                declared = Scale.from_dict(scale)
                if raw.scales.setdefault(name, declared) != declared:
                    raw.problems.append(
                        _problem(source, place, "scales", message("another scale of {name!r} than above", name=name))
                    )
            values = _values(record)
            if not values:
                left_out = _SKIPPED if record.get("skipped") else _COMMENTED
                raw.left_out[left_out] = raw.left_out.get(left_out, 0) + 1
                continue
            said = {name: record[name] for name in _EXTRAS if record.get(name) not in (None, "")}
            raw.add_item(line=place, item_id=record["item_id"])
            for name, value in values.items():
                raw.add(
                    line=place,
                    item_id=record["item_id"],
                    criterion=name,
                    annotator_id=record["annotator_id"],
                    value=value,
                    **said,
                )
        return raw


READERS = (SheetReader(),)


def _fault(record: Any) -> tuple[str, str] | None:
    """The field that keeps a line from being read, and what is wrong with it."""
    if not isinstance(record, Mapping) or record.get("schema") != SCHEMA:
        return "schema", message("no line of {schema}", schema=SCHEMA)
    for field in ("item_id", "annotator_id"):
        if not isinstance(record.get(field), str) or not record[field]:
            return field, message("{get!r:.60} instead of a text", get=record.get(field))
    for field in ("values", "scales"):
        if not isinstance(record.get(field, {} if field == "values" else None), Mapping):
            return field, message("{get!r:.60} instead of an object", get=record.get(field))
    try:
        scales = {name: Scale.from_dict(scale) for name, scale in record["scales"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return "scales", message("no scale ({error})", error=message_of(error))
    for name, value in _values(record).items():
        if name not in scales:
            return "values", message("{name!r} without a scale", name=name)
        if isinstance(value, bool) or not isinstance(value, (int, float, str)) or value != value or value in _INFINITE:
            return "values", f"{value!r:.60} for {name!r}"
    return None


def _values(record: Mapping[str, Any]) -> Mapping[str, Any]:
    if "values" in record:
        values: Mapping[str, Any] = record["values"]
        return values
    return {name: record[name] for name in record["scales"] if record.get(name) is not None}


_INFINITE = (math.inf, -math.inf)


def _problem(source: Source, line: int, field: str, what: str) -> Problem:
    return Problem(
        file=source.name,
        line=line,
        field=field,
        what=what,
        expected=message("a line as a rating sheet saves it"),
        remedy=message("save the file from the sheet again"),
    )
