"""`ColumnEvidence`: what a table's columns determine, repeat and explain, computed once, where it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from alia_judge.ratings.roles.column import Column, words_of
from alia_judge.ratings.roles.families import families
from alia_judge.ratings.roles.names import called_result, grids, person_half, person_name
from alia_judge.ratings.roles.spans import span_columns
from alia_judge.ratings.tables import RawTable

__all__ = ["ROW", "ColumnEvidence", "Key", "Verdict", "common_scale", "intraclass"]

#: Columns that together tell something apart; `ROW` is each row by itself, ``()`` all rows together.
Key = tuple[int, ...]
ROW: Key = (-1,)
#: Share of the rows by which one column fixes another, that may say otherwise (a slip in a few cells).
_SLIPS = 0.004
#: Share of the rows that must repeat a value before it shows that it fixes another.
_REPEATS = 0.08

#: Rows below which columns part the rows alike by chance.
_FEW = 6

#: Columns of one path that show what another of it is, whatever it is called.
_BESIDE = 3
#: Different values that two columns must have before one can be seen to be the other on another scale.
_MANY_POINTS = 8
#: Share of the rows in which a result is what the others come to.
_MOSTLY = 0.95
#: Share of a design's cells that have a row, at least.
_CROSSED = 0.8
#: Columns of votes, and rows in which they differ, that show that another column says what most of them say.
_VOTES = 3

Verdict = Literal["yes", "no", "moot"]


class ColumnEvidence:
    """A table's columns and what they say of one another.

    Parameters
    ----------
    table
        The rows.
    apart
        Columns that held several values in a cell and were taken apart, a row each.
    doubt
        Why they should perhaps not have been; None without doubt.
    """

    def __init__(self, table: RawTable, apart: Sequence[str] = (), doubt: str | None = None) -> None:
        self.table = table
        self.columns = [Column(name, cells) for name, cells in table.columns.items()]
        self.n = len(table)
        self.apart = tuple(apart)
        self.doubt = doubt
        self.place = {column.name: index for index, column in enumerate(self.columns)}
        self._codes: dict[Key, tuple[NDArray[np.int64], int]] = {}
        self._fixes: dict[tuple[Key, int], Verdict] = {}
        self._within: dict[tuple[Key, int], float] = {}
        #: Columns that say where in a text something stands.
        self.spans = span_columns(self.columns)
        for place in self.spans:
            self.columns[place].take_for_places()
        self._settle_codes()
        #: Columns that belong together by their names.
        self.families = families(self.columns)
        self._settle_constants()
        #: Numbers and words that make a design: which text, of which system, who.
        self.crossed: frozenset[int] = frozenset()
        self._settle_crossed()
        #: For each column, the first one that parts the rows in the same way (an id and its text): one class.
        self.classes = self._classes()
        self._grids: list[set[str]] | None = None

    def _settle_codes(self) -> None:
        """Codes of one letter in several columns are answers: a survey tool's ``A1`` to ``A5``."""
        coded = [(column.code_letter, column) for column in self.columns if column.kind in ("word", "const")]
        for letter, column in coded:
            if letter is not None and sum(other == letter for other, _ in coded) > 2:
                column.take_for_codes()

    def _settle_crossed(self) -> None:
        """Numbers called a rating that stand once in each cell of a design name something: the news (a *nota*)."""
        called = [place for place, column in enumerate(self.columns) if column.exact == "value" and column.whole]
        kinds = ("num", "word")
        may = [p for p, c in enumerate(self.columns) if c.kind in kinds and c.fill == 1 and not c.called_value]
        rated = {place for place, column in enumerate(self.columns) if column.value_like > 1}
        for place in called:
            column = self.columns[place]
            most = self.n / (_CROSSED * max(1, column.k))
            if column.k <= _VOTES or column.fill < 1 or most < 2:
                continue
            for cell in combinations((other for other in may if self.columns[other].k <= most), 2):
                rest = rated - {place, *cell}
                if len(rest) > 1 and self.size(cell) <= most and self._once_in(cell, place):
                    for name in (place, *cell):
                        self.columns[name].take_for_name()
                    column.hints["item"] = 1.0
                    self.crossed = frozenset((place, *cell))
                    return

    def _once_in(self, cell: Key, place: int) -> bool:
        """Whether a column's values stand once each in a key's groups, and are no ranking of what another names."""
        if self.size((*cell, place)) < self.n:
            return False
        k = self.columns[place].k
        alike = [other for other, column in enumerate(self.columns) if column.k == k and other not in (place, *cell)]
        return not any(self.size((*cell, other)) == self.n and self.size((place, other)) > k for other in alike)

    def _settle_constants(self) -> None:
        """A column in which everybody says the same is a rating where others of its kind are."""
        shared: dict[str, int] = {}
        for column in self.columns:
            if column.value_like > 0.3 and column.k <= 12:
                for value in column.texts():
                    shared[value] = shared.get(value, 0) + 1
        rated = [one for one in self.families if sum(self.columns[place].value_like > 0.3 for place in one) > 1]
        siblings_of = {place for one in rated for place in one}
        for index, column in enumerate(self.columns):
            path = _path(column)
            beside = sum(path is not None and _path(o) == path and o.value_like > 0.3 for o in self.columns)
            family = index in siblings_of
            if column.kind != "const" or (column.fact_beside >= 0.5 and beside < _BESIDE and not family):
                continue
            if column.n <= 2 and person_name(column.name) < 0.8:
                continue
            value = column.values[0]
            stem = words_of(column)
            is_number = not np.isnan(column.points[0])
            siblings = sum(
                words_of(other) == stem and other.value_like >= 0.3 and other.kind == "num" for other in self.columns
            )
            named = person_name(column.name) >= 0.8 and is_number
            named = named and any(person_name(o.name) >= 0.8 and o.value_like >= 0.3 for o in self.columns)
            if (
                named
                or shared.get(str(value), 0) >= 2
                or beside
                or family
                or (bool(stem) and is_number and siblings >= 2 - (person_name(column.name) >= 0.8))
            ):
                column.kind = "num" if is_number else "word"
                column.value_like = 0.7
                column.whole = is_number and float(column.points[0]).is_integer()

    def _classes(self) -> list[int]:
        seen: dict[bytes, int] = {}
        return [
            seen.setdefault(column.codes.tobytes(), index) if column.k > 1 and not self._by_chance(column) else index
            for index, column in enumerate(self.columns)
        ]

    def _by_chance(self, column: Column) -> bool:
        """Whether a column called a rating or a rater parts so few rows as others do by chance alone."""
        called = column.called_value > 0 or column.hints["annotator"] > 0 or column.exact is not None
        return self.n < _FEW and column.k == self.n and called and column.exact not in ("item_id", "response")

    @cached_property
    def results(self) -> frozenset[int]:
        """Columns worked out of those beside them: their mean, or what is called a result and lies as near to it."""
        numeric = [
            place for place, column in enumerate(self.columns) if column.kind == "num" and column.value_like > -0.1
        ]
        found: set[int] = set()
        for place in numeric:
            column, others = self.columns[place], [other for other in numeric if other != place and other not in found]
            if len(others) < 2 or self.n < _FEW or not (called_result(column.name) or not column.whole):
                continue
            beside = np.array([self.columns[other].numbers for other in others])
            known = ~np.isnan(beside).any(axis=0) & ~np.isnan(column.numbers)
            differ = known & (beside.max(axis=0) > beside.min(axis=0))
            gap = np.abs(beside.mean(axis=0) - column.numbers)[differ]
            near = 0.5 if called_result(column.name) else 0.006  # two decimals
            if differ.sum() >= max(3, 0.1 * self.n) and (gap <= near + 1e-9).mean() >= _MOSTLY:
                found.add(place)
        return frozenset(found | self._rescaled(numeric))

    @cached_property
    def elected(self) -> set[int]:
        """Columns of words that say what most of those numbered alike say, in the rows in which these differ."""
        labels = [place for place, column in enumerate(self.columns) if column.kind == "word" and column.value_like > 0]
        alike: dict[tuple[str, ...], list[int]] = {}
        for place in labels:
            alike.setdefault(words_of(self.columns[place]), []).append(place)
        found: set[int] = set()
        for stem, votes in alike.items():
            if not stem or len(votes) < _VOTES:
                continue
            said = sorted(set().union(*(self.columns[place].texts() for place in votes)))
            counts = np.array([sum(self._says(place, word) for place in votes) for word in said])
            top = counts.max(axis=0)
            differ = ((counts == top).sum(axis=0) == 1) & (top < len(votes))
            if differ.sum() < max(_VOTES, 0.1 * self.n):
                continue
            most = counts.argmax(axis=0)
            for place in labels:
                if place not in votes and self.columns[place].texts() <= set(said):
                    own = np.array([self._says(place, word) for word in said])
                    if own[most, np.arange(self.n)][differ].mean() >= _MOSTLY:
                        found.add(place)
        return found

    def _says(self, place: int, word: str) -> NDArray[np.int64]:
        """1 in each row in which a column says a word, shape (n,)."""
        column = self.columns[place]
        return np.append([int(str(value) == word) for value in column.values], 0)[column.codes]

    def _rescaled(self, numeric: Sequence[int]) -> set[int]:
        """Columns that are another one of the same row on another scale: standardised, over all rows or by person."""
        people = [place for place, column in enumerate(self.columns) if column.hints["annotator"] > 0 and column.k > 1]
        found: set[int] = set()
        for place in numeric:
            column = self.columns[place]
            if column.whole or column.k < _MANY_POINTS:
                continue
            for other in numeric:
                own = self.columns[other]
                first = own.whole or (other < place and other not in found)
                if (
                    other != place
                    and first
                    and own.k >= _MANY_POINTS
                    and any(
                        _lines(key, own.numbers, column.numbers)
                        for key in (None, *(self.columns[who].codes for who in people))
                    )
                ):
                    found.add(place)
        return found

    def members(self, index: int) -> list[Column]:
        """The columns of one class."""
        return [column for other, column in enumerate(self.columns) if self.classes[other] == self.classes[index]]

    def best_hint(self, index: int, role: str) -> float:
        """The strongest hint of the class's names at a role."""
        return max(column.hints[role] for column in self.members(index))

    def codes(self, key: Key) -> NDArray[np.int64]:
        """A code for each row, shape (n,): rows of one code have the same values in all of the key's columns."""
        return self._coded(key)[0]

    def size(self, key: Key) -> int:
        """How many different values, or combinations of them, the key has."""
        return self._coded(key)[1]

    def _coded(self, key: Key) -> tuple[NDArray[np.int64], int]:
        import pandas as pd

        key = tuple(sorted(set(key)))
        if key not in self._codes:
            if key == ROW:
                found = np.arange(self.n), self.n
            elif not key:
                found = np.zeros(self.n, dtype=np.int64), min(1, self.n)
            elif len(key) == 1:
                column = self.columns[key[0]]
                empty = column.codes < 0
                found = np.where(empty, column.k, column.codes), column.k + bool(empty.any())
            else:
                first, second = self._coded(key[:-1])[0], self._coded(key[-1:])[0]
                codes, unique = pd.factorize(first * (int(second.max(initial=0)) + 1) + second)
                found = np.asarray(codes, dtype=np.int64), len(unique)
            self._codes[key] = found
        return self._codes[key]

    def fixes(self, key: Key, index: int) -> Verdict:
        """Whether the key determines a column: ``"yes"``, ``"no"``, or ``"moot"`` where the key hardly repeats.

        Measured in rows: by distinct pairs a person would determine a five-point rating in any large file.
        """
        memo = (tuple(sorted(set(key))), index)
        if memo not in self._fixes:
            self._fixes[memo] = self._determines(memo[0], self.columns[index])
        return self._fixes[memo]

    def _determines(self, key: Key, column: Column) -> Verdict:
        if key == ROW:
            return "moot"
        groups, values = self.codes(key), column.codes
        if column.fill < 1:
            given = values >= 0
            groups, values = groups[given], values[given]
        if not len(groups):
            return "moot"
        top = int(groups.max()) + 1
        first = np.full(top, -1, dtype=np.int64)
        # Written last to first: the group's first value stays.
        first[groups[::-1]] = values[::-1]
        spare = len(groups) - int((first >= 0).sum())
        if spare < max(3, _REPEATS * len(groups)):
            return "moot"
        allowed = _SLIPS * spare
        off = int((first[groups] != values).sum())
        if off <= allowed:
            return "yes"
        if off > 0.25 * len(groups):
            return "no"
        # The first value may be the slip: count those that differ from the group's commonest.
        pairs, counts = np.unique(groups * (column.k + 1) + values, return_counts=True)
        owner = pairs // (column.k + 1)
        starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
        return "yes" if len(groups) - int(np.maximum.reduceat(counts, starts).sum()) <= allowed else "no"

    def within(self, key: Key, index: int) -> float:
        """How much a column's values agree within the key's groups: the intraclass correlation."""
        memo = (tuple(sorted(set(key))), index)
        if memo not in self._within:
            self._within[memo] = intraclass(self.codes(memo[0]), self.columns[index].measured)
        return self._within[memo]

    def grids(self) -> list[set[str]]:
        """The sets of columns whose names are criterion x person."""
        if self._grids is None:
            names = [column.name for column in self.columns if column.value_like > -0.1]
            self._grids = []
            for grid in grids(names):
                halves = [np.mean([person_half(cut[side]) for cut in grid.values()]) for side in (0, 1)]
                if abs(halves[1] - halves[0]) >= 0.9:
                    self._grids.append(set(grid))
        return self._grids


def _path(column: Column) -> str | None:
    """What a column's name has in common with those it stands among: ``labels.ana``, ``Is it clear? [Answer 1]``."""
    if "[" in column.name:
        return column.name.split("[", 1)[0]
    return column.name.rsplit(".", 1)[0] if "." in column.name else None


def _lines(groups: NDArray[np.int64] | None, one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether within each group one column is a line of the other, to the digits that a table has."""
    known = ~np.isnan(one) & ~np.isnan(other)
    codes = np.zeros(len(one), dtype=np.int64) if groups is None else groups
    known &= codes >= 0
    codes, one, other = codes[known], one[known], other[known]
    if len(one) < _FEW or np.ptp(one) == 0 or np.ptp(other) == 0:
        return False
    counts = np.maximum(np.bincount(codes), 1)
    x, y = (column - (np.bincount(codes, column) / counts)[codes] for column in (one, other))
    slope = np.bincount(codes, x * y) / np.maximum(np.bincount(codes, x * x), 1e-12)
    rest = y - slope[codes] * x
    return bool((rest**2).sum() <= 1e-4 * (y**2).sum()) and bool((slope[counts > 2] > 0).all())


def intraclass(groups: NDArray[np.int64], values: NDArray[np.float64]) -> float:
    """The share of the values' variance that lies between groups (one-way, unbiased); 0 where groups do not repeat.

    Parameters
    ----------
    groups, values
        Shape (n,); NaN values and groups below 0 do not count.

    Examples
    --------
    >>> round(intraclass(np.array([0, 0, 1, 1]), np.array([1.0, 1.0, 5.0, 5.0])), 3)
    1.0
    """
    given = ~np.isnan(values) & (groups >= 0)
    groups, values = groups[given], values[given]
    if len(values) < 4:
        return 0.0
    sizes = np.bincount(groups)
    used = sizes > 0
    counts = sizes[used]
    k, n = len(counts), len(values)
    if k < 2 or n - k < 2 or values.std() == 0:
        return 0.0
    means = np.bincount(groups, values)[used] / counts
    between = (counts * (means - values.mean()) ** 2).sum() / (k - 1)
    inside = max(0.0, float((values**2).sum() - (counts * means**2).sum())) / (n - k)
    size = (n - (counts**2).sum() / n) / (k - 1)
    return float((between - inside) / (between + (size - 1) * inside + 1e-12))


def common_scale(columns: Iterable[Column]) -> list[bool]:
    """Which of the columns are on the scale that most are on: numbers by their range, words by the words shared."""
    given = list(columns)
    sizes = [_size(column) for column in given]
    top = max(set(sizes), key=sizes.count)
    seen = {value for column, size in zip(given, sizes, strict=True) if size == top for value in column.values}
    many: dict[str, int] = {}
    for column, size in zip(given, sizes, strict=True):
        if size == (_WORDS, 0):
            for value in column.values:
                many[str(value)] = many.get(str(value), 0) + 1
    return [_fits(column, size, top, seen, many, sizes.count(size)) for column, size in zip(given, sizes, strict=True)]


_NUMBERS, _WORDS = "numbers", "words"


def _size(column: Column) -> tuple[str, int]:
    if column.kind != "num":
        return _WORDS, 0
    return _NUMBERS, int(np.searchsorted([1, 11, 101], np.nanmax(column.points)))


def _fits(
    column: Column, size: tuple[str, int], top: tuple[str, int], seen: set[object], many: dict[str, int], alike: int
) -> bool:
    if size[0] == _WORDS and top[0] == _WORDS:
        return float(np.mean([many[str(value)] for value in column.values] or [0])) >= 0.4 * alike
    if size == top:
        return True
    if size[0] != _NUMBERS or top[0] != _NUMBERS:
        return False
    if (column.k != 2 or top[1] < 2) and set(column.values) <= seen:
        return True
    return size[1] <= top[1] and (column.k == 1 or (top[1] == 2 and column.k > 2))
