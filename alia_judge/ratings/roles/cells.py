"""Cells that hold several values (``"1,0,1"``, ``[1, 0, 1]``) taken apart, a row each."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.ratings.columns import says
from alia_judge.ratings.roles.column import Column, number
from alia_judge.ratings.roles.names import hint, is_criterion
from alia_judge.ratings.scales import is_missing
from alia_judge.ratings.tables import RawTable

__all__ = ["PLACE", "Apart", "as_list", "take_apart"]

#: The column that says which cell a row came out of, where cells were taken apart.
PLACE = "$row"
_MARKS = "\n,;|/ "
#: Cells that tell whether a column may hold several values.
_LOOKED_AT = 300
#: Different values that a column of several short ones has at most, where nothing beside it says that they are several.
_FEW = 12
#: Share of the rows that must hold several values before the table is taken apart.
_MOST = 0.3
#: Fields whose names alone say that a cell holds one value.
_NO_LISTS = frozenset({"item_id", "group", "system", "language", "timestamp", "seconds", "criterion"})
_DATE = re.compile(r"\d{1,4}/\d{1,2}/\d{1,4}")
_WHOLE = re.compile(r"-?\d+")


@dataclass(frozen=True, kw_only=True)
class Apart:
    """A table with its cells taken apart.

    Parameters
    ----------
    table
        With a row for each value; `PLACE` numbers the rows they came from.
    columns
        The columns that held several values; empty where none did, and the table is as it was.
    doubt
        Why a cell may hold one person's several labels instead; None without doubt.
    """

    table: RawTable
    columns: tuple[str, ...] = ()
    doubt: str | None = None


@dataclass(frozen=True)
class _Several:
    cells: list[list[Any]]
    vocabulary: frozenset[str]
    mark: str

    @property
    def lengths(self) -> NDArray[np.int64]:
        return np.array([len(cell) for cell in self.cells], dtype=np.int64)


def take_apart(table: RawTable) -> Apart:
    """Take apart the cells of columns that hold several ratings, and of those side by side with them.

    Examples
    --------
    >>> table = RawTable(columns={"item": ["a", "b"], "votes": [[1, 0, 1], [0, 0, 1]]}, lines=[2, 3])
    >>> take_apart(table).table.columns["votes"]
    [1, 0, 1, 0, 0, 1]
    """
    lists: dict[str, list[list[Any]]] = {}
    nested: dict[str, list[list[Any]]] = {}
    joined: dict[str, _Several] = {}
    doubt = None
    for name, cells in table.columns.items():
        few = list(itertools.islice((cell for cell in cells if not is_missing(cell)), _LOOKED_AT))
        if says(name) in _NO_LISTS or not _may_hold_several(few):
            continue
        given = [cell for cell in cells if not is_missing(cell)]
        bracketed = _bracketed(given)
        # Of lists, an item may have some only: those of the criteria that it was rated on.
        if len(given) < max(2, (0.05 if bracketed else _MOST) * len(cells)):
            continue
        if bracketed:
            found = [as_list(cell) for cell in cells]
            if _are_shares(found):
                continue
            if sum(cell is not None for cell in found) > 0.9 * len(given) and max(len(c or []) for c in found) > 1:
                within = any(isinstance(value, list) for cell in found for value in cell or [])
                (nested if within else lists)[name] = [cell or [] for cell in found]
            continue
        several = _split(cells, given)
        if several is not None:
            joined[name] = several
    for name, several in joined.items():
        if _are_several(name, several, joined, lists):
            lists[name] = several.cells
        elif _may_be_two(several):
            doubt = message("a cell of `{name}` may hold two ratings (4,3) or one with a decimal comma", name=name)
    sure = [name for name in table.columns if says(name) == "value"]
    if len(sure) == 1 and sure[0] not in lists:
        # The column of ratings has one a cell.
        return Apart(table=table, doubt=doubt)
    apart = _exploded(table, lists, nested)
    return replace(apart, doubt=apart.doubt or doubt)


def _are_shares(lists: Sequence[list[Any] | None]) -> bool:
    """Whether each list adds up to one: how the votes were shared out, and no ratings."""
    some = [[number(value) for value in one] for one in lists[:_LOOKED_AT] if one]
    parted = any(value % 1 for one in some for value in one)
    return bool(some) and parted and all(abs(sum(one) - 1) < 0.02 for one in some)


def _may_hold_several(few: Sequence[Any]) -> bool:
    if any(isinstance(cell, list) or str(cell)[:1] == "[" for cell in few):
        return True
    texts = [str(cell).strip() for cell in few]
    return any(_splits(texts, mark) for mark in _MARKS)


def _splits(texts: Sequence[str], mark: str) -> bool:
    """Whether most of the texts are several short tokens by this mark."""
    if sum(mark in text for text in texts) <= 0.6 * len(texts):
        return False
    parts = [text.split(mark) for text in texts]
    if not all(_short(token) for part in parts for token in part):
        return False
    return mark not in "/ " or len({token.strip() for part in parts for token in part}) <= _FEW


def _bracketed(cells: Sequence[Any]) -> bool:
    return float(np.mean([isinstance(cell, list) or str(cell)[:1] == "[" for cell in cells])) > 0.9


def as_list(cell: Any) -> list[Any] | None:
    """The plain list that a cell holds, as JSON or as Python writes it; None where it holds none.

    Examples
    --------
    >>> as_list("[1, 0]"), as_list("['a', 'b']"), as_list("1")
    ([1, 0], ['a', 'b'], None)
    """
    if isinstance(cell, list):
        return cell if not any(isinstance(value, dict) for value in cell) else None
    text = str(cell).strip()
    if text[:1] != "[" or text[-1:] != "]":
        return None
    try:
        found = json.loads(text.replace("'", '"'))
    except (ValueError, RecursionError):
        plain = "{" not in text and "[" not in text[1:]
        return [part.strip(" '\"") for part in text[1:-1].split(",")] if plain else None
    return found if isinstance(found, list) and not any(isinstance(x, dict) for x in found) else None


def _short(token: str) -> bool:
    return len(token.strip()) <= 24 and len(token.split()) <= 1


def _split(cells: Sequence[Any], given: Sequence[Any]) -> _Several | None:
    for mark in _MARKS:
        if not _splits([str(cell).strip() for cell in given[:_LOOKED_AT]], mark):
            continue
        parts = [str(cell).strip().split(mark) for cell in given]
        if np.mean([len(part) > 1 for part in parts]) <= 0.7 or not all(_short(t) for part in parts for t in part):
            continue
        vocabulary = frozenset(token.strip() for part in parts for token in part)
        if (mark in "/ " and len(vocabulary) > _FEW) or any(_DATE.fullmatch(str(cell)) for cell in given[:5]):
            continue
        if mark == "/" and len({part[-1] for part in parts}) == 1:  # 4/5
            continue
        apart = [
            [] if is_missing(cell) else [token.strip() for token in str(cell).strip().split(mark)] for cell in cells
        ]
        return _Several(apart, vocabulary, mark)
    return None


def _are_numbers(vocabulary: frozenset[str]) -> bool:
    return all(not np.isnan(number(token)) for token in vocabulary if token)


def _are_several(name: str, several: _Several, joined: dict[str, _Several], lists: dict[str, list[list[Any]]]) -> bool:
    """Whether a column's short tokens are several values: a small vocabulary, or a column of as many beside it."""
    lengths, words, mark = several.lengths, several.vocabulary, several.mark
    mates = [other for other in joined if other != name and np.mean(joined[other].lengths == lengths) > 0.98]
    beside = [other for other, cells in lists.items() if np.mean([len(c) for c in cells] == lengths) > 0.98]
    pairs = mark == "," and all(len(cell) in (0, 2) for cell in several.cells)
    numbers = pairs and all(re.fullmatch(r"-?\d*", token) for token in words) and not beside
    if numbers and all(all(_WHOLE.fullmatch(token) for token in joined[mate].vocabulary) for mate in mates):
        return False  # 1,5 alone is a decimal comma
    if mark == " " and not any(_are_numbers(joined[other].vocabulary) for other in (name, *mates)):
        return False
    if mates and (len(words) <= _FEW or any(len(joined[mate].vocabulary) <= _FEW for mate in mates)):
        return True
    if beside:
        return True
    few = len(words) <= _FEW and (max(lengths) > 2 or mark != "," or not any(number(t) == number(t) for t in words))
    return few or (mark in ";|" and _are_numbers(words))


def _may_be_two(several: _Several) -> bool:
    """Whether what looks like a decimal comma may part two ratings: one figure on each side, both of the same few."""
    if several.mark != "," or not all(len(cell) in (0, 2) for cell in several.cells):
        return False
    first = {cell[0] for cell in several.cells if cell}
    second = {cell[1] for cell in several.cells if cell}
    return (
        all(len(token) == 1 for token in first | second) and len(second) >= 3 and "0" not in second and second <= first
    )


def _exploded(table: RawTable, lists: dict[str, list[list[Any]]], nested: dict[str, list[list[Any]]]) -> Apart:
    """The table with the lists that are like ratings, and those of their lengths, a row each.

    Where each person gave a list (several labels), no rating is one of them: such columns are left out, in words.
    """
    likeness = {name: _likeness(name, cells) for name, cells in lists.items()}
    likeness = {name: points for name, points in likeness.items() if points > 0.3}
    if not likeness:
        return Apart(table=table)
    lengths = {name: np.array([len(cell) for cell in cells]) for name, cells in lists.items()}
    main = max(likeness, key=lambda name: ((lengths[name] > 0).mean() >= _MOST, likeness[name]))
    apart = _side_by_side(lengths, likeness, main)
    several = {
        name: sum(map(len, cells))
        for name, cells in nested.items()
        if np.mean(lengths[main] == [len(cell) for cell in cells]) > 0.98
    }
    most = np.max([lengths[name] for name in apart], axis=0)
    if (most > 0).sum() < max(2, _MOST * len(table)):
        return Apart(table=table)
    rows = np.repeat(np.arange(len(table)), most).tolist()
    columns: dict[str, list[Any]] = {}
    for name, cells in table.columns.items():
        if name in several:
            continue
        if name in apart:
            columns[name] = [
                value
                for cell, most_here in zip(lists[name], most.tolist(), strict=True)
                for value in [*cell, *[None] * (most_here - len(cell))]
            ]
        else:
            columns[name] = [cells[row] for row in rows]
    columns[PLACE] = rows
    place = table.from_rows(
        rows,
        columns,
        notes=[
            *table.notes,
            *(
                message("column {name!r} holds several values in a cell: read as a row each", name=name)
                for name in apart
            ),
            *(
                message(
                    "column {name!r} holds a list for each rating: left out, {n} lists; to have them rated, write a "
                    "column for each label with yes or no",
                    name=name,
                    n=n,
                )
                for name, n in several.items()
            ),
        ],
        left_out={**table.left_out, **{f"lists of labels in {name}": n for name, n in several.items()}},
    )
    return Apart(table=place, columns=tuple(apart), doubt=_doubt(main, lists, apart))


def _side_by_side(lengths: Mapping[str, NDArray[np.int64]], likeness: Collection[str], main: str) -> list[str]:
    """The columns whose lists are as long as each other's in the rows that have both, and their like of one object."""
    found, most = {main}, lengths[main]
    named = any(hint(name, "annotator") for name in lengths)
    ratings = {name.rpartition(".")[0] for name in likeness} - {""}
    while True:
        more = set()
        for name in lengths.keys() - found:
            both = (lengths[name] > 0) & (most > 0)
            apart = np.abs(lengths[name] - most)[both]
            sibling = name.rpartition(".")[0] in ratings
            if (
                np.mean(lengths[name] == lengths[main]) > 0.98
                or (name in likeness and np.mean(np.abs(lengths[name] - lengths[main]) <= 1) > 0.9)
                or ((sibling or name in likeness) and apart.size > 1 and not apart.any())
                # Where nobody is named, nothing stands beside anything: a criterion may have fewer ratings.
                or (sibling and name in likeness and not named)
            ):
                more.add(name)
        if not more:
            return [name for name in lengths if name in found]
        found |= more
        most = np.max([lengths[name] for name in found], axis=0)


def _likeness(name: str, cells: list[list[Any]]) -> float:
    column = Column("x", [value for cell in cells for value in cell])
    return column.value_like + 1.5 * hint(name, "value") + is_criterion(name)


def _doubt(main: str, lists: dict[str, list[list[Any]]], apart: Sequence[str]) -> str | None:
    first = next((value for cell in lists[main] for value in cell), 1)
    if not np.isnan(number(first)) or any(hint(name, "annotator") for name in apart if name != main):
        return None
    if all(len({str(value) for value in cell}) == len(cell) for cell in lists[main]):
        return message(
            "a cell of `{main}` may hold one person's several labels (no label comes twice in a cell)", main=main
        )
    return None
