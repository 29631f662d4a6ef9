"""One question to a language model through DSPy's canonical contract, and its answer in one shape.

DSPy's ordinary calls (``lm(messages=...)``) return text, and drop why generation stopped and what it consumed. An
explicit `dspy.lm15.Request` returns a `dspy.lm15.Response` with both and with log-probabilities, through DSPy's own
engine, LiteLLM's, a custom engine and a legacy `BaseLM` alike; so that is what a judge sends.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from dspy.clients.backend_selection import CLIENT_KEYS
from dspy.clients.costs import estimate_cost
from dspy.lm15 import Response
from dspy.utils.exceptions import ContextWindowExceededError, LMInvalidRequestError, LMUnsupportedFeatureError

from alia_judge.errors import UsageError
from alia_judge.judging.answer.answer import Answer
from alia_judge.judging.prompt.prompt import Message
from alia_judge.models.chat_protocol import ChatAnswer, typed_request
from alia_judge.models.decisions import is_decision_model
from alia_judge.models.limits import (
    accepted_logprobs,
    accepts_schema,
    exceeds_context,
    fewer_logprobs,
    refuses_schema,
    remember_logprobs,
    remember_no_schema,
)
from alia_judge.models.logprobs import token_alternatives
from alia_judge.models.openai_compatible import OpenAICompatibleLM
from alia_judge.models.thinking import thoughts_of
from alia_judge.records import Usage

__all__ = ["aask", "ask"]

#: Settings that DSPy itself acts on; they are no part of what is sent to the model.
_EXECUTION_KEYS = frozenset({"cache", "rollout_id", "n", "num_generations", "num_retries", "prompt_cache"})
_HALF = re.compile("[\\ud800-\\udfff]")
#: What a model is asked for where neither its own settings nor the judge's say otherwise: one repeatable short answer.
_DEFAULTS = {"temperature": 0.0, "max_tokens": 16}


def ask(lm: Any, messages: Sequence[Message], settings: Mapping[str, Any], *, top_logprobs: int) -> Answer:
    """Send `messages` to `lm` and wait.

    Parameters
    ----------
    lm
        A `dspy.BaseLM`.
    messages
        As `render` gives them.
    settings
        Generation settings that override the LM's own (temperature, max_tokens, seed ...), and DSPy's execution
        settings (cache, rollout_id).
    top_logprobs
        How many alternatives of each token to ask for; 0 asks for no log-probabilities. A model that refuses is asked
        for as many as it says it gives, and for none if it does not say; every later call asks for so many at once.

    Raises
    ------
    dspy.utils.exceptions.LMError
        If the call failed.
    """
    _refuse_decision_model(lm)
    started = time.perf_counter()
    top_logprobs = asked = accepted_logprobs(lm, top_logprobs)
    refused = False
    if not accepts_schema(lm):
        settings = _without_schema(settings)
    while True:
        body, execution = _request(lm, messages, settings, top_logprobs)
        try:
            response = lm(typed_request(body), **execution)
        except (LMUnsupportedFeatureError, LMInvalidRequestError) as error:
            if exceeds_context(error):
                raise ContextWindowExceededError(message=str(error), model=lm.model) from error
            fewer = fewer_logprobs(error, top_logprobs)
            if fewer is not None:
                top_logprobs = fewer
            elif "response_format" in settings and refuses_schema(error):
                # A refusal that quotes the request mentions log-probabilities too: they were not to blame.
                settings, top_logprobs, refused = _without_schema(settings), asked, True
            else:
                raise
        else:
            if refused:
                remember_no_schema(lm)
            if top_logprobs < asked:
                remember_logprobs(lm, top_logprobs)
            return _answer(lm, response, time.perf_counter() - started)


async def aask(lm: Any, messages: Sequence[Message], settings: Mapping[str, Any], *, top_logprobs: int) -> Answer:
    """`ask` without blocking the event loop."""
    _refuse_decision_model(lm)
    started = time.perf_counter()
    top_logprobs = asked = accepted_logprobs(lm, top_logprobs)
    refused = False
    if not accepts_schema(lm):
        settings = _without_schema(settings)
    while True:
        body, execution = _request(lm, messages, settings, top_logprobs)
        try:
            response = await lm.chat(body, execution) if isinstance(lm, OpenAICompatibleLM) else None
            if response is None:
                response = await lm.acall(typed_request(body), **execution)
        except (LMUnsupportedFeatureError, LMInvalidRequestError) as error:
            if exceeds_context(error):
                raise ContextWindowExceededError(message=str(error), model=lm.model) from error
            fewer = fewer_logprobs(error, top_logprobs)
            if fewer is not None:
                top_logprobs = fewer
            elif "response_format" in settings and refuses_schema(error):
                # A refusal that quotes the request mentions log-probabilities too: they were not to blame.
                settings, top_logprobs, refused = _without_schema(settings), asked, True
            else:
                raise
        else:
            if refused:
                remember_no_schema(lm)
            if top_logprobs < asked:
                remember_logprobs(lm, top_logprobs)
            return _answer(lm, response, time.perf_counter() - started)


def _refuse_decision_model(lm: Any) -> None:
    if is_decision_model(lm):
        raise UsageError(
            f"{lm.model} is a decision model: it chooses among options and writes no text; name another model"
        )


def _without_schema(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings without an answer's schema: the prompt asks for an object all the same."""
    return {name: value for name, value in settings.items() if name != "response_format"}


def _request(
    lm: Any, messages: Sequence[Message], settings: Mapping[str, Any], top_logprobs: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The body in OpenAI's spelling, and what DSPy is to do about the call."""
    own = {key: value for key, value in lm.kwargs.items() if value is not None and key not in CLIENT_KEYS}
    # A reasoning model's LM limits thinking and answer together, and takes no temperature but its own.
    defaults = {} if "max_completion_tokens" in lm.kwargs else _DEFAULTS
    merged = {**defaults, **own, **settings}
    body = {key: value for key, value in merged.items() if key not in _EXECUTION_KEYS and value is not None}
    body |= {"model": lm.model, "messages": list(messages)}
    if top_logprobs:
        body |= {"logprobs": True, "top_logprobs": top_logprobs}
    execution = {key: merged[key] for key in ("cache", "rollout_id") if merged.get(key) is not None}
    return body, execution


def _answer(lm: Any, response: Response | ChatAnswer, seconds: float) -> Answer:
    if isinstance(response, ChatAnswer):  # of a server of the user's own, which has no price list
        return Answer(
            text=_sound(response.text),
            tokens=response.tokens,
            thought=response.thought,
            finish_reason=response.finish_reason,
            refusal=None if response.refusal is None else _sound(response.refusal),
            usage=Usage(
                prompt_tokens=response.prompt_tokens,
                completion_tokens=response.completion_tokens,
                cached_tokens=response.cached_tokens,
                seconds=seconds,
            ),
        )
    parts = response.message.parts
    usage = response.usage
    text = "".join(part.text for part in parts if part.type == "text")
    return Answer(
        text=_sound(text),
        tokens=tuple(token_alternatives(response)),
        thought=any(part.type == "thinking" for part in parts) or bool(_thoughts(response)),
        finish_reason=response.finish_reason,
        refusal=_refusal(response),
        usage=Usage(
            prompt_tokens=usage.input_tokens or 0,
            completion_tokens=usage.output_tokens or 0,
            cached_tokens=usage.cache_read_tokens or 0,
            cost=_cost(lm, response),
            seconds=seconds,
        ),
    )


def _thoughts(response: Response) -> str:
    """What the provider's own reply holds of thoughts, in a field that lm15 leaves there."""
    choices = (response.provider_data or {}).get("choices") or ()
    return next(filter(None, (thoughts_of(choice.get("message") or {}) for choice in choices)), "")


def _sound(text: str) -> str:
    """The text without half a surrogate pair, which an answer cut within an emoji ends on and no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _HALF.sub("\ufffd", text)
    return text


def _refusal(response: Response) -> str | None:
    for part in response.message.parts:
        if part.type == "refusal":
            return _sound(str(part.text))
    # LiteLLM moves it to where only its own readers look.
    for choice in (response.provider_data or {}).get("choices") or ():
        fields = (choice.get("message") or {}).get("provider_specific_fields") or {}
        if fields.get("refusal"):
            return _sound(str(fields["refusal"]))
    return None


def _cost(lm: Any, response: Response) -> float | None:
    """US dollars by the price list DSPy carries (LiteLLM's); None where it has no price for every billed token."""
    if not isinstance(getattr(lm, "engine", None), str):
        return None  # a custom engine has no price list
    provider, slash, model = lm.model.partition("/")
    cost, _ = estimate_cost(response, provider=provider if slash else "openai", requested_model=model or lm.model)
    return None if cost is None else float(cost)
