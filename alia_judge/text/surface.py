"""What a response looks like, whatever it says: the features a judge must beat.

They are counted from the response alone, need no tokeniser and no language, and cost no call. A judge whose scores
these features explain has judged length and layout.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from alia_judge.records import Item

__all__ = ["SURFACE_FEATURES", "surface_features"]

#: The columns of `surface_features`, in order.
SURFACE_FEATURES = (
    "words",
    "log_words",
    "letters_per_word",
    "line_breaks",
    "lines",
    "full_stops",
    "words_per_sentence",
    "punctuation_share",
    "digit_share",
    "upper_share",
    "distinct_words_share",
    "list_lines_share",
)

_SENTENCE_END = re.compile(r"[.!?…。！？]+")
_LIST_LINE = re.compile(r"^\s*(?:[-*•–]|\d+[.)]|[^\W\d_]\))\s")


def surface_features(items: Sequence[Item]) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Surface features of the items' responses.

    Parameters
    ----------
    items
        n items; only `Item.response` is read (of a pair, the second response minus the first).

    Returns
    -------
    names
        `SURFACE_FEATURES`.
    features
        Shape (n, ``len(names)``), finite. Counts are raw, shares lie in [0, 1], `log_words` is ``log(1 + words)``;
        `line_breaks` counts those around blank lines too, `lines` only lines that hold something.

    Examples
    --------
    >>> names, features = surface_features([Item(item_id="a", response="Sí. Reinicie el router.")])
    >>> dict(zip(names, features[0].round(2).tolist()))["words"]
    4.0
    """
    rows = [_pair_row(item) if item.response_b is not None else _row(item.response) for item in items]
    return SURFACE_FEATURES, np.array(rows, dtype=np.float64).reshape(len(rows), len(SURFACE_FEATURES))


def _pair_row(item: Item) -> list[float]:
    second = _row(item.response_b or "")
    return [b - a for a, b in zip(_row(item.response), second, strict=True)]


def _row(text: str) -> list[float]:
    words = text.split()
    n_words, n_characters = len(words), max(len(text), 1)
    letters = upper = digits = punctuation = 0
    # A text has few different characters: each is looked at once, however often it is there.
    for character, times in Counter(text).items():
        is_letter, is_upper, is_digit, is_punctuation = _kind(character)
        letters += times * is_letter
        upper += times * is_upper
        digits += times * is_digit
        punctuation += times * is_punctuation
    sentences = len(_SENTENCE_END.findall(text))
    lines = [line for line in text.splitlines() if line.strip()]
    return [
        float(n_words),
        float(np.log1p(n_words)),
        letters / max(n_words, 1),
        float(text.count("\n")),
        float(len(lines)),
        float(sentences),
        n_words / max(sentences, 1),
        punctuation / n_characters,
        digits / n_characters,
        upper / max(letters, 1),
        len(set(text.casefold().split())) / max(n_words, 1),
        sum(_LIST_LINE.match(line) is not None for line in lines) / max(len(lines), 1),
    ]


@cache
def _kind(character: str) -> tuple[bool, bool, bool, bool]:
    """Whether it is a letter, upper case, a digit, punctuation."""
    return (
        character.isalpha(),
        character.isupper(),
        character.isdigit(),
        unicodedata.category(character).startswith("P"),
    )
