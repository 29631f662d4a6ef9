"""`Registry`: what there is of a kind: a module in a folder each, then what other packages register."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar

from alia_judge._messages import message, message_of
from alia_judge.errors import UsageError

__all__ = ["Registry"]

T = TypeVar("T")


class Registry(Generic[T]):
    """Checks, probes, readers, readouts, consensus models or statistics of a search, by name.

    A module of the library's adds what its tuple `attribute` holds: adding one is one file. Another package adds one by
    an entry point of the group `group` that names an object of the kind, or a class to make one of.

    Parameters
    ----------
    package
        The folder whose modules are looked at, dotted.
    attribute
        Name of the tuple that a module gives what it adds in; modules without it are passed over.
    group
        Entry point group.
    what
        What one is called in messages: ``"probe"``.
    key
        Name of one.
    order
        What they are sorted by; by name where it is left out.
    made
        Whether a class that an entry point names is called to make the object; else the class itself is one.

    Examples
    --------
    >>> checks = Registry("alia_judge.checks", attribute="CHECKS", group="alia_judge.checks", what="check",
    ...                   key=lambda check: check.code)
    >>> checks.named("AJ009").name
    'constant annotator'
    """

    def __init__(
        self,
        package: str,
        *,
        attribute: str,
        group: str,
        what: str,
        key: Callable[[T], str],
        order: Callable[[T], Any] | None = None,
        made: bool = True,
    ) -> None:
        self._package, self._attribute, self._group, self._what = package, attribute, group, what
        self._key, self._order, self._made = key, order or key, made
        self._own: tuple[T, ...] | None = None

    def __call__(self) -> Mapping[str, T]:
        """All of them by name, in order.

        Raises
        ------
        UsageError
            If two have one name, or another package's cannot be loaded.
        """
        if self._own is None:
            self._own = tuple(self._of_folder())
        found: dict[str, T] = {}
        for one in sorted([*self._own, *self._of_others()], key=self._order):
            name = self._key(one)
            if name in found:
                raise UsageError(
                    message(
                        "two {what}s have the name {name!r}; uninstall one of the packages that register it",
                        what=self._what,
                        name=name,
                    )
                )
            found[name] = one
        return found

    def named(self, name: str) -> T:
        """The one of this name.

        Raises
        ------
        UsageError
            If there is none.
        """
        found = self()
        if name not in found:
            raise UsageError(
                message(
                    "there is no {what} {name!r}; there are: {found}",
                    what=self._what,
                    name=name,
                    found=", ".join(found),
                )
            )
        return found[name]

    def _of_folder(self) -> list[T]:
        folder = importlib.import_module(self._package)
        modules = [f"{self._package}.{one.name}" for one in pkgutil.iter_modules(folder.__path__) if not one.ispkg]
        return [one for name in modules for one in getattr(importlib.import_module(name), self._attribute, ())]

    def _of_others(self) -> list[T]:
        found: list[T] = []
        for entry in entry_points(group=self._group):
            try:
                loaded = entry.load()
            except Exception as error:
                where = f"entry point {entry.value!r} of group {self._group!r}"
                raise UsageError(
                    message(
                        "{where} cannot be loaded: {error}; mend or uninstall the package",
                        where=where,
                        error=message_of(error),
                    )
                ) from error
            found.append(loaded() if self._made and isinstance(loaded, type) else loaded)
        return found
