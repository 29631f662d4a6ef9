"""From a model's name, as a user writes it, to a `dspy.LM`; and from an LM to its identity in cache keys."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dspy
from dspy.clients.backend_selection import CLIENT_KEYS

from alia_judge.errors import UsageError
from alia_judge.models.gguf import AsyncGGUFEngine, GGUFEngine
from alia_judge.models.weights import cache_directory, embedded_model_path, file_sha256

__all__ = ["lm_identity", "resolve_lm"]

_EMBEDDED = "embedded"
_GGUF = "gguf:"
#: Settings that say how DSPy runs calls, not what the model is asked.
_NOT_ASKED = CLIENT_KEYS | {"rollout_id", "cache", "num_retries", "callbacks"}


def resolve_lm(spec: str | dspy.BaseLM, **options: Any) -> dspy.BaseLM:
    """The language model that `spec` names.

    Parameters
    ----------
    spec
        ``"embedded"``, ``"gguf:FILE"`` (a path, or a name in the cache directory), or any string that `dspy.LM` takes
        (``"openai/gpt-4o-mini"``). A `dspy.BaseLM` is given back as it is, or a copy of it with `options`.
    **options
        Further arguments of `dspy.LM` (``temperature=``, ``max_tokens=``, ``api_base=``); for a GGUF model also
        ``context=`` and ``threads=`` of its engine.

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
    if isinstance(spec, dspy.BaseLM):
        return spec.copy(**options) if options else spec
    if spec == _EMBEDDED:
        return _gguf_lm(_EMBEDDED, embedded_model_path(), options)
    if spec.startswith(_GGUF):
        path = _located(Path(spec.removeprefix(_GGUF)).expanduser())
        return _gguf_lm(f"{_GGUF}{path.name}", path, options)
    try:
        lm = dspy.LM(spec, **{"cache": False, **options})
    except (ValueError, dspy.LMConfigurationError) as error:
        raise UsageError(f"model {spec!r}: {error}; expected 'embedded', 'gguf:FILE' or 'provider/model'") from error
    # DSPy gives OpenAI's reasoning models, which refuse every temperature but their own, this name for the limit.
    if "temperature" not in options and "max_completion_tokens" not in lm.kwargs:
        lm.kwargs["temperature"] = 0.0
    return lm


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
    asked = {name: value for name, value in lm.kwargs.items() if name not in _NOT_ASKED and value is not None}
    asked["model_type"] = lm.model_type
    canonical = json.dumps(asked, sort_keys=True, ensure_ascii=False, default=_describe)
    return f"{_model_identity(lm)}#{hashlib.sha256(canonical.encode()).hexdigest()[:16]}"


def _located(path: Path) -> Path:
    """The file itself, or one of its name in the cache directory: a published judge names its model by no folder."""
    cached = cache_directory() / path.name
    return cached if not path.exists() and cached.is_file() else path


def _gguf_lm(name: str, path: Path, options: dict[str, Any]) -> dspy.LM:
    options = dict(options)
    if refused := sorted(CLIENT_KEYS & options.keys()):
        raise UsageError(f"model {name!r} runs in this process and takes no {', '.join(refused)}; leave them out")
    engine = GGUFEngine(path, context=options.pop("context", None), threads=options.pop("threads", None))
    options = {"temperature": 0.0, "cache": False, **options}
    return dspy.LM(name, engine=engine, async_engine=AsyncGGUFEngine(engine), **options)


def _model_identity(lm: dspy.BaseLM) -> str:
    engine = getattr(lm, "engine", None)
    if isinstance(engine, GGUFEngine):
        return f"gguf:{file_sha256(engine.path)}"
    name = lm.model if isinstance(lm, dspy.LM) else f"{type(lm).__module__}.{type(lm).__qualname__}:{lm.model}"
    address = lm.kwargs.get("api_base") or lm.kwargs.get("base_url")
    return f"{name}@{_without_credentials(address)}" if address else name


def _without_credentials(address: str) -> str:
    parts = urlsplit(address)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"


def _describe(value: Any) -> Any:
    """A JSON form for what a response format may be: a pydantic class, or another object by its type's name."""
    schema = getattr(value, "model_json_schema", None)
    return schema() if callable(schema) else f"{type(value).__module__}.{type(value).__qualname__}"
