"""`Displayed`: a result as a prompt and a notebook show it, in a screenful at most."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Mapping, Sequence, Set
from typing import Any

__all__ = ["Displayed"]

#: A record that is written in fewer characters than this is shown whole.
_WHOLE = 400
#: Lines of a longer one, and characters of a line.
_LINES, _WIDTH = 18, 110
#: Parts of a value that are shown with it, and characters of any other one.
_SHOWN, _WORD = 4, 60


class Displayed:
    """A dataclass whose ``repr`` fits on a screen, and that a notebook shows as a table where it has ``to_frame``.

    What is longer than a few lines is a line a field: figures as they are printed, collections by their size.

    Examples
    --------
    >>> @dataclasses.dataclass(frozen=True)
    ... class Few(Displayed):
    ...     name: str
    ...     values: tuple[float, ...]
    >>> Few("a", (1.0, 2.0))
    Few(name='a', values=(1.0, 2.0))
    >>> Few("a", (0.123456789,) * 100)
    Few(
        name='a'
        values=<100 float>
    )
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__repr__" not in vars(cls):
            cls.__repr__ = Displayed.__repr__  # type: ignore[method-assign]  # of its own, so that dataclass makes none

    def __repr__(self) -> str:
        shown = {
            one.name: getattr(self, one.name)
            for one in dataclasses.fields(self)  # type: ignore[arg-type]  # every subclass is a dataclass
            if one.repr
        }
        name = type(self).__qualname__
        if all(_is_plain(value) for value in shown.values()):
            whole = f"{name}({', '.join(f'{field}={value!r}' for field, value in shown.items())})"
            if len(whole) <= _WHOLE:
                return whole
        lines = [f"    {field}={_short(value)}" for field, value in shown.items()]
        lines = [line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..." for line in lines]
        if len(lines) > _LINES - 2:
            lines = [*lines[: _LINES - 3], f"    ... and {len(lines) - _LINES + 3} more"]
        return "\n".join([f"{name}(", *lines, ")"])

    def _repr_html_(self) -> str:
        """A table where there is one, else the text."""
        to_frame = getattr(self, "to_frame", None)
        if to_frame is None:
            return f"<pre>{html.escape(repr(self))}</pre>"
        said = getattr(self, "summary", None)
        heading = f"<p>{html.escape(said)}</p>" if isinstance(said, str) else ""
        return heading + str(to_frame().to_html(max_rows=20, float_format="{:.3f}".format, na_rep=""))


def _is_plain(value: Any, depth: int = 0) -> bool:
    """Whether a value is written whole without looking far: no array, and no collection of many."""
    if isinstance(value, Mapping):
        return len(value) <= 12 and all(_is_plain(one, depth + 1) for one in value.values()) and depth < 3
    if isinstance(value, (list, tuple, Set)):
        return len(value) <= 12 and all(_is_plain(one, depth + 1) for one in value) and depth < 3
    return not getattr(value, "shape", ())


def _short(value: Any) -> str:
    """A value in a few words."""
    if shape := getattr(value, "shape", ()):
        return f"<{' x '.join(map(str, shape))} {getattr(value, 'dtype', type(value).__name__)}>"
    if isinstance(value, Mapping):
        if 0 < len(value) <= _SHOWN and all(map(_is_figure, value.values())):
            return f"{{{', '.join(f'{name}: {_short(one)}' for name, one in value.items())}}}"
        return f"<{len(value)}: {', '.join(map(str, value))}>" if value else "{}"
    if isinstance(value, (list, tuple, Set)):
        kinds = sorted({type(one).__name__ for one in value})
        few = isinstance(value, Sequence) and len(value) <= _SHOWN
        few = few and all(isinstance(one, (str, int, type(None))) for one in value)
        return repr(value) if not value or few else f"<{len(value)} {' or '.join(kinds)}>"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        if type(value).__str__ is not object.__str__:  # a figure is shown as it is printed
            return " ".join(str(value).split())
        figures = [one.name for one in dataclasses.fields(value) if _is_figure(getattr(value, one.name, None))]
        said = ", ".join(f"{name}={_short(getattr(value, name))}" for name in figures[:_SHOWN])
        return f"<{type(value).__name__}{' ' if said else ''}{said}>"
    text = " ".join(repr(value).split())
    plain = isinstance(value, (str, int, float, bool, type(None)))
    return text if plain or len(text) <= _WORD else f"<{type(value).__name__}>"


def _is_figure(value: Any) -> bool:
    """Whether it is a number, or an estimate, which is printed as one."""
    return isinstance(value, (int, float)) or (dataclasses.is_dataclass(value) and hasattr(value, "__float__"))
