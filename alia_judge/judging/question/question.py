"""`Question`: what a judge asks about every item, made ready once; without DSPy's bookkeeping."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dspy import LMError

from alia_judge.judging.answer.answer import Answer
from alia_judge.judging.answer.structured import Output, named_format, response_format
from alia_judge.judging.answer.verdict import asked_scale, raw_verdict
from alia_judge.judging.prompt.points import AS_USUAL, PointsShown
from alia_judge.judging.prompt.prompt import Layout, Message, Opening, Reasoning, opening
from alia_judge.judging.prompt.shown import Subject
from alia_judge.judging.question.asking import aask, ask
from alia_judge.judging.question.deciding import decision_question, decision_state, decision_verdict
from alia_judge.judging.question.named_points import on_the_scale
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.background import wait_for
from alia_judge.models.decisions import Decided, is_decision_model
from alia_judge.models.exchange import Exchange, ItemRefusedError, OurFormat, item_refused
from alia_judge.models.limits import in_words
from alia_judge.records import Usage, Verdict

__all__ = ["Question"]

#: Characters of an answer above which it is not read on the event loop.
_LONG = 2_000
_log = logging.getLogger(__name__)
_DETAIL = 500


class Question:
    """Render, ask, read. A subclass that asks something else says how it opens, and how an answer is read.

    Parameters
    ----------
    rubric
        What to judge.
    layout
        How the prompt is laid out over messages.
    reasoning
        Whether to ask for reasons before or after the score.
    output
        Whether to ask for the score alone or for a JSON object.
    subject
        What is judged of a conversation.
    points
        How the points of the scale are listed and called.
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
        output: Output = "text",
        subject: Subject = "response",
        points: PointsShown | None = None,
        top_logprobs: int = 0,
        min_mass: float = 1.0,
    ) -> None:
        self.rubric = rubric
        self.layout: Layout = layout
        self.reasoning: Reasoning = reasoning
        self.output: Output = output
        self.subject: Subject = subject
        self.points = points or AS_USUAL
        self.top_logprobs = top_logprobs
        # Where reasons or a brace come first, the first token is no score that was nearly given.
        self.min_mass = min_mass if reasoning != "first" and output == "text" else math.inf
        self._opening: Opening | None = None
        self._opened_for: Sequence[Any] | None = None

    def open(self, demos: Sequence[Mapping[str, Any]]) -> Opening:
        """The part of the prompt that is the same for every item."""
        return opening(
            self.rubric,
            demos,
            layout=self.layout,
            reasoning=self.reasoning,
            output=self.output,
            subject=self.subject,
            points=self.points,
        )

    def format(self) -> dict[str, Any]:
        """The ``response_format`` of a JSON answer."""
        if self.points.names != "digits":
            return named_format(list(self.points.named(self.rubric).values()), reasons=self.reasoning)
        return response_format({"score": asked_scale(self.rubric.scale)}, reasons=self.reasoning)

    def read(self, answer: Answer) -> Verdict:
        """The raw verdict that an answer gives."""
        if self.points.names == "digits":
            return raw_verdict(answer, self.rubric.scale, min_mass=self.min_mass, reasoning=self.reasoning)
        asked, means = self.points.asked(self.rubric)
        named = raw_verdict(answer, asked, min_mass=self.min_mass, reasoning=self.reasoning)
        return on_the_scale(named, means, self.rubric.scale)

    def messages(self, demos: Sequence[Mapping[str, Any]], texts: Mapping[str, Any]) -> list[Message]:
        """The messages about one item; the opening is rendered again only where `demos` is another object."""
        if self._opening is None or demos is not self._opened_for:
            self._opening = self.open(demos)
            self._opened_for = demos
        return self._opening.ask(texts)

    def request(self, lm: Any, settings: Mapping[str, Any], messages: Sequence[Message]) -> dict[str, Any]:
        """The settings and messages that would be sent; nothing is sent."""
        asking = Exchange(lm, messages, self._settings(settings), top_logprobs=self.top_logprobs)
        return dict(asking.ask())

    def verdict(
        self, lm: Any, settings: Mapping[str, Any], demos: Sequence[Mapping[str, Any]], texts: Mapping[str, Any]
    ) -> Verdict:
        """The raw verdict on one item."""
        messages = self.messages(demos, texts)
        if (empty := self._nothing_to_judge(texts)) is not None:
            return empty
        if is_decision_model(lm):
            return wait_for(self._decision(lm, demos, texts))
        try:
            answer = ask(lm, messages, self._settings(settings), top_logprobs=self.top_logprobs)
        except ItemRefusedError as refused:
            return _refused(refused)
        return self._read(answer, messages)

    async def averdict(
        self, lm: Any, settings: Mapping[str, Any], demos: Sequence[Mapping[str, Any]], texts: Mapping[str, Any]
    ) -> Verdict:
        """`verdict` without blocking the event loop."""
        messages = self.messages(demos, texts)
        if (empty := self._nothing_to_judge(texts)) is not None:
            return empty
        if is_decision_model(lm):
            return await self._decision(lm, demos, texts)
        try:
            answer = await aask(lm, messages, self._settings(settings), top_logprobs=self.top_logprobs)
        except ItemRefusedError as refused:
            return _refused(refused)
        if len(answer.text) > _LONG:  # the other calls go on meanwhile
            return await asyncio.to_thread(self._read, answer, messages)
        return self._read(answer, messages)

    def decisions(self) -> dict[str, Any]:
        """What a decision model is asked, by name; it gives no reasons, and layout and output are not its concern."""
        return {"score": decision_question(self.rubric)}

    def decided(self, decided: Decided, usage: Usage) -> Verdict:
        """The raw verdict that a decision model's distributions give."""
        return decision_verdict(decided.probabilities["score"], self.rubric.scale, usage)

    async def _decision(self, lm: Any, demos: Sequence[Mapping[str, Any]], texts: Mapping[str, Any]) -> Verdict:
        started = time.perf_counter()
        opening = self._opening or self.open(demos)
        try:
            found = await lm.decide(decision_state(opening.shown, demos, texts), self.decisions())
        except LMError as error:
            if (refused := item_refused(error, lm)) is None:
                raise
            return _refused(refused)
        usage = Usage(
            prompt_tokens=found.prompt_tokens,
            completion_tokens=found.completion_tokens,
            seconds=time.perf_counter() - started,
        )
        verdict = self.decided(found, usage)
        return replace(verdict, asked=in_words({"images": False})) if texts.get("images") else verdict

    def _nothing_to_judge(self, texts: Mapping[str, Any]) -> Verdict | None:
        name = None if self._opening is None else self._opening.shown.nothing(texts)
        if name is None:
            return None
        return Verdict(unscored="no_response", detail=f"the item's {name} is empty: there is nothing to judge")

    def _settings(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        return settings if self.output == "text" else {"response_format": OurFormat(self.format()), **settings}

    def _read(self, answer: Answer, messages: Sequence[Message]) -> Verdict:
        if messages[-1]["role"] == "assistant":
            # Some servers give back the beginning that they continued; the tokens are those of the continuation.
            answer = replace(answer, text=answer.text.removeprefix(messages[-1]["content"]))
        try:
            verdict = self.read(answer)
        except Exception as error:  # noqa: BLE001 - whatever a server sends, it costs its own verdict and no other
            _log.debug("an answer could not be read", exc_info=True)
            return Verdict(
                unscored="error",
                detail=f"the answer could not be read: {type(error).__name__}: {error}",
                text=answer.text,
                usage=answer.usage,
                asked=answer.asked,
                images=answer.images,
                revision=answer.revision,
            )
        return verdict.answered(answer.asked, answer.revision, answer.images)


def _refused(refused: ItemRefusedError) -> Verdict:
    return Verdict(unscored=refused.reason, detail=refused.detail[:_DETAIL])
