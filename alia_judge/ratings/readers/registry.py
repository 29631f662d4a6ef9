"""Which readers there are: the library's own, and those that other packages register."""

from __future__ import annotations

from alia_judge._messages import message
from alia_judge._registry import Registry
from alia_judge.errors import UsageError
from alia_judge.ratings.readers.base import Reader

__all__ = ["all_readers", "reader_named"]

_readers: Registry[Reader] = Registry(
    "alia_judge.ratings.readers",
    attribute="READERS",
    group="alia_judge.readers",
    what="reader",
    key=lambda reader: reader.name,
    order=lambda reader: (reader.order, reader.name),
)


def all_readers() -> tuple[Reader, ...]:
    """Every reader, in the order they are asked: the ``READERS`` of each module of this folder, and other packages'.

    Raises
    ------
    UsageError
        If two readers have one name.
    """
    return tuple(_readers().values())


def reader_named(name: str) -> Reader:
    """The reader that ``format=name`` means.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    readers = _readers()
    if name not in readers:
        raise UsageError(
            message("there is no format {name!r}; there are: {readers}", name=name, readers=", ".join(sorted(readers)))
        )
    return readers[name]
