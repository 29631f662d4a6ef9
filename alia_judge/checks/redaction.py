"""`redact_ratings`: ratings without the personal data of their texts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from alia_judge.ratings.columns import TEXT_FIELDS
from alia_judge.ratings.conversations import turns_of, written_turns
from alia_judge.records import Turn
from alia_judge.text.names import NameFinder
from alia_judge.text.personal_data import redact

if TYPE_CHECKING:
    from alia_judge.ratings.table import Ratings

__all__ = ["redact_ratings"]


def redact_ratings(ratings: Ratings, *, names: NameFinder | None = None) -> Ratings:
    """The ratings with every text of their items redacted (not their ids, nor further columns).

    Parameters
    ----------
    ratings
        As they were read.
    names
        Finds names of people and places, which are then redacted too.
    """
    import pandas as pd

    table = ratings.item_table.copy()
    for name in TEXT_FIELDS:
        if name in table.columns:
            texts = [None if text is None else redact(text, names=names) for text in table[name]]
            table[name] = pd.Series(texts, dtype=object, index=table.index)
    if "turns" in table.columns:
        turns = [_redacted_turns(cell, names) for cell in table["turns"]]
        table["turns"] = pd.Series(turns, dtype=object, index=table.index)
    return replace(ratings, item_table=table)


def _redacted_turns(cell: Any, names: NameFinder | None) -> Any:
    turns = turns_of(cell)
    if turns is None:  # a further column of that name
        return cell
    return written_turns([Turn(role=turn.role, text=redact(turn.text, names=names)) for turn in turns])
