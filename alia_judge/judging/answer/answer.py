"""`Answer`: what came back from a model, in one shape for every engine."""

from __future__ import annotations

from dataclasses import dataclass

from alia_judge.models.logprobs import TokenAlternatives
from alia_judge.records import Usage

__all__ = ["Answer"]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back.

    Parameters
    ----------
    text
        What the model wrote, without thinking that the server keeps apart.
    tokens
        Its tokens with their alternatives, those of its thoughts too where the server lists them; empty where the model
        gives no log-probabilities.
    finish_reason
        ``"stop"``, ``"length"``, ``"content_filter"`` ...
    refusal
        What the provider marked as a refusal; None where it marked none.
    usage
        What it consumed.
    thought
        Whether the server says that the model thought before it wrote.
    asked
        What was asked otherwise than wished, because the model had refused it, in words.
    images
        How many images the model was shown.
    revision
        What the server says of who answered; empty where it says nothing.
    """

    text: str
    tokens: tuple[TokenAlternatives, ...]
    finish_reason: str
    refusal: str | None
    usage: Usage
    thought: bool = False
    asked: tuple[str, ...] = ()
    images: int = 0
    revision: str = ""
