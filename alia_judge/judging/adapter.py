"""`JudgeAdapter`: how a judge's `dspy.Predict` speaks to a model.

DSPy's `ChatAdapter` frames every field with ``[[ ## field ## ]]`` marks and wants the answer framed alike. Small models
lose the score in the frame, and an item could close it. This adapter renders the rubric, and reads one score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import dspy

from alia_judge.judging.prompt import Layout, Message, Reasoning
from alia_judge.judging.question import Question
from alia_judge.judging.rubric import Rubric
from alia_judge.judging.verdict import likeliest_point
from alia_judge.records import Verdict

__all__ = ["JudgeAdapter"]


class JudgeAdapter(dspy.Adapter):  # type: ignore[misc]
    """Render, ask, read; made anew for each call, of which it keeps the verdict.

    Parameters
    ----------
    rubric
        What to judge. Its instructions give way to the signature's, which an optimiser may have rewritten.
    layout
        How the prompt is laid out over messages.
    reasoning
        Whether to ask for reasons before or after the score.
    top_logprobs
        How many alternatives of each token to ask for; 0 for none.
    min_mass
        As in `raw_verdict`.

    Attributes
    ----------
    verdict
        The raw verdict of the call, once made.
    """

    def __init__(
        self,
        rubric: Rubric,
        *,
        layout: Layout = "chat",
        reasoning: Reasoning = "none",
        top_logprobs: int = 0,
        min_mass: float = 1.0,
    ) -> None:
        super().__init__()
        self._rubric = rubric
        self._layout = layout
        self._reasoning = reasoning
        self._top_logprobs = top_logprobs
        self._min_mass = min_mass
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
        return Question(
            replace(self._rubric, instructions=signature.instructions),
            layout=self._layout,
            reasoning=self._reasoning,
            top_logprobs=self._top_logprobs,
            min_mass=self._min_mass,
        )

    def _give(self, verdict: Verdict) -> list[dict[str, Any]]:
        # What DSPy's optimisers record as a demonstration: a point of the scale, not an expectation between two.
        self.verdict = verdict
        return [{"score": likeliest_point(verdict, self._rubric.scale)}]
