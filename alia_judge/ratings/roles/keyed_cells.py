"""Cells that hold names with their values (``ana: 3, jon: 4``), as objects: what JSON would have written."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from alia_judge.ratings.roles.column import number
from alia_judge.ratings.scales import is_missing

__all__ = ["object_in", "objects_of"]

_MARKS = ",;|\n/ "
_NAME = r"[^\W\d_](?:[^:=()\[\]{},;|]{0,38}[^\s:=()\[\]{},;|])?"
_VALUE = r"[^\s:=()](?:[^:=()]{0,22}[^\s:=()])?"
#: ``ana: 3``, ``ana (3)``, ``3 (ana)``.
_WAYS = (
    re.compile(rf"\s*(?P<name>{_NAME})\s*[:=]\s*(?P<value>{_VALUE})\s*"),
    re.compile(rf"\s*(?P<name>{_NAME})\s*\(\s*(?P<value>{_VALUE})\s*\)\s*"),
    re.compile(rf"\s*(?P<value>[-+]?\d+(?:[.,]\d+)?)\s*\(\s*(?P<name>{_NAME})\s*\)\s*"),
)
#: Share of the cells that name two or more; times that a name comes in all; different words that values are at most.
_MOST, _AGAIN, _FEW = 0.5, 2, 12


def objects_of(cells: Sequence[Any]) -> list[Any] | None:
    """The cells of a column of names with their values, each as an object; None where the column is anything else.

    Examples
    --------
    >>> objects_of(["ana: 3, jon: 4", "ana: 1", None, "jon: 5, ana: 2"])
    [{'ana': '3', 'jon': '4'}, {'ana': '1'}, None, {'jon': '5', 'ana': '2'}]
    >>> objects_of(["10:30, 11:45", "see: above"]) is None
    True
    """
    given = [cell for cell in cells if not is_missing(cell)]
    if len(given) < 2 or not all(isinstance(cell, str) and any(mark in cell for mark in ":=(") for cell in given):
        return None
    for mark in _MARKS:
        if sum(mark in cell.strip() for cell in given) <= _MOST * len(given):
            continue
        for way in _WAYS:
            found = [_object(cell, mark, way) for cell in given]
            if all(found) and _are_named(found):
                read = iter(found)
                return [None if is_missing(cell) else next(read) for cell in cells]
    return None


def _object(cell: str, mark: str, way: re.Pattern[str]) -> dict[str, str] | None:
    parts = [way.fullmatch(part) for part in cell.strip().strip(mark).split(mark)]
    named = {match["name"]: match["value"] for match in parts if match}
    return named if len(named) == len(parts) else None


def _are_named(found: Sequence[dict[str, str] | None]) -> bool:
    """Whether the names come again and the values are like ratings: numbers, or a few words."""
    names = Counter(name for one in found for name in one or ())
    values = {value for one in found for value in (one or {}).values()}
    numbers = all(number(value) == number(value) for value in values)
    return sum(names.values()) >= _AGAIN * len(names) and (numbers or len(values) <= _FEW)


def object_in(cell: str) -> Any:
    """The object, or list of objects, that a cell holds as JSON or as Python writes it; the cell where it holds none.

    Examples
    --------
    >>> object_in('{"ana": 3}'), object_in("{'ana': 3, 'jon': None}"), object_in("{ana}")
    ({'ana': 3}, {'ana': 3, 'jon': None}, '{ana}')
    """
    if cell[:1] not in ("{", "[") or cell.lstrip("[{ \n")[:1] not in ("'", '"', "}") or "{" not in cell[:2]:
        return cell
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(cell)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, (dict, list)):
            return found
    return cell
