"""Columns that count votes: a value a column, the cell how many people chose it."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.ratings.roles.candidate import Candidate
from alia_judge.ratings.roles.column import Column
from alia_judge.ratings.roles.evidence import ColumnEvidence
from alia_judge.ratings.roles.explain import ATTRIBUTE_OF_ITEM, NOTHING
from alia_judge.ratings.roles.names import are_values, person_name, tokens
from alia_judge.ratings.roles.said import Said

__all__ = ["add_up", "weigh_counts"]

#: Columns of whole numbers beyond which nobody looks for some that add up to another; rows that show it.
_MOST_COUNTS, _FEW = 24, 6
#: Rows that are added up first.
_LOOKED_AT = 200
#: Share of the rows in which a column says which count is the largest.
_MOSTLY = 0.95
_COUNTED = frozenset(("votes", "vote", "count", "counts", "n", "num", "votos", "vots", "botoak", "total", "freq"))


def add_up(evidence: ColumnEvidence, free: list[int]) -> list[tuple[int, ...]]:
    """Whole-numbered columns that add up to about the same in each row, the ones that spoil it left out one by one."""
    columns = evidence.columns
    places = [p for p in free if columns[p].whole and float(np.nanmin(columns[p].points)) >= 0]
    found = []
    while len(places) > 2:
        counts = np.nan_to_num(np.column_stack([columns[place].numbers for place in places]))
        sums = counts.sum(1)
        total = [place for index, place in enumerate(places) if np.array_equal(2 * counts[:, index], sums)]
        left = [float((sums - counts[:, index]).var()) for index in range(len(places))]
        if total:
            out = total[0]
        elif sums.var() > 0.02 * counts.var(0).sum() and min(left) < 0.35 * sums.var():
            out = places[int(np.argmin(left))]
        else:
            break
        places = [place for place in places if place != out]
        found.append(tuple(places))
    return [*found, *_with_their_sum(evidence)]


def _with_their_sum(evidence: ColumnEvidence) -> list[tuple[int, ...]]:
    """Columns side by side that add up to another one in every row, whatever they are called."""
    columns = evidence.columns
    whole = [p for p, c in enumerate(columns) if c.whole and c.kind == "num" and float(np.nanmin(c.points)) >= 0]
    found: list[tuple[int, ...]] = []
    if not 3 <= len(whole) <= _MOST_COUNTS or evidence.n < _FEW:
        return found
    counts = np.nan_to_num(np.column_stack([columns[place].numbers for place in whole]))
    few = counts[:_LOOKED_AT]  # the whole column is added up only where its beginning fits
    for total in range(len(whole)):
        rest = [place for place in range(len(whole)) if place != total]
        for start, end in combinations(range(len(rest) + 1), 2):
            some = rest[start:end]
            if len(some) < 2 or not np.array_equal(few[:, some].sum(1), few[:, total]):
                continue
            if counts[:, some].any(axis=0).all() and np.array_equal(counts[:, some].sum(1), counts[:, total]):
                found.append(tuple(whole[place] for place in some))
    return found


def weigh_counts(evidence: ColumnEvidence, candidate: Candidate, said: Said) -> bool:
    """Count what says that the value columns are counts of votes; False where they cannot be."""
    columns = [evidence.columns[place] for place in candidate.values]
    counts = np.nan_to_num(np.column_stack([column.numbers for column in columns]))
    sums = counts.sum(1)
    ratio = float(sums.var() / max(1e-9, counts.var(0).sum()))
    total = _total(evidence, candidate, sums)
    named = float(np.mean([any(word in _COUNTED for word in tokens(column.name)) for column in columns]))
    scale = are_values([column.name for column in columns])
    told = total is not None or ratio < 0.5 or named > 0.5 or scale
    if "counts" not in said.beside and not (told and (sums.min() >= 1 or total is not None)):
        return False
    name = evidence.columns[total].name if total is not None else f"{sums.min():g} to {sums.max():g}"
    even = 5.0 if total is not None or ratio < 0.02 else 3.5 if ratio < 0.15 else 2.0 if ratio < 0.35 else 0.5
    even -= 2 * (len(columns) == 2) + 1.5 * (sums.max() == 1)
    candidate.add(even, message("rows add up to {name}", name=name))
    candidate.add(_alike([tokens(column.name) for column in columns]), message("names of the counts are alike, or not"))
    empty = 3.0 * (float(np.mean([column.fill for column in columns])) < 0.95)
    people = 2.6 * max(0.0, float(np.mean([person_name(column.name) for column in columns])))
    candidate.add(-empty - people, message("empty cells, or names of people"))
    summed = len(columns) > 2 and any(np.array_equal(2 * counts[:, index], sums) for index in range(len(columns)))
    candidate.add(-6.0 * summed, message("a column is the sum of the others"))
    candidate.add(4.0 * scale, message("called like the values of a scale"))
    candidate.add(
        2 * named - 2.0 * (counts.max() <= 1 and sums.max() > 1) - 1.5 * (ratio > 1), message("called counts")
    )
    if total is not None:
        candidate.give(total, NOTHING, 1.0, message("the sum of the counts"))
    for place, column in enumerate(evidence.columns):
        if place not in candidate.values and column.k > 1 and _is_the_most(column, counts):
            candidate.give(place, ATTRIBUTE_OF_ITEM, 1.0, message("what most people chose"))
    return True


def _is_the_most(column: Column, counts: NDArray[np.float64]) -> bool:
    """Whether a column says which count is the largest, by a number or a name for each."""
    first = counts.argmax(axis=1)
    clear = ((counts == counts.max(axis=1, keepdims=True)).sum(axis=1) == 1) & (column.codes >= 0)
    if clear.sum() < _FEW or column.k > counts.shape[1]:
        return False
    pairs = Counter(zip(first[clear].tolist(), column.codes[clear].tolist(), strict=True))
    best: dict[int, int] = {}
    for (most, _), count in pairs.items():
        best[most] = max(best.get(most, 0), count)
    one_each = len({code for (most, code), count in pairs.items() if count == best[most]}) == len(best)
    return one_each and len(best) > 1 and sum(best.values()) >= _MOSTLY * clear.sum()


def _total(evidence: ColumnEvidence, candidate: Candidate, sums: NDArray[np.float64]) -> int | None:
    for place, column in enumerate(evidence.columns):
        if (
            place not in candidate.values
            and column.kind == "num"
            and np.array_equal(np.nan_to_num(column.numbers), sums)
        ):
            return place
    return None


def _alike(words: list[tuple[str, ...]]) -> float:
    numbered = all(found[-1:] and found[-1].isdigit() for found in words)
    if len({found[:-1] for found in words}) == 1 and (len(words[0]) > 1 or numbered):
        return 1.5
    if len(words[0]) <= 1 and not any(found[-1:] and found[-1].isdigit() for found in words):
        return 0.0
    shapes = Counter((found[:-1], bool(found[-1:] and found[-1].isdigit())) for found in words)
    return -1.5 * (shapes.most_common(1)[0][1] < len(words))
