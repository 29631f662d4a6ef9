"""Readings in which a row says which of two is better: two columns that differ in a side, and one that names a side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from alia_judge._messages import message
from alia_judge.ratings.roles.candidate import SURE, Candidate
from alia_judge.ratings.roles.column import Column, words_of
from alia_judge.ratings.roles.evidence import ROW, ColumnEvidence, Key
from alia_judge.ratings.roles.explain import explain
from alia_judge.ratings.roles.names import generic, person_name, tokens
from alia_judge.ratings.roles.said import Said

__all__ = ["SIDE", "is_model", "pair_candidates", "preference", "tie_words"]

SIDE = message("one side of a pair")
#: What parts the names of two sides, the first before the second.
_SIDES = (
    ("a", "b"), ("1", "2"), ("left", "right"), ("first", "second"), ("chosen", "rejected"), ("izquierda", "derecha"),
    ("x", "y"), ("primera", "segunda"), ("primero", "segundo"), ("esquerra", "dreta"), ("ezkerra", "eskuina"),
    ("esquerda", "dereita"), ("one", "two"), ("uno", "dos"), ("lehena", "bigarrena"), ("primeira", "segunda"),
    ("base", "other"),
)  # fmt: skip
#: How much better, which is no side.
_NEGATIVE = re.compile(r"[-−]\d.*")
#: Numbers that are sides: the first, the second, and neither.
_NUMBERED = ({0.0, 1.0, 2.0}, {1.0, 2.0})
_FIRST = frozenset(first for first, _ in _SIDES)
_SECOND = frozenset(second for _, second in _SIDES)
#: Beginnings of words for neither, both, equal; in English and the languages of Spain.
_TIES = (
    "tie", "draw", "both", "neither", "equal", "same", "empat", "igual", "ningun", "amb", "tant", "berdin", "cap",
    "biak", "non", "tabl", "indif",
)  # fmt: skip
#: Beginnings of words that stand beside the side's own: "model A", "la respuesta 2 es mejor".
_OF_A_SIDE = (
    "model", "system", "sistem", "eredu", "assistant", "asistente", "respo", "resp", "erantzun", "answer", "output",
    "text", "option", "opcio", "aukera", "candidate", "version", "side", "la", "el", "the", "es", "is", "better",
    "mejor", "millor", "mellor", "hobe", "prefer", "prefier", "wins", "gana", "guanya",
)  # fmt: skip
_MODELS = ("model", "system", "modelo", "sistema", "eredu", "bot", "assistant")


def tie_words(text: str) -> bool:
    """Whether a word says that neither side is better.

    Examples
    --------
    >>> tie_words("Empate"), tie_words("T"), tie_words("A")
    (True, True, False)
    """
    words = tokens(text)
    return bool(words) and (words == ("t",) or words[0].startswith(_TIES) or " ".join(words).startswith("bi "))


def preference(value: Any, first: Iterable[str], second: Iterable[str]) -> float | None:
    """-1 where a cell prefers the first side, 1 the second, 0 neither; None where it says no such thing.

    Parameters
    ----------
    value
        The cell.
    first, second
        What else the sides are called in this row (their models), in lower case.

    Examples
    --------
    >>> preference("model_a", ["gpt"], ["alia"]), preference("Alia", ["gpt"], ["alia"]), preference("empate", [], [])
    (-1.0, 1.0, 0.0)
    """
    text = str(value).strip()
    folded = text.casefold()
    if folded in first:
        return -1.0
    if folded in second:
        return 1.0
    if folded in ("-1", "-1.0"):
        return -1.0
    if _NEGATIVE.fullmatch(folded):
        return None
    if folded in ("0", "0.0") or tie_words(text):
        return 0.0
    words = {word for word in tokens(text.removesuffix(".0")) if not word.startswith(_OF_A_SIDE) or word in ("a", "b")}
    if len(words) != 1:
        return None
    return -1.0 if words & _FIRST else 1.0 if words & _SECOND else None


def pair_candidates(evidence: ColumnEvidence, said: Said, rows: Sequence[Candidate]) -> Iterator[Candidate]:
    """Every reading of this kind, made of the readings of a row an item and one value."""
    sides = _sides(evidence, said)
    if not sides:
        return
    used = {place for pair in sides for place in pair}
    winners = [place for place in _winners(evidence, said, sides) if place not in used]
    flags = _flags(evidence)
    for candidate in rows:
        if candidate.criterion is not None or used & {candidate.annotator, *candidate.values}:
            continue
        values = set(candidate.values)
        own = candidate.annotator is not None and candidate.annotator != said.annotator
        if len(winners) > 1 and said.value is None and values and values <= set(winners) and not own:
            yield _pair(evidence, candidate, sides, winners, _whose(evidence, winners))
        elif len(values) == 1 and values <= set(winners):
            yield _pair(evidence, candidate, sides, sorted(values), {})
    theirs = _of_people(evidence, [place for place in winners if place not in said.taken])
    theirs = theirs or _numbered_alike(evidence, winners)
    if theirs and said.value is None:
        candidate = Candidate(
            layout="long", item=_question(evidence, said), annotator=None, criterion=None, values=theirs
        )
        explain(evidence, candidate, said)
        candidate.add(6.5, message("each person's column says which side is better"))
        yield _pair(evidence, candidate, sides, theirs, _whose(evidence, theirs))
    if flags and said.value is None:
        candidate = Candidate(
            layout="long", item=_question(evidence, said), annotator=None, criterion=None, values=flags
        )
        people = [place for place, column in enumerate(evidence.columns) if column.hints["annotator"] > 0.9]
        candidate.annotator = said.annotator if said.annotator is not None else people[0] if len(people) == 1 else None
        if candidate.annotator is not None:
            candidate.give(candidate.annotator, "annotator", 0.3, message("called like people"))
        explain(evidence, candidate, said)
        candidate.add(3.0, message("one of the columns is 1 in each row"))
        yield _pair(evidence, candidate, sides, flags, {})


def _sides(evidence: ColumnEvidence, said: Said) -> list[tuple[int, int]]:
    columns = evidence.columns
    named = {field: place for place, field in said.other.items()}
    numbered: dict[tuple[str, ...], set[str]] = {}
    for column in columns:
        numbered.setdefault(tokens(column.name)[:-1], set()).update(tokens(column.name)[-1:])
    found = [
        (named[first], named[second])
        for first, second in (("response", "response_b"), ("model_a", "model_b"))
        if first in named and second in named
    ]
    told = {place for pair in found for place in pair} | {x for x, field in said.other.items() if field == "ignore"}
    for one, other in combinations(range(len(columns)), 2):
        # Three and more of a kind are a series, not two sides.
        stem = tokens(columns[one].name)[:-1]
        if one in told or other in told or (stem and len(numbered[stem]) > 2):
            continue
        order = _side_of(columns[one], columns[other])
        if order is not None:
            found.append((one, other) if order else (other, one))
    return found


def _side_of(one: Column, other: Column) -> bool | None:
    """Whether the names differ in a side and nothing else: True if `one` is the first; None if not."""
    first, second = tokens(one.name), tokens(other.name)
    if len(first) != len(second) or generic(one.name) or (one.hints["annotator"] and not one.hints["system"]):
        return None
    different = [pair for pair in zip(first, second, strict=True) if pair[0] != pair[1]]
    if len(different) != 1 or (one.kind != other.kind and "const" not in (one.kind, other.kind)):
        return None
    named = one.hints["system"] > 0 or one.hints["text"] > 0
    if (max(one.value_like, other.value_like) >= 1.2 and not named) or "num" in (one.kind, other.kind):
        return None
    if different[0] in _SIDES:
        return True
    return False if different[0][::-1] in _SIDES else None


def differ_in_side(one: str, other: str) -> bool:
    """Whether two names differ in a side and nothing else (``nota A``, ``nota B``)."""
    first, second = tokens(one), tokens(other)
    if len(first) != len(second):
        return False
    different = [pair for pair in zip(first, second, strict=True) if pair[0] != pair[1]]
    return len(different) == 1 and len(first) > 1 and (different[0] in _SIDES or different[0][::-1] in _SIDES)


def _winners(evidence: ColumnEvidence, said: Said, sides: Sequence[tuple[int, int]]) -> list[int]:
    """Columns whose values name a side: by its word, or by the model that stands there."""
    if said.value is not None:
        told = said.value not in said.named or _names_sides(evidence, evidence.columns[said.value], sides)
        return [said.value] if told else []
    free = [place for place in range(len(evidence.columns)) if place not in {*said.taken, *evidence.elected}]
    single = [
        place
        for place in free
        if evidence.columns[place].kind in ("word", "num", "const")
        and _names_sides(evidence, evidence.columns[place], sides)
    ]
    return sorted({*single, *_of_people(evidence, free)})


def _of_people(evidence: ColumnEvidence, free: Sequence[int]) -> list[int]:
    """Columns of several people, called after them, in which 1 and 2 are the sides and 0, where it is, is neither."""
    columns = evidence.columns
    theirs = [place for place in free if columns[place].kind == "num" and person_name(columns[place].name) >= 0.8]
    points = {float(value) for place in theirs for value in columns[place].points if not np.isnan(value)}
    return theirs if len(theirs) > 1 and points in _NUMBERED else []


def _question(evidence: ColumnEvidence, said: Said) -> Key:
    if said.item is not None:
        return said.item
    called = [
        place for place, column in enumerate(evidence.columns) if column.hints["item"] >= 0.5 and column.fill > 0.9
    ]
    return (called[0],) if called else ROW


def _numbered_alike(evidence: ColumnEvidence, winners: Sequence[int]) -> list[int]:
    """Two columns of votes or more that differ in their last word alone: ``winner1`` and ``winner2``, ``vote_ana``."""
    stems = {words_of(evidence.columns[place]) for place in winners}
    return list(winners) if len(winners) > 1 and len(stems) == 1 and stems != {()} else []


def _names_sides(evidence: ColumnEvidence, column: Column, sides: Sequence[tuple[int, int]]) -> bool:
    given = column.codes >= 0
    if not given.any():
        return False
    shown = np.array([str(value).casefold() for value in column.values], dtype=object)[column.codes[given]]
    for pair in sides:
        direct = np.zeros(len(shown), dtype=bool)
        for place in pair:
            side = evidence.columns[place]
            if side.kind in ("num", "empty"):
                continue
            cells = np.append(np.array([str(v).casefold() for v in side.values], dtype=object), "")[side.codes[given]]
            direct |= shown == cells
        if direct.mean() > 0.5:
            return True
    told = [preference(value, (), ()) for value in column.values]
    known = sum(x is not None for x in told) / max(1, len(told))
    if len(told) > 8 or (column.people > 0.5 and not column.hints["value"]):
        return False
    if known < (0.5 if column.hints["value"] == 1 else 0.6):
        return False
    if column.kind == "num":
        points = {float(value) for value in column.points if not np.isnan(value)}
        return column.hints["value"] > 0 and points in _NUMBERED
    if column.kind == "const":
        return column.hints["value"] > 0 and bool(np.isnan(column.points[0]))
    return any(told) and column.hints["criterion"] < 1


def _whose(evidence: ColumnEvidence, winners: Sequence[int]) -> dict[int, int]:
    """For each of several columns of votes, the column that says whose they are (``winner_x`` and ``judge_x``)."""
    found: dict[int, int] = {}
    for winner in winners:
        ending = tokens(evidence.columns[winner].name)[-1:]
        for place, column in enumerate(evidence.columns):
            who = column.hints["annotator"] > 0 or column.people > 0.5
            if place not in winners and who and ending and tokens(column.name)[-1:] == ending:
                found[winner] = place
    return found


def _flags(evidence: ColumnEvidence) -> list[int]:
    """Columns of zeros and ones, one a side and one for a tie, of which one is 1 in each row (Kaggle's form)."""
    flags = [
        place
        for place, column in enumerate(evidence.columns)
        if column.k and set(column.points.tolist()) <= {0.0, 1.0} and len(tokens(column.name)) > 1
    ]
    stems: dict[str, list[int]] = {}
    for place in flags:
        stems.setdefault(tokens(evidence.columns[place].name)[0], []).append(place)
    for places in stems.values():
        kinds = [preference(" ".join(tokens(evidence.columns[place].name)[1:]), (), ()) for place in places]
        whole = sorted(kind for kind in kinds if kind is not None)
        sums = np.nan_to_num(np.column_stack([evidence.columns[place].numbers for place in places])).sum(1)
        if whole in ([-1.0, 1.0], [-1.0, 0.0, 1.0]) and len(places) == len(whole) and bool((sums == 1).mean() > 0.9):
            ordered = sorted(zip(kinds, places, strict=True), key=lambda pair: float(pair[0] or 0))
            return [place for _, place in ordered]
    return []


def _pair(
    evidence: ColumnEvidence,
    candidate: Candidate,
    sides: Sequence[tuple[int, int]],
    values: Sequence[int],
    people: Mapping[int, int],
) -> Candidate:
    own = tuple(place for place in candidate.item if place >= 0)
    both = {place for pair in sides for place in pair if evidence.columns[place].kind not in ("num", "empty")}
    pair = replace(
        candidate,
        layout="pairs",
        item=tuple(sorted({*own, *both})) or ROW,
        values=list(values),
        parts=list(candidate.parts),
        roles=dict(candidate.roles),
        people=people,
        sides=tuple(sides),
        margin=SURE,
    )
    if people:
        pair.annotator = None
    wordy = any(not str(value).lstrip("-").isdigit() for place in values for value in evidence.columns[place].values)
    pair.add(4.5 if wordy else 2.5, message("the value says which of two columns"))
    pair.add(3.0 * bool(people), message("each vote has a column that says whose it is"))
    for place in both:
        before = candidate.roles.get(place)
        pair.give(place, SIDE, max(before.points if before else 0.0, 1.0), message("a column a side"))
    for place in values:
        pair.give(place, "value", 1.5, message("says which side is better"))
    for place in people.values():
        pair.give(place, "annotator", 1.5, message("whose vote it is"))
    return pair


def is_model(column: Column) -> bool:
    """Whether a side's column names who wrote it."""
    return column.kind != "text" and (tokens(column.name)[:1] or ("",))[0].startswith(_MODELS)
