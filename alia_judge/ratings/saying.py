"""How to say what columns, headers and scales are, in arguments or in flags, by who is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from alia_judge._advice import advice

__all__ = ["say_columns", "say_header", "say_scale", "several"]


def say_columns(columns: Mapping[str, str]) -> str:
    """Which column is what: ``{field: column}``, or ``{field: columns with commas between}`` (see `several`).

    Examples
    --------
    >>> from alia_judge._advice import to_a_command
    >>> say_columns({"item_id": "doc", "value": "How good?"})
    "columns={'item_id': 'doc', 'value': 'How good?'}"
    >>> with to_a_command():
    ...     say_columns({"item_id": "doc", "value": "How good?"})
    "--column item_id=doc --column 'value=How good?'"
    """
    flags = " ".join(f"--column {_quoted(f'{field}={name}')}" for field, name in columns.items())
    return advice(python=f"columns={dict(columns)!r}", command=flags)


def say_header(names: Iterable[str]) -> str:
    """What the columns of a file without a header are called.

    Examples
    --------
    >>> say_header(["item_id", "value"])
    "header=['item_id', 'value']"
    """
    given = list(names)
    return advice(python=f"header={given!r}", command=f"--header {_quoted(several(given))}")


def say_scale(scale: str, criterion: str = "*") -> str:
    """What a criterion's scale is; ``*`` is every criterion.

    Examples
    --------
    >>> say_scale("bad<good", "tone")
    "scales={'tone': 'bad<good'}"
    """
    given = {criterion: scale}
    named = scale if criterion == "*" else f"{criterion}={scale}"
    return advice(python=f"scales={given!r}", command=f"--scale {_quoted(named)}")


def several(names: Iterable[str]) -> str:
    """Names with commas between, those quoted that have a comma themselves.

    Examples
    --------
    >>> several(["clear", "kind, or not"])
    'clear,"kind, or not"'
    """
    return ",".join(f'"{name}"' if "," in name else name for name in names)


def _quoted(text: str) -> str:
    """As a shell takes it."""
    plain = all(character.isalnum() or character in "_-.,=/@:¿" for character in text)
    return text if plain else "'" + text.replace("'", "'\\''") + "'"
