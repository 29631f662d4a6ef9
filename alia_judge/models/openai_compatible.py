"""A server that speaks OpenAI's chat protocol (vLLM, Ollama, llama.cpp, a gateway), called without detours.

DSPy's own engine speaks the protocol well, but `dspy.LM.acall` crosses into worker threads and back several times for
each call, to prepare, route and price it. For a known address there is nothing to route and no price list: the LM here
keeps DSPy's checks and errors, and goes straight to lm15's client (benchmarks/throughput.py has the figures).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass
from weakref import WeakKeyDictionary

import dspy
from dspy import lm15
from dspy._vendor.lm15.transports import StdlibAsyncTransport, StdlibTransport
from dspy.clients.call_result import usage_dict
from dspy.clients.engines.base import validate_request
from dspy.clients.errors import error_boundary
from dspy.clients.execution import prepare
from dspy.dsp.utils.settings import settings

__all__ = ["AsyncOpenAICompatibleEngine", "OpenAICompatibleEngine", "OpenAICompatibleLM", "public_address"]

#: The runner says how many calls are in flight; the pool must not be what holds them back.
_MOST_CONNECTIONS = 1024
#: What servers other than OpenAI's own understand: the older name of the limit, and no "developer" role.
_DIALECT = lm15.OpenAIChatCompat(max_tokens_field="max_tokens", instruction_role="system")


class OpenAICompatibleEngine:
    """Calls a server's ``/chat/completions`` over connections that are kept.

    Parameters
    ----------
    address
        The server's base URL, up to and with ``/v1``.
    api_key
        Sent as bearer token; None reads `key_variable`. It stays in memory: no state, log or error holds it.
    key_variable
        The environment variable with the key. Where it is not set, a placeholder is sent, as local servers expect.
    timeout
        Seconds to wait for the next byte.
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
    ) -> None:
        self.address = address.rstrip("/")
        self.key_variable = key_variable
        self.timeout = timeout
        self._api_key = api_key
        self._proxy = _proxy_for(self.address)
        self._client: lm15.OpenAIChatLM | None = None

    def complete(self, request: lm15.Request) -> lm15.Response:
        """Answer one request."""
        validate_request(request)
        if self._client is None:
            transport = StdlibTransport(**self._transport_options())
            self._client = lm15.OpenAIChatLM(transport=transport, **self._client_options())
        return self._client.complete(_on_the_wire(request))

    def stream(self, request: lm15.Request) -> Iterator[Any]:
        """The answer as DSPy's stream events, all at once."""
        return iter(lm15.response_to_events(self.complete(request)))

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            client.transport.close()

    def dump_state(self) -> dict[str, Any]:
        """The server's address and where its key is found; never the key."""
        return {"address": public_address(self.address), "key_variable": self.key_variable, "timeout": self.timeout}

    @classmethod
    def load_state(cls, state: Mapping[str, Any]) -> OpenAICompatibleEngine:
        """The engine again, with the key of the environment."""
        return cls(state["address"], key_variable=state["key_variable"], timeout=state["timeout"])

    def __deepcopy__(self, memo: dict[int, Any]) -> OpenAICompatibleEngine:
        return self  # connections are shared: DSPy copies modules deeply, LMs included

    def _client_options(self) -> dict[str, Any]:
        key = self._api_key or os.environ.get(self.key_variable) or "no-key-needed"
        return {"api_key": key, "base_url": self.address, "compat": _DIALECT}

    def _transport_options(self) -> dict[str, Any]:
        # The environment's proxy is looked up once here: lm15 would read the whole environment again for every call.
        pool = {"read_timeout": self.timeout, "max_connections": _MOST_CONNECTIONS}
        return {**pool, "proxy": self._proxy, "trust_env": False}


class AsyncOpenAICompatibleEngine:
    """`OpenAICompatibleEngine` for asynchronous calls, with connections of its own for each event loop."""

    supports_response_schema = OpenAICompatibleEngine.supports_response_schema
    supported_params = OpenAICompatibleEngine.supported_params

    def __init__(self, engine: OpenAICompatibleEngine) -> None:
        self.engine = engine
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, lm15.AsyncOpenAIChatLM] = WeakKeyDictionary()

    async def complete(self, request: lm15.Request) -> lm15.Response:
        """Answer one request."""
        validate_request(request)
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            transport = StdlibAsyncTransport(**self.engine._transport_options())
            client = lm15.AsyncOpenAIChatLM(transport=transport, **self.engine._client_options())
            self._clients[loop] = client
        return await client.complete(_on_the_wire(request))

    async def stream(self, request: lm15.Request) -> AsyncIterator[Any]:
        """The answer as DSPy's stream events, all at once."""
        for event in lm15.response_to_events(await self.complete(request)):
            yield event

    async def aclose(self) -> None:
        """Close this event loop's connections; the next call opens new ones."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.transport.aclose()

    def dump_state(self) -> dict[str, Any]:
        """As `OpenAICompatibleEngine.dump_state`."""
        return self.engine.dump_state()

    @classmethod
    def load_state(cls, state: Mapping[str, Any]) -> AsyncOpenAICompatibleEngine:
        """As `OpenAICompatibleEngine.load_state`."""
        return cls(OpenAICompatibleEngine.load_state(state))

    def __deepcopy__(self, memo: dict[int, Any]) -> AsyncOpenAICompatibleEngine:
        return self


class OpenAICompatibleLM(dspy.LM):  # type: ignore[misc]
    """A `dspy.LM` whose explicit asynchronous requests take the short way; every other call takes DSPy's.

    The short way is for calls that DSPy would not cache, retry, stream or report to callbacks: those of the runner,
    which does all of that itself. Checks, errors and tracked usage are DSPy's in both. The short way adds nothing to
    DSPy's history, which would hold the last ten thousand answers of a bulk run in memory.
    """

    async def acall(self, prompt: Any = None, *, messages: Any = None, **kwargs: Any) -> Any:
        """As `dspy.LM.acall`."""
        request = prompt if isinstance(prompt, lm15.Request) else kwargs.get("request")
        if request is None or not self._nothing_but_the_call(kwargs):
            return await super().acall(prompt, messages=messages, **kwargs)
        call = prepare(self, prompt, messages, kwargs, asynchronous=True)
        with error_boundary(self.model, unexpected=True):
            response = await self._async_engine_spec.complete(call.request)
        if settings.usage_tracker:
            settings.usage_tracker.add_usage(self.model, usage_dict(response))
        return response

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


def public_address(address: str) -> str:
    """A server's address without user, password or query.

    Examples
    --------
    >>> public_address("https://me:secret@host:8000/v1/?key=secret")
    'https://host:8000/v1'
    """
    parts = urlsplit(address)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path.rstrip('/')}"


def _proxy_for(address: str) -> str | None:
    parts = urlsplit(address)
    proxies = getproxies()
    if not parts.hostname or proxy_bypass(parts.hostname):
        return None
    return proxies.get(parts.scheme) or proxies.get("all")


def _on_the_wire(request: lm15.Request) -> lm15.Request:
    """The request with the server's own name of the model, without DSPy's provider prefix."""
    return replace(request, model=request.model.partition("/")[2] or request.model)
