"""From a reading of a table to its ratings and items: `raw_ratings`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from alia_judge._messages import message
from alia_judge.errors import Problem
from alia_judge.ratings.columns import ITEM_FIELDS, RATING_EXTRAS, TEXT_FIELDS, guess_columns, says
from alia_judge.ratings.conversations import conversation_in, without_conversations
from alia_judge.ratings.identity import item_ids
from alia_judge.ratings.readers.base import RATING_FIELDS, RawRatings
from alia_judge.ratings.roles.account import column_roles
from alia_judge.ratings.roles.candidate import Candidate
from alia_judge.ratings.roles.cells import PLACE
from alia_judge.ratings.roles.column import Column, number
from alia_judge.ratings.roles.evidence import ROW, ColumnEvidence
from alia_judge.ratings.roles.explain import (
    ATTRIBUTE_OF_ITEM,
    ATTRIBUTE_OF_PERSON,
    COMMENT,
    NOTHING,
    TEXT,
)
from alia_judge.ratings.roles.names import are_values, hint, is_criterion, plain, tokens
from alia_judge.ratings.roles.pairs import differ_in_side
from alia_judge.ratings.roles.said import Said
from alia_judge.ratings.roles.vote_reading import pair_ratings
from alia_judge.ratings.saying import say_scale
from alia_judge.ratings.worded_scales import worded_scale
from alia_judge.records import Scale

__all__ = ["Fields", "fields_of", "raw_ratings"]

#: Roles from which a column may become a field of the item.
_OF_ITEM = frozenset({TEXT, ATTRIBUTE_OF_ITEM, "group", "system", "language", "item", NOTHING, *ITEM_FIELDS})
#: Beginnings of words for what was asked, in five languages.
_ASKED = ("prompt", "question", "pregunta", "consulta", "galdera", "instruc", "query", "input", "user", "pregun")
_BEFORE = ("context", "document", "article", "source", "passage", "testuinguru")


@dataclass(kw_only=True)
class Fields:
    """Which columns became fields of items and ratings.

    Parameters
    ----------
    chosen
        The column for each of the library's names.
    extras
        Columns that are carried along by their own names.
    """

    chosen: dict[str, str]
    extras: list[str] = field(default_factory=list)


def raw_ratings(evidence: ColumnEvidence, candidate: Candidate, said: Said, criterion: str | None) -> RawRatings:
    """The ratings of a reading.

    Parameters
    ----------
    evidence, candidate, said
        The table, how it is read, and what the user said of it.
    criterion
        What to call the criterion where the table names none; None lets the value column's name tell it.
    """
    table = evidence.table
    fields = fields_of(evidence, candidate, said)
    if candidate.layout == "pairs":
        raw = pair_ratings(evidence, candidate, fields.chosen, criterion)
    elif candidate.layout == "counts":
        raw = _counted(evidence, candidate, fields, criterion or "rating")
    else:
        raw = _rated(evidence, candidate, fields, criterion)
    raw.problems += table.problems
    raw.columns = fields.chosen
    raw.left_out = dict(table.left_out)
    names = {column: name for name, column in fields.chosen.items()}
    raw.roles = column_roles(evidence, candidate, names)
    raw.notes = [*table.notes, *raw.notes, *_guessed(evidence, candidate, said, fields)]
    return raw


def _guessed(evidence: ColumnEvidence, candidate: Candidate, said: Said, fields: Fields) -> list[str]:
    """What was guessed of the columns, in sentences."""
    named = {evidence.columns[place].name for place in said.taken}
    notes: list[str] = [
        message("column {column!r} read as {name}", column=column, name=name)
        for name, column in fields.chosen.items()
        if column != name and column not in named
    ]
    if candidate.layout in ("people", "both", "survey"):
        for place in candidate.values:
            criterion, other = candidate.scheme[place]
            if place in candidate.people:
                other = message(
                    "the ratings of whoever {name!r} names", name=evidence.columns[candidate.people[place]].name
                )
            notes.append(
                message(
                    "column {name!r} read as {other} on {criterion}",
                    name=evidence.columns[place].name,
                    other=other,
                    criterion=criterion,
                )
                if criterion
                else message("column {name!r} read as {other}", name=evidence.columns[place].name, other=other)
            )
    elif candidate.layout == "criteria":
        names = ", ".join(repr(evidence.columns[place].name) for place in candidate.values)
        notes.append(message("columns read as criteria: {names}", names=names))
    return notes


def fields_of(evidence: ColumnEvidence, candidate: Candidate, said: Said) -> Fields:
    """The fields of items and ratings that the columns of a reading become: by their names, then by their roles."""
    columns = evidence.columns
    chosen: dict[str, str] = {columns[place].name: name for place, name in said.other.items() if name != "ignore"}
    by_name = {name: column for column, name in chosen.items() if name in (*ITEM_FIELDS, *RATING_EXTRAS, "position")}
    if candidate.annotator is not None:
        by_name["annotator_id"] = columns[_called_so(evidence, candidate.annotator, said)].name
    if candidate.criterion is not None:
        by_name["criterion"] = columns[candidate.criterion].name
    if len(candidate.values) == 1 and candidate.layout in ("long", "pairs"):
        by_name["value"] = columns[candidate.values[0]].name
    used = {*candidate.values, candidate.criterion, *said.other, *candidate.people.values()}
    if candidate.annotator is not None:
        used.add(evidence.place[by_name["annotator_id"]])
    sides = {place for pair in candidate.sides for place in pair}
    free = [
        column.name
        for place, column in enumerate(columns)
        if place not in used and place not in sides and not column.name.startswith("$row")
    ]
    may = {columns[place].name for place in range(len(columns)) if _may_be_of_item(evidence, candidate, place)}
    ids = _id_column(evidence, candidate, said)
    guessed = guess_columns([name for name in free if name != ids and not _numbers_texts(evidence, name)])
    for name, column in guessed.items():
        if (name in ITEM_FIELDS and column in may) or name in RATING_EXTRAS:
            by_name.setdefault(name, column)
    if ids is not None:
        by_name["item_id"] = ids
        group = columns[evidence.place[ids]]
        if "group" not in by_name and says(group.name) == "group":
            by_name["group"] = ids
    elif len(candidate.item) == 2 and candidate.layout not in ("pairs", "survey"):
        _two_columns(evidence, candidate, by_name)
    _texts(evidence, candidate, by_name, free)
    if "comment" not in by_name:
        comments = [
            c.name for place, c in enumerate(columns) if candidate.roles[place].role == COMMENT and c.name in free
        ]
        by_name |= {"comment": comments[0]} if len(comments) == 1 else {}
    by_name = without_conversations(evidence.table.columns, by_name, {})
    ignored = {columns[place].name for place, name in said.other.items() if name == "ignore"}
    taken = {*by_name.values(), *(columns[place].name for place in used if place is not None), *ignored}
    extras = [name for name in free if name not in taken or name in conversation_in(free)]
    return Fields(chosen=by_name, extras=[name for name in extras if name not in by_name.values()])


#: How much a name must hint at an item (``id`` alone may be a rater's) where the column parts the rows as items do.
_CALLED_ITEM = 0.5


def _numbers_texts(evidence: ColumnEvidence, name: str) -> bool:
    """Whether a column called like a text has the numbers of the texts."""
    place = evidence.place[name]
    return place in evidence.crossed and evidence.columns[place].kind == "num" and says(name) in TEXT_FIELDS


def _called_so(evidence: ColumnEvidence, annotator: int, said: Said) -> int:
    """Of the columns that part the rows alike, the one that is called after people (an address, not a time)."""
    if annotator == said.annotator:
        return annotator
    places = [
        place
        for place, _ in enumerate(evidence.columns)
        if evidence.classes[place] == evidence.classes[annotator] and place not in said.other
    ]

    def likely(place: int) -> float:
        column = evidence.columns[place]
        exact = 2.0 * (column.exact == "annotator_id")
        return exact + column.hints["annotator"] + column.people - column.hints["time"] - column.hints["person_attr"]

    return max(places, key=lambda place: (likely(place), place == annotator))


def _may_be_of_item(evidence: ColumnEvidence, candidate: Candidate, place: int) -> bool:
    role = candidate.roles[place].role
    if role == ATTRIBUTE_OF_PERSON and evidence.fixes(candidate.item, place) == "no":
        return False  # the rater's language, and not the text's
    if role in _OF_ITEM or evidence.columns[place].exact in ITEM_FIELDS:
        return True
    # Where items hardly repeat nothing shows what is theirs but the name.
    return (
        role != ATTRIBUTE_OF_PERSON and candidate.layout != "survey" and evidence.fixes(candidate.item, place) != "no"
    )


def _id_column(evidence: ColumnEvidence, candidate: Candidate, said: Said) -> str | None:
    """The column whose values are the items' ids; None where texts or two columns together tell them."""
    columns = evidence.columns
    if candidate.layout == "pairs" or candidate.item in (ROW, ()):
        return columns[said.item[0]].name if said.item is not None and len(said.item) == 1 else None
    if len(candidate.item) != 1:
        # A column that is called the item's id and parts the rows as the two do is the id.
        alike = [
            column.name
            for place, column in enumerate(columns)
            if (column.exact == "item_id" or column.hints["item"] >= _CALLED_ITEM)
            and column.kind not in ("text", "date")
            and said.item is None
            and place not in said.other
            and evidence.size((place,)) == evidence.size(candidate.item) == evidence.size((place, *candidate.item))
        ]
        return next(iter(alike), None)
    if said.item is not None:
        return columns[said.item[0]].name
    members = [
        place
        for place, _ in enumerate(columns)
        if evidence.classes[place] == evidence.classes[candidate.item[0]]
        and (
            columns[place].kind not in ("text", "date")
            or columns[place].exact == "item_id"
            or columns[place].name.startswith("$key")  # what a file keys its items by is their id, however long
        )
    ]
    named = [place for place in members if columns[place].name != PLACE]
    members = [
        place
        for place in named or members
        if place not in said.other
        and not hint(columns[place].name, "person_attr")
        and not _is_question(columns[place].name)
    ]
    if not members:
        return None

    def likely(place: int) -> float:
        column = columns[place]
        return -(2 * (column.exact == "item_id") + column.hints["item"] + 0.5 * column.things - 0.01 * place)

    return columns[min(members, key=likely)].name


def _is_question(name: str) -> bool:
    """Whether a column is called what was asked, and not its id."""
    words = tokens(name)
    return any(word.startswith(_ASKED) for word in words) and not {"id", "ids", "idx", "key", "number"} & set(words)


def _two_columns(evidence: ColumnEvidence, candidate: Candidate, by_name: dict[str, str]) -> None:
    """The document and the system that tell the item together."""
    columns = evidence.columns
    first, second = candidate.item

    def system(place: int) -> float:
        return max(columns[place].systems, evidence.best_hint(place, "system")) - 0.01 * columns[place].k / evidence.n

    model = first if system(first) > system(second) else second
    document = second if model == first else first
    for name, place in (("group", document), ("system", model)):
        # What was asked and what was answered tell an item, too, and are neither; a name goes before its number.
        told = name in by_name and evidence.classes[evidence.place[by_name[name]]] == evidence.classes[place]
        if not told and columns[place].kind != "text" and columns[place].name not in by_name.values():
            by_name[name] = columns[place].name


def _texts(evidence: ColumnEvidence, candidate: Candidate, by_name: dict[str, str], free: Sequence[str]) -> None:
    """Texts that no name tells: what was asked by its words, the context by its, the other one the response."""
    left = [
        column.name
        for place, column in enumerate(evidence.columns)
        if _is_text(evidence, candidate, place)
        and column.name in free
        and column.name not in by_name.values()
        and column.name not in conversation_in([column.name])
    ]
    own = {evidence.classes[place] for place in candidate.item if place >= 0}
    # What the items are told by comes before what is said beside it.
    left.sort(key=lambda name: evidence.classes[evidence.place[name]] not in own)
    for name in list(left):
        words = tokens(name.removeprefix("Input."))
        asked = any(word.startswith(_ASKED) for word in words)
        field_name = "prompt" if asked else "context" if any(word.startswith(_BEFORE) for word in words) else None
        if field_name is not None and field_name not in by_name:
            by_name[field_name] = name
            left.remove(name)
    if left and "response" not in by_name and not candidate.sides:
        by_name["response"] = left.pop(0)
    if left and "response_b" not in by_name and "response" in by_name and not candidate.sides:
        # The two sides of a graded preference.
        other = next((name for name in left if differ_in_side(by_name["response"], name)), None)
        by_name |= {} if other is None else {"response_b": other}


def _is_text(evidence: ColumnEvidence, candidate: Candidate, place: int) -> bool:
    """A text of the item, or short questions of it."""
    column, role = evidence.columns[place], candidate.roles[place]
    if role.role == TEXT:
        return role.points >= 0
    asked = any(word.startswith(_ASKED) for word in tokens(column.name.removeprefix("Input.")))
    return asked and column.kind == "word" and column.k > 12 and role.role in (ATTRIBUTE_OF_ITEM, "item")


def _criterion_of(column: Column, criterion: str | None) -> str:
    """What a single value column rates: what its name says, unless that only says that it is a value."""
    if criterion is not None:
        return criterion
    if column.exact == "value" or column.name.startswith("$"):
        return "rating"
    called = column.hints["value"] > 0 and not is_criterion(column.name)
    return "rating" if called else column.name.rpartition(".")[2] or column.name


def _rated(evidence: ColumnEvidence, candidate: Candidate, fields: Fields, criterion: str | None) -> RawRatings:
    """Every cell of a value column is a rating."""
    columns, n = evidence.columns, evidence.n
    values = candidate.values
    ids, notes = _ids(evidence, candidate, fields)
    named = _without_common([columns[place].name for place in values])
    cells: list[Any] = []
    rows: list[int] = []
    criteria: list[Any] = []
    people: list[Any] | None = [] if _people_known(candidate, fields) else None
    items: list[Any] = []
    value_fields: list[str] = []
    comments: list[Any] = []
    table = evidence.table.columns
    who = table[fields.chosen["annotator_id"]] if "annotator_id" in fields.chosen else None
    own_comments = _own_comments(evidence, candidate)
    for place, name in zip(values, named, strict=True):
        column = columns[place]
        label, other = candidate.scheme.get(place, (None, ""))
        given = table[column.name]
        kept = range(n) if not candidate.beside else np.flatnonzero(column.codes >= 0).tolist()
        cells += given if not candidate.beside else [given[row] for row in kept]
        rows += kept
        value_fields += [column.name] * len(kept)
        if "criterion" in fields.chosen:
            criteria += [table[fields.chosen["criterion"]][row] for row in kept]
        else:
            criteria += [_criterion_name(candidate, column, label, name, criterion)] * len(kept)
        items += [other] * len(kept) if candidate.layout == "survey" else [ids[row] for row in kept]
        if people is not None:
            if place in candidate.people:
                given_by = table[columns[candidate.people[place]].name]
                people += [given_by[row] for row in kept]
            elif candidate.layout in ("people", "both"):
                people += [name if candidate.layout == "people" else other] * len(kept)
            elif candidate.layout == "survey" and who is None:
                people += [f"row-{row + 1}" for row in kept]
            elif who is not None:
                people += [who[row] for row in kept]
        comment = own_comments.get(place)
        comments += [table[comment][row] for row in kept] if comment else [None] * len(kept)
    ratings: dict[str, list[Any]] = {"item_id": items, "criterion": criteria, "value": cells}
    if people is not None:
        ratings["annotator_id"] = people
    if own_comments:
        ratings["comment"] = comments
    raw = _whole(evidence, candidate, fields, ratings, rows, ids, value_fields, notes, set(own_comments.values()))
    for place, name in zip(values, named, strict=True):
        order = evidence.table.ordered.get(columns[place].name)
        if order is not None and len(order) > 1 and "criterion" not in fields.chosen:
            label, _ = candidate.scheme.get(place, (None, ""))
            called = _criterion_name(candidate, columns[place], label, name, criterion)
            raw.scales[called] = worded_scale(order) or Scale.ordinal(1, len(order), labels=order)
    return raw


def _people_known(candidate: Candidate, fields: Fields) -> bool:
    return candidate.layout in ("people", "both", "survey") or "annotator_id" in fields.chosen


def _criterion_name(candidate: Candidate, column: Column, label: str | None, name: str, criterion: str | None) -> str:
    if label is not None:
        return label
    if candidate.layout in ("people", "survey"):
        return criterion or "rating"
    return name if len(candidate.values) > 1 or candidate.layout == "criteria" else _criterion_of(column, criterion)


def _without_common(names: list[str]) -> list[str]:
    """Names without the path that all of them share (``Answer.tone``, ``labels.ana``)."""
    if len(names) < 2 and not (names and names[0].startswith("Answer.")):
        return names
    while all("." in name.strip(".") for name in names) and len({name.split(".", 1)[0] for name in names}) == 1:
        names = [name.split(".", 1)[1] for name in names]
    while (
        len(names) > 1
        and all("." in name.strip(".") for name in names)
        and len({name.rsplit(".", 1)[1] for name in names}) == 1
    ):
        names = [name.rsplit(".", 1)[0] for name in names]
    return names


def _own_comments(evidence: ColumnEvidence, candidate: Candidate) -> dict[int, str]:
    """The comment column of each person's ratings: named after the person, and a comment."""
    found: dict[int, str] = {}
    if candidate.layout not in ("people", "both"):
        return found
    for place, (_, person) in candidate.scheme.items():
        words = set(tokens(person))
        for other, column in enumerate(evidence.columns):
            if other not in candidate.values and column.hints["comment"] > 0 and words <= set(tokens(column.name)):
                found[place] = column.name
                candidate.give(other, COMMENT, 0.5, message("what {person} says of it", person=person))
    return found


def _ids(evidence: ColumnEvidence, candidate: Candidate, fields: Fields) -> tuple[list[Any], list[str]]:
    """The item of each row."""
    table, chosen = evidence.table, fields.chosen
    if candidate.layout == "survey":
        return [None] * evidence.n, []
    if "item_id" in chosen:
        whole = evidence.size((evidence.place[chosen["item_id"]],)) >= evidence.size(candidate.item)
        if candidate.item not in (ROW, ()) and len(candidate.item) > 1 and not whole:
            columns = [table.columns[evidence.columns[place].name] for place in candidate.item]
            return ["/".join(str(part) for part in row) for row in zip(*columns, strict=True)], []
        return list(table.columns[chosen["item_id"]]), []
    if "response" in chosen or ("group" in chosen and candidate.item not in (ROW, ())):
        found, notes = item_ids(table, chosen)
        if len(candidate.item) != 1 or candidate.item == ROW or len(set(found)) >= evidence.size(candidate.item):
            return found, notes
        return item_ids(table, {"response": evidence.columns[candidate.item[0]].name})
    if candidate.item not in (ROW, ()):
        columns = [table.columns[evidence.columns[place].name] for place in candidate.item]
        names = " and ".join(repr(evidence.columns[place].name) for place in candidate.item)
        joined = ["/".join(str(part).strip() for part in row) for row in zip(*columns, strict=True)]
        return joined, [message("no column names the item: told apart by {names}", names=names)]
    if PLACE in table.columns:
        return [f"row-{row + 1}" for row in table.columns[PLACE]], [
            message("no column names the item: each row is one")
        ]
    return [f"row-{row + 1}" for row in range(evidence.n)], [message("no column names the item: each row is one")]


def _whole(
    evidence: ColumnEvidence,
    candidate: Candidate,
    fields: Fields,
    ratings: dict[str, list[Any]],
    rows: list[int],
    ids: list[Any],
    value_fields: list[str],
    notes: list[str],
    spent: set[str],
) -> RawRatings:
    """The ratings with what stands beside them, the items, and where all of it came from."""
    table = evidence.table
    same = len(rows) == evidence.n and candidate.layout in ("long", "criteria")

    def beside(name: str) -> list[Any]:
        cells = table.columns[name]
        return cells if same else [cells[row] for row in rows]

    for name in RATING_EXTRAS:
        if name in fields.chosen and name not in ratings:
            ratings[name] = beside(fields.chosen[name])
    for name in fields.extras:
        if name not in spent:
            ratings[_free_name(name, ratings)] = beside(name)
    raw = RawRatings(ratings=ratings, value_field=_named(value_fields), notes=notes)
    raw.fields = value_fields
    raw.lines = None if table.lines is None else [table.lines[row] for row in rows]
    raw.paths = None if table.paths is None else [table.paths[row] for row in rows]
    raw.files = None if table.files is None else [table.files[row] for row in rows]
    if candidate.layout == "survey":
        raw.items = {"item_id": [label for _, label in candidate.scheme.values()]}
        if table.asked:
            raw.items["question"] = [table.asked.get(evidence.columns[place].name) for place in candidate.scheme]
        return raw
    raw.items = {"item_id": ids}
    for name in ITEM_FIELDS:
        if name in fields.chosen:
            raw.items[name] = [None if value == "" else value for value in table.columns[fields.chosen[name]]]
    raw.item_lines = table.lines
    raw.item_paths = table.paths
    raw.item_files = table.files
    return raw


def _named(value_fields: list[str]) -> str:
    names = list(dict.fromkeys(value_fields))
    return names[0] if len(names) == 1 else "value"


def _free_name(name: str, ratings: Mapping[str, Any]) -> str:
    own = (*RATING_FIELDS, *ITEM_FIELDS, "found", "counts")
    return f"input_{name}" if name in own or name in ratings else name


def _counted(evidence: ColumnEvidence, candidate: Candidate, fields: Fields, criterion: str) -> RawRatings:
    """A rating for every vote that was counted."""
    ids, notes = _ids(evidence, candidate, fields)
    names = {place: _value_name(evidence, candidate, place) for place in candidate.values}
    ratings: dict[str, list[Any]] = {"item_id": [], "criterion": [], "value": []}
    rows: list[int] = []
    value_fields: list[str] = []
    problems: list[Problem] = []
    for place in candidate.values:
        column = evidence.columns[place]
        problems += _no_counts(evidence, place)
        counts = np.nan_to_num(column.numbers).astype(np.int64)
        chosen = np.repeat(np.arange(evidence.n), counts).tolist()
        ratings["item_id"] += [ids[row] for row in chosen]
        ratings["value"] += [names[place]] * len(chosen)
        rows += chosen
        value_fields += [column.name] * len(chosen)
    ratings["criterion"] = [criterion] * len(rows)
    labels = list(names.values())
    notes.append(
        message(
            "columns {values} count votes: a rating for each vote",
            values=", ".join(map(repr, (evidence.columns[place].name for place in candidate.values))),
        )
    )
    raw = _whole(evidence, candidate, fields, ratings, rows, ids, value_fields, notes, set())
    raw.problems += problems
    if any(math.isnan(number(label)) for label in labels):
        # Every value has a column: none of them is a slip among the others.
        raw.scales = {criterion: worded_scale(labels) or Scale.nominal(labels)}
        raw.notes.append(message("where they have an order, say it: {scale}", scale=say_scale("<".join(labels))))
    return raw


def _no_counts(evidence: ColumnEvidence, place: int) -> list[Problem]:
    """A problem for each cell among counts that is none."""
    column, table = evidence.columns[place], evidence.table
    wrong = (column.codes >= 0) & (np.isnan(column.numbers) | (column.numbers < 0) | (column.numbers % 1 != 0))
    return [
        Problem(
            file=None if table.files is None else table.files[row],
            line=row + 1 if table.lines is None else table.lines[row],
            field=column.name,
            what=message("{columns!r:.60} among counts of votes", columns=table.columns[column.name][row]),
            expected=message("how many people chose this value: 0, 1, 2 ..."),
            remedy=message("correct it; leave it empty where nobody did"),
        )
        for row in np.flatnonzero(wrong).tolist()
    ]


def _value_name(evidence: ColumnEvidence, candidate: Candidate, place: int) -> str:
    """The value whose votes a column counts: what its name says beyond what all of them share."""
    if are_values([evidence.columns[other].name for other in candidate.values]):
        return evidence.columns[place].name.replace("_", " ")
    words = [_parts(evidence.columns[other].name) for other in candidate.values]
    shared = 0
    while all(len(found) > shared + 1 for found in words) and len({found[shared] for found in words}) == 1:
        shared += 1
    return " ".join(_parts(evidence.columns[place].name)[shared:]) if shared else evidence.columns[place].name


def _parts(name: str) -> list[str]:
    return [part for part in plain(name).replace("-", "_").replace(".", "_").replace(" ", "_").split("_") if part]
