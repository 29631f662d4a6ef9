"""`RawTable`: rows as they came with the line of each, from records and data frames."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alia_judge._advice import advice
from alia_judge._messages import message
from alia_judge.errors import DataError, Problem

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FILE",
    "ROW_OF_PART",
    "SHEET",
    "RawTable",
    "encoding_problem",
    "is_text",
    "read_parquet",
    "stacked",
    "table_of_frame",
    "table_of_records",
    "with_class_labels",
]

#: The column that says which sheet, or which file, a row is of, where there are several of one header.
SHEET, FILE = "$sheet", "$file"
#: The column that says where a row stands in its sheet or file, where nothing else tells its rows apart.
ROW_OF_PART = "$place"
#: Share of a part's rows in which a column must say something of its own to tell them apart.
_OWN = 0.9
_FEW = 4
#: What stands for bytes that were not text in a string read with `surrogateescape`.
_UNDECODED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """Rows as they came, untyped, with where each came from.

    Parameters
    ----------
    columns
        One list a column, all of length n; None or an empty string where a row has nothing.
    lines
        Physical line each row starts on (from 1), length n; None where the source has no lines, and then rows are
        counted instead.
    problems
        Rows that could not be read at all.
    notes
        What was left out or chosen in reading, in sentences for the user.
    paths
        Where each row stands in a JSON document, keys and indices from the root, length n; None elsewhere.
    left_out
        What of the source is in no row, and how many cells that are: ``{"sheet 'Notes'": 12}``.
    asked
        What a survey asked in a column, where a header row of its own says it.
    title
        What the table is called, where its source has several.
    header_line
        The line of the columns' names.
    files
        The file of each row, length n, where there are several.
    ordered
        The values of a column, lowest first, where the source itself gives them an order.
    unopened
        Of what is left out, what may hold ratings.
    gaps
        Columns to the left of which an empty one stands.
    """

    columns: dict[str, list[Any]]
    lines: list[int] | None
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    paths: list[tuple[str | int, ...]] | None = None
    left_out: dict[str, int] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    title: str | None = None
    header_line: int | None = 1
    files: list[str] | None = None
    ordered: dict[str, list[str]] = field(default_factory=dict)
    unopened: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def from_rows(self, rows: Sequence[int], columns: dict[str, list[Any]], **changes: Any) -> RawTable:
        """This table with other rows and columns, each row with where it came from.

        Parameters
        ----------
        rows
            Which of this table's rows each of the m new ones is made of.
        columns
            Of length m each.
        **changes
            Other fields of the table.

        Examples
        --------
        >>> table = RawTable(columns={"a": ["x, y", "z"]}, lines=[2, 3])
        >>> table.from_rows([0, 0, 1], {"a": ["x", "y", "z"]}).lines
        [2, 2, 3]
        """
        return replace(
            self,
            columns=columns,
            lines=None if self.lines is None else [self.lines[row] for row in rows],
            paths=None if self.paths is None else [self.paths[row] for row in rows],
            files=None if self.files is None else [self.files[row] for row in rows],
            **changes,
        )


def stacked(tables: Sequence[RawTable], column: str, named: Callable[[RawTable], str]) -> list[RawTable]:
    """Tables of the same columns as one, with a column that says which each row is of; others stay as they are.

    Parameters
    ----------
    tables
        In order.
    column
        What to call the column.
    named
        What it says of a table.
    """
    alike: dict[frozenset[str], list[RawTable]] = {}
    for table in tables:
        alike.setdefault(frozenset(table.columns), []).append(table)
    result = []
    for group in alike.values():
        if len(group) == 1:
            result.append(group[0])
            continue
        columns = {name: [cell for table in group for cell in table.columns[name]] for name in group[0].columns}
        columns[column] = [_bare(named(table)) for table in group for _ in range(len(table))]
        if len({len(table) for table in group}) == 1 and not any(map(_tells_rows, group)):
            columns[ROW_OF_PART] = [place for table in group for place in range(1, len(table) + 1)]
        result.append(
            RawTable(
                columns=columns,
                lines=[line for table in group for line in table.lines or range(1, len(table) + 1)],
                problems=[problem for table in group for problem in table.problems],
                notes=list(dict.fromkeys(note for table in group for note in table.notes)),
                title=", ".join(named(table) for table in group),
                files=[name for table in group for name in table.files or ()] or None,
                asked=group[0].asked,
            )
        )
    return result


def _tells_rows(table: RawTable) -> bool:
    """Whether a column tells the rows of a table apart, or there are too few of them to see."""
    different = (len({str(cell) for cell in cells if cell not in (None, "")}) for cells in table.columns.values())
    return len(table) < _FEW or max(different, default=0) >= _OWN * len(table)


def _bare(title: str) -> str:
    return title.removeprefix("sheet ").strip("'\"")


def encoding_problem(name: str | None, line: int | None, encoding: str = "utf-8-sig", *, more: int = 0) -> Problem:
    """The problem that a line, and so many more, are not text in this encoding."""
    called = "UTF-8" if encoding == "utf-8-sig" else encoding
    return Problem(
        file=name,
        line=line,
        what=message("bytes that are not {called} text, as on {n} more lines", called=called, n=more)
        if more
        else message("bytes that are not {called} text", called=called),
        expected=message("{called} text", called=called),
        remedy=message(
            "say which encoding it is in (of a spreadsheet's CSV on Windows {encoding}), or save it as UTF-8",
            encoding=advice(python="encoding='cp1252'", command="--encoding cp1252"),
        ),
    )


def table_of_records(records: Iterator[tuple[int | None, Any]], name: str | None, *, numbered: bool = True) -> RawTable:
    """Mappings, one a row; what is no mapping goes to the table's problems. `numbered` if their lines are known."""
    columns: dict[str, list[Any]] = {}
    lines: list[int] = []
    problems: list[Problem] = []
    shared: dict[str, str] = {}
    rows = 0
    for line, record in records:
        if isinstance(record, Problem):
            problems.append(record)
            continue
        if not isinstance(record, dict):
            problems.append(
                Problem(
                    file=name,
                    line=line,
                    what=message("a JSON {json_type}", json_type=_json_type(record)),
                    expected=message("an object with one rating's fields"),
                    remedy=message("write each rating as {{...}}"),
                )
            )
            continue
        for key, value in record.items():
            column = columns.get(key)
            if column is None:
                column = columns[key] = [None] * rows
            column.append(shared.setdefault(value, value) if isinstance(value, str) else value)
        rows += 1
        if len(record) < len(columns):
            for column in columns.values():
                if len(column) < rows:
                    column.append(None)
        lines.append(line or rows)
    return RawTable(columns=columns, lines=lines if numbered else None, problems=problems)


def table_of_frame(frame: pd.DataFrame) -> RawTable:
    """A data frame's columns, and its index where that has a name."""
    import pandas as pd

    columns: dict[str, list[Any]] = {}
    ordered: dict[str, list[str]] = {}
    for name in frame.columns:
        values = frame[name]
        if isinstance(values.dtype, pd.CategoricalDtype) and values.dtype.ordered:
            ordered[str(name)] = [str(value) for value in values.dtype.categories]
        listed = values.astype(object).tolist()
        if values.dtype == object:
            # Parquet's lists come as arrays.
            listed = [
                _plain(value) if hasattr(value, "tolist") or isinstance(value, (list, dict)) else value
                for value in listed
            ]
        # A column of objects may hold lists, of which nobody can ask whether they are missing.
        known = [True] * len(listed) if values.dtype == object else values.notna().tolist()
        columns[str(name)] = [
            value if there and not (isinstance(value, float) and math.isnan(value)) else None
            for value, there in zip(listed, known, strict=True)
        ]
    if not columns:
        return RawTable(columns={}, lines=None)
    if isinstance(frame.index, pd.MultiIndex) or frame.index.name is not None:
        index = frame.index.to_frame(index=False)
        columns = {str(name): index[name].tolist() for name in index.columns if str(name) not in columns} | columns
    return RawTable(columns=columns, lines=None, ordered=ordered)


def with_class_labels(frame: pd.DataFrame, labels: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """A frame with the names of class labels in place of their numbers; -1 is no label.

    Parameters
    ----------
    frame
        As it came.
    labels
        The names of each column of class labels, by number.
    """
    named = {
        column: frame[column].map(lambda code, names=names: names[int(code)] if code == code and code >= 0 else None)
        for column, names in labels.items()
        if column in frame
    }
    return frame.assign(**named) if named else frame


def _plain(value: Any) -> Any:
    """A cell without arrays, at any depth."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value


def read_parquet(path: Path, name: str | None) -> pd.DataFrame:
    """A Parquet file.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    import pandas as pd

    try:
        return with_class_labels(pd.read_parquet(path), _labels_of_parquet(path))
    except (OSError, ValueError) as error:
        raise DataError(
            Problem(
                file=name,
                what=message("not a readable Parquet file ({error})", error=str(error).splitlines()[0]),
                expected=message("Parquet"),
                remedy=message("copy it again whole; a file cut short looks like this"),
            )
        ) from error


def _labels_of_parquet(path: Path) -> dict[str, list[str]]:
    """The names of class labels that `datasets` wrote into a Parquet file."""
    import pyarrow.parquet

    raw = (pyarrow.parquet.read_schema(path).metadata or {}).get(b"huggingface")
    try:
        features = json.loads(raw)["info"]["features"] if raw else {}
    except (ValueError, KeyError, TypeError):
        return {}
    return {
        name: [str(label) for label in feature["names"]]
        for name, feature in features.items()
        if isinstance(feature, dict) and isinstance(feature.get("names"), list)
    }


def is_text(cell: str) -> bool:
    """Whether a string read with `surrogateescape` was UTF-8."""
    return cell.isascii() or _UNDECODED.search(cell) is None


def _json_type(value: Any) -> str:
    names = {list: "list", str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}
    return names.get(type(value), type(value).__name__)
