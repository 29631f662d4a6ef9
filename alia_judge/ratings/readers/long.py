"""One rating a row: the plainest table of ratings, from any file or frame that has rows and columns."""

from __future__ import annotations

from typing import ClassVar

from alia_judge.errors import DataError, Problem
from alia_judge.ratings.columns import ITEM_FIELDS, RATING_EXTRAS, guess_columns
from alia_judge.ratings.readers.base import RATING_FIELDS, RawRatings, ReadOptions
from alia_judge.ratings.source import Source

__all__ = ["LongReader"]


class LongReader:
    """A table with a column for the item and one for the value; the rater, criterion and texts where there are any."""

    name: ClassVar[str] = "long"
    order: ClassVar[int] = 90

    def sniff(self, source: Source) -> bool:
        """An item and a value column can be told by name."""
        peeked = source.peek()
        return bool(peeked) and {"item_id", "value"} <= guess_columns(peeked[0]).keys()

    def read(self, source: Source, options: ReadOptions) -> RawRatings:
        """Every row is a rating; columns that are neither the library's nor the user's are carried along."""
        table = source.table()
        said = {name: column for name, column in options.columns.items() if isinstance(column, str)}
        chosen = guess_columns(table.columns, said)
        if not table.columns:
            return RawRatings(problems=list(table.problems))
        missing = [name for name in ("item_id", "value") if name not in chosen]
        if missing:
            raise DataError(
                [
                    *table.problems,
                    *(
                        Problem(
                            file=source.name,
                            line=1 if source.kind == "delimited" else None,
                            field=name,
                            what=f"no column that is known as the {name}; there are: {', '.join(table.columns)}",
                            expected=f"a column named {name}, or one you name",
                            remedy=f"say which it is: columns={{{name!r}: ...}}",
                        )
                        for name in missing
                    ),
                ]
            )
        item_fields = [name for name in chosen if name in ITEM_FIELDS]
        extras = [column for column in table.columns if column not in chosen.values()]
        rows = len(table)
        ratings = {name: table.columns[chosen[name]] for name in RATING_FIELDS if name in chosen}
        ratings.setdefault("criterion", [options.criterion] * rows)
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
            notes=[f"column {column!r} read as {name}" for name, column in chosen.items() if column != name],
            columns=chosen,
            value_field=chosen["value"],
        )
