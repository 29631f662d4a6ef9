"""`NearestDemos`: the demonstrations that are most like the item, by BM25."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["NearestDemos"]

_WORD = re.compile(r"\w+")
#: The usual constants: how fast a repeated word saturates, and how much a long text is held back.
_K1, _B = 1.2, 0.75
_COMPARED = ("prompt", "response", "response_b")


class NearestDemos:
    """An index over a pool of demonstrations.

    Parameters
    ----------
    pool
        Demonstrations, as a judge takes them.

    References
    ----------
    Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", Foundations and Trends in
    Information Retrieval 3 (2009), eq. 3.15.

    Examples
    --------
    >>> pool = [{"response": "The bill is wrong."}, {"response": "The line is down."}, {"response": "My bill doubled."}]
    >>> [demo["response"] for demo in NearestDemos(pool).nearest({"response": "A wrong bill"}, 2)]
    ['My bill doubled.', 'The bill is wrong.']
    """

    def __init__(self, pool: Sequence[Mapping[str, Any]]) -> None:
        self.pool = list(pool)
        counts = [Counter(_words(demo)) for demo in self.pool]
        lengths = [count.total() for count in counts]
        mean = sum(lengths) / len(lengths) if lengths else 0.0
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, (count, length) in enumerate(zip(counts, lengths, strict=True)):
            held_back = _K1 * (1.0 - _B + _B * length / mean) if mean else _K1
            for word, frequency in count.items():
                self._postings[word].append((place, frequency * (_K1 + 1.0) / (frequency + held_back)))

    def nearest(self, texts: Mapping[str, Any], k: int) -> list[Mapping[str, Any]]:
        """The `k` demonstrations most like an item's texts, the likest last, so that it stands next to the item.

        A demonstration of the very same texts is left out: it would show the item its own score. Of equally like ones,
        the first in the pool goes first.
        """
        scores: dict[int, float] = dict.fromkeys(range(len(self.pool)), 0.0)
        for word in set(_words(texts)):
            found = self._postings.get(word, ())
            weight = math.log1p((len(self.pool) - len(found) + 0.5) / (len(found) + 0.5))
            for place, share in found:
                scores[place] += weight * share
        same = _texts(texts)
        ranked = sorted(scores, key=lambda place: (-scores[place], place))
        others = [self.pool[place] for place in ranked if _texts(self.pool[place]) != same]
        return others[:k][::-1]


def _texts(texts: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(texts.get(name) or "") for name in _COMPARED)


def _words(texts: Mapping[str, Any]) -> list[str]:
    return [word for text in _texts(texts) for word in _WORD.findall(text.casefold())]
