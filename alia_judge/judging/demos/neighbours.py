"""`NearestDemos`: the demonstrations that are most like the item, by words or by an embedding."""

from __future__ import annotations

import copy
import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.judging.demos.embeddings import Embeddings

__all__ = ["EMBEDDING", "NearestDemos", "Neighbours"]

Floats = NDArray[np.float64]
Order = Literal["likest_last", "likest_first", "by_score"]

_WORD = re.compile(r"\w+")
#: The usual constants: how fast a repeated word saturates, and how much a long text is held back.
_K1, _B = 1.2, 0.75
_COMPARED = ("prompt", "response", "response_b")
#: Prefix of a likeness by an embedding model.
EMBEDDING = "embedding:"


@dataclass(frozen=True, kw_only=True, eq=False)
class Neighbours(Record):
    """Which of a judge's demonstrations an item is shown. All of it is part of the judge's configuration.

    Parameters
    ----------
    k
        How many.
    likeness
        ``"bm25"``; ``"tfidf"``, the cosine of TF-IDF vectors; or ``"embedding:PROVIDER/MODEL"``, the cosine of what an
        embedding model that LiteLLM knows makes of the texts; a bulk run asks it about several items at once.
    balanced
        Whether to take the likest of each score in turn, so that no score is shown more than once more than another.
    order
        Which stands next to the item: ``"likest_last"`` the likest, ``"likest_first"`` the least alike;
        ``"by_score"`` ascending scores.

    Examples
    --------
    >>> Neighbours(k=4, balanced=True).to_dict()
    {'k': 4, 'likeness': 'bm25', 'balanced': True, 'order': 'likest_last'}
    """

    k: int
    likeness: str = "bm25"
    balanced: bool = False
    order: Order = "likest_last"

    def __post_init__(self) -> None:
        if self.k < 1:
            raise UsageError(message("neighbours must be at least 1, got {k}", k=self.k))
        if self.likeness not in ("bm25", "tfidf") and not self.likeness.removeprefix(EMBEDDING).count("/"):
            raise UsageError(
                message(
                    "likeness must be bm25, tfidf or embedding:PROVIDER/MODEL, got {likeness!r}", likeness=self.likeness
                )
            )
        if self.order not in get_args(Order):
            raise UsageError(
                message(
                    "order must be one of {order}, got {self_order!r}",
                    order=", ".join(get_args(Order)),
                    self_order=self.order,
                )
            )


class NearestDemos:
    """An index over a pool of demonstrations.

    Parameters
    ----------
    pool
        Demonstrations, as a judge takes them.
    chosen
        How many are chosen, and how.

    References
    ----------
    Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", Foundations and Trends in
    Information Retrieval 3 (2009), eq. 3.15. Salton and Buckley, "Term-weighting approaches in automatic text
    retrieval", Information Processing and Management 24 (1988), with the idf ``log((1 + n) / (1 + df)) + 1``.

    Examples
    --------
    >>> pool = [{"response": "The bill is wrong."}, {"response": "The line is down."}, {"response": "My bill doubled."}]
    >>> [demo["response"] for demo in NearestDemos(pool, Neighbours(k=2)).nearest({"response": "A wrong bill"})]
    ['My bill doubled.', 'The bill is wrong.']
    """

    def __init__(self, pool: Sequence[Mapping[str, Any]], chosen: Neighbours) -> None:
        self.pool = list(pool)
        self.chosen = chosen
        self._shown = [_texts(demo) for demo in self.pool]
        words = [_words(shown) for shown in self._shown]
        self._index: _BM25 | _TFIDF | _Embedded
        if chosen.likeness == "bm25":
            self._index = _BM25(words)
        elif chosen.likeness == "tfidf":
            self._index = _TFIDF(words)
        else:
            self._index = _Embedded(self._shown, chosen.likeness)

    def nearest(self, texts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The demonstrations for an item's texts.

        A demonstration of the very same texts is left out: it would show the item its own score. Of equally like ones,
        the first in the pool goes first.
        """
        same = _texts(texts)
        return self._chosen(same, self._index.likeness(same))

    async def anearest(self, texts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """`nearest` without blocking the event loop; items of one turn of it go to an embedding model together."""
        if not isinstance(self._index, _Embedded):
            return self.nearest(texts)
        same = _texts(texts)
        return self._chosen(same, await self._index.alikeness(same))

    def __deepcopy__(self, memo: dict[int, Any]) -> NearestDemos:
        # A copy of a judge asks the same index, over its own copies of the demonstrations.
        copied = copy.copy(self)
        memo[id(self)] = copied
        copied.pool = copy.deepcopy(self.pool, memo)
        return copied

    def _chosen(self, same: tuple[str, ...], likeness: Floats) -> list[Mapping[str, Any]]:
        ranked = [int(place) for place in np.argsort(-likeness, kind="stable") if self._shown[place] != same]
        picked = (self._in_turn(ranked) if self.chosen.balanced else ranked)[: self.chosen.k]
        if self.chosen.order == "by_score":
            picked = sorted(picked, key=lambda place: (_score(self.pool[place]), place))
        elif self.chosen.order == "likest_last":
            picked = sorted(picked, key=ranked.index, reverse=True)
        else:
            picked = sorted(picked, key=ranked.index)
        return [self.pool[place] for place in picked]

    def _in_turn(self, ranked: Sequence[int]) -> list[int]:
        """The likest of each score, then the second likest of each, and so on."""
        rounds: Counter[float] = Counter()
        order = []
        for likest, place in enumerate(ranked):
            score = _score(self.pool[place])
            order.append((rounds[score], likest, place))
            rounds[score] += 1
        return [place for _, _, place in sorted(order)]


class _BM25:
    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        counts = [Counter(document) for document in documents]
        lengths = [count.total() for count in counts]
        mean = sum(lengths) / len(lengths) if lengths else 0.0
        self._n = len(counts)
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, (count, length) in enumerate(zip(counts, lengths, strict=True)):
            held_back = _K1 * (1.0 - _B + _B * length / mean) if mean else _K1
            for word, frequency in count.items():
                self._postings[word].append((place, frequency * (_K1 + 1.0) / (frequency + held_back)))

    def likeness(self, shown: tuple[str, ...]) -> Floats:
        scores = np.zeros(self._n)
        for word in set(_words(shown)):
            found = self._postings.get(word, ())
            weight = math.log1p((self._n - len(found) + 0.5) / (len(found) + 0.5))
            for place, share in found:
                scores[place] += weight * share
        return scores


class _TFIDF:
    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self._n = len(documents)
        frequencies = Counter(word for document in documents for word in set(document))
        self._idf = {word: math.log((1 + self._n) / (1 + frequency)) + 1.0 for word, frequency in frequencies.items()}
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, document in enumerate(documents):
            for word, weight in self._vector(document).items():
                self._postings[word].append((place, weight))

    def likeness(self, shown: tuple[str, ...]) -> Floats:
        scores = np.zeros(self._n)
        for word, weight in self._vector(_words(shown)).items():
            for place, other in self._postings.get(word, ()):
                scores[place] += weight * other
        return scores

    def _vector(self, document: Sequence[str]) -> dict[str, float]:
        counts = Counter(document)
        weights = {word: count * self._idf[word] for word, count in counts.items() if word in self._idf}
        length = math.sqrt(math.fsum(weight**2 for weight in weights.values()))
        return {word: weight / length for word, weight in weights.items()} if length else {}


class _Embedded:
    def __init__(self, shown: Sequence[tuple[str, ...]], likeness: str) -> None:
        self._embeddings = Embeddings(likeness.removeprefix(EMBEDDING))
        self._vectors = self._embeddings.vectors([_joined(texts) for texts in shown]) if shown else np.empty((0, 0))

    def likeness(self, shown: tuple[str, ...]) -> Floats:
        if not self._vectors.size:
            return np.zeros(len(self._vectors))
        return self._like(self._embeddings.vectors([_joined(shown)])[0])

    async def alikeness(self, shown: tuple[str, ...]) -> Floats:
        if not self._vectors.size:
            return np.zeros(len(self._vectors))
        return self._like(await self._embeddings.vector(_joined(shown)))

    def _like(self, vector: Floats) -> Floats:
        similar: Floats = np.dot(self._vectors, vector)
        return similar


def _joined(texts: tuple[str, ...]) -> str:
    return "\n\n".join(filter(None, texts)) or " "


def _texts(texts: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(texts.get(name) or "") for name in _COMPARED)


def _words(shown: tuple[str, ...]) -> list[str]:
    return [word for text in shown for word in _WORD.findall(text.casefold())]


def _score(demo: Mapping[str, Any]) -> float:
    score = demo.get("score")
    return float(score) if isinstance(score, (int, float)) else -math.inf
