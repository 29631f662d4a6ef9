"""`JudgmentSource`: where verdicts come from, live or recorded, as the search and the evaluation see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from alia_judge.records import Configuration, Item, Judgments, Scale

__all__ = ["JudgmentSource"]


@runtime_checkable
class JudgmentSource(Protocol):
    """Judges items with a configuration; the same whether an LM answers now or a bank recorded it once.

    A verdict is paid for once: asked for again, by this process or a later one on the same store, it is replayed. A
    source may have a method ``identity(configurations)``, a text in which sources differ whose verdicts do: a study
    takes it into the question that it answers, and knows any other source by its class alone.
    """

    @property
    def scale(self) -> Scale:
        """The scale of every verdict."""
        ...

    def judge(self, configuration: Configuration, items: Sequence[Item]) -> Judgments:
        """Raw verdicts of `configuration` on `items`, in that order; unscored where there is none."""
        ...

    def paid(self, configuration: Configuration, items: Sequence[Item]) -> Sequence[bool]:
        """Which of these verdicts are already paid for, and so would be replayed."""
        ...
