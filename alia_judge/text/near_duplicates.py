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
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["THRESHOLD", "near_duplicates", "word_pairs"]

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
#: Pairs whose signatures are compared at a time.
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
    sets = [word_pairs(text) for text in texts]
    signatures = _signatures(sets)
    found = []
    for first, second in _likely(sorted(_candidates(signatures, sets)), signatures, threshold):
        common = len(sets[first] & sets[second])
        likeness = common / (len(sets[first]) + len(sets[second]) - common)
        if likeness >= threshold:
            found.append((first, second, likeness))
    return found


def word_pairs(text: str) -> frozenset[int]:
    """What texts are compared by: a 32-bit number for each pair of neighbouring words; none in a text too short."""
    plain = text.casefold()
    if not plain.isascii():
        plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain))
    words = _WORDS.findall(plain)
    if len(words) < _FEWEST_WORDS:
        return frozenset()
    return frozenset(zlib.crc32(f"{first} {second}".encode()) for first, second in itertools.pairwise(words))


def _signatures(sets: Sequence[frozenset[int]]) -> NDArray[np.uint64]:
    """MinHash of each set, shape (n, bands * rows)."""
    # Fixed: the same texts give the same pairs.
    rng = np.random.default_rng(0)
    n = _BANDS * _ROWS
    factors = rng.integers(0, 1 << 64, size=n, dtype=np.uint64)
    offsets = rng.integers(0, 1 << 64, size=n, dtype=np.uint64)
    signatures = np.zeros((len(sets), n), dtype=np.uint64)
    sizes = np.array([len(members) for members in sets], dtype=np.intp)
    known = np.flatnonzero(sizes)
    values = np.fromiter(itertools.chain.from_iterable(sets), dtype=np.uint64, count=int(sizes.sum()))
    starts = np.cumsum(sizes[known]) - sizes[known]
    for column in range(n) if known.size else ():
        # Multiply-shift of 32-bit keys, modulo 2^64 by overflow: 2-independent (Dietzfelbinger 1996).
        hashed = (factors[column] * values + offsets[column]) >> np.uint64(32)
        signatures[known, column] = np.minimum.reduceat(hashed, starts)
    return signatures


def _candidates(signatures: NDArray[np.uint64], sets: Sequence[frozenset[int]]) -> set[tuple[int, int]]:
    pairs: set[tuple[int, int]] = set()
    known = np.flatnonzero([bool(members) for members in sets])
    for band in range(_BANDS):
        # One number a band; two bands that clash by chance are told apart by the comparison that follows.
        part = signatures[known, band * _ROWS : (band + 1) * _ROWS]
        keys = (part * _MIX).sum(axis=1, dtype=np.uint64)
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.concatenate([[True], keys[order][1:] != keys[order][:-1]])[: keys.size])
        ends = np.append(starts[1:], keys.size)
        for bucket in np.flatnonzero(ends - starts > 1):
            pairs.update(_linked(known[order[starts[bucket] : ends[bucket]]].tolist()))
    return pairs


def _likely(
    pairs: Sequence[tuple[int, int]], signatures: NDArray[np.uint64], threshold: float
) -> list[tuple[int, int]]:
    """The pairs whose signatures agree in so many places that they may be as alike as the threshold says.

    Each place agrees with the probability of their likeness: texts of one template share a band by chance, and the
    most of them need not be compared word by word. Four standard deviations below lose one pair in thirty thousand.
    """
    places = _BANDS * _ROWS
    least = places * threshold - 4 * (places * threshold * (1 - threshold)) ** 0.5
    found: list[tuple[int, int]] = []
    for start in range(0, len(pairs), _AT_ONCE):
        some = np.array(pairs[start : start + _AT_ONCE])
        agree = (signatures[some[:, 0]] == signatures[some[:, 1]]).sum(axis=1)
        found += [pairs[start + place] for place in np.flatnonzero(agree >= least).tolist()]
    return found


def _linked(bucket: list[int]) -> Iterator[tuple[int, int]]:
    """All pairs of a small bucket; of a large one (a template with a thousand copies) each with the first."""
    if len(bucket) <= 50:
        yield from ((a, b) for place, a in enumerate(bucket) for b in bucket[place + 1 :])
    else:
        yield from ((bucket[0], other) for other in bucket[1:])
