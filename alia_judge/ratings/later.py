"""`Later`: the value of a dataclass's field that is found out when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

__all__ = ["Later", "LaterField"]

T = TypeVar("T")


class Later(Generic[T]):
    """What to ask for a field's value, once; of what can be pickled."""

    def __init__(self, find: Callable[[], T]) -> None:
        self.find = find


class LaterField(Generic[T]):
    """A field of a dataclass that is given its value, or a `Later`; who reads it gets the value.

    `dataclasses.replace` reads every field, and so finds the value out.

    Parameters
    ----------
    default
        The value of a field that is not given; without one it must be.
    """

    def __init__(self, *default: T) -> None:
        self.default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Any: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> Any:
        if instance is None:
            if not self.default:
                raise AttributeError(self.name)
            return self.default[0]
        held = instance.__dict__[self.name]
        if isinstance(held, Later):
            held = instance.__dict__[self.name] = held.find()
        return held

    def __set__(self, instance: object, value: T | Later[T]) -> None:
        instance.__dict__[self.name] = value
