"""Which columns of Label Studio's flat export are the task's data, and which what was annotated."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from alia_judge._messages import joined, message
from alia_judge.errors import AliaJudgeError, DataError, Problem
from alia_judge.ratings.assemble import assemble
from alia_judge.ratings.columns import ITEM_FIELDS, listed, says
from alia_judge.ratings.readers.base import ReadOptions
from alia_judge.ratings.readers.table import TableReader
from alia_judge.ratings.roles.column import number
from alia_judge.ratings.roles.names import tokens
from alia_judge.ratings.roles.question import summary
from alia_judge.ratings.saying import say_columns, several
from alia_judge.ratings.source import Source

__all__ = ["columns_of"]

#: Annotations beyond a task's first that must agree before this shows that a column is the task's.
_AGREED = 3
#: Words of a text on average, more than these, and different values of few, at most.
_TEXT, _FEW = 2, 12
#: Last words of names that are nobody's judgement.
_NAMES = frozenset({"id", "ids", "name", "url", "code", "nombre", "nom", "izena", "codigo", "codi"})


def columns_of(
    source: Source, written: Mapping[str, Sequence[Any]], columns: Mapping[str, Sequence[Any]], ids: Sequence[Any]
) -> list[str]:
    """The columns that are the task's data; the others are controls.

    Parameters
    ----------
    source
        Whose records' order may tell.
    written
        Every column's cells as they stand in the source, each of shape (n,).
    columns
        The cells' values, without the columns that the tool adds, each of shape (n,).
    ids
        The task of each annotation, shape (n,).

    Raises
    ------
    DataError
        If it cannot be told.
    """
    order = _order(source, written)
    told = {name: _is_data(name, written[name], cells, ids, order.get(name)) for name, cells in columns.items()}
    doubtful = [name for name, known in told.items() if known is None]
    controls = [name for name, known in told.items() if known is False]
    if len(doubtful) + len(controls) > 1 and doubtful:
        raise DataError(_question(source, doubtful, controls, columns))
    return [name for name, known in told.items() if known]


def _order(source: Source, written: Mapping[str, Sequence[Any]]) -> dict[str, bool]:
    """Whether columns stand before the task's ``id``, as data does, or between it and ``annotator``, as controls do."""
    before: set[str] = set()
    between: set[str] = set()
    one_by_one = source.kind in ("json", "jsonl", "records")  # a table has one order for all of its rows
    for record in (record for _, record in source.records()) if one_by_one else [written]:
        names = list(record) if isinstance(record, Mapping) else []
        if "id" not in names or "annotator" not in names:
            continue
        place, end = names.index("id"), names.index("annotator")
        if place == 0 or end < place:
            return {}
        before.update(names[:place])
        between.update(names[place + 1 : end])
    return {**dict.fromkeys(between - before, False), **dict.fromkeys(before - between, True)}


def _is_data(
    name: str, written: Sequence[Any], cells: Sequence[Any], ids: Sequence[Any], before_id: bool | None
) -> bool | None:
    """Whether a column is the task's data; None where nothing tells."""
    said = says(name)
    if before_id or said in ITEM_FIELDS:
        return True
    given = [(item, cell) for item, cell in zip(ids, cells, strict=True) if not _empty(cell)]
    first: dict[Any, Any] = {}
    varies = any(first.setdefault(item, cell) != cell for item, cell in given)
    if varies or any(str(cell)[:2] in ("[{", '{"', "{'") for cell in written if not _empty(cell)):
        return False
    values = {str(cell) for _, cell in given}
    text = sum(len(value.split()) for value in values) > _TEXT * len(values)
    if before_id is False:
        return text and len(values) > len(first) / 2
    tasks = len(set(ids))
    if len(values) > len(first) / 2 and (text or len(values) > _FEW):
        return True
    if said == "group" or _NAMES.intersection(tokens(name)[-1:]):
        return True
    if len(given) < len(ids) and len(values) <= _FEW:
        return False  # tasks have their data; a control may be left empty
    return True if len(ids) - tasks >= max(_AGREED, 0.1 * len(ids)) else None


def _empty(cell: Any) -> bool:
    return cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell))


def _question(
    source: Source, doubtful: Sequence[str], controls: Sequence[str], columns: Mapping[str, Sequence[Any]]
) -> Problem:
    """Which of the columns were annotated: the tool writes choices as words, and no number but within JSON."""
    words = [name for name in doubtful if any(math.isnan(number(cell)) for cell in columns[name] if not _empty(cell))]
    item = "item_id" if "item_id" in source.table().columns else "id"
    ways: dict[str, str] = {}
    for chosen in ([*controls, *words], [*controls, *doubtful], list(controls)):
        said = {"item_id": item, "annotator_id": "annotator", "criteria": several(n for n in columns if n in chosen)}
        result = _tried(source, said) if chosen and say_columns(said) not in ways else None
        if result is not None:
            ways[say_columns(said)] = result
    return Problem(
        file=source.name,
        what=message(
            "it is not clear how this table is to be read: {why}; its columns, likeliest ratings first: {columns}",
            why=message(
                "{names} may be what was annotated or the task's own data", names=", ".join(f"`{n}`" for n in doubtful)
            ),
            columns=listed([*controls, *words, *(name for name in doubtful if name not in words)], 10),
        ),
        expected=message("one reading that is clearly best"),
        remedy=message(
            "say which is right (each was tried on this file): {ways}",
            ways=joined((joined(way, ": ") for way in ways.items()), " | "),
        ),
    )


def _tried(source: Source, said: Mapping[str, str]) -> str | None:
    """What comes of saying it; None where that is no reading."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw = TableReader().read(source, ReadOptions(columns=dict(said)))
            return summary(assemble(raw, source=source, invalid="keep"))
    except (AliaJudgeError, ValueError):
        return None
