"""`Question`: what a judge asks about every item, made ready once; without DSPy's bookkeeping."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dspy.utils.exceptions import ContextWindowExceededError

from alia_judge.judging.asking import Answer, aask, ask
from alia_judge.judging.prompt import Layout, Message, Opening, Reasoning, opening
from alia_judge.judging.rubric import Rubric
from alia_judge.judging.verdict import raw_verdict
from alia_judge.records import Verdict

__all__ = ["Question"]


class Question:
    """Render, ask, read.

    Parameters
    ----------
    rubric
        What to judge.
    layout
        How the prompt is laid out over messages.
    reasoning
        Whether to ask for reasons before or after the score.
    top_logprobs
        How many alternatives of each token to ask for; 0 for none.
    min_mass
        As in `raw_verdict`.
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
        self._rubric = rubric
        self._layout = layout
        self._reasoning = reasoning
        self._top_logprobs = top_logprobs
        # Where reasons come first, the first token is the beginning of a reason and no score that was nearly given.
        self._min_mass = min_mass if reasoning != "first" else math.inf
        self._opening: Opening | None = None
        self._opened_for: Sequence[Any] | None = None

    def messages(self, demos: Sequence[Mapping[str, Any]], texts: Mapping[str, Any]) -> list[Message]:
        """The messages about one item; the opening is rendered anew only where `demos` is another object."""
        if self._opening is None or demos is not self._opened_for:
            self._opening = opening(self._rubric, demos, layout=self._layout, reasoning=self._reasoning)
            self._opened_for = demos
        return self._opening.ask(texts)

    def verdict(
        self, lm: Any, settings: Mapping[str, Any], demos: Sequence[Mapping[str, Any]], texts: Mapping[str, Any]
    ) -> Verdict:
        """The raw verdict on one item."""
        messages = self.messages(demos, texts)
        try:
            answer = ask(lm, messages, settings, top_logprobs=self._top_logprobs)
        except ContextWindowExceededError as error:
            return _too_long(error)
        return self._read(answer, messages)

    async def averdict(
        self, lm: Any, settings: Mapping[str, Any], demos: Sequence[Mapping[str, Any]], texts: Mapping[str, Any]
    ) -> Verdict:
        """`verdict` without blocking the event loop."""
        messages = self.messages(demos, texts)
        try:
            answer = await aask(lm, messages, settings, top_logprobs=self._top_logprobs)
        except ContextWindowExceededError as error:
            return _too_long(error)
        return self._read(answer, messages)

    def _read(self, answer: Answer, messages: Sequence[Message]) -> Verdict:
        if messages[-1]["role"] == "assistant":
            # Some servers give back the beginning that they continued; the tokens are those of the continuation.
            answer = replace(answer, text=answer.text.removeprefix(messages[-1]["content"]))
        return raw_verdict(answer, self._rubric.scale, min_mass=self._min_mass)


def _too_long(error: ContextWindowExceededError) -> Verdict:
    return Verdict(unscored="context_too_long", detail=str(error))
