"""Several items in a row, each numbered as its ratings are (``text_1`` ``score_1`` ``text_2`` ...), as a row each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from alia_judge._messages import message
from alia_judge.ratings.roles.column import Column
from alia_judge.ratings.roles.names import hint
from alia_judge.ratings.scales import is_missing
from alia_judge.ratings.tables import RawTable

__all__ = ["with_a_row_an_item"]

_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"\w+")
#: Items in a row from which numbers tell them: two may be the two sides of a pair, or two people.
_FEWEST = 3
#: Points from which a series holds ratings.
_RATINGS = 0.3
#: Different words that people's ratings have at most, and texts surely more.
_FEW_WORDS = 8


def with_a_row_an_item(table: RawTable) -> tuple[RawTable, str | None]:
    """The table with a row for each of the numbered items that its rows have; without those that only fill up a row.

    Where these would be most of what there is, the table as it is, and why it is not clear that items are numbered.

    Examples
    --------
    >>> said = ["What was said of it first.", "Something else that is said."]
    >>> texts = {f"text_{n}": [f"{one} {n}" for one in said] for n in (1, 2, 3)}
    >>> scores = {f"score_{n}": [n, 4 - n] for n in (1, 2, 3)}
    >>> found, doubt = with_a_row_an_item(RawTable(columns={"who": ["ana", "jon"], **texts, **scores}, lines=[2, 3]))
    >>> found.columns["score"], found.lines, doubt
    ([1, 2, 3, 3, 2, 1], [2, 2, 2, 3, 3, 3], None)
    """
    series = _series(table)
    told = {pattern: _holds(pattern, table, numbered) for pattern, numbered in series.items()}
    texts = [pattern for pattern, what in told.items() if what == "text"]
    sets = {frozenset(series[pattern]) for pattern in texts}
    sets = {numbers for numbers in sets if any(told[p] == "rating" and series[p].keys() == numbers for p in series)}
    if len(sets) != 1:
        return table, None
    order = sorted(next(iter(sets)), key=int)
    melted = {pattern: numbered for pattern, numbered in series.items() if numbered.keys() == set(order)}
    shown = [melted[pattern] for pattern in texts if pattern in melted]
    fillers = [_fillers([[table.columns[one[x]][row] for x in order] for row in range(len(table))]) for one in shown]
    kept = [
        (row, x)
        for row in range(len(table))
        for x in order
        if not all(
            is_missing(cell := table.columns[one[x]][row]) or cell in none
            for one, none in zip(shown, fillers, strict=True)
        )
    ]
    used = {name for numbered in melted.values() for name in numbered.values()}
    names = ", ".join(repr(pattern.replace("#", "1")) for pattern in melted)
    given = sum(not is_missing(table.columns[name][row]) for name in used for row in range(len(table)))
    left = given - sum(
        not is_missing(table.columns[numbered[x]][row]) for numbered in melted.values() for row, x in kept
    )
    if 2 * left > given:
        return table, message(
            "columns numbered alike, {names} and so on, may be several items in a row, but most of their values "
            "would only fill up a row; write a row for each item",
            names=names,
        )
    columns = {name: [cells[row] for row, _ in kept] for name, cells in table.columns.items() if name not in used}
    for pattern, numbered in melted.items():
        name = pattern.replace("#", "").rstrip(" _-.")
        columns[name if name not in columns else pattern] = [table.columns[numbered[x]][row] for row, x in kept]
    note = message("columns numbered alike, {names} and so on, are read as a row for each number", names=names)
    found = table.from_rows(
        [row for row, _ in kept],
        columns,
        notes=[*table.notes, note],
        left_out={**table.left_out, **({"numbers that only fill up a row": left} if left else {})},
    )
    return found, None


def _series(table: RawTable) -> dict[str, dict[str, str]]:
    """Columns whose names differ in a number alone: ``{"score_#": {"1": "score_1", ...}}``."""
    found: dict[str, dict[str, str]] = {}
    for name in table.columns:
        numbers = _NUMBER.findall(name)
        if len(numbers) == 1 and not name.startswith("$"):
            found.setdefault(_NUMBER.sub("#", name), {})[numbers[0]] = name
    return {pattern: numbered for pattern, numbered in found.items() if len(numbered) >= _FEWEST}


def _holds(pattern: str, table: RawTable, numbered: Mapping[str, str]) -> str | None:
    """Whether a series holds what is rated or the ratings; None for anything else (a comment of each person)."""
    if hint(pattern, "comment") or hint(pattern, "annotator"):
        return None
    pooled = Column(pattern, [cell for name in numbered.values() for cell in table.columns[name]])
    if pooled.kind == "text":
        named = max(hint(pattern, "text"), hint(pattern, "item")) > 0 or pattern.startswith("Input")
        return "text" if named and pooled.k > len(numbered) and not _are_lists(pooled.values) else None
    return "rating" if pooled.value_like > _RATINGS else None


def _are_lists(texts: Sequence[Any]) -> bool:
    """Whether texts are several people's ratings (``1 0 0 1``, ``yes no no``): numbers, or a few words."""
    if sum(not any(map(str.isalpha, str(text))) for text in texts) > len(texts) / 2:
        return True
    return len({word for text in texts for word in _WORD.findall(str(text))}) <= _FEW_WORDS


def _fillers(rows: Sequence[Sequence[Any]]) -> set[Any]:
    """Texts that only fill up a row that has fewer items: twice in a row, and in other rows, too."""
    again = {cell for row in rows for cell, count in Counter(map(str, row)).items() if count > 1}
    return {cell for cell in again if sum(cell in row for row in rows) > 1}
