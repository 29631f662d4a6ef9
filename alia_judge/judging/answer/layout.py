"""How an answer was asked for: the reader must know where its score stands."""

from __future__ import annotations

from typing import Literal

__all__ = ["Output", "Reasoning"]

#: ``"text"``: the score in words or digits. ``"json"``: an object, by the provider's structured output where it has it.
Output = Literal["text", "json"]

#: Whether the model gives reasons, and on which side of the score.
Reasoning = Literal["none", "first", "after"]
