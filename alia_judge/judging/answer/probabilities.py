"""From a model's log-probabilities at the score to the probability of each point of the scale.

Liu et al., "G-Eval: NLG Evaluation using GPT-4 with Better Human Alignment", EMNLP 2023, section 2: the score is read
from the probabilities of the score tokens rather than from the one token that was drawn.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from alia_judge.judging.answer.alignment import first_token, token_at
from alia_judge.models.logprobs import TokenAlternatives
from alia_judge.records import Scale

__all__ = ["ImpossibleLogprobError", "PointProbabilities", "expected_score", "point_probabilities"]


@dataclass(frozen=True, kw_only=True)
class PointProbabilities:
    """How likely each point of a scale was, where the model wrote (or would have written) its score.

    Parameters
    ----------
    probabilities
        One for each point, summing to 1.
    mass
        Their sum before normalising: the share of the model's probability that fell on the scale.
    """

    probabilities: tuple[float, ...]
    mass: float


class ImpossibleLogprobError(ValueError):
    """A log-probability above zero: what the server gave is none."""


def point_probabilities(
    tokens: Sequence[TokenAlternatives],
    scale: Scale,
    *,
    score: float | None = None,
    text: str = "",
    start: int = 0,
    thought: bool = False,
) -> PointProbabilities | None:
    """The probability of each point of `scale` at the position where the score stands.

    A point may be written as its numeral or as its label; spellings that differ by a leading space, case, markup or
    full-width digits are the same point, and their probabilities add up. A point of several tokens ("10" as "1", "0")
    is followed along the tokens the model wrote; where it did not write them, the probability of the first token is
    divided equally among the points it may begin, for nothing says how it would have gone on.

    Parameters
    ----------
    tokens
        The tokens of the answer with their alternatives.
    scale
        A scale of points.
    score, text, start
        The parsed score and where it begins in `text`, the answer the tokens spell. Without a score, the position is
        that of the first token that is not white space.
    thought
        Whether the server says that the model thought: its thoughts may be listed before the answer.

    Returns
    -------
    PointProbabilities or None
        None for a continuous scale, for no tokens, where no point has any probability, where it is not certain which
        token begins the score, and where the token there begins another.

    Raises
    ------
    ImpossibleLogprobError
        If a log-probability there is above zero.

    Examples
    --------
    >>> import math
    >>> four = TokenAlternatives(token=" 4", logprob=math.log(0.6), top=((" 4", math.log(0.6)), ("4", math.log(0.1)),
    ...     ("5", math.log(0.2)), ("The", math.log(0.1))))
    >>> found = point_probabilities([four], Scale.ordinal(1, 5))
    >>> [round(p, 3) for p in found.probabilities], round(found.mass, 3)
    ([0.0, 0.0, 0.0, 0.778, 0.222], 0.9)
    """
    if not scale.points or not tokens:
        return None
    if score is None:
        position = first_token(tokens, text, thought=thought)
    else:
        position = token_at(tokens, text, start, thought=thought)
    if position is None or (score is not None and not _begins(tokens[position].token, score, scale)):
        return None
    spread = [0.0] * len(scale.points)
    _spread(tokens, position, "", 1.0, _spellings(scale), spread)
    mass = math.fsum(spread)
    own = 0.0 if score is None else math.exp(min(tokens[position].logprob, 0.0))
    if mass <= 0.0 or not mass >= own - _ROUNDING:  # a NaN has no probability of its own
        return None
    # Rounding in the last places must not make a share of a whole exceed it.
    return PointProbabilities(probabilities=tuple([share / mass for share in spread]), mass=min(mass, 1.0))


def expected_score(probabilities: NDArray[np.float64], points: Sequence[float]) -> NDArray[np.float64]:
    """The score weighted by its probability, ``sum_i p(s_i) * s_i`` (Liu et al. 2023, eq. 1).

    Parameters
    ----------
    probabilities
        Shape (..., K), the last axis summing to 1; NaN gives NaN.
    points
        The K points of the scale.

    Returns
    -------
    ndarray
        Shape (...).
    """
    weighted: NDArray[np.float64] = probabilities @ np.asarray(points, dtype=np.float64)
    return weighted


_BLANKS = " \t\n▁Ġ"
#: Tokens remembered for each scale: reasons in free text bring new ones without end.
_REMEMBERED = 10_000
#: How far a probability may be off in a server's arithmetic.
_ROUNDING = 0.01
_MARKS = _BLANKS + "*_`\"'«»“”()[]{}<>#:="


class _Spellings:
    """How the points of a scale may be written.

    Parameters
    ----------
    scale
        The scale.

    Attributes
    ----------
    points
        The index of each point by the way it may be written.
    """

    def __init__(self, scale: Scale) -> None:
        named = {" ".join(label.casefold().split()): index for index, label in enumerate(scale.labels)}
        self.points = named | {f"{point:g}": index for index, point in enumerate(scale.points)}
        others = {spelt: index for spelt, index in self.points.items() for spelt in _other_digits(spelt)}
        self._raw = [(spelt.encode(), index) for spelt, index in (self.points | others).items()]
        self._known: dict[tuple[str, str], tuple[str, int | None, frozenset[int]]] = {}

    def after(self, begun: str, token: str) -> tuple[str, int | None, frozenset[int]]:
        """What `token` makes of what was `begun`: the word, the point it is, and the points it may yet become.

        The same few tokens are candidates again and again, so what was found out is kept.
        """
        known = self._known.get((begun, token))
        if known is None:
            word = _continued(begun, token)
            whole = self.points.get(word)
            longer = {index for index in self._longer(word) if index != whole}
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[begun, token] = word, whole, frozenset(longer)
        return known

    def _longer(self, word: str) -> set[int]:
        """The points whose spelling goes on from `word`, which may end within a character."""
        if not _is_part(word):
            return {index for spelling, index in self.points.items() if word and spelling.startswith(word)}
        raw = word.encode("utf-8", "surrogateescape")
        return {index for spelling, index in self._raw if spelling.startswith(raw)}


_spellings = lru_cache(maxsize=64)(_Spellings)


def _normal(token: str) -> str:
    return unicodedata.normalize("NFKC", token).strip(_MARKS).rstrip(".,;!").casefold()


def _continued(begun: str, token: str) -> str:
    """The word so far with `token` after it; a space between two words of a label is one."""
    gap = " " if begun and token[:1] in (" ", "▁", "Ġ") else ""
    if not (_is_part(begun) or _is_part(token)):
        return begun + gap + _normal(token)
    # Bytes of one character, over several tokens, become the character with the last of them.
    whole = (begun + token.lstrip(_BLANKS)).encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    return whole if _is_part(whole) else _normal(whole)


def _is_part(word: str) -> bool:
    """Whether a word holds bytes that are no characters yet."""
    return any("\udc80" <= character <= "\udcff" for character in word)


def _other_digits(spelt: str) -> list[str]:
    """A numeral in full-width, Arabic-Indic, Persian and Devanagari digits; none for a word."""
    if not spelt.isdecimal():
        return []
    return ["".join(chr(zero + int(digit)) for digit in spelt) for zero in (0xFF10, 0x0660, 0x06F0, 0x0966)]


def _begins(token: str, score: float, scale: Scale) -> bool:
    """Whether a token is the score that was read, or its beginning."""
    _, whole, longer = _spellings(scale).after("", token)
    wanted = scale.points.index(score)
    return wanted == whole or wanted in longer


def _spread(
    tokens: Sequence[TokenAlternatives],
    position: int,
    begun: str,
    weight: float,
    spellings: _Spellings,
    spread: list[float],
) -> None:
    """Add to `spread` the probability of each point, given that `begun` was written and had probability `weight`."""
    written = tokens[position]
    finished = spellings.points.get(begun)
    left = 1.0
    for token, logprob in _candidates(written):
        if logprob > _ROUNDING:
            raise ImpossibleLogprobError(f"the server gave a log-probability of {logprob:g} for {token!r}")
        share = min(math.exp(min(logprob, 0.0)), left)
        left -= share
        word, whole, longer = spellings.after(begun, token)
        if begun and (word == begun or (whole is None and not longer)):
            # The word has ended, unless letters or digits follow on: "1" and "5" make 15, which is no point.
            if finished is not None and (token[:1].isspace() or not _normal(token)[:1].isalnum()):
                spread[finished] += weight * share
            continue
        if longer and token == written.token and position + 1 < len(tokens):
            _spread(tokens, position + 1, word, weight * share, spellings, spread)
        elif whole is not None and (not longer or token == written.token):
            spread[whole] += weight * share
        elif longer:
            _divide(weight * share, longer if whole is None else longer | {whole}, spread)
    if finished is not None:
        spread[finished] += weight * left


def _candidates(token: TokenAlternatives) -> Iterable[tuple[str, float]]:
    if math.isnan(token.logprob):
        return ()
    return token.top or ((token.token, token.logprob),)


def _divide(probability: float, indices: frozenset[int], spread: list[float]) -> None:
    for index in indices:
        spread[index] += probability / len(indices)
