"""A JSON document becomes rows: which of its objects are records, which are keyed by data, which lists are opened."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from alia_judge._messages import message
from alia_judge.ratings.headers import is_data
from alia_judge.ratings.roles.column import number
from alia_judge.ratings.roles.names import hint, tokens
from alia_judge.records.content import is_content

__all__ = ["Path", "Rows", "flatten", "leaves", "rows_of", "tables_in"]

Path = tuple[str | int, ...]
_NESTED = (dict, list)
#: How deep lists of objects within objects are opened.
_DEEP = 3
#: Records that tell what a key holds.
_LOOKED_AT = 2000
#: Criteria beyond which the keys of an object are something else.
_CRITERIA = 40
#: Values of a person's rating written as a list: who, what, of which criterion, when.
_LONGEST_TUPLE = 4
#: Keys of a message: a list of such objects is a conversation, one text.
_CHAT = ("role", "content", "from", "speaker")

#: Fields of an item in which an object may be what was said itself: a structured answer, the arguments of a tool.
_TEXTS = ("prompt", "response", "response_b", "context", "reference")


@dataclass(kw_only=True)
class Rows:
    """The rows of a document.

    Parameters
    ----------
    records
        A mapping each; keys that are data stand under ``$key``, ``$key2`` ..., a bare value under ``$value``.
    paths
        Where each stands in the document.
    left_out
        What of the document is in no row, and how many values that are.
    broken
        Where something stands that is not what stands beside it, and what.
    unopened
        Of what is left out, the lists of objects that may hold ratings.
    """

    records: list[dict[str, Any]] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    broken: list[tuple[Path, str]] = field(default_factory=list)
    unopened: set[str] = field(default_factory=set)

    def add(self, path: Path, record: Mapping[str, Any]) -> None:
        """One row."""
        self.records.append(dict(record))
        self.paths.append(path)


def tables_in(document: Any) -> list[tuple[str | None, Rows]]:
    """The tables in a JSON document, each with its key: one, or one for each of its lists of objects, if they differ.

    Examples
    --------
    >>> items, ratings = [{"id": "a", "text": "Hi."}] * 2, [{"item": "a", "who": "ana", "score": 4}] * 2
    >>> [key for key, rows in tables_in({"items": items, "ratings": ratings})]
    ['items', 'ratings']
    """
    if not isinstance(document, dict):
        return [(None, rows_of(document))]
    lists = {key: value for key, value in document.items() if _objects(value) and len(value) > 1}
    if len(lists) < 2 or len({tuple(sorted(value[0])) for value in lists.values()}) < len(lists):
        return [(None, rows_of(document))]
    tables = [(key, rows_of(value, (key,))) for key, value in lists.items()]
    tables[0][1].left_out |= _others(document, list(lists), ())
    return tables


def rows_of(document: Any, path: Path = ()) -> Rows:
    """The rows in a JSON document; none where it holds nothing like a table.

    Parameters
    ----------
    document
        A JSON value.
    path
        Where it stands in the whole.

    Examples
    --------
    >>> rows_of({"ana": {"i1": 3, "i2": 4}, "jon": {"i1": 2}}).records[0]
    {'$key': 'ana', '$key2': 'i1', '$value': 3}
    >>> rows_of({"version": 2, "data": [{"item": "a", "score": 1}]}).left_out
    {'version': 1}
    """
    if isinstance(document, list):
        return _of_list(document, path)
    if not isinstance(document, dict) or not document:
        return Rows()
    values = list(document.values())
    if (
        all(_plain_list(value) for value in values)
        and len({len(value) for value in values}) == 1
        and len(values[0]) > 1
    ):
        return _by_column(document, path, range(len(values[0])))
    if isinstance(columns := document.get("columns"), list) and _is_table(document.get("data"), len(columns)):
        # A data frame split into the names of its columns, its index and its cells.
        rows = Rows(left_out=_others(document, ("columns", "data", "index"), path))
        for index, cells in enumerate(document["data"]):
            rows.add((*path, "data", index), dict(zip(map(str, columns), cells, strict=True)))
        return rows
    objects = [value for value in values if isinstance(value, dict)]
    if len(objects) >= 2 and len(objects) == len(values):
        return _of_objects(document, objects, path)
    if len(objects) >= 2 and len(objects) > len(values) / 2 and _share_keys(objects) and not _is_record(objects):
        odd = {key: value for key, value in document.items() if not isinstance(value, dict)}
        some = [value for one in objects for value in list(one.values())[:20]]
        if 2 * sum(not isinstance(value, (dict, list)) for value in some) > len(some):
            rows = _of_objects({key: value for key, value in document.items() if key not in odd}, objects, path)
            rows.broken = [((*path, key), f"{value!r:.60}") for key, value in odd.items()]
            return rows
    lists = {key: value for key, value in document.items() if _objects(value)}
    if len(lists) == len(values) and len(lists) > 1 and len({tuple(sorted(v[0])) for v in lists.values()}) == 1:
        rows = Rows()
        for key, listed in lists.items():
            for index, record in enumerate(listed):
                rows.add((*path, key, index), {"$key": key, **record})
        return rows
    return _largest_within(document, lists, path)


def leaves(value: Any) -> int:
    """How many values that are neither objects nor lists stand in a JSON value.

    Examples
    --------
    >>> leaves({"a": [1, 2], "b": {"c": None}, "d": "x"})
    3
    """
    count, open_values = 0, [value]
    while open_values:
        one = open_values.pop()
        if isinstance(one, dict):
            open_values += one.values()
        elif isinstance(one, list):
            open_values += one
        elif one is not None and one != "":
            count += 1
    return count


def _of_list(document: list[Any], path: Path) -> Rows:
    rows = Rows()
    if document and all(isinstance(value, dict) for value in document):
        for index, record in enumerate(document):
            rows.add((*path, index), record)
    elif len(document) > 1 and all(_plain_list(value) and value for value in document):
        named = not is_data(document[0], document[1:_LOOKED_AT])
        head = [str(cell) if named else f"column {place}" for place, cell in enumerate(document[0], start=1)]
        for index, cells in enumerate(document[named:], start=int(named)):
            if len(cells) == len(head):
                rows.add((*path, index), dict(zip(head, cells, strict=True)))
            else:
                rows.broken.append(
                    (
                        (*path, index),
                        message("{n} values where the first list has {n_head}", n=len(cells), n_head=len(head)),
                    )
                )
    return rows


def _is_table(value: Any, width: int) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, list) and len(row) == width for row in value)


def _plain_list(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(cell, (dict, list)) for cell in value)


def _objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _by_column(document: Mapping[str, Any], path: Path, keys: Sequence[Any]) -> Rows:
    """A data frame written column by column."""
    rows = Rows()
    first = next(iter(document))
    for key in keys:
        rows.add((*path, first, key), {column: values[key] for column, values in document.items()})
    return rows


def _of_objects(document: Mapping[str, Any], objects: list[dict[str, Any]], path: Path) -> Rows:
    """An object of objects: keyed by column, by row, by item, by person, or by criterion."""
    keys = list(objects[0])
    if keys and all(map(str.isdigit, keys)) and all(list(one) == keys for one in objects):
        turned = [{column: values[key] for column, values in document.items()} for key in keys[:50]]
        if _is_record(turned):
            return _by_column(document, path, keys)
    rows = Rows()
    if _is_record(objects):
        for key, record in document.items():
            rows.add((*path, key), {"$key": key, **record})
        return rows
    for key, inner in document.items():
        deeper = [value for value in inner.values() if isinstance(value, dict)]
        deep = len(deeper) > 1 and not _is_record(deeper)
        for second, value in inner.items():
            here = (*path, key, second)
            if isinstance(value, dict) and deep:
                for third, leaf in value.items():
                    rows.add((*here, third), {"$key": key, "$key2": second, "$key3": third, "$value": leaf})
            elif isinstance(value, dict):
                rows.add(here, {"$key": key, "$key2": second, **value})
            else:
                rows.add(here, {"$key": key, "$key2": second, "$value": value})
    return rows


def _share_keys(objects: Sequence[Mapping[str, Any]]) -> bool:
    """Whether most of the objects' keys are in most of them."""
    keys = {key for one in objects for key in one}
    return bool(keys) and sum(map(len, objects)) >= 0.5 * len(objects) * len(keys)


def _largest_within(document: Mapping[str, Any], lists: Mapping[str, Any], path: Path) -> Rows:
    """The rows of the largest part of a document; the other parts are left out."""
    sizes = {
        key: leaves(value)
        for key, value in document.items()
        if key in lists or (isinstance(value, dict) and len(value) > 1)
    }
    if not sizes:
        return Rows()
    main = max(sizes, key=lambda key: sizes[key])
    rows = rows_of(document[main], (*path, main))
    rows.left_out |= _others(document, (main,), path)
    return rows


def _others(document: Mapping[str, Any], read: Sequence[str], path: Path) -> dict[str, int]:
    """How many values the other parts of a document have."""
    counts = {key: leaves(value) for key, value in document.items() if key not in read}
    return {".".join(str(step) for step in (*path, key)): count for key, count in counts.items() if count}


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "list"
    if value is None:
        return ""
    if isinstance(value, str) and np.isnan(number(value)):
        return "text" if len(value) > 40 else "word"
    return "number"


def _is_record(objects: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the objects are records: keys that come again, with values of different kinds, or that name roles."""
    some = objects[: max(2, _LOOKED_AT // max(1, len(objects[0])))]
    counts: dict[str, int] = {}
    kinds: dict[str, set[str]] = {}
    for one in some:
        for key, value in one.items():
            counts[key] = counts.get(key, 0) + 1
            kinds.setdefault(key, set()).add(_kind(value))
    if not counts:
        return False
    shapes = Counter(re.sub(r"\d+", "0", key) for key in counts)
    shape, alike = shapes.most_common(1)[0]
    if len(counts) > 1 and "0" in shape and alike >= 0.8 * len(counts):
        # Numbered keys are data: items, people, rows.
        return False
    mixed = len({tuple(sorted(found - {""})) for found in kinds.values()} - {()}) > 1
    fill = sum(counts.values()) / (len(some) * len(counts))
    named = float(np.mean([_names_a_role(key) for key in list(counts)[:50]]))
    return (mixed and fill > 0.3) or (1 < len(counts) <= 40 and fill > 0.5 and named >= 0.5)


def _names_a_role(key: str) -> bool:
    roles = ("text", "annotator", "value", "time", "system", "item")
    return re.search(r"\d", key) is None and len(tokens(key)) <= 3 and any(hint(key, role) > 0.9 for role in roles)


def flatten(rows: Rows) -> Rows:
    """Rows with their objects as columns (``labels.ana``), maps of many keys and lists of objects as a row each.

    Examples
    --------
    >>> nested = rows_of([{"id": 1, "votes": [{"who": "ana", "score": 3}, {"who": "jon", "score": 4}]}])
    >>> flatten(nested).records[1]
    {'id': 1, 'votes.who': 'jon', 'votes.score': 4}
    """
    if not any(type(value) in _NESTED for record in rows.records for value in record.values()):
        return rows
    keyed = _keyed_by_data(rows.records)
    flat = Rows(
        records=[_flat(record, keyed) for record in rows.records],
        paths=list(rows.paths),
        left_out=dict(rows.left_out),
        broken=rows.broken,
        unopened=set(rows.unopened),
    )
    for _ in range(_DEEP):
        columns = _of_lists(flat.records)
        if not columns:
            break
        main = max(columns, key=lambda name: _rating_like(flat.records, name))
        opened = Rows(left_out=flat.left_out, broken=flat.broken, unopened=flat.unopened)
        opened.unopened |= {name for name in columns if name != main and _rating_like(flat.records, name)}
        for path, record in zip(flat.paths, flat.records, strict=True):
            base = {name: value for name, value in record.items() if name not in columns}
            for name in columns:
                if name != main and (count := leaves(record.get(name))):
                    opened.left_out[name] = opened.left_out.get(name, 0) + count
            listed: Any = record.get(main)
            for one in listed if _objects(listed) else [{}]:
                opened.add(path, {**base, **{f"{main}.{key}": value for key, value in one.items()}})
        flat = opened
    return flat


def _keyed_by_data(records: Sequence[Mapping[str, Any]]) -> set[str]:
    """Paths of objects whose keys differ from record to record."""
    found: dict[str, list[Mapping[str, Any]]] = {}

    def walk(record: Mapping[str, Any], prefix: str) -> None:
        for key, value in record.items():
            if isinstance(value, dict):
                found.setdefault(f"{prefix}{key}", []).append(value)
                walk(value, f"{prefix}{key}.")
            elif isinstance(value, list):
                for one in value:
                    if isinstance(one, dict):
                        walk(one, "")

    for record in records:
        walk(record, "")
    keyed = set()
    for path, objects in found.items():
        keys = {key for one in objects for key in one}
        count = sum(map(len, objects))
        # Keys that come again, each with a list of ratings, are criteria: a column each.
        criteria = count > 2 * len(keys) <= 2 * _CRITERIA and all(
            _plain_list(value) for one in objects for value in one.values()
        )
        if len(keys) > 8 and count / (len(objects) * len(keys)) < 0.5 and not criteria:
            keyed.add(path)
    return keyed


def _flat(record: Mapping[str, Any], keyed: set[str], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in record.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict) and is_content(value):
            flat[path] = value
        elif isinstance(value, dict) and path in keyed:
            flat[path] = [
                {"$key": name, **(_flat(one, keyed, f"{path}.") if isinstance(one, dict) else {"$value": one})}
                for name, one in value.items()
            ]
        elif isinstance(value, dict) and path in _TEXTS and not _holds_texts(value):
            flat[path] = json.dumps(value, ensure_ascii=False, default=str)
        elif isinstance(value, dict):
            flat |= _flat(value, keyed, f"{path}.")
        elif _objects(value) and not _is_said(value):
            flat[path] = [_flat(one, keyed) for one in value]
        elif _are_tuples(value):
            # A list of [person, value].
            flat[path] = [{f"${place}": one for place, one in enumerate(inner, start=1)} for inner in value]
        else:
            flat[path] = value
    return flat


def _are_tuples(value: Any) -> bool:
    return _is_table(value, len(value[0]) if isinstance(value, list) and value and _plain_list(value[0]) else 0) and (
        1 < len(value[0]) <= _LONGEST_TUPLE
    )


def _holds_texts(value: Mapping[str, Any]) -> bool:
    """Whether a text's object has the text in it, beside what is said of it; otherwise all of it is what was said."""
    return any(_objects(inner) or hint(key, "text") > 0.9 for key, inner in value.items())


def _is_said(value: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a list of objects is a conversation, or the parts of a text."""
    return _CHAT[0] in value[0] or is_content(value)


def _of_lists(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Columns in most of whose cells stands a list of objects."""
    counts: dict[str, int] = {}
    for record in records:
        for name, value in record.items():
            if _objects(value) and not _is_said(value):
                counts[name] = counts.get(name, 0) + 1
    return [name for name, count in counts.items() if count > 0.5 * len(records)]


def _rating_like(records: Sequence[Mapping[str, Any]], name: str) -> int:
    return sum(
        isinstance(value, list) or not np.isnan(number(value)) or (isinstance(value, str) and len(value) < 20)
        for record in records[:50]
        if isinstance(record.get(name), list)
        for one in record[name]
        for value in one.values()
    )
