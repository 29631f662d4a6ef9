"""`metered`: how many calls of language models something makes through DSPy, and what they cost."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dspy

from alia_judge.compiling.spent import Spent

__all__ = ["Meter", "metered"]


class Meter(dspy.utils.callback.BaseCallback):  # type: ignore[misc]
    """Counts calls of language models, and adds up what DSPy's price list says of them."""

    def __init__(self) -> None:
        self.spent = Spent()
        self._asked: dict[str, Any] = {}

    def on_lm_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:  # noqa: ARG002 - DSPy's own
        """One more call."""
        self.spent = Spent(calls=self.spent.calls + 1, cost=self.spent.cost)
        self._asked[call_id] = instance

    def on_lm_end(self, call_id: str, outputs: Any, exception: Exception | None = None) -> None:  # noqa: ARG002
        """What it cost, which the model's history says; a call that failed costs nothing."""
        lm = self._asked.pop(call_id)
        if exception is None:
            self.spent = Spent(calls=self.spent.calls, cost=self.spent.cost + _cost(lm))


@contextmanager
def metered() -> Iterator[Meter]:
    """Meter every call that is made inside, by this thread and those that DSPy starts for it."""
    meter = Meter()
    with dspy.context(callbacks=[*dspy.settings.callbacks, meter]):
        yield meter


def _cost(lm: Any) -> float:
    last = lm.history[-1] if lm.history else {}
    cost = last.get("cost")
    if cost is None:
        return math.nan
    # DSPy's cache gives back the price of the call that it remembers, without its usage.
    return float(cost) if last.get("usage") else 0.0
