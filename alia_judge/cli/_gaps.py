"""Items that a bank of recorded verdicts lacks: said before a search, which would pass over them in silence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alia_judge._messages import _, message
from alia_judge.cli._console import console
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from alia_judge.models.bank import RecordedBank
    from alia_judge.records import Item

__all__ = ["tell_of_gaps"]


def tell_of_gaps(bank: RecordedBank, items: Sequence[Item], criterion: str) -> None:
    """Say on stderr on how many of the items no configuration about the criterion has a verdict.

    Raises
    ------
    UsageError
        If that is all of them, as when the bank names items in another way.
    """
    configurations = bank.select(criterion=criterion)
    if not configurations:
        return  # which the search says itself, in its own words
    lacking = bank.lacking(items, configurations)
    if not lacking:
        return
    if len(lacking) == len(items):
        theirs = _(", and the bank like {item_ids!r}", item_ids=bank.item_ids[0]) if bank.item_ids else ""
        raise UsageError(
            message(
                "the bank has no verdict about {criterion!r} on any of the {n} items; the ratings "
                "have items like {lacking!r}{theirs}; both must name an item alike",
                criterion=criterion,
                n=len(items),
                lacking=lacking[0],
                theirs=theirs,
            )
        )
    console().print(
        _(
            "the bank has no verdict on {n} of {n_items} items ({lacking!r} is the first): "
            "nothing is learnt from them, and they get no score",
            n=len(lacking),
            n_items=len(items),
            lacking=lacking[0],
        ),
        markup=False,
    )
