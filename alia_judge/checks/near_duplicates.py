"""Texts that are nearly the same, found without comparing all pairs.

References
----------
.. [1] Broder, A. (1997). "On the resemblance and containment of documents". Compression and Complexity of Sequences.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["near_duplicates"]

_WORDS = re.compile(r"\w+")
#: Words in a row that make a shingle: of a reply of 25 words, one changed word takes two pairs away (likeness .85).
_SHINGLE = 2
#: Texts with fewer words are too short for their likeness to mean anything.
_FEWEST_WORDS = 8
#: MinHash values, in bands of `_ROWS`: texts that agree on a whole band are compared. Likeness .7 is then found with
#: probability 1 - (1 - .7^4)^24 = .9986; likeness .5 is compared in four of five cases and refused by the comparison.
_BANDS, _ROWS = 24, 4


def near_duplicates(texts: Sequence[str], *, threshold: float = 0.7) -> list[tuple[int, int, float]]:
    """Pairs of texts whose word pairs overlap by `threshold` or more.

    Parameters
    ----------
    texts
        The texts; case, punctuation and accents do not count. Texts of fewer than eight words are left out.
    threshold
        Jaccard similarity of the sets of word pairs, in (0, 1].

    Returns
    -------
    list of (int, int, float)
        Indices of the pair, the lower first, and their similarity.

    Examples
    --------
    >>> texts = [
    ...     "Su factura de mayo incluye un cargo por llamadas internacionales de doce euros.",
    ...     "Su factura de mayo incluye un cargo por llamadas internacionales de doce euros!",
    ...     "No hay cobertura de fibra en su calle todavía, lo sentimos mucho de verdad.",
    ... ]
    >>> near_duplicates(texts)
    [(0, 1, 1.0)]
    """
    sets = [_shingles(text) for text in texts]
    signatures = _signatures(sets)
    found = []
    for first, second in sorted(_candidates(signatures, sets)):
        union = len(sets[first] | sets[second])
        likeness = len(sets[first] & sets[second]) / union if union else 0.0
        if likeness >= threshold:
            found.append((first, second, likeness))
    return found


def _shingles(text: str) -> frozenset[int]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    words = _WORDS.findall("".join(character for character in plain if not unicodedata.combining(character)))
    if len(words) < _FEWEST_WORDS:
        return frozenset()
    shingles = (" ".join(words[start : start + _SHINGLE]) for start in range(len(words) - _SHINGLE + 1))
    return frozenset(zlib.crc32(shingle.encode()) for shingle in shingles)


def _signatures(sets: Sequence[frozenset[int]]) -> NDArray[np.uint64]:
    """MinHash of each set, shape (n, bands * rows)."""
    # Fixed: the same texts give the same pairs.
    rng = np.random.default_rng(0)
    n = _BANDS * _ROWS
    factors = rng.integers(0, 1 << 64, size=n, dtype=np.uint64)
    offsets = rng.integers(0, 1 << 64, size=n, dtype=np.uint64)
    signatures = np.zeros((len(sets), n), dtype=np.uint64)
    for index, members in enumerate(sets):
        if members:
            values = np.fromiter(members, dtype=np.uint64, count=len(members))
            # Multiply-shift of 32-bit keys, modulo 2^64 by overflow: 2-independent (Dietzfelbinger 1996).
            signatures[index] = ((factors[:, None] * values + offsets[:, None]) >> np.uint64(32)).min(axis=1)
    return signatures


def _candidates(signatures: NDArray[np.uint64], sets: Sequence[frozenset[int]]) -> set[tuple[int, int]]:
    pairs: set[tuple[int, int]] = set()
    for band in range(_BANDS):
        buckets: dict[bytes, list[int]] = defaultdict(list)
        part = signatures[:, band * _ROWS : (band + 1) * _ROWS]
        for index, members in enumerate(sets):
            if members:
                buckets[part[index].tobytes()].append(index)
        for bucket in buckets.values():
            pairs.update(_linked(bucket))
    return pairs


def _linked(bucket: list[int]) -> Iterator[tuple[int, int]]:
    """All pairs of a small bucket; of a large one (a template with a thousand copies) each with the first."""
    if len(bucket) <= 50:
        yield from ((a, b) for place, a in enumerate(bucket) for b in bucket[place + 1 :])
    else:
        yield from ((bucket[0], other) for other in bucket[1:])
