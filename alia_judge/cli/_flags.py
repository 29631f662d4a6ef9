"""Flags from options objects: a command names the class, and its fields are flags with their own words and defaults."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
from collections.abc import Callable
from typing import Annotated, Any

import typer

from alia_judge._flags import FLAG
from alia_judge._messages import message
from alia_judge.errors import UsageError

__all__ = ["documented", "panel_of", "with_flags"]


def with_flags(**classes: type) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the flags of options classes in place of its parameters of these names.

    Parameters
    ----------
    classes
        Parameter of the command -> dataclass that it takes, whose fields with `alia_judge._flags.flag` are flags. The
        command gets one made of what was typed.

    Examples
    --------
    >>> from alia_judge.compiling.options import Deployment
    >>> @with_flags(deployment=Deployment)
    ... def deploy(name: str, deployment: Deployment) -> None: ...
    >>> list(inspect.signature(deploy).parameters)[:3]
    ['name', 'deployment_reads', 'deployment_calls']
    """

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        own = inspect.signature(command, eval_str=True).parameters
        flags: dict[str, inspect.Parameter] = {}
        for name, parameter in own.items():
            if name in classes:
                flags |= _parameters(name, classes[name])
            else:
                flags[name] = parameter

        @functools.wraps(command)
        def run(**given: Any) -> Any:
            made = {name: _made(name, kind, given) for name, kind in classes.items()}
            return command(**{name: value for name, value in given.items() if name in own}, **made)

        run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what typer reads
            [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in flags.values()]
        )
        run.__annotations__ = {name: parameter.annotation for name, parameter in flags.items()} | {"return": None}
        return run

    return decorated


def panel_of(kind: type) -> str:
    """What the flags of a class stand under in the help: its `heading`, or ``SearchOptions`` under "Search options"."""
    if (heading := getattr(kind, "heading", None)) is not None:
        return str(heading)
    words = re.findall("[A-Z][a-z]*", kind.__name__)
    return " ".join([words[0], *map(str.lower, words[1:])])


def documented(kind: type) -> dict[str, str]:
    """The first sentence that a class's docstring says of each field; of those that it inherits, its base's."""
    inherited = [documented(base) for base in kind.__bases__ if dataclasses.is_dataclass(base)]
    section = inspect.cleandoc(kind.__doc__ or "").partition("Parameters\n----------\n")[2].partition("\n\n")[0]
    found: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        if not line.startswith(" "):
            names = [name.strip() for name in line.split(",")]
        else:
            for name in names:
                found[name] = f"{found.get(name, '')} {line.strip()}".strip()
    first = {name: re.split(r"(?<=[.;])\s", _plain(text))[0].rstrip(".:;") + "." for name, text in found.items()}
    return {name: words for base in (*inherited, first) for name, words in base.items()}


def _plain(text: str) -> str:
    """Without the marks of reStructuredText."""
    return re.sub(r"``\"?([^`\"]*)\"?``|`([^`]*)`", lambda marked: marked[1] or marked[2], text)


def _parameters(parameter: str, kind: type) -> dict[str, inspect.Parameter]:
    words, panel = documented(kind), panel_of(kind)
    made = {}
    for field in dataclasses.fields(kind):
        said = field.metadata.get(FLAG)
        if said is None:
            continue
        several = isinstance(field.default, tuple)
        typed: Any = said["kind"]
        text = words[field.name] + (" May be repeated." if several else "")
        limits = {} if said["least"] is None or said["word"] is not None else {"min": said["least"]}
        option = typer.Option(said["name"], metavar=said["metavar"], help=text, rich_help_panel=panel, **limits)
        default: Any = field.default
        annotation: Any = Annotated[typed if default is not None else typed | None, option]
        if said["word"] is not None:
            annotation = Annotated[str | None, option]
        elif several:
            annotation, default = Annotated[list[typed], option], list(default)
        name = f"{parameter}_{field.name}"
        made[name] = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
    return made


def _made(parameter: str, kind: type, given: dict[str, Any]) -> Any:
    values = {}
    for field in dataclasses.fields(kind):
        name, said = f"{parameter}_{field.name}", field.metadata.get(FLAG)
        if said is None:
            continue
        value = given[name]
        values[field.name] = _number(said, value) if said["word"] is not None else value
    return kind(**values)


def _number(said: dict[str, Any], typed: str | None) -> int | str | None:
    if typed is None or typed == said["word"]:
        return typed
    if not typed.isdecimal() or int(typed) < said["least"]:
        raise UsageError(
            message(
                "{name} takes a number from {least}, or {word}, got {typed!r}",
                name=said["name"],
                least=said["least"],
                word=said["word"],
                typed=typed,
            )
        )
    return int(typed)
