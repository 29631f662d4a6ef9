"""What tells one item from another where no column says: its texts, or its group and system."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from alia_judge._messages import message
from alia_judge.ratings.columns import TEXT_FIELDS
from alia_judge.ratings.tables import RawTable

__all__ = ["DIGITS", "can_be_told", "item_id", "item_ids", "told_by"]

#: Hexadecimal digits of a text's digest that name an item: a million items clash once in three hundred thousand sets.
DIGITS = 16


def can_be_told(chosen: Mapping[str, str]) -> bool:
    """Whether the columns found say which item a row is about, by an id or otherwise."""
    return bool({"item_id", "group", "response"} & chosen.keys())


def item_ids(table: RawTable, chosen: Mapping[str, str]) -> tuple[list[Any], list[str]]:
    """The item of each row, and in a sentence how it was told where no column names it.

    Rows with the same texts in the same group and by the same system are one item; without texts, rows of the same
    group and system.

    Parameters
    ----------
    table
        The rows.
    chosen
        The table's column for each of the library's names; `can_be_told` must hold.

    Examples
    --------
    >>> table = RawTable(columns={"conv": ["c1", "c1", "c2"], "model": ["a", "b", "a"]}, lines=None)
    >>> item_ids(table, {"group": "conv", "system": "model"})
    (['c1/a', 'c1/b', 'c2/a'], ["no column names the item: told apart by 'conv', 'model'"])
    """
    if "item_id" in chosen:
        return table.columns[chosen["item_id"]], []
    names, texts = told_by(chosen)
    columns = [table.columns[chosen[name]] for name in names]
    told = ", ".join(repr(chosen[name]) for name in names)
    note = message("no column names the item: told apart by {told}", told=told)
    known: dict[tuple[Any, ...], str] = {}
    return [known.get(row) or known.setdefault(row, _told(row, texts)) for row in zip(*columns, strict=True)], [note]


def item_id(record: Mapping[str, Any], chosen: Mapping[str, str]) -> str:
    """The item of one row, as `item_ids` tells it; nothing where the row has nothing to tell it by."""
    names, texts = told_by(chosen)
    return _told(tuple(record[chosen[name]] for name in names), texts)


def told_by(chosen: Mapping[str, str]) -> tuple[list[str], bool]:
    """The library's names of what tells items apart where no column names them, and whether texts are among it."""
    texts = [name for name in TEXT_FIELDS if name in chosen] if "response" in chosen else []
    return [name for name in ("group", "system") if name in chosen] + texts, bool(texts)


def _told(row: tuple[Any, ...], texts: bool) -> str:
    if not texts:
        return "/".join("" if part is None else str(part).strip() for part in row)
    key = ["" if part is None else str(part) for part in row]
    digest = hashlib.sha256(json.dumps(key, ensure_ascii=False).encode("utf-8", "surrogateescape"))
    # Nothing at all in a row is no item, and is refused as an empty id is.
    return f"item-{digest.hexdigest()[:DIGITS]}" if any(key) else ""
