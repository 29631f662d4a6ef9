"""Texts that are nearly the same, found without comparing all pairs.

References
----------
.. [1] Broder, A. (1997). "On the resemblance and containment of documents". Compression and Complexity of Sequences.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import threading
import unicodedata
import zlib
from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["THRESHOLD", "near_duplicates", "word_pairs"]

Codes = NDArray[np.intp]

#: Texts are nearly the same from this likeness on.
THRESHOLD = 0.7

_WORDS = re.compile(r"\w+")
#: Combining marks of Latin, Greek and Cyrillic letters.
_ACCENTS = re.compile(r"[\u0300-\u036f]+")
#: Texts with fewer words are too short for their likeness to mean anything.
_FEWEST_WORDS = 8
#: MinHash values, in bands of `_ROWS`: texts that agree on a whole band are compared. Likeness .7 is then found with
#: probability 1 - (1 - .7^4)^24 = .9986; likeness .5 is compared in four of five cases and refused by the comparison.
_BANDS, _ROWS = 24, 4
#: Texts that share a band and are compared with one another; of more, each with the first.
_LARGE = 50
#: Pairs that are kept before those that several bands found are merged.
_MANY = 1_000_000
#: Texts, or pairs of them, that are looked at together.
_AT_ONCE = 8192
#: What was found among the texts last asked about, by their digest: a check and the split ask about the same.
_KEPT = 2
_FOUND: dict[tuple[bytes, float], list[tuple[int, int, float]]] = {}
_LOOKING = threading.Lock()
#: Odd numbers that make one key of a band's values.
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64)


def near_duplicates(texts: Sequence[str], *, threshold: float = THRESHOLD) -> list[tuple[int, int, float]]:
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
    key = (_digest(texts), threshold)
    with _LOOKING:
        if key not in _FOUND:
            found = _compared(texts, threshold)
            if len(_FOUND) >= _KEPT:
                del _FOUND[next(iter(_FOUND))]
            _FOUND[key] = found
        return list(_FOUND[key])


def _digest(texts: Sequence[str]) -> bytes:
    digest = hashlib.sha256()
    for text in texts:
        plain = text.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(plain) + plain)
    return digest.digest()


def _compared(texts: Sequence[str], threshold: float) -> list[tuple[int, int, float]]:
    members = _Members(texts)
    signatures = _signatures(members)
    found = []
    likely = _likely(_candidates(signatures, members), signatures, threshold)
    for start in range(0, len(likely), _AT_ONCE):
        some = likely[start : start + _AT_ONCE]
        sizes = members.sizes[some].sum(axis=1)
        common = sizes - members.together(some)
        likeness = common / (sizes - common)
        alike = likeness >= threshold
        found += [(a, b, like) for (a, b), like in zip(some[alike].tolist(), likeness[alike].tolist(), strict=True)]
    return found


class _Members:
    """The word pairs of each text, one after the other: sets of Python's own would take a hundred bytes a number.

    Text k has `sizes[k]` of the `values`, from `starts[k]` on.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        values, sizes = array("I"), np.zeros(len(texts), dtype=np.intp)
        for place, text in enumerate(texts):
            pairs = word_pairs(text)
            values.extend(pairs)
            sizes[place] = len(pairs)
        self.values, self.sizes = np.array(values, dtype=np.uint32), sizes
        self.starts = np.cumsum(sizes) - sizes

    def together(self, pairs: Codes) -> Codes:
        """How many different word pairs the two texts of each pair have, shape (m, 2) -> (m,)."""
        sizes = self.sizes[pairs].ravel()
        ends = np.cumsum(sizes)
        places = np.arange(ends[-1]) + np.repeat(self.starts[pairs].ravel() - (ends - sizes), sizes)
        pair = np.repeat(np.arange(2 * len(pairs)) // 2, sizes)
        keys = _distinct((pair.astype(np.uint64) << np.uint64(32)) | self.values[places])
        return np.bincount((keys >> np.uint64(32)).astype(np.intp), minlength=len(pairs))


def word_pairs(text: str) -> frozenset[int]:
    """What texts are compared by: a 32-bit number for each pair of neighbouring words; none in a text too short."""
    plain = text.casefold()
    if not plain.isascii():
        plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain))
    words = _WORDS.findall(plain)
    if len(words) < _FEWEST_WORDS:
        return frozenset()
    return frozenset(zlib.crc32(f"{first} {second}".encode()) for first, second in itertools.pairwise(words))


def _signatures(members: _Members) -> NDArray[np.uint32]:
    """MinHash of each text's word pairs, shape (n, bands * rows)."""
    # Fixed: the same texts give the same pairs.
    rng = np.random.default_rng(0)
    n = _BANDS * _ROWS
    factors = rng.integers(0, 1 << 64, size=n, dtype=np.uint64)
    offsets = rng.integers(0, 1 << 64, size=n, dtype=np.uint64)
    signatures = np.zeros((members.sizes.size, n), dtype=np.uint32)
    known = np.flatnonzero(members.sizes)
    for some in np.array_split(known, known.size // _AT_ONCE + 1) if known.size else ():
        first, last = some[0], some[-1]
        values = members.values[members.starts[first] : members.starts[last] + members.sizes[last]].astype(np.uint64)
        starts = members.starts[some] - members.starts[first]
        for column in range(n):
            # Multiply-shift of 32-bit keys, modulo 2^64 by overflow: 2-independent (Dietzfelbinger 1996).
            hashed = (factors[column] * values + offsets[column]) >> np.uint64(32)
            signatures[some, column] = np.minimum.reduceat(hashed, starts)
    return signatures


def _candidates(signatures: NDArray[np.uint32], members: _Members) -> Codes:
    """Pairs of texts that agree on a band, shape (m, 2), the lower first, in ascending order."""
    n = members.sizes.size
    known = np.flatnonzero(members.sizes)
    pairs, found = np.empty(0, dtype=np.intp), list[Codes]()
    for band in range(_BANDS):
        # One number a band; two bands that clash by chance are told apart by the comparison that follows.
        part = signatures[known, band * _ROWS : (band + 1) * _ROWS].astype(np.uint64)
        keys = (part * _MIX).sum(axis=1, dtype=np.uint64)
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.concatenate([[True], keys[order][1:] != keys[order][:-1]])[: keys.size])
        sizes = np.append(starts[1:], keys.size) - starts
        texts = known[order]
        for size in np.unique(sizes[sizes > 1]).tolist():
            first, second = _linked(texts, starts[sizes == size], size)
            found.append(first * n + second)
        # Bands mostly find the same pairs: they are merged before they take more than the pairs themselves.
        if band == _BANDS - 1 or sum(map(len, found)) > _MANY + len(pairs):
            pairs, found = _distinct(np.concatenate([pairs, *found])), []
    return np.column_stack([pairs // max(n, 1), pairs % max(n, 1)])


def _distinct(values: NDArray[Any]) -> NDArray[Any]:
    """The different values, ascending; numpy's own `unique` hashes them, which takes longer."""
    values.sort()
    new = np.append(True, values[1:] != values[:-1])[: values.size]
    return np.asarray(values[new])


def _likely(pairs: Codes, signatures: NDArray[np.uint32], threshold: float) -> Codes:
    """The pairs whose signatures agree in so many places that they may be as alike as the threshold says.

    Each place agrees with the probability of their likeness: texts of one template share a band by chance, and the
    most of them need not be compared word by word. Four standard deviations below lose one pair in thirty thousand.
    """
    places = _BANDS * _ROWS
    least = places * threshold - 4 * (places * threshold * (1 - threshold)) ** 0.5
    likely = np.zeros(len(pairs), dtype=np.bool_)
    for start in range(0, len(pairs), _AT_ONCE):
        first, second = pairs[start : start + _AT_ONCE].T
        likely[start : start + _AT_ONCE] = (signatures[first] == signatures[second]).sum(axis=1) >= least
    return pairs[likely]


def _linked(texts: Codes, starts: Codes, size: int) -> tuple[Codes, Codes]:
    """All pairs within each bucket of `size` texts; of a large one (a template with a thousand copies) each with the
    first.
    """
    first, second = np.triu_indices(size, 1) if size <= _LARGE else (np.zeros(size - 1, np.intp), np.arange(1, size))
    return texts[starts[:, None] + first].ravel(), texts[starts[:, None] + second].ravel()
