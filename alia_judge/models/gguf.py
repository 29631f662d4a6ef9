"""Any GGUF model inside this process: a DSPy engine over llama.cpp, with its own prompt cache."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from dspy import lm15

from alia_judge._messages import message, message_of
from alia_judge._optional import require
from alia_judge.errors import ModelError
from alia_judge.models.cores import physical_cores
from alia_judge.models.dspy_internals import validate_request
from alia_judge.models.gguf_metadata import read_gguf_metadata
from alia_judge.models.weights import EMBEDDED_NAME, cache_directory, embedded_model_path, file_sha256

__all__ = ["AsyncGGUFEngine", "GGUFEngine"]

#: Alternatives asked of llama.cpp for each token. More than a caller wants, so that every numeral is among them.
_CANDIDATES = 200
#: Longest context to allocate by default: the key-value cache grows with it.
_CONTEXT = 8192
#: Tokens of a prompt computed at once.
_BATCH = 512
#: Host memory for prompts that gave way to others in the one slot, in MiB: a search alternates between rubrics.
_PROMPT_CACHE_MIB = 512
_NUMERAL = re.compile(r"\s*\d{1,3}\s*")
#: `Config.extensions` that llama.cpp understands as they are.
_EXTENSIONS = frozenset({"grammar", "logit_bias", "min_p"})


class GGUFEngine:
    """Answers DSPy's requests with a GGUF model run by llama.cpp in this process.

    Engines of the same file, context and threads share one loaded model. It has a single slot, which keeps the tokens
    of the last prompt: a rubric and demonstrations that open every prompt are computed once, and for each item only
    what differs (`Response.usage` says how many tokens came from the cache, `Response.provider_data["timings"]` how
    many were computed and how fast). Calls from several threads queue.

    The same request gives the same answer and the same log-probabilities, bit for bit, whatever was asked before it.
    This is why flash attention is off: its kernel on CPU depends on how many tokens a batch holds.

    Parameters
    ----------
    path
        The GGUF file.
    context
        Tokens a prompt and its answer may take together; None takes what the model was trained for, up to 8,192.
    threads
        Threads to compute with; None takes one for each physical core this process may use.

    Raises
    ------
    ModelError
        If the file is missing or no GGUF file.
    MissingExtraError
        If llama.cpp is not installed (extra ``embedded``).

    Notes
    -----
    The chat template is the file's own. A message that contains one of the model's control tokens as text
    (``<|im_end|>``) has it broken by a space: messages are data and cannot open a turn of their own. A last message of
    the assistant is continued, not answered.

    The temperature is 0 unless the request sets one; samplers that llama.cpp would add by itself (top-k 40, top-p 0.95,
    min-p 0.05) are off. Where log-probabilities are asked for, the number asked for is returned, and besides them every
    numeral of up to three digits among the 200 likeliest tokens, so that each point of a scale is seen.
    `Config.extensions` may hold ``grammar`` (GBNF), ``logit_bias`` and ``min_p``.
    """

    supports_response_schema = True
    supported_params = frozenset(
        {
            "frequency_penalty",
            "logprobs",
            "max_tokens",
            "presence_penalty",
            "response_format",
            "seed",
            "stop",
            "temperature",
            "top_k",
            "top_logprobs",
            "top_p",
        }
    )

    def __init__(self, path: Path | str, *, context: int | None = None, threads: int | None = None) -> None:
        self.path = Path(path).expanduser().resolve()
        metadata = read_gguf_metadata(self.path)
        self.usual_context = min(metadata.context_length or _CONTEXT, _CONTEXT)
        self.context = context or self.usual_context
        self.threads = threads or physical_cores()
        # The longest first: of two control tokens that begin alike, the whole one is broken.
        tokens = sorted((token for token in metadata.control_tokens if len(token) > 1), key=len, reverse=True)
        self._control = re.compile("|".join(map(re.escape, tokens))) if tokens else None
        self._runtime: _Runtime | None = None

    def complete(self, request: lm15.Request) -> lm15.Response:
        """Answer one request; the model is loaded by the first."""
        validate_request(request)
        body = self._body(request)
        try:
            raw = self._loaded().answer(body)
        except ValueError as error:  # llama.cpp's verdict on a request it cannot read, or on the chat template
            raise lm15.InvalidRequestError(str(error), provider="llama.cpp") from error
        if "error" in raw:
            raise _error(raw["error"])
        return _response(request, raw)

    def stream(self, request: lm15.Request) -> Iterator[Any]:
        """The answer as DSPy's stream events, all at once."""
        return iter(lm15.response_to_events(self.complete(request)))

    def close(self) -> None:
        """Let go of the model; it is unloaded when no other engine holds it."""
        self._runtime = None

    def dump_state(self) -> dict[str, Any]:
        """How to find the model again: by name and content, never by this machine's path."""
        digest = file_sha256(self.path)
        return {"file": self.path.name, "sha256": digest, "context": self.context}

    @classmethod
    def load_state(cls, state: Mapping[str, Any]) -> GGUFEngine:
        """The engine again, its file found in the current directory or the cache directory and checked.

        Raises
        ------
        ModelError
            If the file is in neither, or has other content.
        """
        return cls(_find(str(state["file"]), str(state["sha256"])), context=state.get("context"))

    def __getstate__(self) -> dict[str, Any]:
        # DSPy copies modules deeply, LMs included; the copy finds the loaded model by its key.
        return {**self.__dict__, "_runtime": None}

    def _loaded(self) -> _Runtime:
        # After a fork the model's threads are gone, so the child loads its own.
        if self._runtime is None or self._runtime.process != os.getpid():
            self._runtime = _runtime(self.path, self.context, self.threads)
        return self._runtime

    def _body(self, request: lm15.Request) -> dict[str, Any]:
        config = request.config
        if request.tools:
            raise lm15.UnsupportedFeatureError(message("the embedded engine has no tools"), feature="tools")
        extensions = dict(config.extensions or {})
        if unknown := sorted(set(extensions) - _EXTENSIONS):
            said = message("the embedded engine has no {names}", names=", ".join(unknown))
            raise lm15.UnsupportedFeatureError(said, feature=unknown[0])
        messages = [{"role": one.role, "content": self._text(one.parts)} for one in request.messages]
        if request.system is not None:
            system = request.system if isinstance(request.system, str) else "".join(p.text for p in request.system)
            messages.insert(0, {"role": "system", "content": self._as_data(system)})
        body: dict[str, Any] = {
            "messages": messages,
            "temperature": config.temperature or 0.0,
            "top_k": config.top_k or 0,
            "top_p": 1.0 if config.top_p is None else config.top_p,
            "min_p": 0.0,
            "seed": config.seed or 0,
            **extensions,
        }
        optional = {
            "max_tokens": config.max_tokens,
            "stop": list(config.stop) or None,
            "presence_penalty": config.presence_penalty,
            "frequency_penalty": config.frequency_penalty,
            "response_format": _response_format(config.response_format),
        }
        body |= {name: value for name, value in optional.items() if value is not None}
        if config.logprobs is not None:
            body |= {"logprobs": True, "top_logprobs": max(config.logprobs, _CANDIDATES)}
        return body

    def _text(self, parts: Sequence[Any]) -> str:
        for part in parts:
            if part.type != "text":
                raise lm15.UnsupportedFeatureError(
                    message("the embedded engine reads text, not {kind}", kind=part.type), feature=part.type
                )
        return self._as_data("".join(part.text for part in parts))

    def _as_data(self, text: str) -> str:
        if self._control is None:
            return text
        return self._control.sub(lambda match: f"{match[0][0]} {match[0][1:]}", text)


class AsyncGGUFEngine:
    """`GGUFEngine` for asynchronous calls: the same model, computed in a worker thread."""

    supports_response_schema = GGUFEngine.supports_response_schema
    supported_params = GGUFEngine.supported_params

    def __init__(self, engine: GGUFEngine) -> None:
        self.engine = engine

    async def complete(self, request: lm15.Request) -> lm15.Response:
        """Answer one request."""
        return await asyncio.to_thread(self.engine.complete, request)

    async def stream(self, request: lm15.Request) -> Any:
        """The answer as DSPy's stream events, all at once."""
        for event in lm15.response_to_events(await self.complete(request)):
            yield event

    async def aclose(self) -> None:
        """Let go of the model."""
        self.engine.close()

    def dump_state(self) -> dict[str, Any]:
        """As `GGUFEngine.dump_state`."""
        return self.engine.dump_state()

    @classmethod
    def load_state(cls, state: Mapping[str, Any]) -> AsyncGGUFEngine:
        """As `GGUFEngine.load_state`."""
        return cls(GGUFEngine.load_state(state))


class _Runtime:
    """One loaded model and its single slot."""

    def __init__(self, path: Path, context: int, threads: int) -> None:
        # Threads that wait for each other sleep instead of spinning: beside other work on the machine, spinning ones
        # take several times as long. OpenMP reads this once, when llama.cpp is loaded; what the user has set stays.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        xllamacpp = require("xllamacpp", extra="embedded", purpose="running a GGUF model")
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = context
        # One slot: on CPU a second one computes nothing faster, and would have to compute the prefix for itself.
        params.n_parallel = 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.n_batch = params.n_ubatch = _BATCH
        params.cache_ram_mib = _PROMPT_CACHE_MIB
        params.verbosity = -1
        params.warmup = params.fit_params = params.ui = False
        # llama.cpp's server also listens on a loopback port. Nobody is told this key, so nobody else is answered.
        params.api_keys = [secrets.token_hex(32)]
        try:
            self.server = xllamacpp.Server(params)
        except RuntimeError as error:
            raise ModelError(
                message(
                    "llama.cpp could not load {path} ({error}); expected a complete GGUF model",
                    path=path,
                    error=message_of(error),
                )
            ) from error
        self.process = os.getpid()

    def answer(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """llama.cpp's answer, the same whatever part of the prompt was in the cache.

        A batch of two tokens or more gives each of them the same numbers whatever its size. A token computed alone goes
        through other kernels, which round otherwise: in this 4-bit model that moves a log-probability by up to 0.3.
        So where the prompt's last token was alone in its batch, or would be without a cache, the prompt is computed
        without one.
        """
        raw: dict[str, Any] = self.server.handle_chat_completions({**body, "cache_prompt": True})
        timings = raw.get("timings")
        if timings and timings["cache_n"] and 1 in _last_batches(timings):
            raw = self.server.handle_chat_completions({**body, "cache_prompt": False})
        return raw


def _last_batches(timings: Mapping[str, int]) -> tuple[int, int]:
    """How many tokens the prompt's last batch held, and would have held without a cache."""
    return timings["prompt_n"] % _BATCH, (timings["prompt_n"] + timings["cache_n"]) % _BATCH


_runtimes: WeakValueDictionary[tuple[str, int, int, int], _Runtime] = WeakValueDictionary()
_runtimes_lock = threading.Lock()


def _runtime(path: Path, context: int, threads: int) -> _Runtime:
    """The loaded model, shared by every engine that asks for the same."""
    key = (str(path), context, threads, os.getpid())
    with _runtimes_lock:
        runtime = _runtimes.get(key)
        if runtime is None:
            runtime = _runtimes[key] = _Runtime(path, context, threads)
        return runtime


def _find(name: str, sha256: str) -> Path:
    if name == f"{EMBEDDED_NAME}.gguf":
        return embedded_model_path()
    for folder in (Path.cwd(), cache_directory()):
        place = folder / Path(name).name
        if place.is_file() and file_sha256(place) == sha256:
            return place
    raise ModelError(
        message(
            "the model file {name} (SHA-256 {sha256}) is neither in the current directory nor in "
            "{folder}; put it into one of them",
            name=name,
            sha256=sha256,
            folder=cache_directory(),
        )
    )


def _response_format(wanted: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """lm15's two shapes in OpenAI's spelling, which llama.cpp turns into a grammar."""
    if wanted is None or wanted["type"] == "json_object":
        return None if wanted is None else {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": wanted.get("name", "answer"), "schema": wanted["schema"]}}


def _error(error: Mapping[str, Any]) -> lm15.LM15Error:
    message, status = str(error.get("message")), int(error.get("code", 500))
    kind: type[lm15.ProviderError] = lm15.ServerError
    if error.get("type") == "exceed_context_size_error":
        kind = lm15.ContextLengthError
    elif status < 500:
        kind = lm15.InvalidRequestError
    return kind(message, provider="llama.cpp", status=status)


def _response(request: lm15.Request, raw: Mapping[str, Any]) -> lm15.Response:
    (choice,) = raw["choices"]
    usage = raw["usage"]
    wanted = request.config.logprobs
    entries = ((choice.get("logprobs") or {}).get("content") or ()) if wanted is not None else ()
    return lm15.Response(
        id=raw["id"],
        model=request.model,
        message=lm15.Message(role="assistant", parts=_parts(choice["message"])),
        finish_reason="length" if choice["finish_reason"] == "length" else "stop",
        usage=lm15.Usage(
            input_tokens=usage["prompt_tokens"],
            output_tokens=usage["completion_tokens"],
            cache_read_tokens=raw["timings"]["cache_n"],
        ),
        logprobs=tuple(_token_logprob(entry, wanted) for entry in entries) or None,
        provider_data={"timings": raw["timings"]},
    )


def _parts(message: Mapping[str, Any]) -> tuple[lm15.TextPart | lm15.ThinkingPart, ...]:
    thought = message.get("reasoning_content")
    text = lm15.TextPart(text=message.get("content") or "")
    return (lm15.ThinkingPart(text=thought), text) if thought else (text,)


def _token_logprob(entry: Mapping[str, Any], wanted: int) -> lm15.TokenLogprob:
    ranked = enumerate(entry["top_logprobs"])
    kept = (top for rank, top in ranked if rank < wanted or _NUMERAL.fullmatch(top["token"]))
    tops = tuple(lm15.TopLogprob(token=top["token"], logprob=top["logprob"], token_id=top["id"]) for top in kept)
    return lm15.TokenLogprob(token=entry["token"], logprob=entry["logprob"], token_id=entry["id"], top=tops)
