"""From a reading of preferences to its ratings and items: `pair_ratings`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alia_judge._messages import message
from alia_judge.errors import Problem
from alia_judge.ratings.conversations import messages_of
from alia_judge.ratings.identity import DIGITS
from alia_judge.ratings.readers.base import RATING_FIELDS, RawRatings
from alia_judge.ratings.roles.candidate import Candidate
from alia_judge.ratings.roles.evidence import ColumnEvidence
from alia_judge.ratings.roles.names import tokens
from alia_judge.ratings.roles.pairs import is_model, preference
from alia_judge.ratings.scales import is_missing
from alia_judge.records import Scale

__all__ = ["pair_ratings"]


@dataclass(frozen=True, kw_only=True)
class _Sides:
    """The columns of the two sides, by what they hold; None where there is none."""

    model: tuple[str, str] | None
    text: tuple[str, str] | None
    others: tuple[tuple[str, str], ...]


def pair_ratings(
    evidence: ColumnEvidence, candidate: Candidate, chosen: Mapping[str, str], criterion: str | None
) -> RawRatings:
    """Every row is a preference between two answers, or several people's.

    The item is the question with its two models in alphabetical order, whichever side they stood on: people who saw
    them the other way round rated the same item. Without models it is the two texts, in the order they came in first.

    Parameters
    ----------
    evidence, candidate
        The table, and how it is read.
    chosen
        The column for each of the library's names.
    criterion
        What to call the criterion; ``preference`` by default.
    """
    name = criterion or "preference"
    raw = RawRatings(scales={name: Scale.pairwise()}, value_field=evidence.columns[candidate.values[0]].name)
    sides = _sides(evidence, candidate)
    table = evidence.table
    columns = table.columns
    further = _further(evidence, candidate, chosen, sides)
    key = _key(evidence, candidate, chosen)
    known = dict.fromkeys(("language", "context", "reference", "system"))
    first_order: dict[tuple[str, str], None] = {}
    flags = len(candidate.values) > 1 and not candidate.people and _are_flags(evidence, candidate)
    for row in range(evidence.n):
        line = None if table.lines is None else table.lines[row]
        path = None if table.paths is None else table.paths[row]
        models = _two(columns, sides.model, row)
        if models is not None and not all(models):
            raw.problems.append(_no_model(evidence, sides, line, row))
            continue
        asked, first = _said(columns, sides.text, row, 0)
        _, second = _said(columns, sides.text, row, 1)
        prompt = _cell(columns, chosen.get("prompt"), row)
        prompt = prompt if isinstance(prompt, str) else asked
        if models is not None:
            swapped = models[0] > models[1]
        else:
            pair = (first or "", second or "")
            swapped = pair not in first_order and pair[::-1] in first_order
            first_order.setdefault(pair[::-1] if swapped else pair)
        if swapped:
            first, second = second, first
        ordered = models if models is None or not swapped else (models[1], models[0])
        group, item_id = _names(columns, key, row, ordered, (prompt, first, second))
        fields: dict[str, Any] = {"prompt": prompt, "response": first, "response_b": second, "group": group}
        if ordered is not None:
            fields |= {"system_a": ordered[0], "system_b": ordered[1]}
        fields |= {field: _cell(columns, chosen.get(field), row) for field in known if field in chosen}
        raw.add_item(line=line, item_id=item_id, **fields)
        beside = {_free(column): columns[column][row] for column in further}
        beside |= {f: columns[chosen[f]][row] for f in ("comment", "timestamp", "seconds") if f in chosen}
        for field, who, value in _votes(evidence, candidate, chosen, row, flags):
            given = None if is_missing(value) else _value(value, columns, sides, row)
            voter = {} if who is _NOBODY else {"annotator_id": who}
            if flags:
                given = value
            if swapped and isinstance(given, float):
                given = -given if given else 0.0
            raw.add(line=line, path=path, item_id=item_id, criterion=name, value=given, **voter, **beside)
            raw.fields = [] if raw.fields is None else raw.fields
            raw.fields.append(field)
    raw.item_paths = table.paths
    return raw


_NOBODY = object()


def _no_model(evidence: ColumnEvidence, sides: _Sides, line: int | None, row: int) -> Problem:
    return Problem(
        file=None if evidence.table.files is None else evidence.table.files[row],
        line=line if line is not None else row + 1,
        field=", ".join(sides.model or ()),
        what=message("a row without its two models"),
        expected=message("who gave the first answer, and who the second"),
        remedy=message("fill it in, or remove the row"),
    )


def _sides(evidence: ColumnEvidence, candidate: Candidate) -> _Sides:
    models, texts, others = [], [], []
    for one, other in candidate.sides:
        names = (evidence.columns[one].name, evidence.columns[other].name)
        if is_model(evidence.columns[one]):
            models.append(names)
        elif (
            evidence.columns[one].kind == "text"
            or evidence.columns[one].hints["text"] > 0
            or any(messages_of(x) for x in evidence.table.columns[names[0]][:5])
        ):
            texts.append(names)
        else:
            others.append(names)
    if not models and not texts and others:
        # Neither long texts nor called models: short answers, or systems by another name.
        (models if evidence.columns[candidate.sides[0][0]].k <= 0.2 * evidence.n else texts).append(others.pop(0))
    texts.sort(key=lambda names: 0 if messages_of(evidence.table.columns[names[0]][0]) else -1)
    return _Sides(
        model=models[0] if models else None,
        text=texts[0] if texts else None,
        others=(*models[1:], *texts[1:], *others),
    )


def _further(evidence: ColumnEvidence, candidate: Candidate, chosen: Mapping[str, str], sides: _Sides) -> list[str]:
    used = {*(sides.model or ()), *(sides.text or ()), *chosen.values()}
    used |= {evidence.columns[place].name for place in (*candidate.values, *candidate.people.values())}
    return [
        column.name for column in evidence.columns if column.name not in used and not column.name.startswith("$row")
    ]


def _key(evidence: ColumnEvidence, candidate: Candidate, chosen: Mapping[str, str]) -> list[str]:
    """What names the question: its id, and its turn where one has several."""
    own = [evidence.columns[place].name for place in candidate.item if place >= 0]
    sides = {evidence.columns[place].name for pair in candidate.sides for place in pair}
    key = [name for name in own if name not in sides and evidence.columns[evidence.place[name]].kind != "text"]
    if "item_id" in chosen:
        key = [chosen["item_id"]]
    if not key:
        called = [c.name for c in evidence.columns if c.name.casefold() in ("question_id", "prompt_id", "id")]
        key = [name for name in called if name not in sides][:1]
    if not key and len(candidate.values) > 1:
        # With everybody's votes in it, a row is an item, and a number of its own is its name.
        key = [c.name for c in evidence.columns if c.k == c.n and c.hints["item"] >= 0.5 and c.kind != "text"][:1]
    turns = [c.name for c in evidence.columns if tokens(c.name) in (("turn",), ("turno",)) and c.name not in key]
    return key[:1] + (turns[:1] if key else [])


def _names(
    columns: Mapping[str, Sequence[Any]],
    key: Sequence[str],
    row: int,
    models: tuple[str, str] | None,
    texts: tuple[str | None, ...],
) -> tuple[str, str]:
    """The question's name, and the item's."""
    parts = [str(columns[name][row]).strip() for name in key if not is_missing(columns[name][row])]
    if not parts:
        written = json.dumps([text or "" for text in texts], ensure_ascii=False)
        digest = hashlib.sha256(written.encode("utf-8", "surrogateescape")).hexdigest()[:DIGITS]
        asked = hashlib.sha256((texts[0] or "").encode("utf-8", "surrogateescape")).hexdigest()[:DIGITS]
        if not any(texts):
            return f"row-{row + 1}", f"row-{row + 1}/{models[0]}~{models[1]}" if models else f"row-{row + 1}"
        group = f"prompt-{asked}" if texts[0] else f"item-{digest}"
        return group, f"item-{digest}" + (f"/{models[0]}~{models[1]}" if models else "")
    turn = f"/{parts[1]}" if len(parts) > 1 else ""
    return parts[0], parts[0] + (f"/{models[0]}~{models[1]}" if models else "") + turn


def _are_flags(evidence: ColumnEvidence, candidate: Candidate) -> bool:
    return all(set(evidence.columns[place].points.tolist()) <= {0.0, 1.0} for place in candidate.values)


def _votes(
    evidence: ColumnEvidence, candidate: Candidate, chosen: Mapping[str, str], row: int, flags: bool
) -> list[tuple[str, Any, Any]]:
    """(column, who, what was said) of each vote in a row."""
    columns = evidence.table.columns
    who = columns[chosen["annotator_id"]][row] if "annotator_id" in chosen else _NOBODY
    names = [evidence.columns[place].name for place in candidate.values]
    if flags:
        given = [str(columns[name][row]).strip().casefold() in ("1", "1.0", "true") for name in names]
        sides = [-1.0, 0.0, 1.0] if len(names) == 3 else [-1.0, 1.0]
        won = [side for side, flag in zip(sides, given, strict=True) if flag]
        return [(names[0], who, won[0] if len(won) == 1 else str(given))]
    if len(names) == 1:
        return [(names[0], who, columns[names[0]][row])]
    votes = []
    for place, name in zip(candidate.values, names, strict=True):
        if is_missing(columns[name][row]):
            continue
        person = candidate.people.get(place)
        votes.append(
            (name, columns[evidence.columns[person].name][row] if person is not None else name, columns[name][row])
        )
    return votes


def _value(
    value: Any,
    columns: Mapping[str, Sequence[Any]],
    sides: _Sides,
    row: int,
) -> Any:
    """-1.0, 0.0 or 1.0; what was found, where it is none of the words for these."""
    called: tuple[list[str], list[str]] = ([], [])
    for pair in (sides.model, sides.text, *sides.others):
        if pair is not None:
            for side in (0, 1):
                called[side].append(str(columns[pair[side]][row]).strip().casefold())
                called[side].append(pair[side].casefold())
    found = preference(value, *called)
    return value if found is None else found


def _two(columns: Mapping[str, Sequence[Any]], names: tuple[str, str] | None, row: int) -> tuple[str, str] | None:
    if names is None:
        return None
    cells = [columns[name][row] for name in names]
    return (
        "" if is_missing(cells[0]) else str(cells[0]).strip(),
        "" if is_missing(cells[1]) else str(cells[1]).strip(),
    )


def _said(
    columns: Mapping[str, Sequence[Any]], names: tuple[str, str] | None, row: int, side: int
) -> tuple[str | None, str | None]:
    """What the user said and what this side answered last."""
    if names is None:
        return None, None
    cell = columns[names[side]][row]
    messages = messages_of(cell)
    if messages is None:
        return None, None if is_missing(cell) else str(cell)
    asked = [str(turn.get("content")) for turn in messages if turn.get("role") == "user"]
    answered = [str(turn.get("content")) for turn in messages if turn.get("role") == "assistant"]
    return "\n\n".join(asked) or None, answered[-1] if answered else None


def _cell(columns: Mapping[str, Sequence[Any]], name: str | None, row: int) -> Any:
    return None if name is None or is_missing(columns[name][row]) else columns[name][row]


def _free(name: str) -> str:
    return f"input_{name}" if name in (*RATING_FIELDS, "found", "counts", "comment", "timestamp", "seconds") else name
