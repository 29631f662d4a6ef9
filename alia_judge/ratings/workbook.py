"""Excel workbooks: the tables on their sheets, on which row each rating stands."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from alia_judge._messages import message, message_of
from alia_judge._optional import require
from alia_judge.errors import DataError, Problem
from alia_judge.ratings.columns import guess_columns
from alia_judge.ratings.headers import (
    Header,
    check_header,
    count_titles,
    find_header,
    is_data,
    without_header_rows,
)
from alia_judge.ratings.roles.asked_again import numbered_questions
from alia_judge.ratings.tables import SHEET, RawTable, stacked

__all__ = ["read_workbook"]

#: Rows that tell whether the first line is a header.
_LOOKED_AT = 200


def read_workbook(path: Path, name: str | None) -> list[RawTable]:
    """The sheets of a workbook as tables, those of one header as one table with a column that says which sheet.

    A row's line is its row in the sheet. The table whose header names most of what ratings have comes first.

    Raises
    ------
    DataError
        If it cannot be read, or holds nothing.
    MissingExtraError
        Without the extra ``excel``.
    """
    import pandas as pd

    require("openpyxl", extra="excel", purpose=message("reading Excel files"))
    try:
        sheets = pd.read_excel(path, sheet_name=None, header=None, dtype=object, keep_default_na=False)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(
            Problem(
                file=name,
                what=message("not a readable Excel file ({error})", error=message_of(error)),
                expected=message("an .xlsx workbook with a sheet of ratings"),
                remedy=message("open it in a spreadsheet and save it as .xlsx, or as CSV"),
            )
        ) from error
    tables = []
    for title, sheet in sheets.items():
        rows = [_cells(row) for row in sheet.itertuples(index=False, name=None)]
        header = find_header(rows, count_titles(rows))
        if (
            header is not None
            and not header.unnamed
            and is_data(header.names, rows[header.row : header.row + _LOOKED_AT])
        ):
            header = replace(
                header, names=[f"column {place}" for place in range(1, len(header.names) + 1)], row=header.row - 1
            )
        if header is not None:
            tables.append(without_header_rows(_table(str(title), rows, header, name)))
    if not tables:
        raise DataError(
            Problem(
                file=name,
                what=message("no sheet holds a table"),
                expected=message("a header row"),
                remedy=message("check the export"),
            )
        )
    tables.sort(key=lambda table: -len(guess_columns(table.columns)))
    return stacked(tables, SHEET, lambda table: table.title or "")


def _table(title: str, rows: list[list[Any]], header: Header, name: str | None) -> RawTable:
    header = replace(header, names=numbered_questions(header.names))
    check_header(header.names, name, header.row)
    # A sheet's rows are as long as its longest; what stands beyond the header's last name is in a column without one.
    numbered = [
        (line, row) for line, row in enumerate(rows[header.row :], start=header.row + 1) if any(map(_given, row))
    ]
    columns = {column: [row[place] for _, row in numbered] for place, column in enumerate(header.names)}
    empty = {place for place in header.unnamed if not any(map(_given, columns[header.names[place]]))}
    for place in empty:
        del columns[header.names[place]]
    return RawTable(
        columns=columns,
        lines=[line for line, _ in numbered],
        notes=header.notes,
        title=f"sheet {title!r}",
        header_line=header.row,
        gaps=tuple(name for place, name in enumerate(header.names) if place - 1 in empty and place not in empty),
    )


def _cells(row: tuple[Any, ...]) -> list[Any]:
    return [cell if _given(cell) else None for cell in row]


def _given(cell: Any) -> bool:
    # NaN and NaT are not themselves.
    return cell is not None and cell == cell and cell != ""
