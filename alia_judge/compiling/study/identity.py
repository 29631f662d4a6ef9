"""`StudyIdentity`: the question that a search asks, part by part; the one place where it is made.

A study answers only the question that it was begun with. Whatever decides what is asked, of whom and about what, or
what the answers are held against, is a part of it. Values are walked field by field, so that a field which a class
gains later is a part of it too. Texts of items, rubrics and demonstrations stand in it as digests.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.records import Configuration, Item

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge
    from alia_judge.models.resolve import ModelIdentity

__all__ = ["ADDRESSES", "SCHEMA", "StudyIdentity", "differences", "fingerprint"]

#: Of a study's header. Those of version 0.1.0 have none: they did not hold the whole question.
SCHEMA = "alia-judge/study/2"
#: The part of a header that may change: where a server stands is no part of what it is asked.
ADDRESSES = "addresses"

#: What a judge sees of an item; `Item.digest` is of these.
_TEXTS = frozenset({"prompt", "response", "context", "reference", "response_b", "turns", "trace", "responses"})
_DIGITS = 16
_IS_FINGERPRINT = re.compile(f"[0-9a-f]{{{_DIGITS}}}")
#: A value that is longer stands in the header as its fingerprint.
_LONGEST = 60
_OWN_MODEL = "the judge's own"


@dataclass(frozen=True, kw_only=True)
class StudyIdentity:
    """The question that a search asks.

    Parameters
    ----------
    parts
        What decides it, by name, in JSON types: what is long or private as a fingerprint.
    addresses
        Where each model's server is; None for one without an address.
    models
        The models that judges ask, by their names in `addresses`.

    See Also
    --------
    StudyIdentity.of : the way to get one.
    """

    parts: Mapping[str, Any]
    addresses: Mapping[str, str | None]
    models: Mapping[str, ModelIdentity] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        *,
        objective: Objective,
        criterion: str,
        items: Sequence[Item],
        target: Target,
        groupings: Sequence[NDArray[np.str_]],
        demonstrations: Sequence[Mapping[str, Any]],
        configurations: Sequence[Configuration],
        judge: Judge | None,
        source: Any | None,
        seed: int,
        **further: Any,
    ) -> StudyIdentity:
        """The identity of a search.

        Parameters
        ----------
        objective, criterion
            What is maximised, and what was rated.
        items, target, groupings
            What is learnt on, in its order, what people said of it, and the labels by which it is held out.
        demonstrations
            Everything that a judge may be shown, with its scores.
        configurations, judge
            The candidates, and the judge that they vary; None with a recorded source.
        source
            Where verdicts come from; None asks the models. One with a method ``identity(configurations)`` says what it
            is; of any other its class is all that is known.
        seed
            Of every decision.
        further
            Anything else that decides what is asked (constraints, a proposer); what is None is left out.
        """
        models = {} if source is not None or judge is None else _models(configurations, judge)
        addresses: dict[str, str | None] = {name: model.address for name, model in models.items()}
        more = {name: _plain(value, addresses) for name, value in further.items() if value is not None}
        parts = {
            "objective": _plain(objective),
            "criterion": criterion,
            "scale": _short(_plain(target.scale)),
            "items": {
                "number": len(items),
                "ids": fingerprint([item.item_id for item in items]),
                "texts": fingerprint([item.digest() for item in items]),
                "columns": fingerprint([_columns(item) for item in items]),
                "ratings": fingerprint(target),
            },
            "folds": fingerprint(groupings),
            "demonstrations": fingerprint(demonstrations),
            "candidates": {
                "number": len(configurations),
                "parameters": fingerprint([configuration.key for configuration in configurations]),
            },
            "judge": None if judge is None else _judge(judge),
            "models": {name: {"name": one.name, **_short(_plain(one.settings))} for name, one in models.items()},
            "source": "live" if source is None else _source(source, configurations),
            "seed": seed,
            **{name: _short(value) for name, value in more.items()},
        }
        return cls(parts=parts, addresses=addresses, models=models)

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits, in which studies of different questions differ: addresses count."""
        return fingerprint([self.parts, self.addresses])[:12]

    def header(self) -> dict[str, Any]:
        """What a study keeps of it, to be held against the question of whoever opens it again."""
        return {"schema": SCHEMA, **self.parts, ADDRESSES: dict(self.addresses)}


def differences(held: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    """In what two headers differ, compared both ways, in words: the part, and its values where they can be read.

    Examples
    --------
    >>> differences({"seed": 0, "models": {"a": {"temperature": 0.0}}}, {"seed": 0, "models": {"a": {}}, "folds": 3})
    ['models / a / temperature (0.0 in the study, absent now)', 'folds (absent in the study, 3 now)']
    """
    found: list[str] = []
    for name in dict.fromkeys([*held, *asked]):
        one, other = held.get(name), asked.get(name)
        if name in held and name in asked and one == other:
            continue
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            found += [f"{name} / {further}" for further in differences(one, other)]
        elif all(isinstance(value, str) and _IS_FINGERPRINT.fullmatch(value) for value in (one, other)):
            found.append(name)
        else:
            was, now = (_readable(name in header, header.get(name)) for header in (held, asked))
            found.append(f"{name} ({was} in the study, {now} now)")
    return found


def fingerprint(value: Any) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of a value's canonical JSON, every field of it."""
    text = json.dumps(_plain(value), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def _readable(there: bool, value: Any) -> str:
    if not there:
        return "absent"
    return str(value) if isinstance(value, str | int | float | bool) or value is None else "another"


def _models(configurations: Sequence[Configuration], judge: Judge) -> dict[str, ModelIdentity]:
    """Each model that is asked, by the name that candidates have for it."""
    from alia_judge.models.resolve import model_identity, resolve_lm

    names = dict.fromkeys(configuration.parameters.get("model") for configuration in configurations)
    return {
        _OWN_MODEL if name is None else str(name): model_identity(judge.lm if name is None else resolve_lm(name))
        for name in names
    }


def _judge(judge: Judge) -> dict[str, Any]:
    """Everything that it asks with, but for its model."""
    parameters = dict(judge.configuration().parameters)
    words = {name: fingerprint(parameters[name]) for name in ("rubric", "demos") if name in parameters}
    asked: dict[str, Any] = _short(_plain({**parameters, **words}))
    return asked


def _source(source: Any, configurations: Sequence[Configuration]) -> str:
    identity = getattr(source, "identity", None)
    return str(identity(configurations)) if callable(identity) else f"{type(source).__module__}.{type(source).__name__}"


def _columns(item: Item) -> dict[str, Any]:
    """Whatever else there is to an item: its group, its system, its language and further columns."""
    return {one.name: getattr(item, one.name) for one in fields(item) if one.name not in _TEXTS | {"item_id"}}


def _short(value: Any) -> Any:
    """A plain value that people can read, or else its fingerprint."""
    if isinstance(value, Mapping):
        return {name: _short(one) for name, one in value.items()}
    return value if len(json.dumps(value)) <= _LONGEST else fingerprint(value)


def _plain(value: Any, addresses: dict[str, str | None] | None = None) -> Any:
    """A value in JSON types, down to every field of every record in it; servers' addresses go to `addresses`."""
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    import dspy

    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, np.ndarray):
        # Nine digits: the last of a mean or a variance differ between machines that share a study.
        rounded = [float(f"{one:.9g}") for one in value.ravel()] if value.dtype.kind == "f" else value.ravel().tolist()
        return [list(value.shape), _plain(rounded)]
    if isinstance(value, dspy.BaseLM):
        return _model(value, addresses)
    if is_dataclass(value) and not isinstance(value, type):
        found = {one.name: _plain(getattr(value, one.name), addresses) for one in fields(value)}
        return {"class": type(value).__qualname__, **found}
    if isinstance(value, Mapping):
        return {str(name): _plain(one, addresses) for name, one in value.items()}
    if isinstance(value, Set):
        return sorted((_plain(one, addresses) for one in value), key=repr)
    if isinstance(value, Iterable):
        return [_plain(one, addresses) for one in value]
    return _named(value)


def _model(lm: Any, addresses: dict[str, str | None] | None) -> dict[str, Any]:
    from alia_judge.models.resolve import model_identity

    identity = model_identity(lm)
    if addresses is not None:
        addresses[identity.name] = identity.address
    return {"name": identity.name, **_plain(identity.settings)}


def _named(value: Any) -> Any:
    """A function or class by its name, with its schema where it has one; any other object by its class and name."""
    schema = getattr(value, "model_json_schema", None)
    if callable(schema):
        return _plain(schema())
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    known = {name: str(getattr(value, name)) for name in ("author", "name") if hasattr(value, name)}
    return {"class": f"{type(value).__module__}.{type(value).__qualname__}", **known}
