"""`JudgeAdapter`: how a judge's `dspy.Predict` speaks to a model.

DSPy's `ChatAdapter` frames every field with ``[[ ## field ## ]]`` marks and wants the answer framed alike. Small models
lose the score in the frame, and an item could close it. This adapter renders the rubric, and reads one score.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dspy

from alia_judge.judging.prompt.prompt import Message
from alia_judge.judging.question.question import Question
from alia_judge.records import Verdict

__all__ = ["JudgeAdapter"]


class JudgeAdapter(dspy.Adapter):  # type: ignore[misc]
    """Render, ask, read; made for each call, of which it keeps the verdict.

    Parameters
    ----------
    ask
        The question, with the signature's instructions, which an optimiser may have rewritten.
    record
        What DSPy's optimisers record of a verdict as a demonstration.

    Attributes
    ----------
    verdict
        The raw verdict of the call, once made.
    """

    def __init__(
        self,
        ask: Callable[[str], Question],
        record: Callable[[Verdict], dict[str, Any]],
    ) -> None:
        super().__init__()
        self._ask = ask
        self._record = record
        self.verdict: Verdict | None = None

    def __call__(
        self,
        lm: Any,
        lm_kwargs: Mapping[str, Any],
        signature: Any,
        demos: Sequence[Mapping[str, Any]],
        inputs: Mapping[str, Any],
    ) -> list[dict[str, Any]]:
        """Ask for one verdict; DSPy's contract for an adapter."""
        return self._give(self._question(signature).verdict(lm, lm_kwargs, demos, inputs))

    async def acall(
        self,
        lm: Any,
        lm_kwargs: Mapping[str, Any],
        signature: Any,
        demos: Sequence[Mapping[str, Any]],
        inputs: Mapping[str, Any],
    ) -> list[dict[str, Any]]:
        """`__call__` without blocking the event loop."""
        return self._give(await self._question(signature).averdict(lm, lm_kwargs, demos, inputs))

    def format(self, signature: Any, demos: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]) -> list[Message]:
        """The messages; everything before the item's own texts is the same for every item."""
        return self._question(signature).messages(demos, inputs)

    def _question(self, signature: Any) -> Question:
        return self._ask(signature.instructions)

    def _give(self, verdict: Verdict) -> list[dict[str, Any]]:
        self.verdict = verdict
        return [self._record(verdict)]
