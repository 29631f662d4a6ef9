"""Columns that belong together by their names: what most of a family are shows what the others are."""

from __future__ import annotations

from collections.abc import Sequence

from alia_judge.ratings.roles.column import Column, words_of
from alia_judge.ratings.roles.names import generic, tokens

__all__ = ["families"]

#: Columns that a family has at least, of which so many vary; different values that all of them together have at most.
_FEWEST, _VARY, _MOST_VALUES = 3, 2, 12
#: Different values of boxes: a yes and a no.
_BOX = 2
_KINDS = ("num", "word", "const")


def families(columns: Sequence[Column]) -> list[tuple[int, ...]]:
    """The places of the columns of each family.

    Columns are of one if they are numbered alike (``topic_1``, ``topic_2``), or begin alike and say yes or no
    (``is_rude``, ``is_kind``), and all of them have the values of those that vary.

    Parameters
    ----------
    columns
        A table's columns.

    Examples
    --------
    >>> cells = {"topic_1": [0, 1, 1], "topic_2": [1, 0, 1], "topic_9": [0, 0, 0], "id": [7, 8, 9]}
    >>> families([Column(name, values) for name, values in cells.items()])
    [(0, 1, 2)]
    """
    alike: dict[tuple[str, ...], list[int]] = {}
    for place, column in enumerate(columns):
        words = tokens(column.name)
        if len(words) < 2 or column.kind not in _KINDS or generic(column.name):
            continue
        if words[-1].isdigit():
            alike.setdefault(("numbered", *words_of(column)), []).append(place)
        elif column.k <= _BOX:
            alike.setdefault(("boxes", words[0]), []).append(place)
    found = []
    for (kind, *_), places in alike.items():
        vary = [place for place in places if columns[place].k > 1]
        values = set().union(*(columns[place].texts() for place in vary)) if vary else set()
        whole = [place for place in places if columns[place].texts() <= values]
        if len(vary) >= _VARY and len(whole) >= _FEWEST and len(values) <= (_BOX if kind == "boxes" else _MOST_VALUES):
            found.append(tuple(whole))
    return found
