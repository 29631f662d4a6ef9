"""`AddedText`: a fixed text before or after the response, in its own language."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from alia_judge.probes.base import Expectation, ItemProbe
from alia_judge.probes.phrases import phrase
from alia_judge.records import Item

__all__ = ["AddedText"]


@dataclass(frozen=True, kw_only=True)
class AddedText(ItemProbe):
    """A fixed text before or after the response, in its own language.

    Parameters
    ----------
    name, expectation, doses
        As `Probe`; a dose is how often the text is repeated.
    kind
        Which of `PHRASES`.
    where
        On which side.
    """

    name: str
    kind: str
    where: Literal["before", "after"]
    expectation: Expectation = "same"
    doses: tuple[float, ...] = (1,)

    def change(self, item: Item, dose: float, _rng: np.random.Generator, /) -> Item | None:
        """The text, `dose` times; None for a language it is not in."""
        text = phrase(self.kind, item)
        if text is None:
            return None
        repeated = " ".join([text] * int(dose))
        parts = (repeated, item.response) if self.where == "before" else (item.response, repeated)
        return replace(item, response=" ".join(parts))
