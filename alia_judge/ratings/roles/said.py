"""`Said`: what the user says of a table's columns, which wins over whatever is guessed."""

from __future__ import annotations

import csv
import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.ratings.columns import known_names, listed
from alia_judge.ratings.roles.evidence import Key
from alia_judge.ratings.saying import say_columns, several

if TYPE_CHECKING:
    from alia_judge.ratings.readers.base import RawRatings
    from alia_judge.ratings.roles.candidate import Candidate

__all__ = ["BESIDE", "FIELDS", "YOU_SAY", "Said", "check_used", "named_columns", "resolve"]

#: Why a column has its role where the user named it.
YOU_SAY = message("you say so")
#: Fields of which each names columns of ratings side by side, and what such a column's name then is.
BESIDE = {"annotators": "people", "criteria": "criteria", "items": "survey", "counts": "counts"}
_SIDES = ("model_a", "model_b")
#: Every field that may be said.
FIELDS = (*known_names(), *BESIDE, *_SIDES, "ignore")
#: Fields that several columns may tell together.
_SEVERAL = {*BESIDE, "item_id", "ignore"}


@dataclass(frozen=True, kw_only=True)
class Said:
    """The columns that the user named, by their places in the table.

    Parameters
    ----------
    item, annotator, criterion, value
        The columns said to be these; None where nothing was said.
    beside
        Columns said to hold ratings side by side, and the layout that this makes.
    other
        Columns said to be something else, and what: a field of the item, of the rating, or ``ignore``.
    named
        Of all these, the columns that their own names say, and not the user.
    """

    item: Key | None = None
    annotator: int | None = None
    criterion: int | None = None
    value: int | None = None
    beside: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    other: Mapping[int, str] = field(default_factory=dict)
    named: frozenset[int] = frozenset()

    def why(self, place: int) -> str:
        """Who says what a column is."""
        return message("its name says so") if place in self.named else YOU_SAY

    @property
    def taken(self) -> frozenset[int]:
        """Every column that was named."""
        single = (self.annotator, self.criterion, self.value)
        several = [place for places in self.beside.values() for place in places]
        return frozenset({*(self.item or ()), *several, *self.other, *(x for x in single if x is not None)})


def named_columns(names: str | Sequence[str], present: Sequence[str]) -> list[str]:
    """The columns that a text or a sequence names: commas part them, unless a column's name has one; ``*`` is any text.

    Parameters
    ----------
    names
        A column's name, several with commas between (quoted as in CSV where one has a comma itself), patterns.
    present
        The table's columns.

    Raises
    ------
    UsageError
        If one is not there.

    Examples
    --------
    >>> named_columns("ana,jon", ["id", "ana", "jon"]), named_columns("clear, or not,tone", ["clear, or not", "tone"])
    (['ana', 'jon'], ['clear, or not', 'tone'])
    >>> named_columns("rater_*", ["id", "rater_1", "rater_2"])
    ['rater_1', 'rater_2']
    """
    if isinstance(names, str):
        if names in present:
            return [names]
        parts = next(csv.reader([names], skipinitialspace=True), [])
        found = _joined(parts, present)
        names = parts if found is None else found
    result: list[str] = []
    for name in names:
        matches = [name] if name in present else [x for x in present if "*" in name and fnmatch.fnmatchcase(x, name)]
        if not matches:
            raise UsageError(
                message("there is no column {name!r}; there are: {present}", name=name, present=listed(present))
            )
        result += [match for match in matches if match not in result]
    return result


def _joined(parts: Sequence[str], present: Sequence[str]) -> list[str] | None:
    """The parts put together again where a column's name has the comma in it; None if some part is no column."""
    result: list[str] = []
    start = 0
    while start < len(parts):
        for end in range(len(parts), start, -1):
            name = next(
                (x for x in (",".join(parts[start:end]), ", ".join(parts[start:end])) if x in present or "*" in x),
                None,
            )
            if name is not None and (name in present or end == start + 1):
                result.append(name)
                start = end
                break
        else:
            return None
    return result


def resolve(columns: Mapping[str, str | Sequence[str]], present: Sequence[str]) -> Said:
    """What ``columns=`` says, held against the columns there are.

    Raises
    ------
    UsageError
        If a field is unknown, a column is not there, or one column is said to be two things.

    Examples
    --------
    >>> said = resolve({"item_id": "doc", "criteria": "tone,help"}, ["doc", "tone", "help"])
    >>> said.item, said.beside
    ((0,), {'criteria': (1, 2)})
    """
    places = {name: place for place, name in enumerate(present)}
    found: dict[str, tuple[int, ...]] = {}
    owner: dict[int, str] = {}
    for name, given in columns.items():
        if name not in FIELDS:
            raise UsageError(
                message(
                    "there is no field {name!r} to name a column for; there are: {fields}",
                    name=name,
                    fields=", ".join(FIELDS),
                )
            )
        try:
            if name in _SEVERAL:
                said = named_columns(given, present)
            else:
                if not isinstance(given, str) or given not in places:
                    raise UsageError(
                        message(
                            "there is no column {given!r}; there are: {present}", given=given, present=listed(present)
                        )
                    )
                said = [given]
        except UsageError as error:
            raise UsageError(
                message(
                    "{said} names a column that is not there; there are: {columns}",
                    said=say_columns({name: given if isinstance(given, str) else several(map(str, given))}),
                    columns=listed(present),
                )
            ) from error
        found[name] = tuple(places[column] for column in said)
        for place in found[name]:
            if place in owner:
                raise UsageError(
                    message(
                        "column {present!r} is said to be {owner} and {name}; name it once",
                        present=present[place],
                        owner=owner[place],
                        name=name,
                    )
                )
            owner[place] = name
    single = {name: found[name][0] for name in ("annotator_id", "criterion", "value") if name in found}
    other = {
        place: name
        for name, several in found.items()
        if name not in (*BESIDE, "item_id", "annotator_id", "criterion", "value")
        for place in several
    }
    return Said(
        item=found.get("item_id"),
        annotator=single.get("annotator_id"),
        criterion=single.get("criterion"),
        value=single.get("value"),
        beside={name: found[name] for name in BESIDE if name in found},
        other=other,
    )


def check_used(said: Said, candidate: Candidate, raw: RawRatings, names: Sequence[str]) -> None:
    """Hold what the user said against how the table was read.

    Parameters
    ----------
    said
        The columns that were named.
    candidate, raw
        The reading, and what it gave.
    names
        The table's columns.

    Raises
    ------
    UsageError
        If a column that was named is not used as what it was named.
    """
    people = {candidate.annotator, *candidate.people.values()}
    layouts = {"annotators": ("people", "both", "pairs"), "items": ("survey",), "counts": ("counts",)}
    used: dict[str, set[int | None]] = {
        "item_id": {*candidate.item, *(place for pair in candidate.sides for place in pair)},
        "annotator_id": people,
        "criterion": {candidate.criterion},
        "value": set(candidate.values),
        "criteria": set(candidate.values),
        **{name: set(candidate.values) if candidate.layout in these else set() for name, these in layouts.items()},
    }
    named = {"annotator_id": said.annotator, "criterion": said.criterion, "value": said.value}
    several = {"item_id": said.item or (), **said.beside}
    several |= {name: (place,) for name, place in named.items() if place is not None}
    # A column may stand for the item under another that parts the rows alike.
    own = raw.columns.get("item_id")
    lost = [
        (name, place)
        for name, columns in several.items()
        for place in columns
        if place not in used[name] and not (name == "item_id" and names[place] == own)
    ]
    filled = {*raw.items, *raw.ratings}
    everywhere: set[int | None] = set().union(*used.values())
    for place, name in said.other.items():
        if name == "ignore":
            unheard = place in everywhere
        elif name in _SIDES:
            unheard = candidate.layout != "pairs" or not set(_SIDES) <= set(said.other.values())
        else:
            unheard = name not in filled
        lost += [(name, place)] if unheard else []
    if lost:
        name, place = lost[0]
        raise UsageError(
            message(
                "{said} has no place in how this table is read (layout "
                "{layout}); leave it out, or say what the other columns are, too",
                said=say_columns({name: names[place]}),
                layout=candidate.layout,
            )
        )
