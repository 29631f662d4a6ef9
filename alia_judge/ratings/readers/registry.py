"""Which readers there are: the library's own, and those that other packages register."""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points

from alia_judge.errors import UsageError
from alia_judge.ratings.readers.base import Reader

__all__ = ["all_readers", "reader_named"]

#: Entry point group under which a third party's readers are found.
GROUP = "alia_judge.readers"

_BUILT_IN = (
    ("basse", "BasseReader"),
    ("judge_bench", "JudgeBenchReader"),
    ("nested", "NestedReader"),
    ("pairwise", "PairwiseReader"),
    ("argilla", "ArgillaReader"),
    ("label_studio", "LabelStudioReader"),
    ("prodigy", "ProdigyReader"),
    ("long", "LongReader"),
    ("wide", "WideReader"),
)


def all_readers() -> tuple[Reader, ...]:
    """Every reader, in the order they are asked.

    Raises
    ------
    UsageError
        If two readers have one name.
    """
    home = __name__.rpartition(".")[0]
    readers: list[Reader] = [getattr(importlib.import_module(f"{home}.{module}"), name)() for module, name in _BUILT_IN]
    readers += [entry.load()() for entry in entry_points(group=GROUP)]
    names = [reader.name for reader in readers]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"two readers are named {twice[0]!r}; uninstall one of the packages that register it")
    return tuple(sorted(readers, key=lambda reader: (reader.order, reader.name)))


def reader_named(name: str) -> Reader:
    """The reader that ``format=name`` means.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    readers = {reader.name: reader for reader in all_readers()}
    if name not in readers:
        raise UsageError(f"there is no format {name!r}; there are: {', '.join(sorted(readers))}")
    return readers[name]
