"""`iter_items`: items without ratings, one at a time, from a file of any length."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from typing import Any

from alia_judge.errors import DataError, Problem
from alia_judge.ratings.columns import ITEM_FIELDS, guess_columns
from alia_judge.ratings.source import Source
from alia_judge.records import Item

__all__ = ["iter_items"]

#: Columns that may hold a conversation in OpenAI's shape, whose last message is then the response.
_CONVERSATIONS = ("messages", "conversation", "turns", "dialogue")
#: Rows of a Parquet file held at once.
_BATCH = 1024


def iter_items(source: Any, *, columns: Mapping[str, str] | None = None) -> Iterator[Item]:
    """Read items to be judged, without holding more than a few.

    Parameters
    ----------
    source
        A CSV, TSV, JSON lines or Parquet file; or whatever else `load_ratings` opens as a table (that is held whole).
    columns
        The source's column for each of `Item`'s fields; what is left out is guessed from common names. An item without
        an id is called by its row, ``"row-1"``. Where there is no response, a column ``messages`` (or ``conversation``,
        ``turns``, ``dialogue``) with a list of ``role`` and ``content`` gives the response, its last message, and the
        turns before it.

    Yields
    ------
    Item
        In the file's order.

    Raises
    ------
    DataError
        If a line cannot be read or has no response; it names file and line.
    UsageError
        If a named column is not there.

    Examples
    --------
    >>> [item.item_id for item in iter_items([{"id": "a", "answer_text": "Sí."}, {"id": "b", "answer_text": "No."}])]
    ['a', 'b']
    """
    opened = Source(source)
    chosen: dict[str, str] | None = None
    for row, (line, record) in enumerate(_records(opened), start=1):
        if isinstance(record, Problem):
            raise DataError(record)
        if not isinstance(record, dict):
            raise DataError(_problem(opened, line, None, f"{type(record).__name__} instead of an object"))
        if chosen is None or not set(chosen.values()) <= record.keys():
            chosen = guess_columns(record, columns)
        yield _item(opened, line, row, record, chosen)


def _item(source: Source, line: int | None, row: int, record: dict[str, Any], chosen: Mapping[str, str]) -> Item:
    fields: dict[str, Any] = {name: _text(record[chosen[name]]) for name in ITEM_FIELDS if name in chosen}
    if fields.get("response") is None and (said := _messages(record)) is not None:
        name, messages = said
        taken_too = {*chosen.values(), name}
        try:
            return Item.from_messages(
                (_text(record[chosen["item_id"]]) if "item_id" in chosen else None) or f"row-{row}",
                messages,
                extra={key: value for key, value in record.items() if key not in taken_too},
                **{key: value for key, value in fields.items() if value is not None},
            )
        except (ValueError, TypeError, AttributeError) as error:
            raise DataError(_problem(source, line, name, str(error))) from error
    if fields.get("response") is None:
        raise DataError(_problem(source, line, chosen.get("response", "response"), "no response"))
    identity = _text(record[chosen["item_id"]]) if "item_id" in chosen else None
    taken = set(chosen.values())
    return Item(
        item_id=identity or f"row-{row}",
        prompt=fields.pop("prompt", None) or "",
        response=fields.pop("response") or "",
        extra={name: value for name, value in record.items() if name not in taken},
        **fields,
    )


def _messages(record: Mapping[str, Any]) -> tuple[str, list[Any]] | None:
    """A conversation among an item's columns: its column, and its messages as they are or as JSON text."""
    for name in _CONVERSATIONS:
        value = record.get(name)
        if isinstance(value, str) and value.lstrip().startswith("["):
            try:
                value = json.loads(value)
            except ValueError:
                continue
        if isinstance(value, list) and value and all(isinstance(message, Mapping) for message in value):
            return name, value
    return None


def _records(source: Source) -> Iterator[tuple[int | None, Any]]:
    if source.kind == "delimited" and source.path is not None:
        with source.path.open(encoding="utf-8-sig", errors="strict", newline="") as stream:
            reader = csv.DictReader(stream, delimiter=source.delimiter, strict=True)
            while True:
                line = reader.line_num + 1
                try:
                    record = next(reader)
                except StopIteration:
                    return
                except (csv.Error, UnicodeDecodeError) as error:
                    raise DataError(_problem(source, line, None, f"a row that cannot be read ({error})")) from error
                if None in record or None in record.values():
                    raise DataError(
                        _problem(source, max(line, 2), None, "a row with more or fewer fields than the header")
                    )
                yield max(line, 2), record
    elif source.kind == "parquet" and source.path is not None:
        import pyarrow.parquet as parquet

        with parquet.ParquetFile(source.path) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                for record in batch.to_pylist():
                    yield None, record
    else:
        yield from source.records()


def _text(value: Any) -> str | None:
    if value is None or value == "" or value != value:  # NaN is not itself
        return None
    return value if isinstance(value, str) else str(value)


def _problem(source: Source, line: int | None, field: str | None, what: str) -> Problem:
    return Problem(
        file=source.name,
        line=line,
        field=field,
        what=what,
        expected="an item with a response",
        remedy="repair or remove it; or say which column holds the response: columns={'response': ...}",
    )
