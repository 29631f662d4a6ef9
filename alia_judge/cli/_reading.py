"""How a file of ratings was read: the roles of its columns, and every reading that was weighed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alia_judge._messages import Message, _, message
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from alia_judge.ratings import Ratings

__all__ = ["print_readings", "print_roles", "refuse_unordered"]

#: Columns and parts left out that the terminal shows; the JSON holds all.
_SHOWN = 40


def print_roles(ratings: Ratings, console: Console) -> None:
    """Print what each column was read as, why, and what to say to change it; then what was left out."""
    from rich.table import Table
    from rich.text import Text

    for part, cells in list(ratings.left_out.items())[:_SHOWN]:
        console.print(Text(_("left out: {part} ({cells})", part=part, cells=cells), style="dim"))
    if not ratings.roles:
        return
    table = Table(title=_("How it was read"), title_justify="left")
    for heading in (message("column"), message("read as"), message("cells"), message("why"), message("to change it")):
        table.add_column(_(heading), justify="right" if heading == "cells" else "left")
    for role in ratings.roles[:_SHOWN]:
        # The name of a field is what --column takes.
        read_as = _(role.read_as) if isinstance(role.read_as, Message) else role.read_as
        table.add_row(Text(role.column), Text(read_as), str(role.cells), Text(_(role.why)), Text(role.change))
    console.print(table)
    if len(ratings.roles) > _SHOWN:
        console.print(Text(_("... and {n} more columns in the JSON", n=len(ratings.roles) - _SHOWN), style="dim"))


def print_readings(source: str | Sequence[str], columns: dict[str, str] | None, console: Console) -> None:
    """Print every reading that was weighed, best first, with its score and the evidence for and against it."""
    from rich.text import Text

    from alia_judge.ratings.explanation import explain_reading

    for reading in explain_reading(source, columns=columns):
        console.print(Text.assemble((f"{reading.score:7.2f}  ", "bold"), _(reading.description)))
        for points, why in reading.evidence:
            console.print(Text(f"         {points:+.2f}  {_(why)}", style="dim"))


def refuse_unordered(ratings: Ratings, criterion: str) -> None:
    """Ask for the order of a criterion's words before anything is built on them, or paid.

    Raises
    ------
    UsageError
        If some of its words are of a known scale and others are not.
    """
    labels = ratings.unordered.get(criterion)
    if labels is not None:
        raise UsageError(
            message(
                "{criterion}: some of {labels} are words of a scale and others are not known, so nor "
                "is their order; say it, lowest first: --scale '{criterion}=LOWEST<...<HIGHEST', or "
                "that they have none: --scale '{criterion}={got}'",
                criterion=criterion,
                labels=", ".join(labels),
                got=",".join(labels),
            )
        )
