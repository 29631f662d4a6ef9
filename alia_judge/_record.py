"""`Record`: how results become JSON, come back, and are compared: by their type hints, in one place."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, Literal, Self, Union

from alia_judge._displayed import Displayed
from alia_judge._json import jsonable
from alia_judge._messages import message, message_of
from alia_judge.errors import AliaJudgeError, UsageError

__all__ = ["Record"]


class Record(Displayed):
    """A frozen dataclass whose JSON form follows from its fields.

    A NaN is null in JSON; a tuple, a frozen set or an array is a list; a record or anything else with ``to_dict`` and
    ``from_dict`` is an object, in mappings and sequences, too. A class with a `schema` writes it first and refuses
    another. Fields named in `unwritten` are left out where they have their default. Two records are equal if all their
    fields are, a NaN being equal to a NaN, so that a result equals itself after JSON: declare the dataclass with
    ``eq=False``, or Python makes a comparison of its own.

    Examples
    --------
    >>> @dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
    ... class Length(Record):
    ...     metres: float
    ...     marks: tuple[str, ...] = ()
    >>> Length(metres=float("nan")).to_dict()
    {'metres': None, 'marks': []}
    >>> Length.from_dict({"metres": None, "marks": []}) == Length(metres=float("nan"))
    True
    """

    schema: ClassVar[str]
    #: Fields that are not written where they have their default value.
    unwritten: ClassVar[frozenset[str]] = frozenset()
    #: Fields that are no part of the JSON.
    left_out: ClassVar[frozenset[str]] = frozenset()
    #: Field -> what it is called in JSON, where that is another word; it is read under either. What is after a dot is
    #: written inside an object of the name before it.
    in_json: ClassVar[Mapping[str, str]] = {}
    #: Field -> what reads it from JSON, where its type does not say.
    readers: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    #: Properties that are written after the fields, and not read: what they say follows from the fields.
    also: ClassVar[tuple[str, ...]] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        written: dict[str, Any] = {"schema": self.schema} if hasattr(type(self), "schema") else {}
        for field in dataclasses.fields(self):  # type: ignore[arg-type]  # every record is a dataclass
            if field.name in self.left_out:
                continue
            value = getattr(self, field.name)
            if field.name in self.unwritten and _same(value, _default(field)):
                continue
            *outside, name = self.in_json.get(field.name, field.name).split(".")
            within = written
            for part in outside:
                within = within.setdefault(part, {})
            within[name] = jsonable(value)
        return written | {name: jsonable(getattr(self, name)) for name in self.also}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`; fields that this version does not know are left alone, records taken as they are.

        Raises
        ------
        UsageError
            If the schema is another, a field without a default is missing, or one is of another kind.
        """
        if hasattr(cls, "schema") and data.get("schema", cls.schema) != cls.schema:
            raise UsageError(message("expected schema {schema!r}, got {got!r}", schema=cls.schema, got=data["schema"]))
        given = {}
        for field, hint in _hints(cls).items():  # type: ignore[arg-type]  # a class is hashable
            value = _at(data, cls.in_json.get(field, field), otherwise=data.get(field, _ABSENT))
            if value is not _ABSENT:
                reader = cls.readers.get(field)
                optional = value is None and type(None) in typing.get_args(hint)
                try:
                    given[field] = _read(hint, value) if reader is None or optional else reader(value)
                except AliaJudgeError:
                    raise
                except (TypeError, AttributeError, LookupError) as error:
                    kind = type(value).__name__
                    raise UsageError(
                        message(
                            "{kind}: {field} cannot be read from a {got} ({error})",
                            kind=cls.__name__,
                            field=field,
                            got=kind,
                            error=message_of(error),
                        )
                    ) from error
        try:
            return cls(**given)
        except TypeError as error:
            missing = str(error).rpartition(":")[2].strip() or str(error)
            raise UsageError(
                message(
                    "{kind} lacks {missing}; it has {data}",
                    kind=cls.__name__,
                    missing=missing,
                    data=", ".join(map(repr, data)) or message("nothing"),
                )
            ) from None

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        names = [field.name for field in dataclasses.fields(self) if field.compare]  # type: ignore[arg-type]
        return all(_same(getattr(self, name), getattr(other, name)) for name in names)

    def __hash__(self) -> int:
        fields = dataclasses.fields(self)  # type: ignore[arg-type]
        return hash(tuple(_hashable(getattr(self, field.name)) for field in fields if field.compare))


_ABSENT = object()


def _at(data: Mapping[str, Any], name: str, *, otherwise: Any) -> Any:
    """What is at a dotted name."""
    found: Any = data
    for part in name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return otherwise
        found = found[part]
    return found


def _same(one: Any, other: Any) -> bool:
    """Whether two values are equal, NaN to NaN, inside mappings and sequences and arrays, too."""
    if one is other:
        return True
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return type(one) is type(other) and len(one) == len(other) and all(map(_same, one, other))
    if hasattr(one, "tolist") and hasattr(other, "tolist"):
        return _same(one.tolist(), other.tolist())
    return bool(one == other)


def _hashable(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, Mapping):
        return tuple(sorted((str(key), _hashable(item)) for key, item in value.items()))
    if isinstance(value, (list, tuple)):
        return tuple(map(_hashable, value))
    if hasattr(value, "tolist"):
        return _hashable(value.tolist())
    return value


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


@cache
def _hints(cls: type) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls) if field.init}


def _read(hint: Any, value: Any) -> Any:
    """`value` as JSON has it, as a field of type `hint` has it."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        kinds = [kind for kind in arguments if kind is not type(None)]
        return _read(kinds[0], value) if len(kinds) == 1 else value
    if hint is float:
        if isinstance(value, (str, bool)):
            raise UsageError(message("expected a number, got {value!r}", value=value))
        return math.nan if value is None else value
    if value is None or hint is Any or origin is Literal:
        return value
    if hasattr(hint, "from_dict"):
        return value if isinstance(hint, type) and isinstance(value, hint) else hint.from_dict(value)
    if origin is tuple:
        every = arguments[:1] * len(value) if arguments[1:] == (Ellipsis,) else arguments
        return tuple(_read(kind, item) for kind, item in zip(every, value, strict=True))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {_key(arguments[0], key): _read(arguments[1], item) for key, item in value.items()}
    if origin in (frozenset, set):
        return origin(_read(arguments[0], item) for item in value)
    if hasattr(origin, "__array__"):
        return _array(arguments[1], value)
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return [_read(arguments[0], item) for item in value]
    return value


def _array(dtype: Any, value: Any) -> Any:
    import numpy as np  # where there is an array to read, it is there

    (kind,) = typing.get_args(dtype)
    return np.array(value, dtype=kind)


def _key(kind: Any, key: str) -> Any:
    """JSON has text for keys only."""
    return kind(key) if kind in (int, float) else key
