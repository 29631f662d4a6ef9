"""Excel workbooks: which sheet, where its header is, on which row each rating stands."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from alia_judge._optional import require
from alia_judge.errors import DataError, Problem
from alia_judge.ratings.columns import guess_columns
from alia_judge.ratings.delimited import check_header, find_header
from alia_judge.ratings.tables import RawTable

__all__ = ["read_workbook"]


def read_workbook(path: Path, name: str | None) -> RawTable:
    """The sheet of ratings: the first whose header names more of what ratings have than any before it.

    Which one is noted where there are several. A row's line is its row in the sheet.

    Raises
    ------
    DataError
        If it cannot be read, or holds nothing.
    MissingExtraError
        Without the extra ``excel``.
    """
    import pandas as pd

    require("openpyxl", extra="excel", purpose="reading Excel files")
    try:
        sheets = pd.read_excel(path, sheet_name=None, header=None, dtype=object, keep_default_na=False)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(
            Problem(
                file=name,
                what=f"not a readable Excel file ({error})",
                expected="an .xlsx workbook with a sheet of ratings",
                remedy="open it in a spreadsheet and save it as .xlsx, or as CSV",
            )
        ) from error
    cells = {
        title: [_cells(row) for row in sheet.itertuples(index=False, name=None)] for title, sheet in sheets.items()
    }
    headers = {title: header for title, rows in cells.items() if (header := find_header(rows)) is not None}
    if not headers:
        raise DataError(
            Problem(file=name, what="no sheet holds a table", expected="a header row", remedy="check the export")
        )
    title = max(headers, key=lambda title: len(guess_columns(headers[title].names)))
    others = ", ".join(repr(other) for other in headers if other != title)
    header = headers[title]
    check_header(header.names, name, header.row)
    # A sheet's rows are as long as its longest; what stands beyond the header's last name is in a column without one.
    numbered = [
        (line, row)
        for line, row in enumerate(cells[title][header.row :], start=header.row + 1)
        if any(map(_given, row))
    ]
    columns = {column: [row[place] for _, row in numbered] for place, column in enumerate(header.names)}
    for place in header.unnamed:
        if not any(map(_given, columns[header.names[place]])):
            del columns[header.names[place]]
    return RawTable(
        columns=columns,
        lines=[line for line, _ in numbered],
        notes=[*([f"sheet {title!r} read, not {others}"] if others else []), *header.notes],
    )


def _cells(row: tuple[Any, ...]) -> list[Any]:
    return [cell if _given(cell) else None for cell in row]


def _given(cell: Any) -> bool:
    # NaN and NaT are not themselves.
    return cell is not None and cell == cell and cell != ""
