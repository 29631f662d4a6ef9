"""A model as a record holds it (a published judge, a study), and back: its name and generation settings, no more.

Whoever loads a record may not be who wrote it. The reader's key goes wherever a model's address points, so a record
that could set an address, a header, a class or the name of a key would send the reader's texts and key to its author.
This is the one place where a model is made from a record, and it takes what is listed here alone.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Mapping
from typing import Any

from alia_judge._advice import advice
from alia_judge._messages import _, message
from alia_judge.errors import ModelError, UsageError
from alia_judge.models.dspy_internals import CLIENT_KEYS
from alia_judge.models.gguf import GGUFEngine
from alia_judge.models.resolve import GGUF, NOT_ASKED, resolve_lm
from alia_judge.models.weights import file_sha256

__all__ = ["GENERATION_SETTINGS", "allowed_name", "generation_settings", "lm_of", "lm_record"]

#: What a record may say of how a model answers; addresses, headers, keys and engines are the reader's own.
GENERATION_SETTINGS = frozenset(
    {
        "frequency_penalty",
        "grammar",
        "guided_choice",
        "guided_grammar",
        "guided_json",
        "guided_regex",
        "logit_bias",
        "max_completion_tokens",
        "max_tokens",
        "min_p",
        "n",
        "presence_penalty",
        "reasoning",
        "reasoning_effort",
        "repetition_penalty",
        "response_format",
        "seed",
        "stop",
        "structured_outputs",
        "temperature",
        "top_k",
        "top_p",
        "verbosity",
    }
)
#: The fields of a model's record.
_FIELDS = frozenset({"name", "settings", "sha256", "unrecorded"})
#: A file's name, or provider and model: segments of letters, digits and a few marks, so no address and no query.
_NAME = re.compile(rf"{GGUF}[^/\\\x00-\x1f]+|[A-Za-z0-9_.+:@-]+(/[A-Za-z0-9_.+:@-]+)*")
#: Segments by which LiteLLM takes an address or a variable of the environment for the name.
_NO_SEGMENT = re.compile(r"(?i)(https?|wss?|ftp|file):.*|os\.environ|\.+")

_log = logging.getLogger(__name__)


def lm_record(lm: Any) -> dict[str, Any]:
    """What a record holds of a model: its name, its generation settings and, of a GGUF file, the content's SHA-256.

    Of other settings that reach the model only the names are kept, as ``unrecorded``: their values may be keys.
    """
    given = {name: value for name, value in lm.kwargs.items() if value is not None}
    settings = {name: value for name, value in given.items() if name in GENERATION_SETTINGS and _is_plain(value)}
    record = {"name": lm.model, "settings": settings}
    engine = getattr(lm, "engine", None)
    if isinstance(engine, GGUFEngine):
        record["sha256"] = file_sha256(engine.path)
    if others := sorted(given.keys() - settings.keys() - CLIENT_KEYS - NOT_ASKED):
        record["unrecorded"] = others
    return record


def lm_of(record: Mapping[str, Any], *, allowed: Collection[str] | None = None) -> Any:
    """The model that a record names, ready to be asked.

    Parameters
    ----------
    record
        As `lm_record` gives it.
    allowed
        Names of the models that may be asked; None is any.

    Raises
    ------
    UsageError
        If the record holds anything but a name and generation settings, or the model is not an allowed one.
    ModelError
        If it is a GGUF file whose content is not what was recorded.
    """
    if not isinstance(record, Mapping) or not isinstance(record.get("settings"), Mapping):
        raise UsageError(message("a model's record holds its name and its settings, got something else; pass lm="))
    if unknown := sorted(record.keys() - _FIELDS):
        raise UsageError(
            message(
                "a model's record holds its name and generation settings, got also {unknown}; pass "
                "lm= if you trust where it is from",
                unknown=", ".join(map(repr, unknown)),
            )
        )
    name = allowed_name(record.get("name"), allowed)
    lm = resolve_lm(name, **generation_settings(record["settings"]))
    engine = getattr(lm, "engine", None)
    if isinstance(engine, GGUFEngine):
        _check_content(name, record.get("sha256"), file_sha256(engine.path))
    if record.get("unrecorded"):
        _log.warning(
            "%s",
            _(
                "{name} was also given settings that are not on record, such as {setting!r}",
                name=name,
                setting=record["unrecorded"],
            ),
        )
    return lm


def generation_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a record, which may be generation settings and no others.

    Raises
    ------
    UsageError
        If there is another.
    """
    if refused := sorted(map(str, settings.keys() - GENERATION_SETTINGS)):
        raise UsageError(
            message(
                "a record sets {refused} for its model; expected generation settings only "
                "(temperature, max_tokens, seed, stop ...); set others on the model that you pass as "
                "lm=",
                refused=", ".join(map(repr, refused)),
            )
        )
    return dict(settings)


def allowed_name(name: Any, allowed: Collection[str] | None = None) -> str:
    """The name of a model of any kind, chat or embedding, as a record may have it.

    Raises
    ------
    UsageError
        If it is no plain name, carries an address or a path, or is not an allowed one.
    """
    plain = isinstance(name, str) and len(name) <= 200 and _NAME.fullmatch(name)
    if not plain or any(map(_NO_SEGMENT.fullmatch, name.split("/"))) or (GGUF in name and "/" in name):
        raise UsageError(
            message(
                "a record names the model {name!r}; expected 'embedded', 'gguf:FILE' without a "
                "folder, or 'provider/model' without an address; pass lm= to ask a model of your own",
                name=name,
            )
        )
    if allowed is not None and name not in allowed:
        raise UsageError(
            message(
                "it asks the model {name!r}, which you have not allowed; allow it by name ({advice}), "
                "or name the model to ask instead ({got})",
                name=name,
                advice=advice(python="allow_models=", command="--allow-model"),
                got=advice(python="lm=", command="--model"),
            )
        )
    return str(name)


def _check_content(name: str, recorded: Any, found: str) -> None:
    if recorded is None:
        _log.warning(
            "%s",
            _("{name} is on record without a digest: nothing says that the file found is the one it was", name=name),
        )
    elif recorded != found:
        raise ModelError(
            message(
                "{name}: its content has the SHA-256 {found}; expected {recorded}; fetch the file "
                "that was recorded, or pass lm= to ask this one",
                name=name,
                found=found,
                recorded=recorded,
            )
        )


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int, float, bool, list, dict))
