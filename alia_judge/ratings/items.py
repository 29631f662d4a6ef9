"""`iter_items`: items without ratings, one at a time, from a file of any length."""

from __future__ import annotations

import csv
import itertools
import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from alia_judge._messages import message, message_of
from alia_judge.errors import DataError, Problem, UsageError
from alia_judge.ratings.columns import ITEM_FIELDS, RATING_EXTRAS, guess_columns, holds_images
from alia_judge.ratings.conversations import (
    conversation_in,
    messages_of,
    split_conversation,
    without_conversations,
)
from alia_judge.ratings.delimited import long_fields, rows_of_text
from alia_judge.ratings.identity import can_be_told, item_id
from alia_judge.ratings.languages import item_language
from alia_judge.ratings.load import load_ratings, recognised
from alia_judge.ratings.opening import open_source
from alia_judge.ratings.saying import say_columns
from alia_judge.ratings.source import Source
from alia_judge.ratings.table import Ratings
from alia_judge.ratings.tables import encoding_problem
from alia_judge.records import Item
from alia_judge.records.content import written_content
from alia_judge.records.images import MOST, images_of
from alia_judge.text.language import language_named

__all__ = ["count_items", "iter_items", "iter_rows"]

#: Rows of a Parquet file held at once.
_BATCH = 1024
#: Digits of the digest that names a conversation without an id.
_DIGITS = 16
#: Bytes of a file, and rows of a longer one, that are looked at for ratings.
_WHOLE, _ROWS = 1 << 26, 2000
#: What a row says of a rating.
_RATED = ("annotator_id", "criterion", "value", "position", *RATING_EXTRAS)


def iter_items(
    source: Any,
    *,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    language: str | None = None,
) -> Iterator[Item]:
    """Read items to be judged, each once, without holding more than a few.

    Parameters
    ----------
    source
        A CSV, TSV, JSON lines or Parquet file; or whatever else `load_ratings` opens (that is held whole). What clearly
        holds ratings is read as `load_ratings` reads it, whole, and gives the same items; anything else a row at a
        time, where rows of one id are one item.
    columns
        The source's column for each of `Item`'s fields; what is left out is guessed from common names. An item without
        an id is told by its texts, its group and its system, and is called as `load_ratings` calls it. A column
        ``messages`` (or ``conversation``, ``turns``, ``dialogue``) with a list of ``role`` and ``content`` gives the
        turns before the response; and the response, its last message, where no column has one.
    encoding
        Of a text file, as for `load_ratings`.
    language
        Of every item that declares none, as for `load_ratings`.

    Yields
    ------
    Item
        In the file's order.

    Raises
    ------
    DataError
        If a line cannot be read or has no response; it names file and line.
    UsageError
        If a named column is not there, or `language` names none.

    Examples
    --------
    >>> [item.item_id for item in iter_items([{"id": "a", "answer_text": "Sí."}, {"id": "b", "answer_text": "No."}])]
    ['a', 'b']
    """
    given: set[str] = set()
    for item, _ in iter_rows(source, columns=columns, encoding=encoding, language=language):
        if item.item_id not in given:
            given.add(item.item_id)
            yield item


def iter_rows(
    source: Any,
    *,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    language: str | None = None,
    as_ratings: bool = True,
) -> Iterator[tuple[Item, dict[str, Any]]]:
    """Read the item of every row, with the row as it stands in the source; the parameters are those of `iter_items`.

    Of ratings each item comes once, with what is said of it and not of the rating. With ``as_ratings=False`` every row
    gives its item, whatever its columns are like.
    """
    opened = open_source(source, encoding=encoding)
    for note in opened.reading_notes:
        warnings.warn(message("{name}: {note}", name=opened.name, note=note), stacklevel=3)
    ratings = _ratings_in(opened, columns, language) if as_ratings else None
    if ratings is not None:
        yield from _rated(ratings)
        return
    if opened.parts:
        for part in opened.parts:
            yield from iter_rows(part, columns=columns, language=language, as_ratings=as_ratings)
        return
    said = None if language is None else language_named(language)
    chosen: dict[str, str] | None = None
    taken: frozenset[str] = frozenset()
    of_rating = _of_ratings(opened, columns)
    for line, record in _records(opened):
        if isinstance(record, Problem):
            raise DataError(record)
        if not isinstance(record, dict):
            raise DataError(
                _problem(opened, line, None, message("{kind} instead of an object", kind=type(record).__name__))
            )
        record = {name: value for name, value in record.items() if name not in of_rating}
        if chosen is None or not taken <= record.keys():
            chosen = _chosen(record, columns)
            taken = frozenset(chosen.values())
        item = _item(opened, line, record, chosen, taken)
        tag = item_language(item.language, item.response, said=said, column="language" in chosen)
        yield item if tag == item.language else replace(item, language=tag), record


def _ratings_in(source: Source, columns: Mapping[str, str] | None, language: str | None) -> Ratings | None:
    """The ratings, if this clearly holds some, of items with responses."""
    try:
        source.said = {field: column for field, column in (columns or {}).items() if field not in _RATED}
        if not _may_be_rated(source) or recognised(source) is None:
            return None
        ratings = load_ratings(source, columns=columns, language=language, invalid="keep")
    except (DataError, UsageError):  # reading it by names says what is wrong with an item, and names what is not there
        return None
    return ratings if any(item.response for item in ratings.items()) else None


def _may_be_rated(source: Source) -> bool:
    """Whether a file that is not to be held whole for nothing may be one of ratings, from its first rows."""
    if source.path is None or source.kind in ("json", "excel") or source.path.stat().st_size <= _WHOLE:
        return True
    first = [record for _, record in itertools.islice(_records(source), _ROWS) if isinstance(record, dict)]
    head = Source(first)
    head.said = source.said
    return recognised(head) is not None


def _rated(ratings: Ratings) -> Iterator[tuple[Item, dict[str, Any]]]:
    """The items of ratings in the source's order, with what the source says of each, by its own names."""
    names = {"item_id": "item_id", **ratings.columns}
    rated = ratings.table["item_id"].drop_duplicates().tolist()
    for item in ratings.items(dict.fromkeys([*rated, *ratings.item_table["item_id"]])):
        if not item.response:
            raise DataError(
                Problem(
                    file=ratings.source,
                    field=names.get("response", "response"),
                    what=message("item {item_id!r} has no response", item_id=item.item_id),
                    expected=message("an item with a response"),
                    remedy=message("give it one, or remove its ratings"),
                )
            )
        fields = {name: getattr(item, name) for name in ("item_id", *ITEM_FIELDS)}
        given = {names.get(name, name): value for name, value in fields.items() if name in names and value is not None}
        yield item, {**given, **item.extra}


def count_items(source: Any, *, encoding: str | None = None) -> int | None:
    """How many items `iter_items` will give at most, where that is told quickly; None elsewhere."""
    opened = Source(source, encoding=encoding)
    if opened.path is None:
        return None
    if opened.kind == "parquet":
        import pyarrow.parquet as parquet

        return int(parquet.read_metadata(opened.path).num_rows)
    if opened.kind == "jsonl":
        with opened.path.open(encoding=opened.encoding, errors="replace") as lines:
            return sum(1 for line in lines if line.strip())
    if opened.kind != "delimited":
        return None
    with opened.path.open(encoding=opened.encoding, errors="replace", newline="") as stream, long_fields:
        try:
            rows = sum(1 for row in rows_of_text(stream, opened.dialect, strict=False) if row)
        except csv.Error:  # reading it says where
            return None
    return max(rows - 1, 0)


def _chosen(record: Mapping[str, Any], columns: Mapping[str, str] | None) -> dict[str, str]:
    values = {name: [value] for name, value in record.items()}
    here = {field: column for field, column in (columns or {}).items() if field not in _RATED or column in record}
    return without_conversations(values, guess_columns(record, here), here)


def _of_ratings(source: Source, columns: Mapping[str, str] | None) -> frozenset[str]:
    """The columns that say something of a rating and not of its item; none where each row is an item of its own."""
    known: dict[str, tuple[int, ...]] = {}
    differs: set[str] = set()
    chosen: dict[str, str] | None = None
    names: list[str] = []
    repeated = False
    for _, record in _records(source):
        if not isinstance(record, dict):
            continue  # read again below, and refused there
        if chosen is None:
            chosen, names = _chosen(record, columns), list(record)
            if "annotator_id" not in chosen:
                return frozenset()
        identity = _identity(record, chosen)
        here = tuple(hash(str(record.get(name))) for name in names)
        first = known.setdefault(identity, here)
        repeated |= first is not here
        differs |= {name for name, one, other in zip(names, first, here, strict=True) if one != other}
    if chosen is None or not repeated:
        return frozenset()
    return frozenset(differs | {chosen[name] for name in _RATED if name in chosen})


def _identity(record: Mapping[str, Any], chosen: Mapping[str, str]) -> str:
    if "item_id" in chosen:
        return _text(record.get(chosen["item_id"])) or ""
    if can_be_told(chosen) and all(column in record for column in chosen.values()):
        return item_id(record, chosen)
    return ""


def _item(
    source: Source, line: int | None, record: dict[str, Any], chosen: Mapping[str, str], taken: frozenset[str]
) -> Item:
    images: list[str] = []
    fields: dict[str, Any] = {name: _text(record[chosen[name]], images) for name in ITEM_FIELDS if name in chosen}
    identity = _identity(record, chosen)
    for name in conversation_in(record):
        messages = None if name in taken else messages_of(record[name])
        if messages is not None:
            try:
                fields["turns"], fields["response"] = split_conversation(messages, fields.get("response"), images)
            except (ValueError, TypeError, AttributeError) as error:
                raise DataError(_problem(source, line, name, str(error))) from error
            taken |= {name}
            break
    if fields.get("response") is None:
        raise DataError(_problem(source, line, chosen.get("response", "response"), message("no response")))
    for name in filter(holds_images, record):
        if name not in taken and (shown := images_of(record[name])):
            images += shown
            taken |= {name}
    item = Item(
        item_id=identity,
        images=tuple(dict.fromkeys(images))[:MOST],
        prompt=fields.pop("prompt", None) or "",
        extra={name: value for name, value in record.items() if name not in taken},
        **fields,
    )
    return item if identity else replace(item, item_id=f"item-{item.digest()[:_DIGITS]}")


def _records(source: Source) -> Iterator[tuple[int | None, Any]]:
    if source.kind == "delimited" and source.path is not None:
        with source.path.open(encoding=source.encoding, errors="strict", newline="") as stream:
            reader = csv.DictReader(
                stream,
                delimiter=source.dialect.delimiter,
                quoting=source.dialect.quoting,
                strict=True,
            )
            while True:
                line = reader.line_num + 1
                try:
                    with long_fields:
                        record = next(reader)
                except StopIteration:
                    return
                except UnicodeDecodeError as error:
                    raise DataError(encoding_problem(source.name, source.first_bad_line(), source.encoding)) from error
                except csv.Error as error:
                    raise DataError(
                        _problem(
                            source, line, None, message("a row that cannot be read ({error})", error=message_of(error))
                        )
                    ) from error
                if None in record or None in record.values():
                    raise DataError(
                        _problem(source, max(line, 2), None, message("a row with more or fewer fields than the header"))
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


def _text(value: Any, images: list[str] | None = None) -> str | None:
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    return written_content(value, images) or None


def _problem(source: Source, line: int | None, field: str | None, what: str) -> Problem:
    return Problem(
        file=source.name,
        line=line,
        field=field,
        what=what,
        expected=message("an item with a response"),
        remedy=message(
            "repair or remove it; or say which column holds the response: {column}",
            column=say_columns({"response": "NAME"}),
        ),
    )
