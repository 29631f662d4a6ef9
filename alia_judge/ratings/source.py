"""`Source`: what the user handed to `load_ratings`, opened as a table or as a document, every row with its line."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alia_judge.errors import DataError, Problem, UsageError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Source", "Table"]

_DELIMITED = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_JSON_LINES = {".jsonl", ".ndjson"}
_PARQUET = {".parquet", ".pq"}
_EXCEL = {".xlsx", ".xlsm", ".xls", ".ods"}
#: Records that sniffing looks at.
_PEEKED = 20
#: Bytes of a text file that decide its delimiter and whether it is JSON.
_HEAD = 65536


@dataclass(frozen=True, kw_only=True)
class Table:
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
    """

    columns: dict[str, list[Any]]
    lines: list[int] | None
    problems: list[Problem] = field(default_factory=list)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0


class Source:
    """A file, a data frame or a data set, opened once, as whatever a reader needs.

    Parameters
    ----------
    given
        A path, a pandas or polars frame, a `datasets.Dataset`, or a list of records (mappings).
    name
        What errors call it; the path by default.

    Raises
    ------
    DataError
        If a path does not exist or is no text, Parquet or Excel file.
    UsageError
        If `given` is none of the above.
    """

    def __init__(self, given: Any, *, name: str | None = None) -> None:
        self.given = given
        self.path: Path | None = Path(given) if isinstance(given, (str, Path)) else None
        self.name = name or (str(given) if self.path is not None else None)
        if self.path is not None and not self.path.is_file():
            raise DataError(
                Problem(
                    file=self.name,
                    what="there is no such file" if not self.path.exists() else "this is a folder",
                    expected="a file of ratings",
                    remedy="check the path",
                )
            )

    @cached_property
    def kind(self) -> str:
        """``"delimited"``, ``"jsonl"``, ``"json"``, ``"parquet"``, ``"excel"``, ``"frame"`` or ``"records"``."""
        if self.path is None:
            if isinstance(self.given, Sequence) and not isinstance(self.given, (str, bytes)):
                return "records"
            if _is_frame(self.given):
                return "frame"
            raise UsageError(
                f"ratings can be read from a path, a pandas or polars frame, a datasets.Dataset or a list of records, "
                f"got {type(self.given).__qualname__}"
            )
        suffix = self.path.suffix.lower()
        if suffix in _PARQUET or self._head.startswith(b"PAR1"):
            return "parquet"
        if suffix in _EXCEL:
            return "excel"
        return self._text_kind(suffix)

    def _text_kind(self, suffix: str) -> str:
        head = self._head_text.lstrip()
        if suffix in _DELIMITED:
            return "delimited"
        if head[:1] not in ("{", "["):
            return "jsonl" if suffix in _JSON_LINES else ("json" if suffix == ".json" else "delimited")
        if suffix in _JSON_LINES:
            return "jsonl"
        # One JSON object a line under any name: the first line is a whole value and more lines follow.
        first, _, rest = head.partition("\n")
        return "jsonl" if rest.strip()[:1] == "{" and _is_json(first) else "json"

    @cached_property
    def _head(self) -> bytes:
        with self._require_path().open("rb") as stream:
            return stream.read(_HEAD)

    @property
    def _head_text(self) -> str:
        return self._head.decode("utf-8-sig", errors="ignore")

    def _require_path(self) -> Path:
        if self.path is None:
            raise UsageError(f"{type(self.given).__qualname__} is not a file")
        return self.path

    def peek(self) -> list[dict[str, Any]]:
        """The first few records, for sniffing; empty where there are none or they cannot be read."""
        if self.kind == "delimited":
            rows = itertools.islice(csv.DictReader(io.StringIO(self._head_text), delimiter=self.delimiter), _PEEKED)
            return [dict(row) for row in rows]
        if self.kind == "jsonl":
            lines = itertools.islice((line for _, line in self._lines() if line.strip()), _PEEKED)
            values = [_loads_or_none(line) for line in lines]
            return [value for value in values if isinstance(value, dict)]
        if self.kind == "json":
            value = self.document()
            listed = value if isinstance(value, list) else []
            return [record for record in listed[:_PEEKED] if isinstance(record, dict)]
        table = self.table()
        return [
            {name: values[row] for name, values in table.columns.items()} for row in range(min(_PEEKED, len(table)))
        ]

    @cached_property
    def delimiter(self) -> str:
        """What separates the fields of a delimited file: by the suffix, else the commonest candidate in the header."""
        suffix = self._require_path().suffix.lower()
        header = self._head_text.partition("\n")[0]
        counts = {mark: header.count(mark) for mark in (",", "\t", ";", "|")}
        likeliest = max(counts, key=lambda mark: counts[mark])
        if suffix in _DELIMITED and (counts[_DELIMITED[suffix]] or not counts[likeliest]):
            return _DELIMITED[suffix]
        return likeliest if counts[likeliest] else ","

    def table(self) -> Table:
        """The source as rows and columns.

        Raises
        ------
        DataError
            If it has none: a JSON document that is no list of objects, or a file that is not what its name says.
        """
        return self._table

    @cached_property
    def _table(self) -> Table:
        if self.kind == "delimited":
            return _read_delimited(self)
        if self.kind == "jsonl":
            return _from_records(self.records(), self.name)
        if self.kind == "json":
            return _from_records(self.records(), self.name, numbered=False)
        if self.kind == "records":
            numbered = ((row, record) for row, record in enumerate(self.given, start=1))
            return _from_records(numbered, self.name, numbered=False)
        return _from_frame(_open_frame(self))

    def records(self) -> Iterator[tuple[int | None, Any]]:
        """Each record with its physical line; a line that is no JSON comes as a `Problem` in the record's place."""
        if self.kind == "jsonl":
            yield from self._json_lines()
            return
        if self.kind == "json":
            value = self.document()
            for record in value if isinstance(value, list) else [value]:
                yield None, record
            return
        table = self.table()
        names = list(table.columns)
        for row, values in enumerate(zip(*table.columns.values(), strict=True)):
            yield (table.lines[row] if table.lines else row + 1), dict(zip(names, values, strict=True))

    def _lines(self) -> Iterator[tuple[int, str]]:
        with self._require_path().open(encoding="utf-8-sig", errors="replace", newline="\n") as stream:
            yield from enumerate(stream, start=1)

    def _json_lines(self) -> Iterator[tuple[int, Any]]:
        for line, text in self._lines():
            if not text.strip():
                continue
            try:
                yield line, json.loads(text)
            except json.JSONDecodeError as error:
                yield (
                    line,
                    Problem(
                        file=self.name,
                        line=line,
                        what=f"not JSON at column {error.colno}: {error.msg}",
                        expected="one JSON object a line",
                        remedy="repair or remove the line (a line cut short by an interrupted export looks like this)",
                    ),
                )

    def document(self) -> Any:
        """The whole file as one JSON value.

        Raises
        ------
        DataError
            If it is not JSON, or an object says the same key twice (JSON keeps only the last, silently).
        """
        return self._document

    @cached_property
    def _document(self) -> Any:
        text = self.text
        repeated: list[str] = []

        def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
            result = dict(items)
            if len(result) < len(items):
                seen: set[str] = set()
                repeated.extend(key for key, _ in items if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            return result

        try:
            value = json.loads(text, object_pairs_hook=pairs)
        except json.JSONDecodeError as error:
            raise DataError(
                Problem(
                    file=self.name,
                    line=error.lineno,
                    what=f"not JSON at column {error.colno}: {error.msg}",
                    expected="one JSON document",
                    remedy="repair the file; one object a line is a .jsonl",
                )
            ) from error
        if repeated:
            raise DataError(
                [
                    Problem(
                        file=self.name,
                        line=_line_of_repeat(text, key),
                        field=key,
                        what="the key occurs twice in one object",
                        expected="each key once",
                        remedy="keep the one that is meant; JSON would keep the last without a word",
                    )
                    for key in dict.fromkeys(repeated)
                ]
            )
        return value

    @cached_property
    def text(self) -> str:
        """The whole file as text.

        Raises
        ------
        DataError
            If it is not UTF-8; the line is named.
        """
        raw = self._require_path().read_bytes()
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DataError(_encoding_problem(self.name, raw.count(b"\n", 0, error.start) + 1)) from error


def _encoding_problem(name: str | None, line: int) -> Problem:
    return Problem(
        file=name,
        line=line,
        what="bytes that are not UTF-8",
        expected="UTF-8 text",
        remedy="save the file as UTF-8 (iconv -f latin1 -t utf-8 FILE)",
    )


def _read_delimited(source: Source) -> Table:
    problems: list[Problem] = []
    with source._require_path().open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        reader = csv.reader(stream, delimiter=source.delimiter, strict=True)
        header = next(reader, None)
        if not header:
            raise DataError(
                Problem(
                    file=source.name,
                    line=1,
                    what="the file is empty",
                    expected="a header line",
                    remedy="export it again",
                )
            )
        header = [name.strip() for name in header]
        _check_header(header, source.name)
        columns: list[list[Any]] = [[] for _ in header]
        lines: list[int] = []
        # Long tables repeat the same few strings in most cells: keep one copy of each.
        shared: dict[str, str] = {}
        while True:
            start = reader.line_num + 1
            try:
                row = next(reader, None)
            except csv.Error as error:
                problems.append(
                    Problem(
                        file=source.name,
                        line=start,
                        what=f"not a delimited row: {error}",
                        expected=f"{len(header)} fields separated by {source.delimiter!r}",
                        remedy='close the quotation marks, and write a quotation mark inside a field as ""',
                    )
                )
                continue
            if row is None:
                break
            if not row:
                continue
            if len(row) != len(header):
                problems.append(
                    Problem(
                        file=source.name,
                        line=start,
                        what=f"{len(row)} fields",
                        expected=f"{len(header)}, as in the header ({', '.join(header)})",
                        remedy=f"quote fields that contain {source.delimiter!r}, or restore the missing ones",
                    )
                )
                continue
            lines.append(start)
            for values, cell in zip(columns, row, strict=True):
                values.append(shared.setdefault(cell, cell))
    undecodable = [cell for cell in shared if not _is_text(cell)]
    if undecodable:
        bad = set(undecodable)
        rows = (row for row, cells in enumerate(zip(*columns, strict=True)) if not bad.isdisjoint(cells))
        raise DataError([*problems, *(_encoding_problem(source.name, lines[row]) for row in rows)])
    return Table(columns=dict(zip(header, columns, strict=True)), lines=lines, problems=problems)


def _check_header(header: list[str], name: str | None) -> None:
    repeated = sorted({column for column in header if header.count(column) > 1})
    if repeated:
        raise DataError(
            [
                Problem(
                    file=name,
                    line=1,
                    field=column,
                    what=f"the header names this column {header.count(column)} times",
                    expected="each column once",
                    remedy="rename or remove the repeated column",
                )
                for column in repeated
            ]
        )


def _from_records(records: Iterator[tuple[int | None, Any]], name: str | None, *, numbered: bool = True) -> Table:
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
                    what=f"a JSON {_json_type(record)}",
                    expected="an object with one rating's fields",
                    remedy="write each rating as {...}",
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
    return Table(columns=columns, lines=lines if numbered else None, problems=problems)


def _from_frame(frame: pd.DataFrame) -> Table:
    import pandas as pd

    columns: dict[str, list[Any]] = {}
    for name in frame.columns:
        values = frame[name].astype(object)
        if values.map(lambda value: isinstance(value, (list, dict))).any():
            columns[str(name)] = values.tolist()
        else:
            columns[str(name)] = values.where(values.notna(), None).tolist()
    if not columns:
        return Table(columns={}, lines=None)
    if isinstance(frame.index, pd.MultiIndex) or frame.index.name is not None:
        index = frame.index.to_frame(index=False)
        columns = {str(name): index[name].tolist() for name in index.columns if str(name) not in columns} | columns
    return Table(columns=columns, lines=None)


def _open_frame(source: Source) -> pd.DataFrame:
    import pandas as pd

    if source.kind == "parquet":
        try:
            return pd.read_parquet(source._require_path())
        except (OSError, ValueError) as error:
            raise DataError(
                Problem(
                    file=source.name,
                    what=f"not a readable Parquet file ({str(error).splitlines()[0]})",
                    expected="Parquet",
                    remedy="copy it again whole; a file cut short looks like this",
                )
            ) from error
    if source.kind == "excel":
        return _open_excel(source)
    if isinstance(source.given, pd.DataFrame):
        return source.given
    frame = source.given.to_pandas()
    return frame if isinstance(frame, pd.DataFrame) else pd.concat(frame)


def _open_excel(source: Source) -> pd.DataFrame:
    import pandas as pd

    from alia_judge._optional import require

    require("openpyxl", extra="excel", purpose="reading Excel files")
    try:
        return pd.read_excel(source._require_path(), dtype=object)
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            Problem(
                file=source.name,
                what=f"not a readable Excel file ({error})",
                expected="an .xlsx workbook whose first sheet is the table",
                remedy="open it in a spreadsheet and save it as .xlsx, or as CSV",
            )
        ) from error


def _is_frame(given: Any) -> bool:
    # pandas, polars and datasets.Dataset are told by what they can do, so that none is imported to ask.
    return hasattr(given, "to_pandas") or (hasattr(given, "columns") and hasattr(given, "iloc"))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return False
    return True


def _loads_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None


def _is_text(cell: str) -> bool:
    return cell.isascii() or not any("\udc80" <= character <= "\udcff" for character in cell)


def _json_type(value: Any) -> str:
    names = {list: "list", str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}
    return names.get(type(value), type(value).__name__)


def _line_of_repeat(text: str, key: str) -> int | None:
    quoted = json.dumps(key, ensure_ascii=False)
    first = text.find(quoted)
    second = text.find(quoted, first + 1) if first >= 0 else -1
    return text.count("\n", 0, second) + 1 if second >= 0 else None
