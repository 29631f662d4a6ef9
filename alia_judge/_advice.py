"""`advice`: what to do, in arguments to whoever called from Python, in flags to whoever typed a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["advice", "to_a_command"]

#: Of the process, and not of a thread: a fault may be told by a thread that works for the command.
_typed: list[bool] = []


@contextmanager
def to_a_command() -> Iterator[None]:
    """Within, advice is given to somebody who typed a command."""
    _typed.append(True)
    try:
        yield
    finally:
        _typed.pop()


def advice(*, python: str, command: str) -> str:
    """One of both, by who is to follow it.

    Examples
    --------
    >>> advice(python="overwrite=True", command="--overwrite")
    'overwrite=True'
    >>> with to_a_command():
    ...     advice(python="overwrite=True", command="--overwrite")
    '--overwrite'
    """
    return command if _typed else python
