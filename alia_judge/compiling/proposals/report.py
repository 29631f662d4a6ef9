"""`ProposalEntry` and `ProposalReport`: what a proposer gave, and what became of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from alia_judge._messages import joined, message
from alia_judge._record import Record
from alia_judge.compiling.spent import Spent
from alia_judge.records import Configuration

if TYPE_CHECKING:
    from alia_judge.compiling.proposals.drafts import Drafts
    from alia_judge.judging.rubrics.rubric import Rubric

__all__ = ["ProposalEntry", "ProposalReport"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ProposalEntry(Record):
    """What one round of proposing gave.

    Parameters
    ----------
    author
        Who wrote.
    parent
        Key of the configuration whose disagreements were shown.
    configurations
        What enters the search; each names its author and parent.
    pool
        Candidates that were in the race before, by index.
    shown
        Items that the author saw, by id.
    refused
        Why other proposals do not enter.
    calls, cost
        Calls of the author's model, which the budget has paid for, and their dollars; NaN where nobody says.
    """

    author: str
    parent: str
    configurations: tuple[Configuration, ...]
    pool: tuple[int, ...]
    shown: tuple[str, ...]
    refused: tuple[str, ...]
    calls: int
    cost: float = math.nan

    @property
    def spent(self) -> Spent:
        """What the author's model took."""
        return Spent(calls=self.calls, cost=self.cost)


@dataclass(frozen=True, kw_only=True, eq=False)
class ProposalReport(Record):
    """What became of proposing in a search.

    Parameters
    ----------
    author
        Who was to write; None where nobody was named.
    entered
        How many proposals entered the search.
    refused
        Why others did not.
    calls, cost
        Calls of the author's model, part of those paid, and their dollars; None where nobody says.
    shown
        How many items the author saw. They are left out of every figure where enough others are left.
    named
        Whether the single judge is a proposal.
    why
        All that in a sentence.
    rounds
        How often the author was asked while the search was under way.
    drafted
        How many rubrics were drafted before it.
    """

    author: str | None
    entered: int
    refused: tuple[str, ...]
    calls: int
    shown: int
    named: bool
    why: str
    cost: float | None = None
    rounds: int = 0
    drafted: int = 0

    @classmethod
    def of(
        cls,
        entries: Sequence[ProposalEntry],
        author: str | None,
        named: Configuration,
        drafts: Drafts | None = None,
        rubric: Rubric | None = None,
    ) -> Self:
        """The report of a search that ended.

        Parameters
        ----------
        entries
            What was proposed, a round each; empty where it did not come to that.
        author
            Who was to write; None where nobody was named.
        named, rubric
            The single judge's configuration, and its rubric.
        drafts
            What was drafted before the search; None where nothing was.
        """
        written = [one for entry in entries for one in entry.configurations]
        before = () if drafts is None else drafts.refused
        refused = (*before, *(why for entry in entries for why in entry.refused))
        spent = Spent.total([*([] if drafts is None else [drafts.spent]), *(entry.spent for entry in entries)])
        won, drafted = named in written, drafts is not None and rubric in drafts.rubrics
        if author is None:
            why = message("off: no model was named for it")
        elif not entries:
            why = message("off: the budget ended before anything was asked")
        elif not written:
            asked = sum(entry.calls for entry in entries)
            mine = [why for entry in entries for why in entry.refused]
            why = message(
                "off: {author} wrote no rubric in {asked} calls ({mine})",
                author=author,
                asked=asked,
                mine=joined(mine, "; ") if mine else message("nothing"),
            )
        else:
            entered = message("{n} by {author} entered", n=len(written), author=author)
            why = message("{first}, and one of them is the single judge", first=entered) if won else entered
        if drafts is not None:
            first = message("{n} drafted by {author} before the search", n=len(drafts.rubrics), author=author)
            if drafted:
                first = message("{first}, and one of them is the single judge", first=first)
            why = message("{first}; on the way {why}", first=first, why=why)
        return cls(
            author=author,
            entered=len(written),
            refused=refused,
            calls=spent.calls,
            cost=None if math.isnan(spent.cost) else spent.cost,
            shown=len({*(drafts.shown if drafts else ()), *(item for entry in entries for item in entry.shown)}),
            named=won or drafted,
            why=why,
            rounds=len(entries),
            drafted=0 if drafts is None else len(drafts.rubrics),
        )
