"""Which of the items that are to be scored were learnt from: one rule for whatever learns and whatever tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import joined, message
from alia_judge._record import Record
from alia_judge.errors import LeakFound, UsageError
from alia_judge.learnt.record import NOWHERE, LearntFrom, LearntSource, Origin
from alia_judge.records import Item
from alia_judge.text.near_duplicates import THRESHOLD
from alia_judge.text.sketches import likeness_to

__all__ = ["SEEN", "HeldOut", "Seen", "compare", "settle"]

#: What to do about items that were learnt from: refuse, score only the others, or go on and mark every figure.
Seen = Literal["refuse", "exclude", "keep"]
SEEN: tuple[Seen, ...] = ("refuse", "exclude", "keep")

#: Items that a sentence names.
_NAMED = 5
_SAME, _GROUP, _COPY = "the same item", "the same group", "a near-copy"
#: As many of them, in words.
_SEVERAL = {
    _SAME: message("the same item"),
    _GROUP: message("of a group that was learnt from"),
    _COPY: message("near-copies"),
}
_BY_WORD = message("held out by its author's word: it has no record of what it learnt from")


@dataclass(frozen=True, kw_only=True, eq=False)
class HeldOut(Record):
    """Whether items were held out from a judge, as far as its record tells.

    Parameters
    ----------
    n
        How many items were compared.
    recorded
        How many items the record holds that the judge learnt from; None where there is no record.
    learnt
        Item -> why it counts as learnt from.
    too_short
        How many of the other items have a response too short to be told as a near-copy.
    excluded
        Whether the items of `learnt` were left out of the figures.
    by_word
        Whether the record is somebody else's, who answers for it.
    """

    in_json: ClassVar[Mapping[str, str]] = {"learnt": "items"}
    also: ClassVar[tuple[str, ...]] = ("counts", "checked", "sentence")

    n: int
    recorded: int | None
    learnt: Mapping[str, str] = field(default_factory=dict)
    too_short: int = 0
    excluded: bool = False
    by_word: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """Why -> how many items."""
        return dict(Counter(self.learnt.values()))

    @property
    def marked(self) -> bool:
        """Whether figures rest on items that were learnt from."""
        return bool(self.learnt) and not self.excluded

    @property
    def checked(self) -> bool:
        """Whether the figures may be called held out without taking anybody's word for it."""
        return self.recorded is not None and not self.marked and not self.by_word

    @property
    def found(self) -> str:
        """How many items were learnt from, which, and why."""
        each = (message("{n} {what}", n=n, what=_SEVERAL.get(reason, reason)) for reason, n in self.counts.items())
        why = joined(each, ", ")
        named = ", ".join(map(repr, list(self.learnt)[:_NAMED])) + (", ..." if len(self.learnt) > _NAMED else "")
        return message(
            "{learnt} of {n} items were learnt from ({why}): {named}",
            learnt=len(self.learnt),
            n=self.n,
            why=why,
            named=named,
        )

    @property
    def sentence(self) -> str:
        """What may be said."""
        if self.marked:
            return message("NOT held out: {found}", found=self.found)
        short: str = ""
        if self.too_short:
            short = message("; {n} are too short to be told as copies", n=self.too_short)
        if self.recorded is None:
            return _BY_WORD
        left: str = ""
        if self.excluded and self.learnt:
            left = message("; {learnt} of {n} that were learnt from left out", learnt=len(self.learnt), n=self.n)
        if self.by_word:
            return message(
                "held out by its author's word: none is among the {n} items of its record{left}{short}",
                n=self.recorded,
                left=left,
                short=short,
            )
        if not self.recorded:
            return message("held out: nothing was learnt from{left}", left=left)
        return message(
            "held out: compared with the {n} items that were learnt from{left}{short}",
            n=self.recorded,
            left=left,
            short=short,
        )

    def without_names(self) -> HeldOut:
        """The same without the items' ids, for what leaves the house."""
        numbered = {str(place): why for place, why in enumerate(self.learnt.values(), 1)}
        return replace(self, learnt=numbered)

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {**super().to_dict(), "learnt_from": len(self.learnt)}


def compare(
    record: LearntFrom | None, items: Sequence[Item], origin: Origin = NOWHERE, *, by_word: bool = False
) -> HeldOut:
    """Which of `items` were learnt from.

    An item was learnt from if the record has

    - the same id with the same texts; or the id alone, where neither side has texts;
    - its group, where both come from the same ratings, or where what the group was asked is the same text;
    - a near-copy of its response, by the rule that keeps near-copies in one split. Where they are of one benchmark that
      kept them together there is none to look for, and where a benchmark let copies part, they are no leak.

    Parameters
    ----------
    record
        What was learnt from; None where that is not known.
    items
        What is to be scored.
    origin
        Where these items come from.
    by_word
        Whether the record is somebody else's.

    Returns
    -------
    HeldOut

    Examples
    --------
    >>> record = LearntFrom.items_of([Item(item_id="1", response="Reinicie el router."), Item(item_id="2")])
    >>> compare(record, [Item(item_id="1", response="Reinicie el router.")]).learnt
    {'1': 'the same item'}
    >>> compare(record, [Item(item_id="1", response="Son 30 euros.")]).learnt
    {}
    """
    reasons: dict[str, str] = {}
    short = np.zeros(len(items), dtype=np.bool_)
    for source in record.sources if record is not None else ():
        mine = source.marks(items)
        for why, found in _rules(source, mine, origin):
            for place in np.flatnonzero(found).tolist():
                reasons.setdefault(items[place].item_id, why)
        # Where nothing that was learnt from has a response either, none of them could have been copied.
        short |= ~mine.near.any(axis=1) & (mine.texts != 0) & bool((source.texts != 0).any())
    return HeldOut(
        n=len(items),
        recorded=None if record is None else len(record),
        learnt={item.item_id: reasons[item.item_id] for item in items if item.item_id in reasons},
        too_short=sum(bool(one) and item.item_id not in reasons for one, item in zip(short, items, strict=True)),
        by_word=by_word,
    )


def settle(held: Mapping[str, HeldOut], seen: Seen) -> tuple[dict[str, HeldOut], frozenset[str]]:
    """What becomes of items that were learnt from.

    Parameters
    ----------
    held
        What was found of each judge, by its name.
    seen
        ``"refuse"``, ``"exclude"`` or ``"keep"``.

    Returns
    -------
    dict, frozenset
        The same with what was done, and the ids of the items to leave out: those that any of the judges learnt from, so
        that all are compared on the same ones.

    Raises
    ------
    LeakFound
        If there are any and they are refused.
    UsageError
        If `seen` is none of the three, or nothing would be left.
    """
    if seen not in SEEN:
        raise UsageError(message("seen must be one of {seen}, got {got!r}", seen=", ".join(SEEN), got=seen))
    leaking = {judge: one for judge, one in held.items() if one.learnt}
    if not leaking or seen == "keep":
        return dict(held), frozenset()
    if seen == "refuse":
        said = (one.found if len(held) == 1 else joined([judge, one.found], ": ") for judge, one in leaking.items())
        raise LeakFound(joined(said, "; "))
    out = frozenset(item for one in leaking.values() for item in one.learnt)
    if len(out) >= max(one.n for one in held.values()):
        raise UsageError(
            message("all {n} items were learnt from: nothing is left to score; take other items", n=len(out))
        )
    return {judge: replace(one, excluded=True) for judge, one in held.items()}, out


def _rules(source: LearntSource, mine: LearntSource, origin: Origin) -> list[tuple[str, NDArray[np.bool_]]]:
    """Why an item may have been learnt from, and which are; the first that holds is said."""
    in_group = (mine.prompts != 0) & np.isin(mine.prompts, source.prompts)
    if origin.ratings and origin.ratings == source.origin.ratings:
        in_group |= (mine.groups != 0) & np.isin(mine.groups, source.groups)
    same = _same(mine, source)
    if origin.ratings and origin.ratings == source.origin.ratings:
        # One id is one item there, where only ids were written down: of what a recorded configuration was shown.
        same |= np.isin(mine.ids, source.ids[source.texts == 0])
    rules = [(_SAME, same), (_GROUP, in_group)]
    one_benchmark = bool(origin.benchmark) and origin.benchmark == source.origin.benchmark
    if origin.copies != "parted" and not (one_benchmark and origin.copies == "together"):
        rules.append((_COPY, likeness_to(mine.near, source.near) >= THRESHOLD))
    return rules


def _same(mine: LearntSource, source: LearntSource) -> NDArray[np.bool_]:
    """Which have the id and the texts of one that was learnt from; the id and no texts, where that one had none.

    Where one side says what was asked and the other does not, the responses alone are compared.
    """
    known: dict[tuple[int, int], set[int]] = {}
    for key, asked in _rows(source):
        known.setdefault(key, set()).add(asked)
    found = [key in known and (not asked or bool(known[key] & {asked, 0})) for key, asked in _rows(mine)]
    return np.array(found, dtype=np.bool_)


def _rows(source: LearntSource) -> Iterator[tuple[tuple[int, int], int]]:
    for identity, said, asked in zip(source.ids.tolist(), source.texts.tolist(), source.asked.tolist(), strict=True):
        yield (identity, said), asked
