"""`redact_ratings` and `redact_table`: ratings, or a table, without the personal data of their texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from alia_judge._messages import message
from alia_judge.errors import UsageError, expect
from alia_judge.ratings.columns import TEXT_FIELDS, guess_columns, listed
from alia_judge.ratings.conversations import conversation_in, turns_of, written_turns
from alia_judge.ratings.saying import say_columns
from alia_judge.records import Turn
from alia_judge.text.names import NameFinder
from alia_judge.text.personal_data import redact

if TYPE_CHECKING:
    from alia_judge.ratings.table import Ratings

__all__ = ["redact_ratings", "redact_table"]


def redact_ratings(ratings: Ratings, *, names: NameFinder | None = None) -> Ratings:
    """The ratings with every text of their items redacted (not their ids, nor further columns).

    Parameters
    ----------
    ratings
        As they were read.
    names
        Finds names of people and places, which are then redacted too.

    Examples
    --------
    >>> import alia_judge as aj
    >>> rows = [{"item": n, "rater": "ana", "stars": n, "response": f"Escriba a yo{n}@example.org."} for n in (1, 2, 3)]
    >>> ratings = aj.load_ratings(rows)
    >>> aj.redact_ratings(ratings).items()[0].response
    'Escriba a [e-mail].'
    """
    from alia_judge.ratings.table import Ratings

    expect("ratings", ratings, Ratings, "load_ratings(...)")
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


def redact_table(
    columns: Mapping[str, Sequence[Any]],
    said: Mapping[str, str] | None = None,
    *,
    names: NameFinder | None = None,
) -> tuple[dict[str, list[Any]], dict[str, int]]:
    """A table with the texts of its items, its comments and its conversations redacted, and how many cells changed.

    Parameters
    ----------
    columns
        One list a column.
    said
        The table's column for each of the library's names, where a guess would be wrong.
    names
        Finds names of people and places, which are then redacted too.

    Raises
    ------
    UsageError
        If no column holds texts.

    Examples
    --------
    >>> redact_table({"respuesta": ["Llame al 612 345 678.", "No."], "tono": [4, 2]})
    ({'respuesta': ['Llame al [telephone].', 'No.'], 'tono': [4, 2]}, {'respuesta': 1})
    """
    chosen = guess_columns(columns, said)
    texts = [chosen[name] for name in (*TEXT_FIELDS, "comment") if name in chosen]
    texts += [name for name in conversation_in(columns) if name not in texts]
    if not texts:
        how = say_columns({"response": "NAME"})
        raise UsageError(
            message(
                "no column holds texts; name them with {how}; there are: {columns}", how=how, columns=listed(columns)
            )
        )
    found = {name: list(cells) for name, cells in columns.items()}
    changed = {}
    for name in texts:
        found[name] = [_redacted(cell, names) for cell in columns[name]]
        changed[name] = sum(one != other for one, other in zip(found[name], columns[name], strict=True))
    return found, changed


def _redacted(cell: Any, names: NameFinder | None) -> Any:
    """A cell with the strings in it redacted, at any depth: a text, or the messages of a conversation."""
    if isinstance(cell, str):
        return redact(cell, names=names)
    if isinstance(cell, Mapping):
        return {name: value if name == "role" else _redacted(value, names) for name, value in cell.items()}
    if isinstance(cell, (list, tuple)):
        return [_redacted(one, names) for one in cell]
    return cell


def _redacted_turns(cell: Any, names: NameFinder | None) -> Any:
    turns = turns_of(cell)
    if turns is None:  # a further column of that name
        return cell
    return written_turns([Turn(role=turn.role, text=redact(turn.text, names=names)) for turn in turns])
