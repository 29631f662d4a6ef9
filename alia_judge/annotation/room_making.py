"""`make_room`: a room's file, with what is asked of whom about what."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from alia_judge._messages import message
from alia_judge.annotation.asked import check_items
from alia_judge.annotation.guideline_test import TestPaper
from alia_judge.annotation.room_file import FILE, ROOM, TABLES
from alia_judge.errors import UsageError
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.ratings.readers.sheet import LINE_FIELDS
from alia_judge.records import Item

__all__ = ["make_room"]


def make_room(
    folder: Path,
    items: Iterable[Item],
    criteria: Mapping[str, Rubric],
    *,
    annotators: Sequence[str],
    per_item: int,
    language: str,
    organisers: Sequence[str],
    test: TestPaper | None,
    hold: float,
) -> None:
    """Write the file; the parameters, and what is refused, are those of `Room.create`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(message("{folder} is there already and not empty; a room takes a new folder", folder=folder))
    there = list(items)
    check_items(there)
    names = [name.strip() for name in annotators if name.strip()]
    heads = [name.strip() for name in organisers if name.strip()]
    twice = [name for name, times in Counter([*names, *heads]).items() if times > 1]
    if twice:
        raise UsageError(
            message(
                "annotator {twice!r} comes twice; give each once, organisers under a name of their own", twice=twice[0]
            )
        )
    if not criteria:
        raise UsageError(message("a room asks for at least one criterion, got none; give criteria={{name: rubric}}"))
    if not 1 <= per_item <= len(names):
        raise UsageError(
            message(
                "per_item must be from 1 to the number of people ({n}), got {per_item}: nobody rates an item twice",
                n=len(names),
                per_item=per_item,
            )
        )
    taken = sorted(set(criteria) & LINE_FIELDS)
    if taken:
        raise UsageError(
            message("a criterion cannot be called {taken!r}, as a column of the export is; rename it", taken=taken[0])
        )
    folder.mkdir(parents=True, exist_ok=True)
    facts = {
        "schema": ROOM,
        "per_item": str(per_item),
        "hold": str(float(hold)),
        "language": language,
        "key": secrets.token_hex(32),
        "criteria": json.dumps({name: rubric.to_dict() for name, rubric in criteria.items()}),
    }
    people = [(name, f"p-{secrets.token_hex(4)}", "rater") for name in names]
    people += [(name, name, "organiser") for name in heads]
    path = folder / FILE
    path.touch(mode=0o600)  # it holds the key that signs links, and who is who
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(TABLES)
        database.executemany("INSERT INTO people (name, pseudonym, role) VALUES (?, ?, ?)", people)
        database.executemany(
            "INSERT INTO items (item_id, item, stratum, wanted) VALUES (?, ?, ?, ?)",
            [(item.item_id, _written(item), f"{item.language}|{item.system}", per_item) for item in there],
        )
        if test is not None:
            database.executemany(
                "INSERT INTO test_items (item_id, item, agreed) VALUES (?, ?, ?)",
                [(item.item_id, _written(item), json.dumps(agreed)) for item, agreed in test.rows()],
            )
        # Last, and in the same transaction: half a room is none.
        database.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())


def _written(item: Item) -> str:
    return json.dumps({**item.fields(), "language": item.language})
