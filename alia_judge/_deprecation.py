"""Old names that go on working for a while, with a warning that says the new one."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from alia_judge._messages import message

__all__ = ["old_names"]


def old_names(package: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """A module's ``__getattr__`` that gives what was renamed under its old name, with a `DeprecationWarning`.

    Parameters
    ----------
    package
        The module's ``__name__``.
    names
        Old name -> new name, both of the module, or of a module in it (``"other.new"``); ``"new()"`` is what calling it
        gives.

    Examples
    --------
    >>> __getattr__ = old_names("alia_judge.stats", {"Disagreement": "DisagreementBreakdown"})
    """

    def attribute(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        new = names[name]
        warnings.warn(
            message("{package}.{name} is now {package}.{new}", package=package, name=name, new=new),
            DeprecationWarning,
            stacklevel=2,
        )
        inside, _, last = f"{package}.{new.removesuffix('()')}".rpartition(".")
        found = getattr(importlib.import_module(inside), last)
        return found() if new.endswith("()") else found

    return attribute
