"""What surprising disagreements share: clusters by the words of their texts, named by the words that set them apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster import hierarchy

from alia_judge.evaluation.surprise import Disagreement
from alia_judge.records import Item

__all__ = ["Theme", "themes"]

_WORD = re.compile(r"[^\W\d_]{2,}")
#: A word in more than this share of a language's items is grammar; one in fewer disagreements than this is chance.
_COMMON, _FEWEST = 0.25, 2
#: Texts farther apart than this (1 less the cosine, on average) are not about the same.
_APART = 0.85


@dataclass(frozen=True, kw_only=True)
class Theme:
    """Disagreements with words in common.

    Parameters
    ----------
    terms
        The words that set them apart from all items, the most telling first.
    item_ids
        Which, the most surprising first.
    too_high
        How many of them the judge scored too high for what people said; the rest it scored too low.
    """

    terms: tuple[str, ...]
    item_ids: tuple[str, ...]
    too_high: int

    @property
    def name(self) -> str:
        """The terms in a row."""
        return ", ".join(self.terms)


def themes(
    disagreements: Sequence[Disagreement], items: Sequence[Item], *, fewest: int = 3, n_terms: int = 4
) -> tuple[Theme, ...]:
    """Cluster disagreements by TF-IDF of prompt and response.

    Parameters
    ----------
    disagreements
        What `disagreements` lists.
    items
        All items of the evaluation: what is common among them names nothing.
    fewest
        A cluster of fewer disagreements is no theme.
    n_terms
        Words in a name.

    Returns
    -------
    tuple
        The largest theme first. What belongs to none is in none: a theme is a hint where to look, and nothing about it
        was tested.

    Notes
    -----
    Average linkage of 1 less the cosine of TF-IDF vectors (Salton and Buckley 1988), cut where clusters are farther
    apart than .85 on average. Terms are those with the highest mean weight in the cluster beyond their mean weight in
    all disagreements.

    Examples
    --------
    >>> texts = ["la factura de mayo", "factura y recibo de mayo", "el recibo y la factura", "sin cobertura en casa"]
    >>> items = [Item(item_id=str(n), response=text) for n, text in enumerate(texts)]
    >>> items += [Item(item_id=f"o{n}", response="todo bien") for n in range(9)]
    >>> odd = [
    ...     Disagreement(item_id=str(n), score=1.0, consensus=5.0, expected=2.0, surprise=4.0 - n, ratings=(5.0,))
    ...     for n in range(4)
    ... ]
    >>> themes(odd, items, n_terms=1)
    (Theme(terms=('factura',), item_ids=('0', '1', '2'), too_high=0),)
    """
    by_id = {item.item_id: item for item in items}
    rarity = _Rarity(items)
    weighed = [rarity.of(by_id[one.item_id]) for one in disagreements]
    inside = Counter(word for found in weighed for word in found)
    vocabulary = sorted(word for word, n in inside.items() if n >= _FEWEST)
    weights = _matrix(weighed, vocabulary)
    rows = np.flatnonzero(weights.sum(axis=1) > 0)
    if rows.size < max(fewest, 2):
        return ()
    found = hierarchy.linkage(weights[rows], method="average", metric="cosine")
    cluster = hierarchy.fcluster(found, _APART, criterion="distance")
    mean = weights.mean(axis=0)
    result = []
    for code in np.unique(cluster):
        mine = rows[cluster == code]
        if mine.size < fewest:
            continue
        telling = weights[mine].mean(axis=0) - mean
        chosen = [place for place in np.argsort(-telling, kind="stable")[:n_terms] if telling[place] > 0]
        if chosen:
            result.append(
                Theme(
                    terms=tuple(vocabulary[place] for place in chosen),
                    item_ids=tuple(disagreements[row].item_id for row in mine),
                    too_high=sum(disagreements[row].direction == "too high" for row in mine),
                )
            )
    return tuple(sorted(result, key=lambda theme: -len(theme.item_ids)))


class _Rarity:
    """Weights of an item's words, by how few items of its language have them."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._size = Counter(item.language for item in items)
        self._having = Counter((item.language, word) for item in items for word in set(_words(item)))

    def of(self, item: Item) -> dict[str, float]:
        """TF-IDF of each word that is no grammar; a theme of articles and pronouns would only name a language."""
        size = self._size[item.language]
        return {
            word: (1 + np.log(n)) * np.log(size / having)
            for word, n in Counter(_words(item)).items()
            if (having := self._having[item.language, word]) <= _COMMON * size
        }


def _words(item: Item) -> list[str]:
    return [word.casefold() for text in (item.prompt, item.response) for word in _WORD.findall(text)]


def _matrix(weighed: Sequence[dict[str, float]], vocabulary: Sequence[str]) -> NDArray[np.float64]:
    """Rows of unit length, one a disagreement; a row of zeros where it has no word of the vocabulary."""
    column = {word: place for place, word in enumerate(vocabulary)}
    matrix = np.zeros((len(weighed), max(len(vocabulary), 1)))
    for row, found in enumerate(weighed):
        for word, weight in found.items():
            if word in column:
                matrix[row, column[word]] = weight
    length = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.asarray(np.divide(matrix, length, out=np.zeros_like(matrix), where=length > 0))
