"""`JudgeAdapter`: how a judge's `dspy.Predict` speaks to a model.

DSPy's `ChatAdapter` frames every field with ``[[ ## field ## ]]`` marks and wants the answer framed alike. Small models
lose the score in the frame, and an item could close it. This adapter renders the rubric, and reads one score.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import dspy
from dspy.utils.exceptions import ContextWindowExceededError

from alia_judge.judging.asking import Answer, aask, ask
from alia_judge.judging.prompt import Layout, Message, Reasoning, render
from alia_judge.judging.rubric import Rubric
from alia_judge.judging.verdict import likeliest_point, raw_verdict
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
    accepted_logprobs
        How many alternatives the model agreed to give, once asked.
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
        # Where reasons come first, the first token is the beginning of a reason and no score that was nearly given.
        self._min_mass = min_mass if reasoning != "first" else math.inf
        self.accepted_logprobs = top_logprobs
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
        messages = self.format(signature, demos, inputs)
        try:
            answer = ask(lm, messages, lm_kwargs, top_logprobs=self.accepted_logprobs)
        except ContextWindowExceededError as error:
            return self._too_long(error)
        return self._read(answer, messages)

    async def acall(
        self,
        lm: Any,
        lm_kwargs: Mapping[str, Any],
        signature: Any,
        demos: Sequence[Mapping[str, Any]],
        inputs: Mapping[str, Any],
    ) -> list[dict[str, Any]]:
        """`__call__` without blocking the event loop."""
        messages = self.format(signature, demos, inputs)
        try:
            answer = await aask(lm, messages, lm_kwargs, top_logprobs=self.accepted_logprobs)
        except ContextWindowExceededError as error:
            return self._too_long(error)
        return self._read(answer, messages)

    def format(self, signature: Any, demos: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]) -> list[Message]:
        """The messages; everything before the item's own texts is the same for every item."""
        rubric = replace(self._rubric, instructions=signature.instructions)
        return render(rubric, demos, inputs, layout=self._layout, reasoning=self._reasoning)

    def _read(self, answer: Answer, messages: Sequence[Message]) -> list[dict[str, Any]]:
        if messages[-1]["role"] == "assistant":
            # Some servers give back the beginning that they continued; the tokens are those of the continuation.
            answer = replace(answer, text=answer.text.removeprefix(messages[-1]["content"]))
        self.accepted_logprobs = answer.top_logprobs
        return self._give(raw_verdict(answer, self._rubric.scale, min_mass=self._min_mass))

    def _too_long(self, error: ContextWindowExceededError) -> list[dict[str, Any]]:
        return self._give(Verdict(unscored="context_too_long", detail=str(error)))

    def _give(self, verdict: Verdict) -> list[dict[str, Any]]:
        # What DSPy's optimisers record as a demonstration: a point of the scale, not an expectation between two.
        self.verdict = verdict
        return [{"score": likeliest_point(verdict, self._rubric.scale)}]
