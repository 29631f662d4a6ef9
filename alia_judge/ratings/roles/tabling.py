"""From a source to the tables that are weighed: JSON flattened, cells taken apart, evidence ready."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from alia_judge._messages import message
from alia_judge.errors import Problem
from alia_judge.ratings.conversations import messages_of
from alia_judge.ratings.roles.asked_again import with_a_row_an_answer
from alia_judge.ratings.roles.choosers import with_choosers
from alia_judge.ratings.roles.evidence import ColumnEvidence
from alia_judge.ratings.roles.keyed_cells import object_in, objects_of
from alia_judge.ratings.roles.marks import with_marks
from alia_judge.ratings.roles.names import grids, hint, person_half
from alia_judge.ratings.roles.numbered_items import with_a_row_an_item
from alia_judge.ratings.roles.shapes import Rows, flatten, tables_in
from alia_judge.ratings.source import Source
from alia_judge.ratings.stacks import apart_at_gaps, apart_at_headers
from alia_judge.ratings.tables import FILE, RawTable, stacked, table_of_records
from alia_judge.ratings.totals import without_totals
from alia_judge.records.content import is_content

__all__ = ["evidence_of", "tables_of"]

#: What a scale of signs has in its cells.
_SIGNS = frozenset({"", "None", "---", "--", "-", "-/+", "+/-", "±", "0", "=", "+", "++", "+++"})
#: Names of person and criterion together: two of each at least.
_FEWEST_HALVES, _MOST_HALVES = 4, 60
#: Rows that tell whether a column may be one.
_LOOKED_AT = 200


def tables_of(source: Source) -> list[RawTable]:
    """The tables in a source: one, or one a sheet where sheets differ.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    if source.parts:
        tables = [
            replace(table, files=[str(part.name)] * len(table), title=table.title or _called(part))
            for part in source.parts
            for table in tables_of(part)
        ]
        return stacked(tables, FILE, lambda table: table.title or "")
    if source.kind == "json":
        return [
            replace(_flattened(_table(flatten(rows), source), source), title=None if key is None else f"list {key!r}")
            for key, rows in tables_in(source.document())
        ]
    tables = [part for table in source.tables() for side in apart_at_gaps(table) for part in apart_at_headers(side)]
    return [_flattened(table, source) for table in tables]


def _called(source: Source) -> str:
    """What a file is called among others: its name without the ending."""
    name = Path(source.name or "").name
    return name.partition(".")[0] or name


def evidence_of(table: RawTable) -> ColumnEvidence:
    """A table's evidence, without rows of totals and with cells of several values taken apart."""
    items, unclear = with_a_row_an_item(with_a_row_an_answer(without_totals(table)))
    apart = with_choosers(_with_people(with_marks(_with_signs(items))))
    doubt = unclear or apart.doubt
    if table.unopened:
        doubt = message(
            "{unopened} may hold ratings, too, and is in no row",
            unopened=", ".join(f"`{name}`" for name in table.unopened),
        )
    return ColumnEvidence(apart.table, apart.columns, doubt)


def _with_people(table: RawTable) -> RawTable:
    """The table with a column of person and criterion together (``ana_fluency``) as two; melted tables have such."""
    if any(hint(name, "annotator") > 0.9 for name in table.columns):
        return table
    for name, cells in table.columns.items():
        few = list(dict.fromkeys(cell for cell in cells[:_LOOKED_AT] if isinstance(cell, str) and cell))
        if not _FEWEST_HALVES <= len(few) <= _MOST_HALVES or len(table) < 2 * len(few):
            continue
        grid = next(grids(few), {})
        halves = [float(np.mean([person_half(cut[side]) for cut in grid.values()])) if grid else 0.0 for side in (0, 1)]
        if len(grid) < len(few) or set(cells) != set(few) or max(halves) < 0.8 or min(halves) > -0.8:
            continue
        who = int(halves[1] > halves[0])
        columns = {other: column for other, column in table.columns.items() if other != name}
        columns[f"{name}, person"] = [grid[cell][who] for cell in cells]
        columns[f"{name}, criterion"] = [grid[cell][1 - who] for cell in cells]
        note = message("column {name!r} names a person and a criterion together: read as two columns", name=name)
        return replace(table, columns=columns, notes=[*table.notes, note])
    return table


def _with_signs(table: RawTable) -> RawTable:
    """The table with the minus of a scale of signs (``- 0 +``), which elsewhere says that nothing is there."""
    signed = {
        name: [cell.replace("-", "\N{MINUS SIGN}") if isinstance(cell, str) else cell for cell in cells]
        for name, cells in table.columns.items()
        if any(cell in ("+", "++") for cell in cells[:_LOOKED_AT] if isinstance(cell, str)) and _are_signs(cells)
    }
    return replace(table, columns={**table.columns, **signed}) if signed else table


def _are_signs(cells: Sequence[Any]) -> bool:
    return {str(cell).strip() for cell in cells} <= _SIGNS


def _table(rows: Rows, source: Source) -> RawTable:
    table = table_of_records(((None, record) for record in rows.records), source.name, numbered=False)
    broken = [
        Problem(
            file=source.name,
            line=source.line_of(path),
            field=" -> ".join(map(str, path)),
            what=what,
            expected=message("an object, as the other keys have"),
            remedy=message("correct it or remove it"),
        )
        for path, what in rows.broken
    ]
    return RawTable(
        columns=table.columns,
        lines=None,
        problems=[*table.problems, *broken],
        notes=table.notes,
        paths=rows.paths,
        left_out=rows.left_out,
        unopened=tuple(sorted(rows.unopened)),
    )


def _flattened(table: RawTable, source: Source) -> RawTable:
    """The table with objects in its cells as columns, and lists of objects as rows."""
    read = {name: found for name, cells in table.columns.items() if (found := _objects_in(cells)) is not None}
    if not read:
        return table
    names = list(table.columns)
    records = [
        {name: cell for name, cell in zip(names, row, strict=True) if cell is not None}
        for row in zip(*(read.get(name, cells) for name, cells in table.columns.items()), strict=True)
    ]
    rows = flatten(Rows(records=records, paths=[(index,) for index in range(len(records))]))
    flat = table_of_records(((None, record) for record in rows.records), source.name, numbered=False)
    origin = [int(path[0]) for path in rows.paths]
    return table.from_rows(
        origin,
        flat.columns,
        left_out={**table.left_out, **rows.left_out},
        unopened=(*table.unopened, *sorted(rows.unopened)),
    )


def _objects_in(cells: Sequence[Any]) -> list[Any] | None:
    """A column's cells with the objects that are written in them; None where there are none."""
    some = [cell for cell in cells[:_LOOKED_AT] if cell is not None]
    if any(_is_object(cell) for cell in some):
        return [_read(cell) for cell in cells]
    return objects_of(cells) if objects_of(some) is not None else None


def _is_object(cell: Any) -> bool:
    found = _read(cell)
    objects = isinstance(found, dict) or (isinstance(found, list) and bool(found) and isinstance(found[0], dict))
    return objects and not messages_of(found) and not is_content(found)


def _read(cell: Any) -> Any:
    found = object_in(cell) if isinstance(cell, str) else cell
    return cell if found is not cell and messages_of(found) else found
