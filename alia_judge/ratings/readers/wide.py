"""One item a row, its ratings side by side: a column for each annotator, each criterion, or each pair of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from alia_judge.errors import DataError, Problem, UsageError
from alia_judge.ratings.columns import ITEM_FIELDS, RATING_EXTRAS, guess_columns, listed
from alia_judge.ratings.conversations import without_conversations
from alia_judge.ratings.grades import is_graded
from alia_judge.ratings.identity import can_be_told, item_ids
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.scales import is_missing
from alia_judge.ratings.source import Source

__all__ = ["READERS", "WideReader"]

#: A column that is named after a person: ``rater_1``, ``Annotator B``, ``score_ann3``.
_PERSON = re.compile(
    r"(?:^|[_\-. :])((?:annotator|annot|ann|rater|coder|worker|evaluator|expert|crowd|anotadora?|evaluadora?"
    r"|avaluadora?|avaliadora?|ebaluatzailea?)[_\-. ]?(?:[0-9]+|[a-z]))(?=$|[_\-. :])",
    re.IGNORECASE,
)
_MARKS = " _-.:/"
#: Rows that tell whether a column holds grades.
_LOOKED_AT = 200


@dataclass(frozen=True, kw_only=True)
class _Cell:
    """What the values of a column are: whose, and on which criterion."""

    column: str
    annotator: str | None
    criterion: str


class WideReader:
    """A table with an item column and several value columns.

    Columns named after people (``rater_1``, ``annotator_b_tone``) are told by name; with a column that says who rated,
    the numeric columns are criteria. Otherwise say which they are: ``columns={"annotators": ("ana", "jon")}`` or
    ``columns={"criteria": ("tone", "help")}``.
    """

    name: ClassVar[str] = "wide"
    order: ClassVar[int] = 95

    def sniff(self, source: Source) -> bool:
        """No value column, but several that are named after people, or criteria beside a rater."""
        peeked = source.peek()
        if not peeked:
            return False
        chosen = guess_columns(peeked[0])
        return can_be_told(chosen) and "value" not in chosen and bool(_told(peeked, chosen, "rating"))

    def read(self, source: Source, options: ReadOptions) -> RawRatings:
        """Every cell of a value column is a rating."""
        table = source.table()
        said = {name: column for name, column in options.columns.items() if isinstance(column, str)}
        chosen = without_conversations(table.columns, guess_columns(table.columns, said), said)
        peeked = [
            {name: values[row] for name, values in table.columns.items()} for row in range(min(_LOOKED_AT, len(table)))
        ]
        cells = _said(table.columns, options) or _told(peeked, chosen, options.criterion)
        if not can_be_told(chosen) or not cells:
            raise DataError([*table.problems, _unknown(source, table.columns, not can_be_told(chosen))])
        ids, told = item_ids(table, chosen)
        raw = RawRatings(
            problems=list(table.problems),
            columns=chosen,
            value_field=", ".join(cell.column for cell in cells[:4]),
            notes=[
                *table.notes,
                *told,
                *(
                    f"column {cell.column!r} read as {cell.annotator or 'ratings'} on {cell.criterion}"
                    for cell in cells
                ),
            ],
        )
        shared = {cell.column for cell in cells}
        fields = [name for name in chosen if name in ITEM_FIELDS and chosen[name] not in shared]
        extras = [name for name in table.columns if name not in {*chosen.values(), *shared}]
        for row in range(len(table)):
            line = table.lines[row] if table.lines is not None else None
            item = ids[row]
            known = {name: table.columns[chosen[name]][row] or None for name in fields}
            raw.add_item({name: table.columns[name][row] for name in extras}, line=line, item_id=item, **known)
            beside = {name: table.columns[chosen[name]][row] for name in RATING_EXTRAS if name in chosen}
            for cell in cells:
                value = table.columns[cell.column][row]
                annotator = cell.annotator
                if annotator is None and "annotator_id" in chosen:
                    annotator = table.columns[chosen["annotator_id"]][row]
                elif is_missing(value):
                    # Not everybody rates everything: an empty cell of a person's column is no rating at all.
                    continue
                raw.add(
                    line=line, item_id=item, criterion=cell.criterion, annotator_id=annotator, value=value, **beside
                )
        return raw


READERS = (WideReader(),)


def _said(columns: Mapping[str, Any], options: ReadOptions) -> list[_Cell]:
    cells = []
    for name in ("annotators", "criteria"):
        given = options.columns.get(name, ())
        for column in (given,) if isinstance(given, str) else given:
            if column not in columns:
                raise UsageError(f"columns={{{name!r}: ...}} names {column!r}; there are: {listed(columns)}")
            person = name == "annotators"
            criterion = options.criterion if person else column
            cells.append(_Cell(column=column, annotator=column if person else None, criterion=criterion))
    return cells


def _told(rows: Sequence[Mapping[str, Any]], chosen: Mapping[str, str], criterion: str) -> list[_Cell]:
    """The value columns as their names tell them; empty where they do not."""
    taken = set(chosen.values())
    free = [name for name in rows[0] if name is not None and name not in taken]
    people = [_person(column, criterion) for column in free]
    named = [cell for cell in people if cell is not None]
    if len({cell.annotator for cell in named}) >= 2:
        return named
    if "annotator_id" in chosen:
        graded = [name for name in free if is_graded([row.get(name) for row in rows])]
        # A number that is the same in every row (a turn, a round) is no rating, where others are.
        varied = [name for name in graded if len({str(row.get(name)) for row in rows}) > 1]
        return [_Cell(column=name, annotator=None, criterion=name) for name in varied or graded]
    return []


def _person(column: str, criterion: str) -> _Cell | None:
    match = _PERSON.search(column)
    if match is None:
        return None
    rest = (column[: match.start(1)].strip(_MARKS) + " " + column[match.end(1) :].strip(_MARKS)).strip()
    generic = {"score", "rating", "label", "value", "grade"}
    return _Cell(
        column=column, annotator=match[1], criterion=criterion if not rest or rest.lower() in generic else rest
    )


def _unknown(source: Source, columns: Mapping[str, Any], no_item: bool) -> Problem:
    return Problem(
        file=source.name,
        line=1 if source.kind == "delimited" else None,
        field="item_id" if no_item else None,
        what=f"{'no item column' if no_item else 'no value columns'} known by name; there are: {listed(columns)}",
        expected="a column for the item, and one for each annotator or criterion",
        remedy="say which: columns={'item_id': ..., 'annotators': (...)} or 'criteria': (...) "
        "(--column annotators=NAME,NAME)",
    )
