"""Which tokens spell a reasoning model's answer, where those of its thinking are listed with them."""

from __future__ import annotations

from collections.abc import Sequence

from alia_judge.models.logprobs import TokenAlternatives

__all__ = ["spelling"]


def spelling(text: str, tokens: Sequence[TokenAlternatives]) -> tuple[TokenAlternatives, ...]:
    """The last tokens that spell `text`; none where none do.

    A server with a reasoning parser (vLLM, DeepSeek) moves the thinking out of the answer, but may still list its
    tokens before the answer's. A 2 that was weighed in thought is no score, and its alternatives are no evidence.

    Parameters
    ----------
    text
        The answer without the thinking.
    tokens
        All the tokens that were generated; those after the answer (an end of turn) are left out too.

    Examples
    --------
    >>> tokens = [TokenAlternatives(token=text, logprob=-0.1, top=()) for text in ("A 2", "?", " 4", "<eos>")]
    >>> [token.token for token in spelling("4", tokens)]
    [' 4']
    """
    text = text.strip()
    start = "".join(token.token for token in tokens).rfind(text) if text else -1
    if start < 0:
        return ()
    kept, place = [], 0
    for token in tokens:
        begin, place = place, place + len(token.token)
        if place > start and begin < start + len(text):
            kept.append(token)
    return tuple(kept)
