"""`flag`: what makes a field of an options object a flag of the command line, too."""

from __future__ import annotations

from typing import Any

__all__ = ["FLAG", "flag"]

#: Key of a field's metadata.
FLAG = "flag"


def flag(
    name: str,
    *,
    kind: type = str,
    metavar: str | None = None,
    least: int | None = None,
    word: str | None = None,
) -> dict[str, Any]:
    """Metadata for `dataclasses.field`: the field is a flag of the commands that take its class.

    The flag's help is the first sentence that the class's docstring says of the field, its default the field's; a field
    that is a sequence is a flag that may be repeated.

    Parameters
    ----------
    name
        As it is typed: ``"--deploy-calls"``.
    kind
        Type of the value, or of each where there may be several.
    metavar
        What stands for its value in the help.
    least
        Smallest number that is taken.
    word
        A word that may stand in place of a number.
    """
    return {FLAG: {"name": name, "kind": kind, "metavar": metavar, "least": least, "word": word}}
