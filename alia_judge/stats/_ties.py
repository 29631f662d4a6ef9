"""The threshold below which a difference of two scores is best called a tie."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from alia_judge.stats.kernels.ranks import BLOCK

__all__ = ["best_epsilon"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

_BINS = 1 << 16
#: Differences that agree to this share of the scores' range are one difference: 0.3 - 0.2 is 0.2 - 0.1.
_EQUAL = 1e-12


def best_epsilon(scores: Floats, target: Floats, weights: Floats, groups: Codes | None) -> float:
    """The threshold that maximises pairwise accuracy, or its mean over groups (Deutsch et al. 2023, section 5.1).

    Calling the pairs tied that differ by at most epsilon wins those that are tied in the target and loses those that
    were in the right order. The pairs are streamed: first every one into a histogram of what it wins or loses by its
    difference; then, in the few bins that may hold the best threshold, each by itself.

    Parameters
    ----------
    scores, target, weights
        Shape (n,), complete.
    groups
        Pairs are made within these; None: among all.

    Returns
    -------
    float
        The least difference that attains the maximum, raised by a hair so that a difference equal to it but for
        rounding is tied too; 0 where no threshold is better than none.
    """
    scale = float(np.ptp(scores)) if scores.size else 0.0
    if scale == 0:
        return 0.0
    blocks = _Pairs(scores, target, weights, groups)
    width = scale * (1 + 1e-9) / _BINS
    net, won = np.zeros(_BINS), np.zeros(_BINS)
    for difference, gain in blocks:
        where = (difference / width).astype(np.intp)
        net += np.bincount(where, gain, _BINS)
        won += np.bincount(where, np.maximum(gain, 0.0), _BINS)
    # Pairs already tied have difference 0 and are counted right or wrong without any threshold.
    before = np.cumsum(net) - net
    floor = max(0.0, float((before + net).max()))
    candidates = before + won >= floor - 1e-12
    kept = [
        (difference[inside], gain[inside])
        for difference, gain in blocks
        if (inside := candidates[(difference / width).astype(np.intp)]).any()
    ]
    if not kept:
        return 0.0
    differences, gains = (np.concatenate(part) for part in zip(*kept, strict=True))
    order = np.argsort(differences, kind="stable")
    differences, gains = differences[order], gains[order]
    # What the bins left out below each candidate contribute.
    outside = np.concatenate([[0.0], np.cumsum(np.where(candidates, 0.0, net))])[:-1]
    reached = np.cumsum(gains) + outside[(differences / width).astype(np.intp)]
    last = np.append(np.diff(differences) > scale * _EQUAL, True)  # all equal differences are tied together
    differences, reached = differences[last], reached[last]
    best = float(reached.max())
    if best <= 1e-12:
        return 0.0
    first = int(np.argmax(reached >= best - 1e-12))
    return float(differences[first] + scale * _EQUAL)


class _Pairs:
    """Blocks of pairs: how far apart their scores are, and what calling them tied wins (or loses, negative).

    Only pairs that it changes: a pair in the wrong order, or tied already, is right or wrong whatever the threshold.
    """

    def __init__(self, scores: Floats, target: Floats, weights: Floats, groups: Codes | None) -> None:
        codes = np.zeros(scores.size, dtype=np.intp) if groups is None else groups
        order = np.argsort(codes, kind="stable")
        bounds = np.flatnonzero(np.diff(codes[order])) + 1
        self._members = [
            (scores[mine], target[mine], weights[mine]) for mine in np.split(order, bounds) if mine.size > 1
        ]

    def __iter__(self) -> Iterator[tuple[Floats, Floats]]:
        for x, y, w in self._members:
            total = (w.sum() ** 2 - np.sum(w**2)) / 2
            step = max(1, BLOCK // x.size)
            for start in range(0, x.size - 1, step):
                i = np.arange(start, min(start + step, x.size - 1))[:, None]
                later = np.arange(start + 1, x.size)[None, :]
                dx, dy = x[later] - x[i], y[later] - y[i]
                gain = np.where(dy == 0, 1.0, np.where(np.sign(dx) == np.sign(dy), -1.0, 0.0)) * (
                    w[later] * w[i] / total
                )
                changed = (later > i) & (dx != 0) & (gain != 0)
                yield np.abs(dx[changed]), gain[changed]
