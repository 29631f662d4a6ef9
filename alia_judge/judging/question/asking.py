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

from dspy.lm15 import Response

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.answer.answer import Answer
from alia_judge.judging.prompt.prompt import Message
from alia_judge.models.chat_protocol import ChatAnswer, revision_of
from alia_judge.models.decisions import is_decision_model
from alia_judge.models.dspy_internals import estimate_cost
from alia_judge.models.exchange import Exchange, aexchange, exchange
from alia_judge.models.logprobs import token_alternatives
from alia_judge.models.prices import given_price
from alia_judge.models.thinking import thoughts_of
from alia_judge.records import Usage

__all__ = ["aask", "ask"]

_HALF = re.compile("[\\ud800-\\udfff]")


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
        How many alternatives of each token to ask for; 0 asks for no log-probabilities. What a model refuses of this
        library's own wishes it is asked without, now and in every later call (`alia_judge.models.exchange`).

    Raises
    ------
    ItemRefusedError
        If the model will not answer about this item: it does not fit, or the provider's filter is against it.
    dspy.LMError
        If the call failed.
    """
    _refuse_decision_model(lm)
    started = time.perf_counter()
    asking = Exchange(lm, messages, settings, top_logprobs=top_logprobs)
    response = exchange(asking)
    return _answer(lm, response, time.perf_counter() - started, asking)


async def aask(lm: Any, messages: Sequence[Message], settings: Mapping[str, Any], *, top_logprobs: int) -> Answer:
    """`ask` without blocking the event loop."""
    _refuse_decision_model(lm)
    started = time.perf_counter()
    asking = Exchange(lm, messages, settings, top_logprobs=top_logprobs)
    response = await aexchange(asking)
    return _answer(lm, response, time.perf_counter() - started, asking)


def _refuse_decision_model(lm: Any) -> None:
    if is_decision_model(lm):
        raise UsageError(
            message(
                "{model} is a decision model: it chooses among options and writes no text; name another model",
                model=lm.model,
            )
        )


def _answer(lm: Any, response: Response | ChatAnswer, seconds: float, asking: Exchange) -> Answer:
    if isinstance(response, ChatAnswer):  # of a server of the user's own, which has no price list
        return Answer(
            text=_sound(response.text),
            tokens=response.tokens,
            thought=response.thought,
            finish_reason=response.finish_reason,
            refusal=None if response.refusal is None else _sound(response.refusal),
            asked=asking.changed,
            images=asking.images,
            revision=response.revision,
            usage=Usage(
                prompt_tokens=response.prompt_tokens,
                completion_tokens=response.completion_tokens,
                cached_tokens=response.cached_tokens,
                cost=_given_cost(lm, response.prompt_tokens, response.completion_tokens),
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
        asked=asking.changed,
        images=asking.images,
        revision=revision_of(response.model, (response.provider_data or {}).get("system_fingerprint")),
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
    """US dollars by the price list in DSPy (LiteLLM's); None where it has no price for every billed token."""
    usage = response.usage
    tokens = usage.input_tokens or 0, usage.output_tokens or 0
    cost = None
    if any(tokens) and isinstance(getattr(lm, "engine", None), str):  # a custom engine has no price list
        provider, slash, model = lm.model.partition("/")
        cost, _ = estimate_cost(response, provider=provider if slash else "openai", requested_model=model or lm.model)
    given = _given_cost(lm, *tokens, listed=cost is not None)
    return given if given is not None else None if cost is None else float(cost)


def _given_cost(lm: Any, prompt_tokens: int, completion_tokens: int, *, listed: bool = False) -> float | None:
    """By what somebody said of this model's price; a server that counts no tokens has no cost that is known."""
    price = given_price(lm, listed=listed)
    if price is None or not (prompt_tokens or completion_tokens):
        return None
    return (prompt_tokens * price[0] + completion_tokens * price[1]) / 1e6
