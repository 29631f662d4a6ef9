"""What surprising disagreements share: clusters by words of their texts, named by the words that set them apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster import hierarchy

from alia_judge.evaluation.slices.surprise import Disagreement
from alia_judge.records import Item

__all__ = ["Theme", "themes"]

_WORD = re.compile(r"[^\W\d_]{2,}")
#: A word in more than this share of a language's items is grammar.
_COMMON = 0.25
#: Texts farther apart than this (1 less the cosine, on average) are not about the same.
_APART = 0.85
#: Items that the prior of a word's log-odds is worth.
_PRIOR = 10.0


@dataclass(frozen=True, kw_only=True)
class Theme:
    """Disagreements with words in common.

    Parameters
    ----------
    terms
        The words that set them apart from all other items, the most telling first.
    item_ids
        Which, the most surprising first.
    too_high
        How many of them the judge scored too high for what people said; the rest it scored too low.
    groups
        From how many groups they are; as many as there are items, where items have none.
    """

    terms: tuple[str, ...]
    item_ids: tuple[str, ...]
    too_high: int
    groups: int

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
        A cluster of fewer disagreements, or of fewer groups, is no theme: the words that the answers about one document
        share say what the document is about.
    n_terms
        Words in a name.

    Returns
    -------
    tuple
        The theme of the most groups first. What belongs to none is in none: a theme is a hint where to look, and
        nothing about it was tested.

    Notes
    -----
    Average linkage of 1 less the cosine of TF-IDF vectors (Salton and Buckley 1988), cut where clusters are farther
    apart than .85 on average. A word weighs less the more of the other items of its group have it, too. Terms are those
    with the highest log-odds of being in an item of the cluster rather than in another, in standard errors, with a
    Dirichlet prior from all items (Monroe, Colaresi and Quinn 2008, eq. 16 to 22).

    References
    ----------
    Monroe, B. L., Colaresi, M. P. and Quinn, K. M. (2008). Fightin' words: lexical feature selection and evaluation for
    identifying the content of political conflict. Political Analysis 16(4).

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
    (Theme(terms=('factura',), item_ids=('0', '1', '2'), too_high=0, groups=3),)
    """
    by_id = {item.item_id: item for item in items}
    words = _Words(items)
    units = np.array([_unit(by_id[one.item_id]) for one in disagreements])
    weighed = [words.weighed(by_id[one.item_id]) for one in disagreements]
    spread: dict[str, set[str]] = {}
    for unit, found in zip(units, weighed, strict=True):
        for word in found:
            spread.setdefault(word, set()).add(unit)
    vocabulary = sorted(word for word, where in spread.items() if len(where) >= min(fewest, 2))
    weights = _matrix(weighed, vocabulary)
    rows = np.flatnonzero(weights.sum(axis=1) > 0)
    if rows.size < max(fewest, 2):
        return ()
    cluster = hierarchy.fcluster(
        hierarchy.linkage(weights[rows], method="average", metric="cosine"), _APART, criterion="distance"
    )
    result = []
    for code in np.unique(cluster):
        mine = rows[cluster == code]
        groups = np.unique(units[mine]).size
        if groups < fewest:
            continue
        inside = [disagreements[row].item_id for row in mine]
        terms = words.telling(inside, vocabulary)[:n_terms]
        if terms:
            too_high = sum(disagreements[row].direction == "too high" for row in mine)
            result.append(Theme(terms=terms, item_ids=tuple(inside), too_high=too_high, groups=groups))
    return tuple(sorted(result, key=lambda theme: (-theme.groups, -len(theme.item_ids))))


class _Words:
    """Which items have which words, and how telling a word is."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._of = {item.item_id: frozenset(_words(item)) for item in items}
        self._language = {item.item_id: item.language for item in items}
        self._size = Counter(item.language for item in items)
        self._having = Counter((item.language, word) for item in items for word in self._of[item.item_id])
        self._mates = Counter(_unit(item) for item in items)
        self._mates_having = Counter((_unit(item), word) for item in items for word in self._of[item.item_id])

    def weighed(self, item: Item) -> dict[str, float]:
        """Weight of each word that is no grammar; a theme of articles and pronouns would only name a language."""
        size, unit = self._size[item.language], _unit(item)
        found = {}
        for word, n in Counter(_words(item)).items():
            having = self._having[item.language, word]
            if having > _COMMON * size:
                continue
            mates = self._mates[unit] - 1
            alike = (self._mates_having[unit, word] - 1) / mates if mates else 0.0
            weight = (1 + np.log(n)) * np.log(size / having) * (1 - alike)
            if weight > 0:
                found[word] = weight
        return found

    def telling(self, inside: Sequence[str], vocabulary: Sequence[str]) -> tuple[str, ...]:
        """Words that more items of the cluster have than others in their languages, the most telling first."""
        chosen, languages = set(inside), {self._language[item] for item in inside}
        outside = [item for item in self._of if item not in chosen and self._language[item] in languages]
        held = {word for item in inside for word in self._of[item]}
        score = {}
        for word in sorted(held.intersection(vocabulary)):
            here, there = (sum(word in self._of[item] for item in side) for side in (inside, outside))
            prior = _PRIOR * (here + there + 0.5) / (len(inside) + len(outside) + 1)
            odds = [
                np.log((count + prior) / (size + _PRIOR - count - prior))
                for count, size in ((here, len(inside)), (there, len(outside)))
            ]
            if here > 1 and odds[0] > odds[1]:
                score[word] = (odds[0] - odds[1]) / np.sqrt(1 / (here + prior) + 1 / (there + prior))
        return tuple(sorted(score, key=lambda word: -score[word]))


def _unit(item: Item) -> str:
    return f"item:{item.item_id}" if item.group is None else f"group:{item.group}"


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
