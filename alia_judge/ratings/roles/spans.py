"""Columns that say where in a text something stands (``start``, ``end``): marked spans, and no ratings."""

from __future__ import annotations

import numpy as np

from alia_judge.ratings.roles.column import Column
from alia_judge.ratings.roles.names import tokens

__all__ = ["span_columns"]

#: What the first and the last place of a span are called.
_ENDS = (
    ("start", "end"), ("begin", "end"), ("from", "to"), ("inicio", "fin"), ("inici", "fi"), ("hasiera", "amaiera"),
    ("inicio", "final"), ("first", "last"), ("offset", "length"), ("start", "length"), ("start", "stop"),
)  # fmt: skip
#: Different places that are seen at least.
_FEWEST = 3


def span_columns(columns: list[Column]) -> frozenset[int]:
    """The columns of pairs that are called like the ends of a span, in whole numbers of which one follows the other."""
    found: set[int] = set()
    whole = [place for place, column in enumerate(columns) if column.whole and column.k >= _FEWEST]
    for one in whole:
        for other in whole:
            if one != other and _are_ends(columns[one], columns[other]):
                found |= {one, other}
    return frozenset(found)


def _are_ends(first: Column, last: Column) -> bool:
    own, others = tokens(first.name), tokens(last.name)
    different = [pair for pair in zip(own, others, strict=False) if pair[0] != pair[1]]
    numbered = first.name.endswith("$1") and last.name.endswith("$2") and first.name[:-1] == last.name[:-1]
    if not numbered and (len(own) != len(others) or len(different) != 1 or different[0] not in _ENDS):
        return False
    known = ~np.isnan(first.numbers) & ~np.isnan(last.numbers)
    starts, ends = first.numbers[known], last.numbers[known]
    if not len(starts) or starts.min() < 0:
        return False
    length = "length" in others
    ordered = bool((ends > 0).all()) if length else bool((ends >= starts).all() and (ends > starts).any())
    return ordered and (not numbered or (float(ends.max()) > _LIKE_A_SCALE and first.k > _LIKE_A_SCALE / 2))


#: Numbers up to which a pair without names may be two ratings.
_LIKE_A_SCALE = 11
