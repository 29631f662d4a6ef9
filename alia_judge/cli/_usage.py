"""What typer says of a wrong command line, in the reader's language: it is known by its shape."""

from __future__ import annotations

from alia_judge._messages import _, message, recalled

__all__ = ["told"]

#: Typer's sentences; what stands in their fields may be another of them.
_SENTENCES = (
    message("{said} (Possible options: {names})", said="", names=""),
    message("{said}. Did you mean {names}?", said="", names=""),
    message("Missing argument {name}.", name=""),
    message("Missing option {name}.", name=""),
    message("Missing argument {name}. Choose from:\n\t{names}", name="", names=""),
    message("Missing option {name}. Choose from:\n\t{names}", name="", names=""),
    message("Missing command."),
    message("No such option: {name}", name=""),
    message("No such command {name}.", name=""),
    message("No such command {name}", name=""),
    message("Option {name} requires an argument.", name=""),
    message("Option {name} does not take a value.", name=""),
    message("Got unexpected extra argument(s) ({names})", names=""),
    message("Invalid value for {name}: {why}", name="", why=""),
    message("Input should be a valid integer, unable to parse string as an integer"),
    message("Input should be a valid number, unable to parse string as a number"),
    message("Input should be greater than or equal to {least}", least=""),
    message("Input should be less than or equal to {most}", most=""),
    message("Value error, {said}", said=""),
    message("{value} is not one of {names}.", value="", names=""),
)


def told(said: str) -> str:
    """A sentence of typer's in the reader's language; as it is where it is none of those that are known.

    Examples
    --------
    >>> told("No such option: --sed")
    'No such option: --sed'
    """
    return _(recalled(said, _SENTENCES))
