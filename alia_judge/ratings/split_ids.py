"""Ids that hold more than the item (``DOC__SYSTEM__coherence``), taken apart by a pattern the user gives."""

from __future__ import annotations

import re
from typing import Any

from alia_judge._messages import message, message_of
from alia_judge.errors import Problem, UsageError
from alia_judge.ratings.columns import ITEM_FIELDS
from alia_judge.ratings.readers.base import RawRatings
from alia_judge.ratings.source import Source

__all__ = ["split_ids"]


def split_ids(raw: RawRatings, pattern: str, *, source: Source) -> None:
    """Take the ids of `raw` apart, in place; an id that does not match is a problem.

    Parameters
    ----------
    raw
        What a reader found.
    pattern
        A regular expression for the whole id with named groups: ``item_id``, ``criterion``, any field of `Item`, or
        any other name for a further column. Without ``item_id``, the id is what is left without the criterion.
    source
        Where it comes from, for errors.

    Raises
    ------
    UsageError
        If the pattern is no regular expression or names nothing.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise UsageError(message("item_pattern is no regular expression: {error}", error=message_of(error))) from error
    if not compiled.groupindex:
        raise UsageError(message("item_pattern names nothing; write groups as (?P<group>...)"))
    parts = {item: _parts(compiled, str(item)) for item in dict.fromkeys(raw.ratings["item_id"])}
    if "criterion" in compiled.groupindex:
        raw.ratings["criterion"] = [
            (parts[item] or {}).get("criterion", criterion)
            for item, criterion in zip(raw.ratings["item_id"], raw.ratings["criterion"], strict=True)
        ]
    for row, item in enumerate(raw.ratings["item_id"]):
        if parts[item] is None:
            raw.problems.append(
                Problem(
                    file=source.name,
                    line=raw.lines[row] if raw.lines is not None else None,
                    field="item_id",
                    what=message("{item!r} does not match item_pattern", item=item),
                    expected=pattern,
                    remedy=message("widen the pattern, or correct the id"),
                )
            )
    _rename(raw, parts)


def _parts(pattern: re.Pattern[str], item: str) -> dict[str, str] | None:
    match = pattern.fullmatch(item)
    if match is None:
        return None
    parts = {name: text for name, text in match.groupdict().items() if text is not None}
    if "item_id" not in parts and "criterion" in parts:
        start, end = match.span("criterion")
        parts["item_id"] = (item[:start] + item[end:]).strip("_-/:. ")
    parts.setdefault("item_id", item)
    return parts


def _rename(raw: RawRatings, parts: dict[Any, dict[str, str] | None]) -> None:
    """The items under their own ids, with what else the ids held."""
    raw.ratings["item_id"] = [(parts[item] or {}).get("item_id", item) for item in raw.ratings["item_id"]]
    described = raw.items.get("item_id", [])
    known = {item: found for item, found in parts.items() if found is not None}
    names = sorted({name for found in known.values() for name in found} - {"item_id", "criterion"})
    rows = list(described)
    if raw.items:
        raw.items["item_id"] = [known.get(item, {}).get("item_id", item) for item in rows]
        for name in names:
            before = raw.items.get(name, [None] * len(rows))
            raw.items[name] = [known.get(item, {}).get(name, old) for item, old in zip(rows, before, strict=True)]
        return
    unique = {found["item_id"]: found for found in known.values()}
    raw.items = {"item_id": list(unique)}
    for name in sorted(names, key=lambda name: (name not in ITEM_FIELDS, name)):
        raw.items[name] = [found.get(name) for found in unique.values()]
