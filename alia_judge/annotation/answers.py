"""`rated_items`: what came back from people, beside the items that they were asked about."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from alia_judge._messages import message
from alia_judge.errors import DataError, Problem, UsageError
from alia_judge.ratings.columns import ITEM_FIELDS
from alia_judge.ratings.conversations import written_turns
from alia_judge.ratings.table import Ratings
from alia_judge.records import Item

__all__ = ["rated_items"]


def rated_items(items: Iterable[Item], answers: Ratings) -> Ratings:
    """The ratings with the texts, group, system and further columns of the items that were rated.

    Parameters
    ----------
    items
        What people were asked about; those that nobody rated are left out.
    answers
        What they said: `load_ratings` of the files that came back.

    Raises
    ------
    DataError
        If an answer is about an item that is not there.
    UsageError
        If two items have one id.

    Examples
    --------
    >>> from alia_judge.ratings.load import load_ratings
    >>> rows = [{"item_id": "a", "annotator_id": who, "criterion": "tone", "value": 4} for who in ("ana", "jon")]
    >>> said = load_ratings(rows)
    >>> rated_items([Item(item_id="a", response="Hola.", system="s1")], said).items()[0].system
    's1'
    """
    import pandas as pd

    known: dict[str, Item] = {}
    for item in items:
        if item.item_id in known:
            raise UsageError(message("{called} comes twice; give each once", called=item.called))
        known[item.item_id] = item
    asked = [str(item_id) for item_id in answers.item_table["item_id"]]
    missing = [item_id for item_id in asked if item_id not in known]
    if missing:
        near = difflib.get_close_matches(missing[0], list(known)[:5000], n=1)
        raise DataError(
            Problem(
                file=answers.source,
                field="item_id",
                what=message(
                    "{missing!r}, which is none of the items ({n} of {n_asked} rated ones are not)",
                    missing=missing[0],
                    n=len(missing),
                    n_asked=len(asked),
                ),
                expected=message(
                    "one of theirs{more}", more=message(", such as {near!r}", near=near[0]) if near else ""
                ),
                remedy=message("give the items of which the sheet was made"),
            )
        )
    rows = [_row(known[item_id]) for item_id in asked]
    columns = dict.fromkeys(name for row in rows for name in row)
    table = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in columns})
    return replace(answers, item_table=table)


def _row(item: Item) -> dict[str, Any]:
    fields = {name: getattr(item, name) for name in ITEM_FIELDS}
    extra = {name: value for name, value in item.extra.items() if name not in ("item_id", "turns", *ITEM_FIELDS)}
    row = {"item_id": item.item_id, **fields, "turns": written_turns(item.turns), **extra}
    return {name: value for name, value in row.items() if value not in (None, "")}
