"""Sketches of texts: enough to tell that two are nearly the same, without keeping the texts.

References
----------
.. [1] Li, P. and König, C. (2010). "b-Bit minwise hashing". WWW 2010. One bit a hash function: equation (4) with b = 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alia_judge.text.near_duplicates import word_pairs

__all__ = ["BITS", "likeness_to", "sketches"]

#: Bits of a sketch. The likeness of two texts at the threshold is then estimated with a standard error of .016.
BITS = 2048
_WORD = 64
#: Sketches compared at once.
_BLOCK = 256


def sketches(texts: Sequence[str], *, salt: str, bits: int = BITS) -> NDArray[np.uint64]:
    """One sketch a text, by hash functions that the salt chooses.

    A bit says whether the smallest hash of the text's word pairs is odd. It says next to nothing of any one word pair,
    so that the text cannot be put together again from it; whoever has a text can test whether it is the one.

    Parameters
    ----------
    texts
        n texts; case, punctuation and accents do not count.
    salt
        Sketches are comparable where it is the same.
    bits
        A multiple of 64.

    Returns
    -------
    ndarray of uint64
        Shape (n, bits / 64); all zero for a text that is too short to compare (fewer than eight words).

    Examples
    --------
    >>> said = ["Su factura de mayo incluye un cargo de 12 euros.", "¡Su factura de mayo incluye un cargo de 12 euros!"]
    >>> one, other = sketches(said, salt="a")
    >>> bool((one == other).all())
    True
    """
    rng = np.random.default_rng(int(hashlib.sha256(salt.encode()).hexdigest(), 16))
    factors = rng.integers(0, 1 << 64, size=bits, dtype=np.uint64) | np.uint64(1)
    offsets = rng.integers(0, 1 << 64, size=bits, dtype=np.uint64)
    made = np.zeros((len(texts), bits // _WORD), dtype=np.uint64)
    for row, text in enumerate(texts):
        pairs = word_pairs(text)
        if pairs:
            values = np.fromiter(pairs, dtype=np.uint64, count=len(pairs))
            # Multiply-shift of 32-bit keys, modulo 2^64 by overflow, as near-duplicates are found. Taking the smallest
            # before it is shifted, and down columns, takes half of the time.
            hashed = values[:, None] * factors
            hashed += offsets
            least = hashed.min(axis=0) >> np.uint64(32)
            made[row] = np.packbits((least & np.uint64(1)).astype(np.uint8)).view(np.uint64)
    return made


def likeness_to(these: NDArray[np.uint64], those: NDArray[np.uint64]) -> NDArray[np.float64]:
    """The likeness of each of `these` texts to the most alike of `those`, by their sketches.

    Parameters
    ----------
    these, those
        Sketches of one salt, shapes (n, w) and (m, w).

    Returns
    -------
    ndarray
        Shape (n,): the estimated Jaccard similarity of the sets of word pairs, 0 where there is nothing to compare.
    """
    found = np.zeros(len(these))
    known = those[those.any(axis=1)]
    if not len(known):
        return found
    bits = these.shape[1] * _WORD
    for start in range(0, len(these), _BLOCK):
        block = these[start : start + _BLOCK]
        apart = np.zeros((len(block), len(known)), dtype=np.uint32)
        for word in range(these.shape[1]):
            apart += np.bitwise_count(block[:, word, None] ^ known[None, :, word])
        # Two sets agree in a bit with probability (1 + J) / 2.
        found[start : start + len(block)] = 1 - 2 * apart.min(axis=1) / bits
    return np.where(these.any(axis=1), np.maximum(found, 0), 0.0)
