"""`Learner`: what every judge can say of what it learnt from."""

from __future__ import annotations

from collections.abc import Sequence

from alia_judge.learnt.record import LearntFrom

__all__ = ["Learner", "with_members"]


class Learner:
    """A judge that says what it learnt from."""

    _learnt: LearntFrom | None = LearntFrom()

    @property
    def learnt(self) -> LearntFrom | None:
        """What it learnt from, with its demonstrations and its members; None where that is not known.

        It is not known of a judge that was published without a record, nor where a readout or weights were fitted by
        hand: say so by setting it, ``judge.learnt = LearntFrom.items_of(items)``.
        """
        return None if self._learnt is None else self._learnt_with(self._learnt)

    @learnt.setter
    def learnt(self, record: LearntFrom | None) -> None:
        self._learnt = record

    def _learnt_with(self, record: LearntFrom) -> LearntFrom | None:
        """The record with what the judge's parts learnt from."""
        return record


def with_members(record: LearntFrom, members: Sequence[Learner]) -> LearntFrom | None:
    """The record of a judge made of others with what they learnt from; None where that is not known of one."""
    whole: LearntFrom | None = record
    for member in members:
        whole = LearntFrom.all_of([whole, member._learnt])
        if whole is None:
            return None
        whole = member._learnt_with(whole)
    return whole
