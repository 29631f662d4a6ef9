"""`AddedText`: a fixed text before or after the response, in its own language."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from alia_judge.probes.base import Expectation, Invariant, ItemProbe
from alia_judge.probes.phrases import phrase
from alia_judge.records import Item

__all__ = ["AddedText"]


@dataclass(frozen=True, kw_only=True)
class AddedText(ItemProbe):
    """A fixed text before or after the response, in its own language.

    Parameters
    ----------
    name, expectation, doses, changes
        As `Probe`; a dose is how often the text is repeated, or where `graded`, which of several texts is added.
    kind
        Which of `PHRASES`.
    where
        On which side.
    graded
        Whether the texts of the kind are graded, the mildest first.
    """

    keeps: ClassVar[frozenset[Invariant]] = frozenset({"language"})

    name: str
    kind: str
    where: Literal["before", "after"]
    changes: str
    expectation: Expectation = "same"
    doses: tuple[float, ...] = (1,)
    graded: bool = False

    def change(self, item: Item, dose: float, _rng: np.random.Generator, /) -> Item | None:
        """The text on its side of the response; None for a language it is not in."""
        text = phrase(self.kind, item, int(dose) if self.graded else 1)
        if text is None:
            return None
        added = text if self.graded else " ".join([text] * int(dose))
        parts = (added, item.response) if self.where == "before" else (item.response, added)
        return replace(item, response=" ".join(parts))
