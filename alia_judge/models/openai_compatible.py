"""A server that speaks OpenAI's chat protocol (vLLM, Ollama, llama.cpp, a gateway), called without detours.

DSPy's own engine speaks the protocol well, but `dspy.LM.acall` crosses into worker threads and back several times for
each call, to prepare, route and price it, and checks every number of the answer. For a known address there is nothing
to route and no price list. The LM here keeps DSPy's contract and errors, and has two shorter ways (figures in
benchmarks/throughput.py): typed requests go straight to lm15's client, and what the runner sends, plain text for plain
text, goes to the server as it is (`OpenAICompatibleLM.chat`).
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import dspy
from dspy import lm15, settings

from alia_judge._messages import message
from alia_judge.models.background import wait_for
from alia_judge.models.chat_protocol import ChatAnswer, answer_body, encode_body, read_answer
from alia_judge.models.connections import Connections, Reply, proxy_for, public_address
from alia_judge.models.dspy_internals import TransportRequest, error_boundary, prepare, usage_dict, validate_request
from alia_judge.models.error_body import read_error
from alia_judge.models.waiting import asked_wait

__all__ = ["AsyncOpenAICompatibleEngine", "OpenAICompatibleEngine", "OpenAICompatibleLM"]

_OK = 200
_NOT_FOUND = (404, 405)
#: What servers other than OpenAI's own understand: the older name of the limit, and no "developer" role.
_DIALECT = lm15.OpenAIChatCompat(max_tokens_field="max_tokens", instruction_role="system")


class OpenAICompatibleEngine:
    """Calls a server's ``/chat/completions`` over connections that are kept.

    Parameters
    ----------
    address
        The server's base URL, up to and with ``/v1``. A user and password in it (``http://me:password@host/v1``) are
        sent by HTTP's basic authentication where no `api_key` is given, and are no part of `address`.
    api_key
        Sent as bearer token; None reads `key_variable`. It stays in memory: no state, log or error holds it.
    key_variable
        The environment variable with the key. Where it is not set, a placeholder is sent, as local servers expect.
    timeout
        Seconds to wait for the next byte.
    headers
        Sent with every request; kept as keys are.
    """

    supports_response_schema = True
    supported_params = frozenset(
        {"frequency_penalty", "logit_bias", "logprobs", "max_tokens", "presence_penalty", "response_format", "seed"}
        | {"stop", "temperature", "top_logprobs", "top_p"}
    )

    def __init__(
        self,
        address: str,
        *,
        api_key: str | None = None,
        key_variable: str = "OPENAI_API_KEY",
        timeout: float = 600.0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.address, self._login = _without_login(address)
        self.key_variable = key_variable
        self.timeout = timeout
        self._api_key = api_key
        self._headers = dict(headers or {})
        self._proxy = proxy_for(self.address)
        self._waiting: AsyncOpenAICompatibleEngine | None = None

    def complete(self, request: lm15.Request) -> lm15.Response:
        """Answer one request."""
        return wait_for(self._apart().complete(request))

    def stream(self, request: lm15.Request) -> Iterator[Any]:
        """The answer, asked for as a stream, as DSPy's events all at once."""
        return iter(lm15.response_to_events(wait_for(self._apart().streamed(request))))

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            wait_for(waiting.aclose())

    def dump_state(self) -> dict[str, Any]:
        """The server's address and where its key is found; never the key."""
        return {"address": public_address(self.address), "key_variable": self.key_variable, "timeout": self.timeout}

    @classmethod
    def load_state(cls, state: Mapping[str, Any]) -> OpenAICompatibleEngine:
        """The engine again, with the key of the environment."""
        return cls(state["address"], key_variable=state["key_variable"], timeout=state["timeout"])

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).load_state, (self.dump_state(),)  # in another process: with that one's connections and key

    def __deepcopy__(self, memo: dict[int, Any]) -> OpenAICompatibleEngine:
        return self  # connections are shared: DSPy copies modules deeply, LMs included

    def _error(self, reply: Reply) -> lm15.LM15Error:
        """What a refusal means: of its kind as DSPy has them, in the server's words, with how long to wait."""
        said = read_error(reply.body)
        path = urlsplit(self.address).path
        if reply.status in _NOT_FOUND and not path and "model" not in said.message.lower():
            return lm15.ConfigurationError(
                message(
                    "there is nothing at {address}/chat/completions (HTTP {status}); did you mean {address}/v1 as "
                    "api_base?",
                    address=public_address(self.address),
                    status=str(reply.status),
                )
            )
        code, kind, *_ = *(code for code in said.codes if code != str(reply.status)), "", ""
        shaped = {"error": {"message": said.message or f"HTTP {reply.status}", "type": kind, "code": code}}
        error = lm15.OpenAIChatLM(**self._client_options()).normalize_error(reply.status, json.dumps(shaped))
        error.retry_after = asked_wait(reply.headers, reply.body, said.message)
        error.reply = reply
        return error

    def confidential(self) -> list[str]:
        """What no message may hold: the key, the headers given by hand, the address's password in each of its forms."""
        login = [] if self._login is None else [self._login.removeprefix("Basic ")]
        for one in list(login):
            said = base64.b64decode(one).decode()
            login += [said, said.partition(":")[2], quote(said.partition(":")[2])]
        return [*filter(None, [self._api_key, os.environ.get(self.key_variable)]), *self._headers.values(), *login]

    def _apart(self) -> AsyncOpenAICompatibleEngine:
        """The engine of calls that wait, with connections on the background loop."""
        if self._waiting is None:
            self._waiting = AsyncOpenAICompatibleEngine(self)
        return self._waiting

    def _client_options(self) -> dict[str, Any]:
        return {"api_key": self._key(), "base_url": self.address, "compat": _DIALECT}

    def _key(self) -> str:
        return self._api_key or os.environ.get(self.key_variable) or "no-key-needed"

    def _sent(self) -> dict[str, str]:
        """The headers of every request; what was given by hand before what the environment has."""
        login = self._login if self._api_key is None else None
        return {"Authorization": login or f"Bearer {self._key()}", "Content-Type": "application/json", **self._headers}


class AsyncOpenAICompatibleEngine:
    """`OpenAICompatibleEngine` for asynchronous calls, with connections of its own for each event loop."""

    supports_response_schema = OpenAICompatibleEngine.supports_response_schema
    supported_params = OpenAICompatibleEngine.supported_params

    def __init__(self, engine: OpenAICompatibleEngine) -> None:
        self.engine = engine
        self._connections = Connections(proxy=engine._proxy, timeout=engine.timeout)
        self._url = f"{engine.address}/chat/completions"
        self._client: lm15.AsyncOpenAIChatLM | None = None

    async def complete(self, request: lm15.Request) -> lm15.Response:
        """Answer one request."""
        validate_request(request)
        if self._client is None:
            self._client = self._client_over(self._post)
        return await self._client.complete(_on_the_wire(request))

    async def chat(self, encoded: bytes) -> ChatAnswer:
        """Answer one request in the protocol's own words.

        Raises
        ------
        lm15.LM15Error
            If it failed.
        """
        return read_answer((await self._answered(self._url, encoded, self.engine._sent())).body)

    async def stream(self, request: lm15.Request) -> AsyncIterator[Any]:
        """The answer, asked for as a stream, as DSPy's events all at once."""
        for event in lm15.response_to_events(await self.streamed(request)):
            yield event

    async def streamed(self, request: lm15.Request) -> lm15.Response:
        """Answer one request, asked for as a stream and gathered."""
        validate_request(request)
        wire = lm15.OpenAIChatLM(**self.engine._client_options()).build_request(_on_the_wire(request), True)
        body = answer_body((await self._post(wire)).body)
        return lm15.response_from_openai_chat(body, model=request.model)

    async def aclose(self) -> None:
        """Close this event loop's connections; the next call opens new ones."""
        await self._connections.aclose()

    def dump_state(self) -> dict[str, Any]:
        """As `OpenAICompatibleEngine.dump_state`."""
        return self.engine.dump_state()

    @classmethod
    def load_state(cls, state: Mapping[str, Any]) -> AsyncOpenAICompatibleEngine:
        """As `OpenAICompatibleEngine.load_state`."""
        return cls(OpenAICompatibleEngine.load_state(state))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.engine,)

    def __deepcopy__(self, memo: dict[int, Any]) -> AsyncOpenAICompatibleEngine:
        return self

    def _client_over(self, post: Callable[[TransportRequest], Awaitable[Reply]]) -> lm15.AsyncOpenAIChatLM:
        return lm15.AsyncOpenAIChatLM(transport=_Transport(post), **self.engine._client_options())

    async def _post(self, request: TransportRequest) -> Reply:
        return await self._answered(request.url, request.body, {**dict(request.headers), **self.engine._sent()})

    async def _answered(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """A reply that is an answer; a refusal is raised, in whatever layout it came."""
        reply = await self._connections.post(url, body, headers)
        if reply.status != _OK:
            raise self.engine._error(reply)
        return reply


class OpenAICompatibleLM(dspy.LM):  # type: ignore[misc]
    """A `dspy.LM` whose explicit asynchronous requests take a short way; every other call takes DSPy's.

    The short ways are for calls that DSPy would not cache, retry, stream or report to callbacks: those of the runner,
    which does all of that itself. Errors and tracked usage are DSPy's in all of them. They add nothing to DSPy's
    history, which would hold the last ten thousand answers of a bulk run in memory.
    """

    async def acall(self, prompt: Any = None, *, messages: Any = None, **kwargs: Any) -> Any:
        """As `dspy.LM.acall`."""
        request = prompt if isinstance(prompt, lm15.Request) else kwargs.get("request")
        if request is None or not self._nothing_but_the_call(kwargs):
            return await super().acall(prompt, messages=messages, **kwargs)
        call = prepare(self, prompt, messages, kwargs, asynchronous=True)
        with error_boundary(self.model, unexpected=True):
            response = await self._async_engine_spec.complete(call.request)
        self._track(response)
        return response

    async def chat(self, body: Mapping[str, Any], execution: Mapping[str, Any]) -> ChatAnswer | None:
        """The answer to a request as it stands; None, and nothing sent, for a call that DSPy has a part in.

        Parameters
        ----------
        body
            ``model``, ``messages`` and settings, as the server is to get them but for the model's prefix.
        execution
            What DSPy is to do about the call (``cache``, ``rollout_id``).

        Raises
        ------
        dspy.LMError
            If the call failed.
        """
        wired = {**body, "model": _name_on_the_wire(self.model)}
        encoded = encode_body(wired) if self._nothing_but_the_call(execution) else None
        if encoded is None:
            return None
        with error_boundary(self.model, unexpected=True):
            answer: ChatAnswer = await self._async_engine_spec.chat(encoded)
        self._track(answer)
        return answer

    async def aclose(self) -> None:
        """Close this event loop's connections, and the synchronous ones."""
        await self._async_engine_spec.aclose()
        await super().aclose()

    def close(self) -> None:
        """Close the synchronous connections."""
        self._engine_spec.close()
        super().close()

    def _nothing_but_the_call(self, kwargs: Mapping[str, Any]) -> bool:
        managed = self.num_retries or kwargs.get("cache", self.cache)
        observed = self.callbacks or settings.callbacks or settings.send_stream is not None
        return not managed and not observed

    def _track(self, answer: ChatAnswer | lm15.Response) -> None:
        if settings.usage_tracker:
            usage = answer.usage() if isinstance(answer, ChatAnswer) else usage_dict(answer)
            settings.usage_tracker.add_usage(self.model, usage)


class _Transport:
    """lm15's interface to HTTP, over anything that posts."""

    def __init__(self, post: Callable[[TransportRequest], Awaitable[Reply]]) -> None:
        self._post = post

    @asynccontextmanager
    async def stream(self, request: TransportRequest) -> AsyncIterator[_Received]:
        yield _Received(await self._post(request))


class _Received:
    """A whole reply in the shape of lm15's streams."""

    http_version = "HTTP/1.1"

    def __init__(self, reply: Reply) -> None:
        self.status, self.reason, self.headers = reply.status, reply.reason, list(reply.headers)
        self._body = reply.body

    async def read(self) -> bytes:
        return self._body


def _on_the_wire(request: lm15.Request) -> lm15.Request:
    return replace(request, model=_name_on_the_wire(request.model))


def _name_on_the_wire(model: str) -> str:
    """The server's own name of the model, without DSPy's provider prefix."""
    return model.partition("/")[2] or model


def _without_login(address: str) -> tuple[str, str | None]:
    """The address without its user and password, and the header that says them; None for neither."""
    parts = urlsplit(address.rstrip("/"))
    login, at, host = parts.netloc.rpartition("@")
    if not at:
        return address.rstrip("/"), None
    said = base64.b64encode(unquote(login).encode()).decode()
    return urlunsplit(parts._replace(netloc=host)), f"Basic {said}"
