"""Which of a model's tokens begins the score that was read in its answer.

What a server lists need not spell what it gives as the answer: thoughts are listed though they were moved to another
field, marks of the chat template stand among the tokens, characters are split over tokens of single bytes, a stop
string is listed and not in the text. Where it is not certain which token a character of the answer came from, there is
none: a probability at another place is no evidence.
"""

from __future__ import annotations

from collections.abc import Sequence

from alia_judge.models.logprobs import TokenAlternatives
from alia_judge.models.thinking import SPECIAL_TOKENS, without_thinking

__all__ = ["first_token", "token_at"]

#: White space in whatever spelling, and markup, which a server may strip from the one and not from the other.
_THIN = frozenset(" \t\n\r\v\f\u00a0▁ĠĊ*_`\"'#")
_BLANK = frozenset(" \t\n\r\v\f\u00a0▁ĠĊ")
#: How many characters a stop string may have that is listed and not in the text.
_LONGEST_STOP = 20


def token_at(tokens: Sequence[TokenAlternatives], text: str, start: int, *, thought: bool = False) -> int | None:
    """The token that the character at `start` of the answer came from; None where that is not certain.

    Parameters
    ----------
    tokens
        All that were generated, as the server lists them.
    text
        The answer, as the server gives it.
    start
        A place in it, in characters.
    thought
        Whether the server says that the model thought, so that its thoughts may be listed before the answer.

    Examples
    --------
    >>> listed = ("A 2", "?", "</think>", " 4", "<eos>")
    >>> tokens = [TokenAlternatives(token=said, logprob=-0.1, top=()) for said in listed]
    >>> token_at(tokens, "4", 0)
    3
    """
    stream, owners = _stream(tokens)
    if stream.strip() == text.strip():  # as nearly always
        place = start - (len(text) - len(text.lstrip())) + (len(stream) - len(stream.lstrip()))
        return _next_solid(stream, owners, place)
    for ascii_only in (False, True):
        answer = _solid(text, ascii_only=ascii_only)
        listed = _solid(stream, ascii_only=ascii_only)
        offset = _offset(_spelt(text, answer), _spelt(stream, listed), thought=thought)
        if offset is None:
            continue
        before = next((number for number, place in enumerate(answer) if place >= start), None)
        return None if before is None else owners[listed[offset + before]]
    return None


def first_token(tokens: Sequence[TokenAlternatives], text: str, *, thought: bool = False) -> int | None:
    """The token that the answer opens with, be it a mark; None where that is not certain."""
    stream, owners = _stream(tokens)
    shown = _shown(stream)
    if any(character not in _THIN for character in text):
        opening = next((place for place, character in enumerate(_shown(text)) if character not in _THIN), None)
        found = None if opening is None else token_at(tokens, text, opening, thought=thought)
        if found is None:
            return None
        # A mark that opens the answer belongs to it.
        while found > 0 and (opener := tokens[found - 1].token.strip("".join(_BLANK))) and set(opener) <= _THIN:
            found -= 1
        return found
    place = next((place for place, character in enumerate(shown) if character not in _BLANK), None)
    return None if place is None or thought else owners[place]


def _next_solid(stream: str, owners: Sequence[int], place: int) -> int | None:
    return next((owners[at] for at in range(max(place, 0), len(stream)) if stream[at] not in _THIN), None)


def _offset(answer: str, listed: str, *, thought: bool) -> int | None:
    """Where in what is listed the answer begins."""
    if not answer or len(answer) > len(listed):
        return None
    ends = listed.endswith(answer)
    begins = listed.startswith(answer) and len(listed) - len(answer) <= _LONGEST_STOP
    if ends and (thought or not begins or len(answer) == len(listed)):
        return len(listed) - len(answer)
    return 0 if begins and not ends else None


def _stream(tokens: Sequence[TokenAlternatives]) -> tuple[str, list[int]]:
    """What the tokens spell, and for each character the token that it begins in."""
    owners = [number for number, token in enumerate(tokens) for _ in token.token]
    stream = "".join(token.token for token in tokens)
    if stream.isascii() or not any("\udc80" <= character <= "\udcff" for character in stream):
        return stream, owners
    # Bytes that were split over tokens make characters again.
    raw, byte_owners = bytearray(), []
    for character, owner in zip(stream, owners, strict=True):
        encoded = character.encode("utf-8", "surrogateescape")
        raw += encoded
        byte_owners += [owner] * len(encoded)
    joined = raw.decode("utf-8", "surrogateescape")
    owners, place = [], 0
    for character in joined:
        owners.append(byte_owners[place])
        place += len(character.encode("utf-8", "surrogateescape"))
    return joined, owners


def _shown(text: str) -> str:
    """The text with thoughts and marks of templates blanked out."""
    return SPECIAL_TOKENS.sub(lambda mark: " " * len(mark.group()), without_thinking(text))


def _solid(text: str, *, ascii_only: bool) -> list[int]:
    """The places of a text that neither side may have left out or spelt another way."""
    return [
        place
        for place, character in enumerate(_shown(text))
        if character not in _THIN and (not ascii_only or character.isascii())
    ]


def _spelt(text: str, places: Sequence[int]) -> str:
    return "".join(text[place] for place in places)
