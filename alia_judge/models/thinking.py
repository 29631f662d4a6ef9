"""What a reasoning model says, apart from what it thought on the way to it."""

from __future__ import annotations

from collections.abc import Sequence

from alia_judge.models.logprobs import TokenAlternatives

__all__ = ["spoken"]

_OPEN, _CLOSE = "<think>", "</think>"


def spoken(
    text: str, tokens: Sequence[TokenAlternatives], *, thought: bool = False
) -> tuple[str, tuple[TokenAlternatives, ...]]:
    """The answer without its thinking, and the tokens that spell it.

    A server without a reasoning parser leaves ``<think>...</think>`` in the text (or the closing tag alone, where the
    chat template opened it). One with a parser (vLLM, DeepSeek) moves the thinking elsewhere, but may still list its
    tokens first. Numbers weighed in thought are no scores, in the text or in the tokens.

    Parameters
    ----------
    text
        What the model wrote.
    tokens
        Its tokens.
    thought
        Whether the server says that there was thinking.

    Returns
    -------
    tuple
        The text, empty where the model never stopped thinking; and its tokens, none where they cannot be told from
        those of the thinking.

    Examples
    --------
    >>> spoken("<think>A 2? No, it is complete.</think>\\n\\n4", ())
    ('4', ())
    >>> spoken("<think>It begins well, but", ())
    ('', ())
    """
    if _CLOSE in text:
        text, thought = text.rpartition(_CLOSE)[2].lstrip(), True
    elif text.lstrip().startswith(_OPEN):
        text, thought = "", True
    return (text, _spelling(tokens, text.strip()) if thought else tuple(tokens))


def _spelling(tokens: Sequence[TokenAlternatives], text: str) -> tuple[TokenAlternatives, ...]:
    """The tokens at the end that spell `text`; those after it (an end of turn) are left out."""
    start = "".join(token.token for token in tokens).rfind(text) if text else -1
    if start < 0:
        return ()
    kept, place = [], 0
    for token in tokens:
        begin, place = place, place + len(token.token)
        if place > start and begin < start + len(text):
            kept.append(token)
    return tuple(kept)
