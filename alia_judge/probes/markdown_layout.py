"""`Layout`: the same sentences as a Markdown list."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from alia_judge.probes.base import Expectation, ItemProbe
from alia_judge.records import Item

__all__ = ["Layout"]

_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=[^\s])")


@dataclass(frozen=True, kw_only=True)
class Layout(ItemProbe):
    """The same sentences as a Markdown list."""

    name: str = "markdown_layout"
    expectation: Expectation = "same"
    doses: tuple[float, ...] = (1,)

    def change(self, item: Item, _dose: float, _rng: np.random.Generator, /) -> Item | None:
        """None for a response of one sentence, or one that is laid out already."""
        sentences = _SENTENCE.split(item.response.strip())
        if len(sentences) < 2 or "\n" in item.response.strip():
            return None
        return replace(item, response="\n".join(f"- {sentence}" for sentence in sentences))
