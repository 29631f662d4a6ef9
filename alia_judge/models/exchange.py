"""One question to a model and what comes of it: refused settings are learnt and left out, and it is asked again.

This is the one place that learns from a refusal, for every engine and every kind of call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from dspy import (
    LMConfigurationError,
    LMError,
    LMServerError,
    LMTransportError,
    LMUnsupportedFeatureError,
)
from dspy.lm15 import ProviderError, Response

from alia_judge._messages import message
from alia_judge.models.chat_protocol import ChatAnswer, answer_of, broken_off, typed_request
from alia_judge.models.dspy_engines import acomplete, complete
from alia_judge.models.dspy_internals import CLIENT_KEYS
from alia_judge.models.limits import Adjustments, adjusted, images_in, known, proven, remember
from alia_judge.models.lm15_reply import unread_answer
from alia_judge.models.openai_compatible import OpenAICompatibleLM
from alia_judge.models.refusals import (
    Refusal,
    fewer_alternatives,
    named_settings,
    reads_text_alone,
    refusal_of,
    token_limit,
)
from alia_judge.models.secrets import redact, secrets_of
from alia_judge.models.thinking import without_thinking

__all__ = ["Exchange", "ItemRefusedError", "OurDefault", "OurFormat", "aexchange", "exchange", "item_refused"]

#: Settings that DSPy itself acts on; they are no part of what is sent to the model.
_EXECUTION_KEYS = frozenset({"cache", "rollout_id", "num_generations", "num_retries", "prompt_cache"})
#: Room for a model that thinks before it answers: what most need, and what some do.
_ROOM = (2048, 8192)
#: What may be left out, in this order, where a server refuses a question and does not say why.
_SUSPECTS = ("logprobs", "temperature", "response_format", "system")
#: Refusals of one question before it is given up: each takes one setting out.
_MOST = 8
#: HTTP statuses from here on refuse; of these it is the request that is at fault.
_REFUSED, _AT_FAULT = 400, (None, 400, 405, 415, 422, 501)
#: What an answer that could not be read is said to have had: nothing, its own status, or LiteLLM's for it.
_NO_REFUSAL = (None, 200, 400, 500)
_LIMITS = ("max_tokens", "max_completion_tokens")
#: What stands for the images of a question among its settings.
_IMAGES = "images"
#: Why a model will not answer about one item.
ItemReason = Literal["context_too_long", "content_filter", "bad_image"]
_OF_THE_ITEM: Mapping[str, ItemReason] = {
    "context_too_long": "context_too_long",
    "content_filter": "content_filter",
    "bad_image": "bad_image",
}


class OurDefault(int):
    """A number that nobody asked for: the model may have it its own way."""


class OurFormat(dict[str, Any]):
    """The schema of an answer that is wanted, but can be done without."""


#: What a model is asked for where neither its own settings nor the judge's say otherwise: one repeatable short answer.
_DEFAULTS = {"temperature": 0.0, "max_tokens": OurDefault(16)}


class ItemRefusedError(Exception):
    """A model will not, or cannot, answer about this item; it answers about others."""

    def __init__(self, reason: ItemReason, detail: str) -> None:
        super().__init__(detail)
        self.reason: ItemReason = reason
        self.detail = detail


class Exchange:
    """A question, and how it is asked next.

    Parameters
    ----------
    lm
        A `dspy.BaseLM`.
    messages
        In OpenAI's shape.
    settings
        Generation settings over the LM's own; None leaves one out. What stands there as `OurDefault` or `OurFormat`,
        and a temperature of 0, is the library's own wish; anything else is the user's, and is sent or ends the call
        with a sentence, but is never dropped.
    top_logprobs
        How many alternatives of each token to ask for; 0 asks for no log-probabilities.

    Attributes
    ----------
    changed
        What was asked otherwise than wished when it was last asked, in words.
    images
        How many images were shown when it was last asked.
    """

    def __init__(
        self, lm: Any, messages: Sequence[Mapping[str, Any]], settings: Mapping[str, Any], *, top_logprobs: int
    ) -> None:
        self.lm = lm
        self._wished, self.execution = _request(lm, messages, settings, top_logprobs)
        self._adjustments: Adjustments = known(lm)
        self._new: dict[str, Any] = {}
        self._said = ""
        self._refusals = 0
        self._tried: set[str] = set()
        self._last: tuple[str, str] = ("", "")
        self.changed: tuple[str, ...] = ()
        self.images = images_in(self._wished)
        self.body: dict[str, Any] = {}

    def ask(self) -> dict[str, Any]:
        """The request as it is to be sent now."""
        self.body = dict(self._wished)
        if self._adjustments:
            wanted = {name: value for name, value in self._adjustments.items() if self._may_give_way(name)}
            self.changed = adjusted(self.body, wanted)
            self.images = images_in(self.body)
        return self.body

    def refused(self, error: LMError) -> None:
        """Change what is asked, after it was refused.

        Raises
        ------
        ItemRefusedError
            If it was refused for the item.
        LMUnsupportedFeatureError
            If it was refused for a setting that the user gave.
        LMError
            `error` itself, if there is nothing to change.
        """
        redact(error, self.lm)
        if isinstance(error, (LMTransportError, LMConfigurationError)) or (error.status or _REFUSED) < _REFUSED:
            raise error
        refusal = refusal_of(error, secrets_of(self.lm))
        if refusal.reason == "context_too_long" and self._smaller_room():
            return
        if self._shows_none(refusal):
            return
        if refusal.reason in _OF_THE_ITEM:
            raise ItemRefusedError(
                _OF_THE_ITEM[refusal.reason], message("[{model}] {said}", model=self.lm.model, said=refusal.message)
            ) from error
        self._refusals += 1
        if refusal.reason != "other" or self._refusals > _MOST or not self._adjust(refusal, error):
            raise error

    def answered(self, response: Response | ChatAnswer) -> bool:
        """Whether this is the answer; if not, it is to be asked again.

        Raises
        ------
        LMUnsupportedFeatureError
            If a setting that the user gave did not reach the model.
        """
        if _only_thought(response) and (tokens := self._more_room()) is not None:
            self._add("room", tokens, "")
            return False
        if isinstance(response, Response):
            self._check_whole(response)
            self._check_dropped(response)
        asked = frozenset(self.body)
        proven(self.lm, asked | {_IMAGES} if self.images else asked, answered=True)
        if self._new:
            remember(self.lm, self._new, self._said)
        return True

    # --- What to change ---

    def _adjust(self, refusal: Refusal, error: LMError) -> bool:
        named = named_settings(refusal, [name for name in self.body if name not in ("model", "messages")])
        if not named and (feature := getattr(error, "feature", None)):
            named = [str(feature).rpartition(".")[2]]
        self._take_back(refusal.message)
        for name in named:
            if self._give_way(name, refusal.message):
                return True
        theirs = [name for name in named if name in self.body and not self._ours(name)]
        if theirs and not self._quotes(named):
            raise LMUnsupportedFeatureError(
                message(
                    "the model refuses the setting {name}={value!r} that was given: {said}; give another value or "
                    "leave it out",
                    name=theirs[0],
                    value=self.body[theirs[0]],
                    said=refusal.message,
                ),
                features=theirs,
                model=self.lm.model,
            ) from error
        if error.status not in _AT_FAULT or proven(self.lm, frozenset(self._wished)):
            return False
        # It does not say what is wrong: one wish after another is given up, until it answers.
        return any(self._ours(name) and self._give_way(name, refusal.message) for name in _SUSPECTS)

    def _shows_none(self, refusal: Refusal) -> bool:
        """Ask without the images where it is the model that looks at none; one that has looked at some can."""
        if not self.images or not reads_text_alone(refusal) or proven(self.lm, frozenset([_IMAGES])):
            return False
        return self._add(_IMAGES, False, refusal.message)

    def _take_back(self, message: str) -> None:
        """A setting that was left out in vain is wished for again: servers quote the request and so name all of it."""
        name, said = self._last
        if name and _gist(message) == said and not (name == "top_logprobs" and self._new[name]):
            self._tried.add(name)
            del self._new[name]
            self._adjustments = {**known(self.lm), **self._new}
            self.ask()

    def _quotes(self, named: Sequence[str]) -> bool:
        """Whether a refusal names so much of the request that it says nothing."""
        return len(named) > 3

    def _give_way(self, name: str, message: str) -> bool:
        """Ask otherwise for one setting; False where that cannot be, or has been tried."""
        body = self.body
        if name in ("logprobs", "top_logprobs"):
            asked = body.get("top_logprobs") or 0
            if not body.get("logprobs") or not self._ours(name):
                return False
            return self._add("top_logprobs", fewer_alternatives(message, asked), message)
        if name in _LIMITS and name in body:
            return self._other_limit(name, message)
        if name == "system" and any(one["role"] in ("system", "developer") for one in body["messages"]):
            return self._add("system", False, message)
        if name == "stream" and not body.get("stream"):
            return self._add("stream", True, message)
        if name == "enable_thinking" and name not in body:
            return self._add("enable_thinking", False, message)
        if name in ("temperature", "response_format") and name in body and self._ours(name):
            return self._add(name, None, message)
        return False

    def _other_limit(self, name: str, message: str) -> bool:
        other = "max_completion_tokens" if name == "max_tokens" else "max_tokens"
        if other in message and "max_tokens_called" not in self._new:
            return self._add("max_tokens_called", other, message)
        if not self._ours(name):
            return False
        now = int(self.body[name])
        tokens = token_limit(message, now)
        if not tokens:
            return self._add("max_tokens", None, message)
        return self._add("room" if tokens > now else "tokens", tokens, message)

    def _add(self, name: str, value: Any, message: str) -> bool:
        if name in self._tried or self._new.get(name, self) == value:
            return False
        self._new[name] = value
        self._last = (name, _gist(message))
        self._adjustments = {**self._adjustments, name: value}
        self._said = self._said or message
        return True

    def _ours(self, name: str) -> bool:
        """Whether nobody asked for this setting."""
        value = self._wished.get(name)
        if name in ("logprobs", "top_logprobs"):
            return isinstance(self._wished.get("top_logprobs"), OurDefault)
        if name == "temperature":
            return value == 0
        return name == "system" or isinstance(value, (OurDefault, OurFormat))

    def _may_give_way(self, name: str) -> bool:
        """Whether what was learnt of a setting holds for this question: what the user asks for is not taken away."""
        if name in ("room", "tokens", "max_tokens"):
            return any(self._ours(limit) for limit in _LIMITS)
        return name in ("max_tokens_called", "system", "stream", "enable_thinking", _IMAGES) or self._ours(name)

    # --- Thinking ---

    def _more_room(self) -> int | None:
        """The next limit on tokens for a model whose thoughts did not end; None where the limit is the user's."""
        limits = [int(self.body[name]) for name in _LIMITS if name in self.body]
        if not limits or not self._may_give_way("room"):
            return None
        return next((tokens for tokens in _ROOM if tokens > max(limits)), None)

    def _smaller_room(self) -> bool:
        """Less room, where it was the room that did not fit the context."""
        now = self._new.get("room", 0)
        smaller = [tokens for tokens in _ROOM if tokens < now]
        return bool(smaller) and self._add("room", smaller[-1], "")

    def _check_whole(self, response: Response) -> None:
        """DSPy's engines take an answer that the server broke off, or an error in its place, for an answer."""
        held = response.provider_data or {}
        choices = held.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else {}
        if broken := held.get("error") or broken_off(choice):
            said = message("the server broke off its answer: {broken}", broken=str(broken)[:300])
            raise LMServerError(said, model=self.lm.model)

    def _check_dropped(self, response: Response) -> None:
        """DSPy's engine leaves out what a provider's protocol has no place for, and notes it."""
        for note in getattr(response, "adaptations", ()) or ():
            name = str(note.field).rpartition(".")[2]
            if note.action == "dropped" and name in self._wished and not self._ours(name):
                raise LMUnsupportedFeatureError(
                    message(
                        "the setting {name}={value!r} that was given does not reach this model: {why}; leave it out",
                        name=name,
                        value=self._wished[name],
                        why=str(note.reason),
                    ),
                    features=[name],
                    model=self.lm.model,
                )


def exchange(asking: Exchange) -> Response | ChatAnswer:
    """Ask until there is an answer.

    Raises
    ------
    ItemRefusedError
        If the model will not answer about this item.
    dspy.LMError
        If the call failed.
    """
    while True:
        body = asking.ask()
        try:
            response = _complete(asking, body)
        except LMError as error:
            if (unread := _unread(error)) is None:
                asking.refused(error)
                continue
            response = unread
        if asking.answered(response):
            return response


async def aexchange(asking: Exchange) -> Response | ChatAnswer:
    """`exchange` without blocking the event loop."""
    while True:
        body = asking.ask()
        lm = asking.lm
        try:
            response = await lm.chat(body, asking.execution) if isinstance(lm, OpenAICompatibleLM) else None
            if response is None and body.pop("stream", False):
                response = await acomplete(lm, typed_request(lm, body))
            if response is None:
                response = await lm.acall(typed_request(lm, body), **asking.execution)
        except LMError as error:
            if (response := _unread(error)) is None:
                asking.refused(error)
                continue
        if asking.answered(response):
            return response


def item_refused(error: LMError, lm: Any) -> ItemRefusedError | None:
    """A call's failure as the item's, where the item is what was refused."""
    redact(error, lm)
    refusal = refusal_of(error, secrets_of(lm))
    if refusal.reason not in _OF_THE_ITEM:
        return None
    return ItemRefusedError(
        _OF_THE_ITEM[refusal.reason], message("[{model}] {said}", model=error.model, said=refusal.message)
    )


def _unread(error: LMError) -> ChatAnswer | None:
    """An answer that came whole, and that an engine could not read for what stands beside it: a count of tokens."""
    if isinstance(error, (LMTransportError, LMConfigurationError)) or error.status not in _NO_REFUSAL:
        return None
    if (found := unread_answer(error)) is None:
        return None
    try:
        return answer_of(found)
    except ProviderError:
        return None


def _complete(asking: Exchange, body: dict[str, Any]) -> Response:
    if body.pop("stream", False):
        return complete(asking.lm, typed_request(asking.lm, body))
    response: Response = asking.lm(typed_request(asking.lm, body), **asking.execution)
    return response


def _request(
    lm: Any, messages: Sequence[Mapping[str, Any]], settings: Mapping[str, Any], top_logprobs: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The body in OpenAI's spelling, and what DSPy is to do about the call."""
    own = {key: value for key, value in lm.kwargs.items() if value is not None and key not in CLIENT_KEYS}
    # A reasoning model's LM limits thinking and answer together, and takes no temperature but its own.
    limited = "max_completion_tokens" in lm.kwargs or settings.get("max_completion_tokens")
    merged = {**({} if limited else _DEFAULTS), **own, **settings}
    if merged.get("n") not in (None, 1):
        raise LMConfigurationError(
            message(
                "n={n!r} asks for several answers to one question, and a judge reads one; draw samples instead "
                "(RunOptions(samples=...), SampledJudge)",
                n=merged["n"],
            ),
            model=lm.model,
        )
    body = {key: value for key, value in merged.items() if key not in _EXECUTION_KEYS and value is not None}
    body.pop("n", None)
    extra = body.pop("extra_body", None)
    if extra is not None:
        body |= dict(extra)
    body |= {"model": lm.model, "messages": list(messages)}
    if body.get("logprobs", True) and (top_logprobs or body.get("top_logprobs")):
        body |= {"logprobs": True, "top_logprobs": body.get("top_logprobs", OurDefault(top_logprobs))}
    else:
        body.pop("top_logprobs", None)
    if not body.get("stream", True):
        del body["stream"]
    execution = {key: merged[key] for key in ("cache", "rollout_id") if merged.get(key) is not None}
    return body, execution


def _gist(message: str) -> str:
    """What a refusal says, without what it quotes of the request."""
    return re.sub(r"\d+", "0", message.partition("{")[0])[:200]


def _only_thought(response: Response | ChatAnswer) -> bool:
    """Whether an answer was cut before it began."""
    if response.finish_reason != "length":
        return False
    return not without_thinking(response.text or "").strip()
