"""`Judge`: a rubric and a language model as a `dspy.Module` that gives verdicts."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import dspy
import numpy as np
from dspy.clients.backend_selection import CLIENT_KEYS

from alia_judge.errors import UsageError
from alia_judge.judging.adapter import JudgeAdapter
from alia_judge.judging.prompt import PROMPT_VERSION, Layout
from alia_judge.judging.readouts import Readout, judgments_of, readout_from_dict
from alia_judge.judging.rubric import Rubric
from alia_judge.judging.signature import judge_signature
from alia_judge.models.resolve import lm_identity, resolve_lm
from alia_judge.records import Configuration, Item, Scale, Verdict

__all__ = ["Judge"]

#: OpenAI's limit and vLLM's default; a model that gives fewer is asked for fewer.
_TOP_LOGPROBS = 20


class Judge(dspy.Module):  # type: ignore[misc]
    """Judges one response at a time on one criterion.

    Parameters
    ----------
    rubric
        What to judge.
    lm
        Which model answers: a `dspy.LM`, or a name that `resolve_lm` knows (``"openai/gpt-4o-mini"``, ``"embedded"``).
        None takes DSPy's configured one at each call.
    demos
        Demonstrations: `dspy.Example`s or mappings with ``response``, ``score`` and what else an item has.
    readout
        A fitted readout from raw verdicts to scores; None is the expected score (for a nominal scale the likeliest
        point) where there are log-probabilities, and the written score where there are none.
    layout
        ``"chat"``, or ``"single"`` for models that know no system role.
    settings
        Generation settings over the LM's own (``{"temperature": 0.7}``).
    top_logprobs
        How many alternatives of each token to ask for; 0 asks for none.
    min_mass
        An answer that is no score is scored from its log-probabilities if at least this much of the probability was on
        the scale.

    Examples
    --------
    >>> from alia_judge.records import Scale
    >>> judge = Judge(Rubric(criterion="Coherence", scale=Scale.ordinal(1, 5)))
    >>> judge.rubric.criterion
    'Coherence'
    >>> judge.configuration().parameters["kind"]
    'pointwise'
    """

    schema = "alia-judge/judge/1"

    def __init__(
        self,
        rubric: Rubric,
        lm: Any = None,
        *,
        demos: Iterable[Any] = (),
        readout: Readout | None = None,
        layout: Layout = "chat",
        settings: Mapping[str, Any] | None = None,
        top_logprobs: int = _TOP_LOGPROBS,
        min_mass: float = 0.1,
    ) -> None:
        super().__init__()
        if not 0.0 <= min_mass <= 1.0:
            raise UsageError(f"min_mass is a probability between 0 and 1, got {min_mass}")
        if not 0 <= top_logprobs <= _TOP_LOGPROBS:
            raise UsageError(f"top_logprobs must be from 0 to {_TOP_LOGPROBS}, got {top_logprobs}")
        self._rubric = rubric
        self._lm = resolve_lm(lm) if isinstance(lm, str) else lm
        self.readout = readout
        self.layout: Layout = layout
        self.settings = dict(settings or {})
        self.top_logprobs = top_logprobs
        self.min_mass = min_mass
        # Fewer where the model turned out to give fewer; what was asked for stays part of the configuration.
        self._accepted_logprobs = top_logprobs
        self.predict = dspy.Predict(judge_signature(rubric))
        self.predict.demos = [_example(demo) for demo in demos]

    # --- What this judge is ---

    @property
    def rubric(self) -> Rubric:
        """The rubric, with the instructions an optimiser may have rewritten."""
        instructions = self.predict.signature.instructions
        unchanged = instructions == (self._rubric.instructions or self._rubric.criterion)
        return self._rubric if unchanged else replace(self._rubric, instructions=instructions)

    @property
    def scale(self) -> Scale:
        """The scale of its verdicts."""
        return self._rubric.scale

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
                "this judge has no language model; pass lm= (a name such as 'openai/gpt-4o-mini' or 'embedded', or a "
                "dspy.LM), or dspy.configure(lm=...)"
            )
        return lm

    def configuration(self) -> Configuration:
        """Everything but the model that decides its raw verdicts: the configuration part of a verdict's cache key."""
        return Configuration(
            parameters={
                "kind": "pointwise",
                "prompt": PROMPT_VERSION,
                "rubric": self.rubric.to_dict(),
                "demos": [_plain_example(demo) for demo in self.predict.demos],
                "layout": self.layout,
                "settings": self.settings,
                "top_logprobs": self.top_logprobs,
                "min_mass": self.min_mass,
            }
        )

    def lm_identity(self) -> str:
        """Which model answers, and how it is set: the model's part of a verdict's cache key."""
        return lm_identity(self.lm)

    # --- Judging ---

    def forward(
        self,
        *,
        response: str,
        prompt: str | None = None,
        context: str | None = None,
        reference: str | None = None,
    ) -> Any:
        """Judge one response.

        Parameters
        ----------
        response
            The text to judge.
        prompt, context, reference
            What was asked, what the response should rest on, and a response known to be good; each may be absent.

        Returns
        -------
        dspy.Prediction
            ``score`` (None if unscored), ``verdict`` (a `Verdict`), ``probabilities`` of the scale's points (None
            without log-probabilities) and ``unscored`` (the reason, None if scored).

        Raises
        ------
        dspy.utils.exceptions.LMError
            If the call failed. `alia_judge.runner.run` makes of that an unscored verdict.
        """
        adapter = self._adapter()
        with dspy.context(adapter=adapter):
            self.predict(
                prompt=prompt, response=response, context=context, reference=reference, lm=self.lm, config=self.settings
            )
        return self._prediction(adapter)

    async def aforward(
        self,
        *,
        response: str,
        prompt: str | None = None,
        context: str | None = None,
        reference: str | None = None,
    ) -> Any:
        """`forward` without blocking the event loop."""
        adapter = self._adapter()
        with dspy.context(adapter=adapter):
            await self.predict.acall(
                prompt=prompt, response=response, context=context, reference=reference, lm=self.lm, config=self.settings
            )
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
        adapter = self._adapter()
        adapter(self.lm, self._call_settings(sample), self.predict.signature, self.predict.demos, self.inputs(item))
        return self._verdict(adapter)

    async def averdict(self, item: Item, *, sample: int = 0) -> Verdict:
        """`verdict` without blocking the event loop."""
        adapter = self._adapter()
        await adapter.acall(
            self.lm, self._call_settings(sample), self.predict.signature, self.predict.demos, self.inputs(item)
        )
        return self._verdict(adapter)

    def inputs(self, item: Item) -> dict[str, Any]:
        """What `forward` takes of an item."""
        return {
            "prompt": item.prompt or None,
            "response": item.response,
            "context": item.context,
            "reference": item.reference,
        }

    def read(self, verdict: Verdict) -> Verdict:
        """A raw verdict with its score read out; an unscored one as it is."""
        if self.readout is None or verdict.unscored is not None:
            return verdict
        score = float(self.readout.predict(judgments_of([verdict], self.scale))[0])
        if np.isnan(score):
            return replace(verdict, score=None, unscored="no_score", detail="the readout gives no score for it")
        return replace(verdict, score=score)

    # --- State ---

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        """Everything that makes this judge what it is, as JSON: DSPy's state of its predictor and the judge's own.

        The model is recorded by name and settings, without keys or addresses.
        """
        state: dict[str, Any] = super().dump_state(json_mode=json_mode)
        state["judge"] = {
            "schema": self.schema,
            "rubric": self._rubric.to_dict(),
            "readout": None if self.readout is None else self.readout.to_dict(),
            "layout": self.layout,
            "settings": dict(self.settings),
            "top_logprobs": self.top_logprobs,
            "min_mass": self.min_mass,
            "model": None if self._lm is None else _named_model(self._lm),
        }
        return state

    def load_state(self, state: Mapping[str, Any], *, allow_unsafe_lm_state: bool = False) -> None:
        """Become the judge that `dump_state` described, on the model this one has.

        Raises
        ------
        UsageError
            If the state is not a judge's, or from a version this one does not know.
        """
        own = state.get("judge")
        if not isinstance(own, Mapping) or own.get("schema") != self.schema:
            found = own.get("schema") if isinstance(own, Mapping) else None
            raise UsageError(f"not the state of a judge: expected schema {self.schema!r}, got {found!r}")
        rubric = Rubric.from_dict(own["rubric"])
        readout = None if own["readout"] is None else readout_from_dict(own["readout"])
        predictor = {key: value for key, value in state.items() if key != "judge"}
        super().load_state(predictor, allow_unsafe_lm_state=allow_unsafe_lm_state)
        self.predict.demos = [_example(demo) for demo in self.predict.demos]
        self._rubric = rubric
        self.readout = readout
        self.layout = own["layout"]
        self.settings = dict(own["settings"])
        self.top_logprobs = self._accepted_logprobs = own["top_logprobs"]
        self.min_mass = own["min_mass"]

    @classmethod
    def from_state(cls, state: Mapping[str, Any], lm: Any = None) -> Judge:
        """A judge from what `dump_state` gave, on `lm`; None takes the model the state names, if it names one."""
        judge = cls(Rubric(criterion="to be loaded", scale=Scale.binary()), lm)
        judge.load_state(state)
        model = state["judge"]["model"]
        if lm is None and model is not None:
            judge._lm = resolve_lm(model["name"], **model["settings"])
        return judge

    def with_lm(self, lm: Any) -> Judge:
        """A copy of this judge on another model."""
        judge: Judge = self.deepcopy()
        judge._lm = resolve_lm(lm) if isinstance(lm, str) else lm
        judge.predict.lm = None
        judge._accepted_logprobs = judge.top_logprobs
        return judge

    def for_bulk(self) -> Judge:
        """A copy for the runner, which retries and stores by itself: its model does neither."""
        return self.with_lm(self.lm.copy(num_retries=0, cache=False))

    def __deepcopy__(self, memo: dict[int, Any]) -> Judge:
        # Models hold connections, caches and weights: a copy of a judge judges with the same one.
        for lm in (self._lm, self.predict.lm):
            if lm is not None:
                memo[id(lm)] = lm
        judge = type(self).__new__(type(self))
        memo[id(self)] = judge
        judge.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return judge

    def _adapter(self) -> JudgeAdapter:
        return JudgeAdapter(
            self._rubric, layout=self.layout, top_logprobs=self._accepted_logprobs, min_mass=self.min_mass
        )

    def _call_settings(self, sample: int) -> dict[str, Any]:
        seed = self.settings.get("seed")
        return self.settings if seed is None or not sample else {**self.settings, "seed": seed + sample}

    def _verdict(self, adapter: JudgeAdapter) -> Verdict:
        self._accepted_logprobs = adapter.accepted_logprobs
        if adapter.verdict is None:
            raise UsageError("judge.predict was replaced by a predictor that does not use the judge's adapter")
        return adapter.verdict

    def _prediction(self, adapter: JudgeAdapter) -> Any:
        raw = self._verdict(adapter)
        verdict = self.read(raw)
        return dspy.Prediction(
            score=verdict.score,
            verdict=verdict,
            raw=raw,
            probabilities=verdict.probabilities,
            unscored=verdict.unscored,
        )


def _named_model(lm: Any) -> dict[str, Any]:
    """A model's name and what it is asked with, as JSON, without keys, addresses or what only DSPy acts on."""
    settings = {
        key: value
        for key, value in lm.kwargs.items()
        if key not in CLIENT_KEYS and isinstance(value, (str, int, float, bool, list, dict))
    }
    return {"name": lm.model, "settings": settings}


def _example(demo: Any) -> Any:
    return demo if isinstance(demo, dspy.Example) else dspy.Example(**demo)


def _plain_example(demo: Any) -> dict[str, Any]:
    """A demonstration as JSON, without what makes no difference to the prompt."""
    fields = ("context", "reference", "prompt", "response", "score")
    return {field: demo[field] for field in fields if field in demo and demo[field] is not None}
