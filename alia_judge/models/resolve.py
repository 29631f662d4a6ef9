"""From a model's name, as a user writes it, to a `dspy.LM`; and from an LM to its identity in cache keys."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dspy

from alia_judge._advice import advice
from alia_judge._messages import message, message_of
from alia_judge.errors import UsageError, expect
from alia_judge.models.connections import public_address
from alia_judge.models.decisions import PROVIDERS, DecisionClient, DecisionLM, is_decision_model
from alia_judge.models.dspy_internals import CLIENT_KEYS, select_backend
from alia_judge.models.gguf import AsyncGGUFEngine, GGUFEngine
from alia_judge.models.openai_compatible import (
    AsyncOpenAICompatibleEngine,
    OpenAICompatibleEngine,
    OpenAICompatibleLM,
)
from alia_judge.models.prices import as_price, give_price
from alia_judge.models.weights import cache_directory, embedded_model_path, file_sha256

__all__ = ["GGUF", "NOT_ASKED", "ModelIdentity", "lm_address", "lm_identity", "model_identity", "resolve_lm"]

_EMBEDDED = "embedded"
_EXPECTED = "'embedded', 'gguf:FILE' or 'provider/model'"
#: Prefix of a GGUF file's name.
GGUF = "gguf:"
#: Prefixes of models behind any server that speaks OpenAI's protocol, with the variable that holds its key.
_COMPATIBLE = {"openai": "OPENAI_API_KEY", "hosted_vllm": "HOSTED_VLLM_API_KEY", "vllm": "VLLM_API_KEY"}
#: What the engine for such servers can be told; with any other client setting DSPy's engines are used.
_ADDRESS_OPTIONS = frozenset({"api_base", "base_url", "api_key", "timeout", "headers", "extra_headers", "organization"})
#: Settings that say how DSPy runs calls, not what the model is asked.
NOT_ASKED = CLIENT_KEYS | {"rollout_id", "cache", "num_retries", "callbacks"}
#: How models' names begin, and who has them.
_FAMILIES = (
    *((begins, "openai") for begins in ("gpt-", "o1", "o3", "o4", "chatgpt")),
    ("claude", "anthropic"),
    ("gemini", "gemini"),
    ("gemma", "gemini"),
    *((begins, "mistral") for begins in ("mistral", "ministral", "magistral", "codestral", "open-mi")),
    ("command", "cohere"),
    ("deepseek", "deepseek"),
    ("grok", "xai"),
    ("qwen", "dashscope"),
)
#: Settings of the client by which another model may answer to the same name.
_WHO_ANSWERS = ("api_version", "custom_llm_provider")


def resolve_lm(spec: str | dspy.BaseLM, **options: Any) -> dspy.BaseLM:
    """The language model that `spec` names.

    Parameters
    ----------
    spec
        ``"embedded"``, ``"gguf:FILE"`` (a path, or a name in the cache directory), or any string that `dspy.LM`
        takes (``"openai/gpt-4o-mini"``); ``"openai/NAME"`` with ``api_base=`` (or the environment's
        OPENAI_API_BASE) is a server that speaks OpenAI's protocol; ``"typesafe/NAME"``,
        ``"gemmadecision/NAME"`` or ``"anyjev/NAME"`` is a decision model (`alia_judge.models.decisions`). A
        `dspy.BaseLM` is given back as it is, or a copy of it with `options`.
    **options
        Further arguments of `dspy.LM` (``temperature=``, ``max_tokens=``, ``api_base=``); for a GGUF model also
        ``context=`` and ``threads=`` of its engine. ``price=(0.15, 0.60)`` says what a model that no list has costs, in
        US dollars a million tokens of prompt and of answer.

    Returns
    -------
    dspy.BaseLM
        With temperature 0 where the model allows it, and without DSPy's own response cache: verdicts have a store of
        their own, which counts what was paid.

    Raises
    ------
    UsageError
        If `spec` is empty, or names a provider but no model.
    ModelError
        If the model's file is missing, damaged, or cannot be fetched.

    Examples
    --------
    >>> lm = resolve_lm("openai/gpt-4o-mini", max_tokens=16)
    >>> lm.model, lm.kwargs["temperature"], lm.cache
    ('openai/gpt-4o-mini', 0.0, False)
    """
    if not isinstance(spec, str | dspy.BaseLM) and is_decision_model(spec):
        return DecisionClient(spec)
    expect("a model", spec, (str, dspy.BaseLM), message("its name, or a dspy.LM"))
    price = options.pop("price", None)
    if price is not None:
        lm = resolve_lm(spec, **options)
        give_price(as_price(price), lm)
        return lm
    if isinstance(spec, dspy.BaseLM):
        return spec.copy(**options) if options else spec
    if spec == _EMBEDDED:
        return _gguf_lm(_EMBEDDED, embedded_model_path(), options)
    if spec.partition("/")[0] in PROVIDERS:
        known = {name: value for name, value in options.items() if name != "base_url"}
        return DecisionLM(spec, api_base=known.pop("api_base", options.get("base_url")), **known)
    if spec.startswith(GGUF):
        path = _located(Path(spec.removeprefix(GGUF)).expanduser())
        return _gguf_lm(f"{GGUF}{path.name}", path, options)
    options = {"cache": False, **options}
    try:
        lm = _compatible_lm(spec, options) or dspy.LM(spec, **options)
    except (ValueError, dspy.LMConfigurationError) as error:
        meant = _did_you_mean(spec, options)
        raise UsageError(
            message(
                "model {spec!r}: {error}; expected {expected}{meant}",
                spec=spec,
                error=message_of(error),
                expected=_EXPECTED,
                meant=meant,
            )
        ) from error
    if "/" not in spec and not select_backend(lm).native:
        raise UsageError(
            message(
                "model {spec!r} names no provider; expected {expected}{did_you_mean}",
                spec=spec,
                expected=_EXPECTED,
                did_you_mean=_did_you_mean(spec, options),
            )
        )
    # DSPy gives OpenAI's reasoning models, which refuse every temperature but their own, this name for the limit.
    if "temperature" not in options and "max_completion_tokens" not in lm.kwargs:
        lm.kwargs["temperature"] = 0.0
    return lm


@dataclass(frozen=True, kw_only=True)
class ModelIdentity:
    """What a model is, as it was named by whoever asks: no word of what its server says of itself.

    Parameters
    ----------
    name
        The model's name; a GGUF file is named by the SHA-256 of its content.
    address
        The server's, without any credentials; None where the model's provider has but one, or it runs in this process.
    settings
        Those that reach the model (temperature, seed, ...). Keys, headers and time limits have no part in it.
    """

    name: str
    address: str | None
    settings: Mapping[str, Any]

    def __str__(self) -> str:
        canonical = json.dumps(self.settings, sort_keys=True, ensure_ascii=False, default=_describe)
        where = f"@{self.address}" if self.address else ""
        return f"{self.name}{where}#{hashlib.sha256(canonical.encode()).hexdigest()[:16]}"


def model_identity(lm: dspy.BaseLM) -> ModelIdentity:
    """What `lm` is: its name, its address and the settings that reach the model, in parts."""
    asked = {
        name: value
        for name, value in lm.kwargs.items()
        if value is not None and (name not in NOT_ASKED or name in _WHO_ANSWERS)
    }
    asked["model_type"] = lm.model_type
    engine = getattr(lm, "engine", None)
    if getattr(lm, "use_developer_role", False):
        asked["use_developer_role"] = True
    if isinstance(engine, GGUFEngine):
        if engine.context != engine.usual_context:
            asked["context"] = engine.context
        return ModelIdentity(name=f"gguf:{file_sha256(engine.path)}", address=None, settings=asked)
    if not (engine is None or isinstance(engine, str | OpenAICompatibleEngine)):
        asked["engine"] = f"{type(engine).__module__}.{type(engine).__qualname__}"
    name = (
        lm.model
        if isinstance(lm, dspy.LM | DecisionLM | DecisionClient)
        else f"{type(lm).__module__}.{type(lm).__qualname__}:{lm.model}"
    )
    return ModelIdentity(name=name, address=lm_address(lm), settings=asked)


def lm_identity(lm: dspy.BaseLM) -> str:
    """What `lm` is, for cache keys: the same string in every process that asks the same model the same way.

    It names the model (a GGUF file by the SHA-256 of its content), the server's address without any credentials, and
    a digest of the settings that reach the model (temperature, seed, ...). Keys, headers and time limits have no part
    in it.

    Examples
    --------
    >>> lm = dspy.LM("openai/my-model", api_base="http://me:pass@localhost:8000/v1", api_key="secret", temperature=0.0)
    >>> lm_identity(lm)
    'openai/my-model@http://localhost:8000/v1#bf2b9fe0a698bb38'
    >>> lm_identity(lm) == lm_identity(lm.copy(api_key="another"))
    True
    >>> lm_identity(lm) == lm_identity(lm.copy(temperature=1.0))
    False
    """
    return str(model_identity(lm))


def lm_address(lm: dspy.BaseLM) -> str | None:
    """Where `lm` is asked, without credentials; None where its provider has one address, or it is no server's.

    Examples
    --------
    >>> lm_address(dspy.LM("openai/my-model", api_base="http://me:pass@localhost:8000/v1"))
    'http://localhost:8000/v1'
    """
    engine = getattr(lm, "engine", None)
    if isinstance(lm, DecisionLM):
        return public_address(lm.address)
    if isinstance(engine, OpenAICompatibleEngine):
        return public_address(engine.address)
    address = lm.kwargs.get("api_base") or lm.kwargs.get("base_url") or _address_in_environment(lm.model)
    return public_address(address) if address else None


def _did_you_mean(spec: str, options: Mapping[str, Any]) -> str:
    """A name with its provider, for one that lacks it; nothing where none comes to mind."""
    if not spec.strip() or "/" in spec:
        return ""
    if spec.endswith(".gguf"):
        return message("; did you mean '{name}'?", name=f"gguf:{spec}")
    if options.get("api_base") or options.get("base_url") or os.environ.get("OPENAI_API_BASE"):
        return message(
            "; did you mean 'openai/{spec}', the name of any model behind a server that speaks OpenAI's protocol?",
            spec=spec,
        )
    name = spec.lower()
    for begins, provider in _FAMILIES:
        if name.startswith(begins):
            return message("; did you mean '{name}'?", name=f"{provider}/{spec}")
    where = advice(python="api_base=", command="--api-base")
    return message("; did you mean 'openai/{spec}' with {where}, for a server of your own?", spec=spec, where=where)


def _located(path: Path) -> Path:
    """The file itself, or one of its name in the cache directory: a published judge names its model by no folder."""
    cached = cache_directory() / path.name
    return cached if not path.exists() and cached.is_file() else path


def _gguf_lm(name: str, path: Path, options: dict[str, Any]) -> dspy.LM:
    options = dict(options)
    if refused := sorted(CLIENT_KEYS & options.keys()):
        raise UsageError(
            message(
                "model {name!r} runs in this process and takes no {refused}; leave them out",
                name=name,
                refused=", ".join(refused),
            )
        )
    engine = GGUFEngine(path, context=options.pop("context", None), threads=options.pop("threads", None))
    options = {"temperature": 0.0, "cache": False, **options}
    return dspy.LM(name, engine=engine, async_engine=AsyncGGUFEngine(engine), **options)


def _compatible_lm(spec: str, options: dict[str, Any]) -> dspy.LM | None:
    """An LM that goes straight to a server of the user's own; None where DSPy's engines are to be used."""
    provider, _, name = spec.partition("/")
    variables = (f"{provider.upper()}_API_BASE", f"{provider.upper()}_BASE_URL")
    given = (options.get("api_base"), options.get("base_url"), *map(os.environ.get, variables))
    address = next(filter(None, given), None)
    clients = CLIENT_KEYS & options.keys()
    if provider not in _COMPATIBLE or not name or not address or not clients <= _ADDRESS_OPTIONS:
        return None
    if "engine" in options or options.get("model_type", "chat") != "chat" or _is_openai(address):
        return None
    engine = OpenAICompatibleEngine(
        address,
        api_key=options.get("api_key"),
        key_variable=_COMPATIBLE[provider],
        timeout=options.get("timeout") or 600.0,
        headers=_headers(options),
    )
    settings = {name: value for name, value in options.items() if name not in clients}
    return OpenAICompatibleLM(spec, engine=engine, async_engine=AsyncOpenAICompatibleEngine(engine), **settings)


def _headers(options: Mapping[str, Any]) -> dict[str, str]:
    organization = options.get("organization")
    named = {"OpenAI-Organization": str(organization)} if organization else {}
    return {**named, **dict(options.get("headers") or {}), **dict(options.get("extra_headers") or {})}


def _is_openai(address: str) -> bool:
    """OpenAI's own servers have a price list and newer names, which DSPy's engines know."""
    host = urlsplit(address).hostname or ""
    return host.endswith((".openai.com", ".azure.com"))


def _address_in_environment(model: str) -> str | None:
    """Where the environment sends calls of a model without an address of its own; None for its provider's one place."""
    provider = model.partition("/")[0].upper()
    found = next(filter(None, map(os.environ.get, (f"{provider}_API_BASE", f"{provider}_BASE_URL"))), None)
    return None if found is None or (urlsplit(found).hostname or "").endswith(".openai.com") else found


def _describe(value: Any) -> Any:
    """A JSON form for what a response format may be: a pydantic class, or another object by its type's name."""
    schema = getattr(value, "model_json_schema", None)
    return schema() if callable(schema) else f"{type(value).__module__}.{type(value).__qualname__}"
