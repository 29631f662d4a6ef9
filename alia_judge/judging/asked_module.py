"""`AskedModule`: how a judge is called, as a DSPy module and by the runner."""

from __future__ import annotations

import asyncio
import copy
import threading
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import dspy

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.demos.neighbours import NearestDemos, Neighbours
from alia_judge.judging.prompt.shown import FIELDS, given
from alia_judge.judging.question.adapter import JudgeAdapter
from alia_judge.judging.question.question import Question
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.learnt.learner import Learner
from alia_judge.models.decisions import is_decision_model
from alia_judge.models.exchange import OurDefault
from alia_judge.models.resolve import lm_identity, resolve_lm
from alia_judge.records import Item, Verdict

__all__ = ["AskedModule"]

#: One index is made at a time: of many calls that begin together, the first makes it for all.
_INDEXING = threading.Lock()


class AskedModule(Learner, dspy.Module):  # type: ignore[misc]
    """One question to one model about each item; `Judge` says what the question is, and what is made of the answer."""

    predict: Any
    neighbours: Neighbours | None
    settings: dict[str, Any]
    _rubric: Rubric
    _lm: Any
    _index: NearestDemos | None
    _prepared: Question | None

    @property
    @abstractmethod
    def rubric(self) -> Rubric:
        """The rubric, with the instructions an optimiser may have rewritten."""

    @abstractmethod
    def read(self, verdict: Verdict) -> Verdict:
        """A raw verdict with its score read out."""

    @abstractmethod
    def _ask(self, rubric: Rubric) -> Question:
        """What it asks."""

    @abstractmethod
    def _record(self, verdict: Verdict) -> dict[str, Any]:
        """What DSPy's optimisers record as a demonstration."""

    @abstractmethod
    def _tokens(self) -> int | None:
        """How long its answer may be, where neither it nor its model sets a limit; None is a short one's."""

    @property
    def demos(self) -> list[Any]:
        """Its demonstrations."""
        return list(self.predict.demos)

    @property
    def lm(self) -> Any:
        """The model that answers: one set with ``set_lm``, else this judge's own, else DSPy's configured one.

        Raises
        ------
        UsageError
            If there is none.
        """
        lm = self.predict.lm or self._lm or dspy.settings.lm
        if lm is None:
            raise UsageError(
                message(
                    "this judge has no language model; pass lm= (a name such as 'openai/gpt-4o-mini' or "
                    "'embedded', or a dspy.LM), or dspy.configure(lm=...)"
                )
            )
        # A decision model's client need not be one of DSPy's language models.
        return lm if isinstance(lm, dspy.BaseLM) or not is_decision_model(lm) else resolve_lm(lm)

    def lm_identity(self) -> str:
        """Which model answers, and how it is set: the model's part of a verdict's cache key."""
        return lm_identity(self.lm)

    def messages(self, **texts: Any) -> list[dict[str, Any]]:
        """What the model would be sent for one item; nothing is sent.

        Parameters
        ----------
        **texts
            The fields of an item, as in a call (``response=``, ``prompt=`` ...).
        """
        return [dict(message) for message in self._ask(self.rubric).messages(self.predict.demos, _accepted(texts))]

    def request(self, **texts: Any) -> dict[str, Any]:
        """What the model would be sent for one item, settings and ``messages``; nothing is sent.

        Where demonstrations are chosen by the item, it has the first of them, as many as are shown.

        Parameters
        ----------
        **texts
            The fields of an item, as in a call (``response=``, ``prompt=`` ...).
        """
        question, demos = self._ask(self.rubric), self.predict.demos
        if self.neighbours is not None:
            demos = demos[: self.neighbours.k]
        messages = question.messages(demos, texts)
        return question.request(self.lm, self._call_settings(0), messages)

    def forward(
        self,
        *,
        sample: int = 0,
        **texts: Any,
    ) -> Any:
        """Judge one response, or a pair, or a conversation.

        Parameters
        ----------
        sample
            As in `verdict`.
        response
            The text to judge.
        prompt, context, reference
            What was asked, what the response should rest on, and a response known to be good; each may be absent.
        turns, trace
            The conversation before the response (`Turn`s, or mappings with ``role`` and ``text``), and what tools were
            called with and gave.
        response_b
            On a pairwise scale, the second response.
        images
            What is looked at with the texts, as `Item` takes it, where it does not come with one of them.

        Returns
        -------
        dspy.Prediction
            ``score`` (None if unscored), ``verdict`` (a `Verdict`), ``probabilities`` of the scale's points (None
            without log-probabilities) and ``unscored`` (the reason, None if scored).

        Raises
        ------
        UsageError
            If there is nothing to judge, or a text of another name.
        dspy.LMError
            If the call failed. `alia_judge.runner.run` makes of that an unscored verdict.
        """
        texts = _accepted(texts)
        if is_decision_model(lm := self.lm):  # it writes nothing that an adapter could read
            return self._predicted(self._question().verdict(lm, {}, self._shown(texts), texts))
        adapter = self._adapter()
        with dspy.context(adapter=adapter):
            self.predict(**texts, demos=self._shown(texts), lm=self.lm, config=self._call_settings(sample))
        return self._prediction(adapter)

    async def aforward(
        self,
        *,
        sample: int = 0,
        **texts: Any,
    ) -> Any:
        """`forward` without blocking the event loop."""
        texts = _accepted(texts)
        adapter = self._adapter()
        demos = await self._ashown(texts)
        if is_decision_model(lm := self.lm):
            return self._predicted(await self._question().averdict(lm, {}, demos, texts))
        with dspy.context(adapter=adapter):
            await self.predict.acall(**texts, demos=demos, lm=self.lm, config=self._call_settings(sample))
        return self._prediction(adapter)

    def verdict(self, item: Item, *, sample: int = 0) -> Verdict:
        """The raw verdict of one item: what the runner calls, and stores.

        It is `forward` without DSPy's bookkeeping (trace, callbacks, module history), and before any readout.

        Parameters
        ----------
        item
            What to judge.
        sample
            Number of the sample, where several are drawn. It is added to the seed, if the settings have one; a model
            whose temperature is 0 gives the same for each.
        """
        texts = self.inputs(item)
        return self._question().verdict(self.lm, self._call_settings(sample), self._shown(texts), texts)

    async def averdict(self, item: Item, *, sample: int = 0) -> Verdict:
        """`verdict` without blocking the event loop."""
        texts = self.inputs(item)
        demos = await self._ashown(texts)
        return await self._question().averdict(self.lm, self._call_settings(sample), demos, texts)

    def inputs(self, item: Item) -> dict[str, Any]:
        """What `forward` takes of an item."""
        return given(**item.fields(), images=item.images)

    def with_lm(self, lm: Any) -> Self:
        """A copy of this judge on another model."""
        judge: Self = self.deepcopy()
        judge._lm = resolve_lm(lm) if isinstance(lm, str) else lm
        judge.predict.lm = None
        return judge

    def for_bulk(self) -> Self:
        """A copy for the runner, which retries and stores by itself: its model does neither.

        Its prompt is made ready once; it stays as it is.
        """
        judge = self.with_lm(self.lm.copy(num_retries=0, cache=False))
        judge._prepared = judge._question()
        return judge

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # Models hold connections, caches and weights: a copy of a judge judges with the same one.
        for lm in (self._lm, self.predict.lm):
            if lm is not None:
                memo[id(lm)] = lm
        judge = type(self).__new__(type(self))
        memo[id(self)] = judge
        judge.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return judge

    def _adapter(self) -> JudgeAdapter:
        return JudgeAdapter(lambda words: self._ask(replace(self._rubric, instructions=words)), self._record)

    def _question(self) -> Question:
        return self._prepared or self._ask(self.rubric)

    def _shown(self, texts: Mapping[str, Any]) -> list[Any]:
        """The demonstrations for one item."""
        index = self._nearest()
        return self.predict.demos if index is None else index.nearest(texts)

    async def _ashown(self, texts: Mapping[str, Any]) -> list[Any]:
        """`_shown` without blocking the event loop."""
        if self.neighbours is None:
            return self.predict.demos  # type: ignore[no-any-return]
        # An embedding model is asked about the whole pool, once, whoever comes first.
        index = await asyncio.to_thread(self._nearest) if self._index is None else self._nearest()
        return self.predict.demos if index is None else await index.anearest(texts)

    def _nearest(self) -> NearestDemos | None:
        """The index over the demonstrations; None where all are shown."""
        if self.neighbours is None:
            return None
        if not self._indexed():
            with _INDEXING:
                if not self._indexed():
                    self._index = NearestDemos(self.predict.demos, self.neighbours)
        return self._index

    def _indexed(self) -> bool:
        """Whether there is an index over the demonstrations as they are: an optimiser may have replaced them."""
        index = self._index
        return index is not None and index.pool == self.predict.demos and index.chosen == self.neighbours

    def _call_settings(self, sample: int) -> dict[str, Any]:
        settings = dict(self.settings)
        if sample and settings.get("seed") is not None:
            settings["seed"] += sample
        if sample and (settings.get("temperature") or self.lm.kwargs.get("temperature")):
            settings["rollout_id"] = sample  # or DSPy's own cache would give the first sample again
        if (tokens := self._tokens()) is not None:
            limits = (settings.get("max_tokens"), self.lm.kwargs.get("max_tokens"))
            if limits == (None, None) and "max_completion_tokens" not in self.lm.kwargs:
                settings["max_tokens"] = OurDefault(tokens)
        return settings

    def _verdict(self, adapter: JudgeAdapter) -> Verdict:
        if adapter.verdict is None:
            raise UsageError(message("judge.predict was replaced by a predictor that does not use the judge's adapter"))
        return adapter.verdict

    def _prediction(self, adapter: JudgeAdapter) -> Any:
        return self._predicted(self._verdict(adapter))

    def _predicted(self, raw: Verdict) -> Any:
        verdict = self.read(raw)
        return dspy.Prediction(
            score=verdict.score,
            verdict=verdict,
            raw=raw,
            probabilities=verdict.probabilities,
            unscored=verdict.unscored,
        )


def _accepted(texts: Mapping[str, Any]) -> dict[str, Any]:
    """The texts by field, None where there is none."""
    if unknown := sorted(set(texts) - set(FIELDS)):
        raise UsageError(
            message("a judge is given {fields}, not {unknown}", fields=", ".join(FIELDS), unknown=", ".join(unknown))
        )
    return given(**texts)
