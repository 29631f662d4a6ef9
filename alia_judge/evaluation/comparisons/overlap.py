"""The lexical baseline: how many words a response shares with what it should rest on."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alia_judge.records import Item

__all__ = ["overlap_features"]

_WORD = re.compile(r"\w+")


def overlap_features(items: Sequence[Item]) -> NDArray[np.float64]:
    """Overlap of each response with its context, reference and prompt.

    Parameters
    ----------
    items
        n items.

    Returns
    -------
    ndarray
        Shape (n, 2 k), for each of the k fields that every item has: the share of the response's distinct words that
        the field has, and the share of the field's distinct words that the response has. k may be 0.

    Examples
    --------
    >>> overlap_features([Item(item_id="a", response="Son 30 euros.", reference="Cuesta 30 euros al mes")]).round(2)
    array([[0.67, 0.4 ]])
    """
    responses = [_words(item.response) for item in items]
    columns = []
    for field in ("context", "reference", "prompt"):
        texts = [getattr(item, field) for item in items]
        if not all(texts):
            continue
        # Items of a group mostly share their context: its words are split once.
        split = {text: _words(text) for text in set(texts)}
        rested = [split[text] for text in texts]
        shared = np.array([len(mine & theirs) for mine, theirs in zip(responses, rested, strict=True)])
        columns += [shared / np.maximum([len(words) for words in side], 1) for side in (responses, rested)]
    return np.column_stack(columns) if columns else np.empty((len(items), 0))


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))
