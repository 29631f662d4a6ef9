"""One rating a row: the plainest table of ratings, from any file or frame that has rows and columns."""

from __future__ import annotations

from typing import Any, ClassVar

from alia_judge.errors import DataError, Problem
from alia_judge.ratings.columns import ITEM_FIELDS, RATING_EXTRAS, guess_columns, listed
from alia_judge.ratings.conversations import without_conversations
from alia_judge.ratings.grades import is_graded
from alia_judge.ratings.identity import can_be_told, item_ids
from alia_judge.ratings.readers.base import RATING_FIELDS, RawRatings, ReadOptions
from alia_judge.ratings.source import Source
from alia_judge.ratings.tables import RawTable

__all__ = ["READERS", "LongReader"]

#: Nobody rates more criteria than this; beyond, the column holds texts.
_MOST_CRITERIA = 60


class LongReader:
    """A table with a column for the item and one for the value; the rater, criterion and texts where there are any."""

    name: ClassVar[str] = "long"
    order: ClassVar[int] = 90

    def sniff(self, source: Source) -> bool:
        """A value column can be told by name, and which item a row is about."""
        peeked = source.peek()
        if not peeked:
            return False
        chosen = guess_columns(peeked[0])
        return "value" in chosen and can_be_told(chosen)

    def read(self, source: Source, options: ReadOptions) -> RawRatings:
        """Every row is a rating; columns that are neither the library's nor the user's are carried along."""
        table = source.table()
        said = {name: column for name, column in options.columns.items() if isinstance(column, str)}
        chosen = without_conversations(table.columns, guess_columns(table.columns, said), said)
        if not table.columns:
            return RawRatings(problems=list(table.problems))
        missing = [
            name for name, found in (("item_id", can_be_told(chosen)), ("value", "value" in chosen)) if not found
        ]
        if missing:
            raise DataError(
                [
                    *table.problems,
                    *(
                        Problem(
                            file=source.name,
                            line=1 if source.kind == "delimited" else None,
                            field=name,
                            what=f"no column that is known as the {name}; there are: {listed(table.columns)}",
                            expected=f"a column named {name}, or one you name",
                            remedy=_remedy(name, table),
                        )
                        for name in missing
                    ),
                ]
            )
        notes: list[str] = []
        if "criterion" in chosen and "criterion" not in said and _are_texts(table.columns[chosen["criterion"]]):
            # A column `question` names a criterion in one table and holds the question asked in another.
            column = chosen.pop("criterion")
            chosen.setdefault("prompt", column)
            notes.append(f"column {column!r} holds {len(set(table.columns[column]))} different texts: no criterion")
        item_fields = [name for name in chosen if name in ITEM_FIELDS]
        extras = [column for column in table.columns if column not in chosen.values()]
        rows = len(table)
        ratings: dict[str, list[Any]] = {name: table.columns[chosen[name]] for name in RATING_FIELDS if name in chosen}
        ratings.setdefault("criterion", [options.criterion] * rows)
        ratings["item_id"], told = item_ids(table, chosen)
        ratings |= {name: table.columns[chosen[name]] for name in RATING_EXTRAS if name in chosen}
        ratings |= {name: table.columns[name] for name in extras if name not in ratings}
        items = {"item_id": ratings["item_id"]}
        for name in item_fields:
            items[name] = [None if value == "" else value for value in table.columns[chosen[name]]]
        return RawRatings(
            ratings=ratings,
            lines=table.lines,
            items=items,
            item_lines=table.lines,
            problems=list(table.problems),
            scales=source.declared_scales,
            notes=[
                *table.notes,
                *notes,
                *told,
                *(f"column {column!r} read as {name}" for name, column in chosen.items() if column != name),
            ],
            columns=chosen,
            value_field=chosen["value"],
        )


READERS = (LongReader(),)


def _are_texts(values: list[Any]) -> bool:
    return len({str(value) for value in values}) > _MOST_CRITERIA


def _remedy(name: str, table: RawTable) -> str:
    remedy = f"say which it is: columns={{{name!r}: ...}} (--column {name}=NAME)"
    if name == "value":
        several = [column for column, values in table.columns.items() if is_graded(values[:200])]
        if len(several) > 1:
            remedy += (
                f"; or, if {listed(several)} hold one rating each, whether they are people or criteria: "
                "columns={'annotators': (...)} or {'criteria': (...)} (--column annotators=NAME,NAME)"
            )
    return remedy
