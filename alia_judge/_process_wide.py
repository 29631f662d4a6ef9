"""Settings of the whole process that several threads may need at once, and warnings that one context need not show."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

from alia_judge.errors import DegenerateDataWarning

__all__ = ["ProcessWide", "undefined_is_said_in_the_result", "warn_degenerate"]

T = TypeVar("T")
_said_in_the_result: ContextVar[bool] = ContextVar("undefined is said in the result", default=False)


class ProcessWide(Generic[T]):
    """A setting that Python has once for all threads, changed while anybody needs it and put back by the last.

    Each thread that put back what it found would pull the setting away from another that is still at work, or leave it
    changed for good.

    Parameters
    ----------
    begin
        Changes the setting and gives what it was.
    end
        Puts back what it was.

    Examples
    --------
    >>> import csv, sys
    >>> long_fields = ProcessWide(lambda: csv.field_size_limit(sys.maxsize), csv.field_size_limit)
    >>> with long_fields:
    ...     csv.field_size_limit() == sys.maxsize
    True
    """

    def __init__(self, begin: Callable[[], T], end: Callable[[T], Any]) -> None:
        self._begin, self._end = begin, end
        self._lock, self._users = threading.Lock(), 0
        self._before: list[T] = []

    def __enter__(self) -> None:
        with self._lock:
            if not self._users:
                self._before.append(self._begin())
            self._users += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1
            if not self._users:
                self._end(self._before.pop())


@contextmanager
def undefined_is_said_in_the_result() -> Iterator[None]:
    """Within, in this thread or task alone, no `DegenerateDataWarning` is given.

    Where every undefined figure says why beside it, a warning for each of a thousand figures would drown that.
    """
    token = _said_in_the_result.set(True)
    try:
        yield
    finally:
        _said_in_the_result.reset(token)


def warn_degenerate(message: str, *, stacklevel: int = 2) -> None:
    """Give a `DegenerateDataWarning`, unless this context says in its result what is undefined."""
    if not _said_in_the_result.get():
        warnings.warn(message, DegenerateDataWarning, stacklevel=stacklevel + 1)
