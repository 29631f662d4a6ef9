"""Lists of the people who chose a label (``toxic: [11, 23]``, ``not_toxic: [12]``), as a row for each person."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, combinations, takewhile
from typing import Any

from alia_judge._messages import message
from alia_judge.ratings.columns import listed
from alia_judge.ratings.roles.cells import PLACE, Apart, as_list, take_apart
from alia_judge.ratings.roles.names import hint, is_person
from alia_judge.ratings.scales import is_missing
from alia_judge.ratings.tables import RawTable

__all__ = ["with_choosers"]

_Lists = Mapping[str, list[list[str]]]
#: Values that would come twice in a cell by chance: from so many, that none does shows ids; people may be called so.
_BY_CHANCE, _CALLED = 5.0, 1.0
#: Different ids at least, columns of them at most; share of the ids of a column that others have, too.
_WIDE, _MOST_COLUMNS, _SHARED = 6, 8, 0.3
#: Cells that tell whether a column may list people.
_LOOKED_AT = 200
_PARTS = re.compile(r"\s*[,;|]\s*")
_ID = re.compile(r"\d+")


def with_choosers(table: RawTable) -> Apart:
    """The table with a row for each person whom the lists name and what they chose, or else with its cells taken apart.

    A list in which no value comes twice, of values that come in the lists beside it, names people, and its column what
    they chose. There is doubt where the columns are not called after people, and where one is in several of them.

    Examples
    --------
    >>> who = ["11", "12", "13", "14", "15", "16"]
    >>> chose = {"annotators_yes": [who[:2], who[4:], who[1:4]], "annotators_no": [who[2:], who[:4], who[4:]]}
    >>> found = with_choosers(RawTable(columns={"id": ["a", "b", "c"], **chose}, lines=[1, 2, 3])).table.columns
    >>> found["id"][:3], found["annotator_id"][:3], found["choice"][:3]
    (['a', 'a', 'a'], ['11', '12', '13'], ['yes', 'yes', 'no'])
    """
    apart = take_apart(table)
    may = [name for name, cells in table.columns.items() if _may_name_people(cells[:_LOOKED_AT])]
    if not may:
        return apart
    origin = _origin(table)
    rows = sorted({place: row for row, place in reversed(list(enumerate(origin)))}.values())
    ids = {name: one for name in may if (one := _ids(table.columns[name], origin, rows)) is not None}
    values = {name: one for name, one in ids.items() if name in apart.columns}
    called = {name: one for name, one in ids.items() if _are_called_people(name, one)}
    sure = len(called) > 1
    some = called if sure else ids
    some = {name: one for name, one in some.items() if _shares(name, some)}
    if (
        1 < len(some) <= _MOST_COLUMNS
        and not _beside(table, some, rows)
        and (sure or len(values) == len(apart.columns))
    ):
        chosen = _partition(some)
        if _by_chance(some, together=chosen is not None) >= (_CALLED if sure else _BY_CHANCE):
            return _a_row_each(table, some, chosen, rows, origin, sure=sure)
    if len(values) == len(apart.columns) and _by_chance(values, together=False) >= _BY_CHANCE:
        return replace(apart, doubt=_in_doubt(values))
    return apart


def _origin(table: RawTable) -> list[Any]:
    """Which record or line each row comes from: one may have been opened as several."""
    places: Sequence[Any] | None = table.paths or table.lines
    if places is None:
        # Rows one after another that differ only in what was opened, ``tags.token``, are one record's.
        whole = [cells for name, cells in table.columns.items() if "." not in name]
        alike = [0, *(all(cells[row] == cells[row - 1] for cells in whole) for row in range(1, len(table)))]
        places = list(accumulate(int(not one) for one in alike))
    return list(places if table.files is None else zip(table.files, places, strict=True))


def _may_name_people(cells: Sequence[Any]) -> bool:
    """Whether the cells are lists of ids, or of names, some of them of several."""
    lists = [_list(cell) for cell in cells if not is_missing(cell)]
    values = {str(value).strip() for one in lists for value in one or []}
    several = max((len(one or []) for one in lists), default=0) > 1
    if not several or any(one is None for one in lists):
        return False
    return all(map(_ID.fullmatch, values)) or sum(map(is_person, values)) > 0.8 * len(values)


def _ids(cells: Sequence[Any], origin: Sequence[Any], rows: Sequence[int]) -> list[list[str]] | None:
    """The lists of a column, one for each record; None if a value comes twice in one, as an id would not."""
    if not _may_name_people(cells) or _differs(cells, origin):
        return None
    lists = [
        [] if is_missing(cells[row]) else [str(value).strip() for value in _list(cells[row]) or []] for row in rows
    ]
    return lists if all(len(set(one)) == len(one) for one in lists) else None


def _list(cell: Any) -> list[Any] | None:
    if isinstance(cell, str) and cell[:1] != "[":
        return _PARTS.split(cell.strip())
    return as_list(cell) if isinstance(cell, (list, str)) else None


def _are_called_people(name: str, lists: list[list[str]]) -> bool:
    return hint(name, "annotator") > 0 or all(is_person(value) for one in lists for value in one)


def _by_chance(ids: _Lists, *, together: bool) -> float:
    """How often a value would come twice in a cell (or in the cells of a row) if they were drawn at random."""
    groups = [list(ids.values())] if together else [[one] for one in ids.values()]
    expected = 0.0
    for group in groups:
        counts = Counter(value for lists in group for one in lists for value in one)
        if len(counts) >= _WIDE:
            lengths = [sum(map(len, row)) for row in zip(*group, strict=True)]
            alike = sum(count**2 for count in counts.values()) / counts.total() ** 2
            expected += alike * sum(length * (length - 1) / 2 for length in lengths)
    return expected


def _shares(name: str, ids: _Lists) -> bool:
    """Whether a column's ids are those of the columns beside it."""
    own = {value for one in ids[name] for value in one}
    others = {value for other, lists in ids.items() if other != name for one in lists for value in one}
    return len(own & others) >= _SHARED * len(own)


def _beside(table: RawTable, ids: _Lists, rows: Sequence[int]) -> bool:
    """Whether another column has a value for each of a column's ids: what that person said."""
    lengths = [[len(one) for one in lists] for lists in ids.values()]
    for name, cells in table.columns.items():
        if name not in ids:
            lists = [as_list(cells[row]) if isinstance(cells[row], (list, str)) else None for row in rows]
            if [len(one or []) for one in lists] in lengths:
                return True
    return False


def _partition(ids: _Lists) -> tuple[str, ...] | None:
    """The fewest columns of which everybody named in a row is in one, and in no other; None where there are none."""
    people = [{value for one in row for value in one} for row in zip(*ids.values(), strict=True)]
    for size in range(2, len(ids) + 1):
        for some in combinations(ids, size):
            counts = [sum(len(one) for one in row) for row in zip(*(ids[name] for name in some), strict=True)]
            named = [{v for one in row for v in one} for row in zip(*(ids[name] for name in some), strict=True)]
            if named == people and counts == [len(one) for one in people]:
                return some
    return None


def _a_row_each(
    table: RawTable,
    ids: _Lists,
    chosen: tuple[str, ...] | None,
    rows: Sequence[int],
    origin: Sequence[Any],
    *,
    sure: bool,
) -> Apart:
    """A row for each record and person, with what they chose; a yes or no for each column where one is in several."""
    used = chosen or tuple(ids)
    labels = _labels(used)
    kept: list[int] = []
    places: list[int] = []
    who: list[str] = []
    chose: dict[str, list[Any]] = {"choice": []} if chosen else {"criterion": [], "choice": []}
    for place, row in enumerate(rows):
        for person in dict.fromkeys(value for name in used for value in ids[name][place]):
            said = [name for name in used if person in ids[name][place]]
            for name in said if chosen else used:
                kept.append(row)
                places.append(place)
                who.append(person)
                if chosen:
                    chose["choice"].append(labels[name])
                else:
                    chose["criterion"].append(labels[name])
                    chose["choice"].append(int(name in said))
    opened = {name for name, cells in table.columns.items() if _differs(cells, origin)}
    left = {
        name: sum(map(len, ids[name])) if name in ids else sum(not is_missing(cell) for cell in table.columns[name])
        for name in table.columns
        if name in opened or (name in ids and name not in used)
    }
    rest = {n: [cells[row] for row in kept] for n, cells in table.columns.items() if n not in left and n not in used}
    shown = listed(map(repr, used), 4)
    note = message("columns {shown} list the people who chose each: read as a row for each person", shown=shown)
    return Apart(
        table=table.from_rows(
            kept,
            {**rest, "annotator_id": who, **chose, PLACE: places},
            notes=[*table.notes, note],
            left_out={**table.left_out, **{name: count for name, count in left.items() if count}},
        ),
        columns=("choice",),
        doubt=None if sure and chosen else _in_doubt(ids),
    )


def _differs(cells: Sequence[Any], origin: Sequence[Any]) -> bool:
    of = dict(zip(origin, cells, strict=True))
    return any(of[place] != cell for place, cell in zip(origin, cells, strict=True))


def _labels(names: Sequence[str]) -> dict[str, str]:
    """What tells the names apart: the words that they begin with alike are the same question."""
    words = {name: [part for part in re.split(r"[\s_.:\-]+", name) if part] for name in names}
    alike = len(list(takewhile(lambda one: len(set(one)) == 1, zip(*words.values(), strict=False))))
    return {name: "_".join(parts[alike:]) or name for name, parts in words.items()}


def _in_doubt(ids: _Lists) -> str:
    return message(
        "{shown} may list people and not ratings: no value comes twice in a cell",
        shown=listed([f"`{name}`" for name in ids], 4),
    )
