"""``--seen``: what becomes of items that a judge learnt from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from alia_judge._messages import message
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from alia_judge.learnt import Seen

__all__ = ["SeenOption", "seen_of"]

SeenOption = Annotated[
    str | None,
    typer.Option(
        "--seen",
        metavar="exclude|keep",
        help="Items that a judge learnt from: score only the others, or go on and mark every figure; else exit 3.",
    ),
]


def seen_of(said: str | None) -> Seen:
    """What the option says, as the library takes it.

    Raises
    ------
    UsageError
        If it is neither.
    """
    if said is None:
        return "refuse"
    if said == "exclude":
        return "exclude"
    if said == "keep":
        return "keep"
    raise UsageError(message("--seen takes exclude or keep, got {said!r}", said=said))
