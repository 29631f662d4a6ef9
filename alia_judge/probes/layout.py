"""`Layout`: the same sentences laid out in Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from alia_judge.probes.base import Expectation, Invariant, ItemProbe
from alia_judge.records import Item

__all__ = ["PROBES", "Layout"]

_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=[^\s])")
_FIRST_WORDS = re.compile(r"\S+(?:\s+\S+)?")


@dataclass(frozen=True, kw_only=True)
class Layout(ItemProbe):
    """The same words as a Markdown list, or as paragraphs that begin in bold."""

    keeps: ClassVar[frozenset[Invariant]] = frozenset({"words", "numbers"})

    name: str
    style: Literal["list", "bold"]
    changes: str
    expectation: Expectation = "same"
    doses: tuple[float, ...] = (1,)

    def change(self, item: Item, _dose: float, _rng: np.random.Generator, /) -> Item | None:
        """None for a response of one sentence, or one that is laid out already."""
        sentences = _SENTENCE.split(item.response.strip())
        if len(sentences) < 2 or "\n" in item.response.strip() or "**" in item.response:
            return None
        if self.style == "list":
            return replace(item, response="\n".join(f"- {sentence}" for sentence in sentences))
        bold = [_FIRST_WORDS.sub(lambda found: f"**{found[0]}**", sentence, count=1) for sentence in sentences]
        return replace(item, response="\n\n".join(bold))


PROBES = (
    Layout(name="markdown_list", style="list", changes="The sentences become a Markdown list."),
    Layout(
        name="markdown_bold", style="bold", changes="The sentences become paragraphs whose first words are in bold."
    ),
)
