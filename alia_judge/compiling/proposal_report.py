"""`ProposalEntry` and `ProposalReport`: what a proposer gave, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from alia_judge.records import Configuration

__all__ = ["ProposalEntry", "ProposalReport"]


@dataclass(frozen=True, kw_only=True)
class ProposalEntry:
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
    calls
        Calls of the author's model, which the budget has paid for.
    """

    author: str
    parent: str
    configurations: tuple[Configuration, ...]
    pool: tuple[int, ...]
    shown: tuple[str, ...]
    refused: tuple[str, ...]
    calls: int

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "author": self.author,
            "parent": self.parent,
            "configurations": [{"name": one.name, "parameters": dict(one.parameters)} for one in self.configurations],
            "pool": list(self.pool),
            "shown": list(self.shown),
            "refused": list(self.refused),
            "calls": self.calls,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return cls(
            author=data["author"],
            parent=data["parent"],
            configurations=tuple(
                Configuration(parameters=one["parameters"], name=one["name"]) for one in data["configurations"]
            ),
            pool=tuple(data["pool"]),
            shown=tuple(data["shown"]),
            refused=tuple(data["refused"]),
            calls=data["calls"],
        )


@dataclass(frozen=True, kw_only=True)
class ProposalReport:
    """What became of proposing in a search.

    Parameters
    ----------
    author
        Who was to write; None where nobody was named.
    entered
        How many proposals entered the search.
    refused
        Why others did not.
    calls
        Calls of the author's model, part of those paid.
    shown
        How many items the author saw. They are left out of every figure where enough others are left.
    named
        Whether the single judge is a proposal.
    why
        All that in a sentence.
    """

    author: str | None
    entered: int
    refused: tuple[str, ...]
    calls: int
    shown: int
    named: bool
    why: str

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {"refused": list(self.refused)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return cls(**{**data, "refused": tuple(data["refused"])})

    @classmethod
    def of(cls, entry: ProposalEntry | None, author: str | None, named: Configuration) -> Self:
        """The report of a search that ended.

        Parameters
        ----------
        entry
            What was proposed; None where it did not come to that.
        author
            Who was to write; None where nobody was named.
        named
            The single judge's configuration.
        """
        if entry is None:
            why = (
                "off: no model was named for it"
                if author is None
                else "off: the budget ended before anything was asked"
            )
            return cls(author=author, entered=0, refused=(), calls=0, shown=0, named=False, why=why)
        won = named in entry.configurations
        entered = len(entry.configurations)
        if not entered:
            why = (
                f"off: {entry.author} wrote no rubric in {entry.calls} calls ({'; '.join(entry.refused) or 'nothing'})"
            )
        else:
            why = f"{entered} by {entry.author} entered" + (", and one of them is the single judge" if won else "")
        return cls(
            author=entry.author,
            entered=entered,
            refused=entry.refused,
            calls=entry.calls,
            shown=len(entry.shown),
            named=won,
            why=why,
        )
